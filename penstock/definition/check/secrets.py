"""What looks like a secret in a definition: keys of known forms, telling names, random text."""

import math
import re
from collections import Counter

from penstock.service_model import Path

_FORMS = {
    "an AWS access key id": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a GitHub token": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})"),
    "a Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9\-]{10,}"),
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"),
    "a JSON web token": re.compile(r"\beyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\."),
    "a password in a URL": re.compile(r"\b[a-z][a-z0-9+]*://[^/\s:@]+:[^/\s:@]+@"),
}
_NAME = re.compile(
    r"(^|[_\-.])(password|passwd|secret|token|api_?key|private_?key|access_?key)$", re.IGNORECASE
)
_RANDOM = re.compile(r"[A-Za-z0-9+_=\-]{32,128}")
# The settings of a step that carry values of the user's own.
_CARRIERS = ("Environment", "HyperParameters", "ContainerArguments", "Args", "StaticHyperParameters")
_MIN_ENTROPY = 4.2  # bits a character; English text and hexadecimal digests stay below


def secret(path: Path, value: str) -> str:
    """Why a string at a path looks like a secret; empty if it does not. Never says the value."""
    for what, form in _FORMS.items():
        if form.search(value):
            return what
    if not _carried(path):
        return ""
    name = str(path[-1])
    if isinstance(path[-1], str) and _NAME.search(name) and value and not value.startswith(("arn:", "s3://")):
        return f"it is the value of {name}"
    if _RANDOM.fullmatch(value) and _mixed(value) and _entropy(value) > _MIN_ENTROPY:
        return "it is a long random text"
    return ""


def _carried(path: Path) -> bool:
    """In a map or list of the user's values, or in the arguments of a Lambda or Callback step."""
    return any(part in _CARRIERS for part in path[:-1]) or (len(path) > 1 and path[-2] == "Arguments")


def _mixed(text: str) -> bool:
    return all(any(test(char) for char in text) for test in (str.isdigit, str.isupper, str.islower))


def _entropy(text: str) -> float:
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
