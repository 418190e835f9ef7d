"""A step is the request it becomes: how such a request is put together, and checked against AWS's model.

It knows requests and botocore's shapes; what each step type asks for stands in that step's own module.
"""

import difflib
from typing import Any

from sagemaker.core.helper.pipeline_variable import PipelineVariable

from penstock.errors import PenstockError
from penstock.service_model import Problem, input_shape, service_model, validate

# An enumeration longer than this (there are hundreds of instance types) is not listed in a message.
_LISTED = 8


def is_open(value: Any) -> bool:
    """Whether a value is known only later: a pipeline variable, or a string with a placeholder."""
    return isinstance(value, PipelineVariable) or (isinstance(value, str) and "{{" in value)


def members(**values: Any) -> dict[str, Any]:
    """The members of a structure, without those that are None."""
    return {name: value for name, value in values.items() if value is not None}


def check_request(
    where: str,
    operation: str,
    request: dict[str, Any],
    *,
    named_by: str | None = None,
    service: str = "sagemaker",
) -> None:
    """Raises PenstockError if `operation` would refuse the request, wherever its values are known now.

    `named_by` is the member that names the resource, if SageMaker fills it in for a pipeline.
    """
    complete = {named_by: "{{ }}", **request} if named_by else request
    problems = validate(input_shape(service, operation), complete, is_variable=is_open)
    if problems:
        raise PenstockError(
            "; ".join(complaint(problem) for problem in problems),
            where=where,
            remedy=f"{operation} would refuse that.",
        )


def check_text(where: str, what: str, value: str, shape: str) -> None:
    """Raises PenstockError if a name or a text is empty or does not fit its shape of SageMaker's model."""
    problems = validate(service_model("sagemaker").shape_for(shape), value)
    if not value:
        raise PenstockError(f"{what} is missing", where=where)
    if problems:
        raise PenstockError(f"{what} {complaint(problems[0])}", where=where)


def complaint(problem: Problem) -> str:
    """A problem in one line; of a long enumeration only the members nearest to what was given."""
    if problem.rule != "enum" or len(problem.expected) <= _LISTED:
        return problem.message
    nearest = difflib.get_close_matches(str(problem.value), problem.expected, n=3, cutoff=0.4)
    hint = f" (near it: {', '.join(nearest)})" if nearest else ""
    return f"{problem.place}: {problem.value!r} is not a value that AWS knows{hint}"
