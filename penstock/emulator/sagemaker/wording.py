"""How AWS words what is wrong with a request, from the problems that the model's check found."""

from collections.abc import Sequence

from penstock.emulator.sagemaker.errors import ServiceError
from penstock.service_model import Problem


def refusal(problems: Sequence[Problem]) -> ServiceError:
    """The error that answers a request with these problems (at least one)."""
    return ServiceError("ValidationException", "; ".join(problem.message for problem in problems))
