"""PS601-PS609: quotas, lengths and forms of names (facts/pipeline-execution.md, sections 1.3, 2 and 6)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.finding import Finding
from penstock.definition.check.objects import shown
from penstock.definition.expressions import get, is_open, items
from penstock.service_model import Path

MAX_STEPS = 50
MAX_PARAMETERS = 200
MAX_DEFINITION = 1_048_576  # characters
MAX_OUTPUTS = 50
MAX_DEFAULT = 4096
_STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
_PARAMETER_NAME = re.compile(r"[A-Za-z0-9\-_]{1,256}")
_TEXTS = {"DisplayName": 256, "Description": 3072}
_FUNCTION_ARN = re.compile(
    r"arn:aws[a-z\-]*:lambda:[a-z0-9\-]+:\d{12}:function:[A-Za-z0-9\-_]+(:[A-Za-z0-9\-_$]+)?"
)
_QUEUE_URL = re.compile(r"https?://\S+/\d{12}/[A-Za-z0-9\-_]{1,80}(\.fifo)?")


def check(document: Document) -> Iterator[Finding]:
    yield from _document(document)
    for index, parameter in enumerate(items(document.json.get("Parameters"))):
        yield from _parameter(parameter, ("Parameters", index))
    for step in document.steps:
        yield from _step(step)


def _document(document: Document) -> Iterator[Finding]:
    if len(document.steps) > MAX_STEPS:
        message = f"the pipeline has {len(document.steps)} steps; at most {MAX_STEPS} are allowed"
        yield Finding("PS602", ("Steps",), message)
    count = len(items(document.json.get("Parameters")))
    if count > MAX_PARAMETERS:
        message = f"the pipeline has {count} parameters; at most {MAX_PARAMETERS} are allowed"
        yield Finding("PS603", ("Parameters",), message)
    size = len(json.dumps(document.json, separators=(",", ":"), ensure_ascii=False))
    if size > MAX_DEFINITION:
        message = f"the definition has {size:,} characters; at most {MAX_DEFINITION:,} are allowed"
        yield Finding("PS606", (), message)


def _parameter(parameter: Any, path: Path) -> Iterator[Finding]:
    name = get(parameter, "Name")
    if isinstance(name, str) and not is_open(name) and not _PARAMETER_NAME.fullmatch(name):
        message = f"{shown(name)} is no parameter name: 1 to 256 letters, digits, hyphens and underscores"
        yield Finding("PS605", (*path, "Name"), message)
    default = get(parameter, "DefaultValue")
    if isinstance(default, str) and not is_open(default) and len(default) > MAX_DEFAULT:
        message = f"the default has {len(default)} characters; at most {MAX_DEFAULT} are allowed"
        yield Finding("PS607", (*path, "DefaultValue"), message)


def _step(step: PlacedStep) -> Iterator[Finding]:
    name = step.json.get("Name")
    if isinstance(name, str) and not is_open(name) and not _STEP_NAME.fullmatch(name):
        message = f"{shown(name)} is no step name: 1 to 64 letters, digits, hyphens and underscores"
        yield Finding("PS601", step.at("Name"), message, step.name)
    for key, limit in _TEXTS.items():
        text = step.json.get(key)
        if isinstance(text, str) and len(text) > limit:
            message = f"{key} has {len(text)} characters; at most {limit} are allowed"
            yield Finding("PS604", step.at(key), message, step.name)
    if len(items(step.json.get("OutputParameters"))) > MAX_OUTPUTS:
        count = len(step.json["OutputParameters"])
        message = f"the step has {count} output parameters; at most {MAX_OUTPUTS} are allowed"
        yield Finding("PS608", step.at("OutputParameters"), message, step.name)
    for key, form, what in (
        ("FunctionArn", _FUNCTION_ARN, "the ARN of a Lambda function"),
        ("SqsQueueUrl", _QUEUE_URL, "the URL of an SQS queue"),
    ):
        value = step.json.get(key)
        if isinstance(value, str) and not is_open(value) and not form.fullmatch(value):
            yield Finding("PS609", step.at(key), f"{shown(value)} is not {what}", step.name)
