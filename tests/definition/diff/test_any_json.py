"""Whatever two definitions hold: the same is no difference, an edit is told where it is, nothing fails."""

import copy
import json
from dataclasses import asdict
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.definition.diff import diff, lines
from penstock.definition.expressions import is_expression

COMPILED = Path(__file__).parents[3] / "compiled" / "automl_scoring.json"
FLAGSHIP = json.loads(COMPILED.read_text(encoding="utf-8"))

WORDS = [
    "Steps", "Parameters", "Name", "Type", "Arguments", "DependsOn", "IfSteps", "ForEachBody", "Step",
    "Trigger", "Get", "Std:Join", "Std:JsonGet", "Values", "On", "PropertyFile", "Path", "PropertyFiles",
    "OutputName", "PropertyFileName", "Containers", "ContainerHostname", "Conditions", "DefaultValue",
    "Resources", "S3", "it's",
]  # fmt: skip
TEXTS = [
    "A", "B", "", "Condition", "Cleanup", "EMR", "ForEach", "Parameters.A", "Steps.A.X", "Steps.",
    "Steps.B.PropertyFiles.A", "Steps.A.OutputParameters['B']", "Steps.A.IterationOutputs[0].B.X",
    "ForEach.CurrentItem", "\ud800\n",
]  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(0, 2) | st.floats() | st.sampled_from(TEXTS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=12,
)
STEPS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "Name": st.sampled_from(["A", "B", "C"]) | JSON,
            "Type": st.sampled_from(["Condition", "Processing", "EMR"]) | JSON,
            "Arguments": st.dictionaries(st.sampled_from(["IfSteps", "X", "Conditions"]), JSON) | JSON,
            "DependsOn": JSON,
            "PropertyFiles": JSON,
        },
    ),
    max_size=4,
)
PARAMETERS = st.lists(
    st.fixed_dictionaries({"Name": st.sampled_from(["A", "B"])}, optional={"DefaultValue": JSON})
)
DEFINITIONS = st.fixed_dictionaries(
    {}, optional={"Steps": STEPS | JSON, "Parameters": PARAMETERS | JSON, "Metadata": JSON, "Version": JSON}
)


@given(DEFINITIONS, DEFINITIONS)
@settings(max_examples=100, deadline=None)
def test_any_json_can_be_compared_and_shown(before, after):
    assert diff(before, copy.deepcopy(before)) is None
    found = diff(before, after)
    assert (found is None) == (diff(after, before) is None)
    if found is not None:
        json.dumps(asdict(found))
        assert all(line.isprintable() for line in lines(found))


# The flagship's lists, by what its items are matched by; the others have an order.
NAMED = {
    "Steps": "Name", "Parameters": "Name", "IfSteps": "Name", "ElseSteps": "Name", "Applications": "Name",
    "InstanceGroups": "Name", "ProcessingInputs": "InputName", "Outputs": "OutputName",
    "OutputParameters": "OutputName", "PropertyFiles": "PropertyFileName", "InputDataConfig": "ChannelType",
}  # fmt: skip
SETS = (
    "DependsOn", "RetryPolicies", "ExceptionType", "Conditions", "SupportedContentTypes",
    "SupportedResponseMIMETypes", "SupportedTransformInstanceTypes",
    "SupportedRealtimeInferenceInstanceTypes",
)  # fmt: skip


def places(value, owner="", path="", key=""):
    """Every value that can be edited on its own: whose it is, its path, what holds it, its key there."""
    if is_expression(value):
        return
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in ("Name", NAMED.get(key)):
                inner = f"{path}.{name}" if path else name
                yield owner, inner, value, name
                yield from places(item, owner, inner, name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if key in ("Steps", "Parameters", "IfSteps", "ElseSteps"):
                yield from places(item, item["Name"])
            elif key in NAMED:
                yield from places(item, owner, f"{path}['{item[NAMED[key]]}']", key)
            elif key not in SETS:
                yield owner, f"{path}[{index}]", value, index
                yield from places(item, owner, f"{path}[{index}]", key)


COUNT = len(list(places(FLAGSHIP)))
EDITS = ["other", 17, {"Get": "Execution.PipelineName"}, {"New": [1]}, ["new"], None]


def told(found):
    """What a difference tells: owner and path."""
    for named in (found.steps, found.parameters):
        for item in named.changed:
            yield from ((item.name, change.path) for change in item.changes)
    yield from (("", change.path) for change in found.others)


@given(st.integers(0, COUNT - 1), st.sampled_from(EDITS))
@settings(max_examples=60, deadline=None)
def test_every_edit_of_the_flagship_is_told_where_it_is(number, value):
    edited = copy.deepcopy(FLAGSHIP)
    owner, path, holder, key = list(places(edited))[number]
    if value is None:
        del holder[key]
    else:
        holder[key] = value
    found = diff(FLAGSHIP, edited)
    if key in ("Steps", "Parameters", "IfSteps", "ElseSteps"):
        assert found.steps.removed or found.parameters.removed
    else:
        changes = list(told(found))
        assert changes and all(name == owner and place.startswith(path) for name, place in changes)


@given(st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_orders_that_mean_nothing_are_no_difference(random):
    def shuffled(value, key=""):
        if isinstance(value, dict):
            keys = list(value)
            random.shuffle(keys)
            return {name: shuffled(value[name], name) for name in keys}
        if isinstance(value, list):
            items = [shuffled(item) for item in value]
            if key in (*NAMED, *SETS):
                random.shuffle(items)
            return items
        return value

    assert diff(FLAGSHIP, shuffled(FLAGSHIP)) is None
