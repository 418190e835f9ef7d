"""The names that an execution gives to what its steps create (facts/pipeline-execution.md, section 4).

A job is `pipelines-<execution id>-<step name cut to 20>-<10 letters and digits>`. A model's name is the
same in lower case. An AutoML job's name has 32 characters at most, and how SageMaker shortens the pattern
is unknown: here the step name goes and the end gets 9 characters, so the execution can still be told.
Where Arguments carry a name, it takes the place of `pipelines`, cut to what fits: the SDK writes one only
where a person asked for a job prefix of their own.
"""

import re
import secrets
import string

PREFIX = "pipelines"

_ALPHABET = string.ascii_letters + string.digits
_LONGEST = 63
_LONGEST_AUTOML = 32


def job_name(step_type: str, step_name: str, execution_id: str, prefix: str = PREFIX) -> str:
    """A name that no other job has; a new one at each call."""
    if step_type == "AutoML":
        name = _assemble(prefix, f"{execution_id}-{_random(9)}", _LONGEST_AUTOML)
    else:
        name = _assemble(prefix, f"{execution_id}-{step_name[:20]}-{_random(10)}", _LONGEST)
    return name.lower() if step_type == "Model" else name


def _assemble(prefix: str, rest: str, longest: int) -> str:
    # Names of jobs have no underscore, names of steps may.
    name = f"{prefix[: longest - len(rest) - 1]}-{rest}"
    return re.sub(r"[^A-Za-z0-9\-]", "-", name).lstrip("-")


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
