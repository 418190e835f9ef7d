"""Junk in every place of a definition."""

import contextlib
import copy
import json

from penstock.emulator.engine.definition import DefinitionError, parse_definition

CACHE = {"Enabled": True, "ExpireAfter": "P1D"}
RETRIES = [{"ExceptionType": ["Step.SERVICE_FAULT"], "MaxAttempts": 3}]
JUNK = (
    None, True, 5, "x", [], {}, [[]], [{}], {"a": 1}, {"Get": None}, {"Get": "Steps.A"}, {"Std:Join": None},
    {"Std:JsonGet": {}},
)  # fmt: skip


def test_junk_anywhere_is_read_or_refused(build):
    """Nothing else comes of it, which CreatePipeline would answer with a 500."""
    gate = build.condition(
        "Gate",
        [build.equals({"Get": "Parameters.P"}, 1), {"Type": "In", "QueryValue": 1, "Values": [1]}],
        [{"Name": "Ask", "Type": "Callback", "SqsQueueUrl": "q", "Arguments": {"a": 1}}],
    )
    gate["Arguments"]["IfSteps"][0]["OutputParameters"] = [{"OutputName": "o", "OutputType": "String"}]
    file = {"PropertyFileName": "F", "OutputName": "o", "FilePath": "f"}
    keys = {"PropertyFiles": [file], "CacheConfig": CACHE, "RetryPolicies": RETRIES}
    prepare = build.processing("Prepare", outputs=["o"], after=[{"Step": "Gate", "Trigger": "Any"}], **keys)
    parameter = {"Name": "P", "Type": "Integer", "DefaultValue": 1}
    document = build.definition([gate, prepare], [parameter])
    document |= {"PipelineExperimentConfig": {"TrialName": "t"}, "Metadata": {}}
    assert list(parse_definition(json.dumps(document)).steps) == ["Gate", "Ask", "Prepare"]
    for place in _places(document):
        for junk in JUNK:
            broken = copy.deepcopy(document)
            holder = broken
            for part in place[:-1]:
                holder = holder[part]
            holder[place[-1]] = junk
            with contextlib.suppress(DefinitionError):
                parse_definition(json.dumps(broken))


def _places(value, place=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*place, key)
        yield from _places(item, (*place, key))
