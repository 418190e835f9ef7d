"""Breakages of a definition, generated: every place of it, broken in every way that a hand might break it.

What counts as a breakage is decided here, by hand, and not by asking the rules: members that may be left out
and texts that nothing fixes are listed.
"""

import copy
from collections import defaultdict
from itertools import pairwise

from edits import all_steps

from penstock.definition.expressions import walk

# Members that may be left out: a definition without them says less, or another thing, and is not broken.
OPTIONAL = {
    "Metadata", "PipelineExperimentConfig", "ExperimentName", "TrialName", "Description", "EnumValues",
    "DefaultValue", "DependsOn", "ExpireAfter", "BackoffRate", "IntervalSeconds", "MaxAttempts",
    "ExpireAfterMin", "On", "Tags", "VpcConfig", "NetworkConfig", "ContainerEntrypoint", "ContainerArguments",
    "Environment", "AppManaged", "S3CompressionType", "S3DataDistributionType", "S3InputMode", "LocalPath",
    "ContentType", "CompressionType", "ChannelType", "BatchStrategy", "SplitType", "AssembleWith", "Accept",
    "DataProcessing", "JoinSource", "InputFilter", "OutputFilter", "ModelApprovalStatus", "ModelMetrics",
    "DriftCheckBaselines", "ModelPackageDescription", "ModelPackageGroupName", "CustomerMetadataProperties",
    "MetadataProperties", "OutputParameters", "OutputType", "IfSteps", "ElseSteps", "SkipCheck",
    "FailOnViolation", "RegisterNewBaseline", "ModelName", "ErrorMessage", "CacheConfig", "ProcessingInputs",
    "ProcessingOutputConfig", "SupportedContentTypes", "SupportedResponseMIMETypes", "ModelDataUrl", "Image",
    "SupportedTransformInstanceTypes", "SupportedRealtimeInferenceInstanceTypes", "Domain", "Task",
    "ModelQuality", "ModelDataQuality", "Bias", "Explainability", "Statistics", "Constraints", "Report",
    "PreTrainingConstraints", "PostTrainingConstraints", "PreTrainingReport", "PostTrainingReport",
    "ConfigFile", "InferenceSpecification", "EnableNetworkIsolation", "Args", "MainClass", "Properties",
    "ActionOnFailure", "LogUri", "ServiceRole", "JobFlowRole", "Applications", "Configurations",
    "ReleaseLabel", "Ec2SubnetId", "InstanceCount", "InstanceRole", "Name", "Market", "Classification",
    "EbsRootVolumeSize", "VisibleToAllUsers", "VolumeSizeInGB", "DataSource", "ModelClientConfig",
    "ExecutionRoleArn", "MaxPayloadInMB", "MaxConcurrentTransforms", "InvocationsTimeoutInSeconds",
    "InvocationsMaxRetries", "S3Input", "DataCaptureConfig", "FilePath", "SupportedModelTypes",
    "VolumeKmsKeyId", "KmsKeyId", "StoppingCondition", "CompletionCriteria", "RetryPolicies",
    "MaxAutoMLJobRuntimeInSeconds", "SecurityConfig", "SampleWeightAttributeName", "DataSplitConfig",
    "ValidationFraction", "DisplayName", "SkipModelValidation", "GroupName", "GenerateInferenceId",
}  # fmt: skip
# Maps whose keys are the user's own.
MAPS = {"Environment", "HyperParameters", "CustomerMetadataProperties", "Properties"}
# The lists whose items have names of limited length.
LISTS = {"Parameters", "Steps", "IfSteps", "ElseSteps"}
# Texts out of a fixed set.
ENUMS = {
    "Type", "S3DataType", "S3InputMode", "S3UploadMode", "S3CompressionType", "S3DataDistributionType",
    "CompressionType", "ChannelType", "ProblemType", "MetricName", "Mode", "BatchStrategy", "SplitType",
    "AssembleWith", "JoinSource", "CheckType", "OutputType", "ActionOnFailure", "InstanceRole",
}  # fmt: skip


def breakages(definition):
    """Yields (what was done, the broken definition)."""
    places = [(path, value) for path, value in walk(definition) if path]
    for path, value in places:
        yield from _dropped(definition, path)
        yield from _misspelt_key(definition, path)
        yield from _retyped(definition, path, value)
        if path[-1] == "Get":
            yield from _misspelt_reference(definition, path, value)
        if path[-1] in ENUMS and isinstance(value, str) and "{{" not in value:
            yield f"{path} is {value}x", changed(definition, path, f"{value}x")
        if path[-1] == "Name" and path[-3] in LISTS and isinstance(value, str):
            yield f"{path} is too long", changed(definition, path, value + "x" * 300)
    yield from _steps(definition)


def changed(definition, path, value):
    definition = copy.deepcopy(definition)
    holder(definition, path)[path[-1]] = value
    return definition


def holder(definition, path):
    for part in path[:-1]:
        definition = definition[part]
    return definition


def in_a_map(path):
    return len(path) > 1 and path[-2] in MAPS


def event(path):
    """In the arguments of a function or a callback: their names are the user's."""
    return len(path) > 1 and path[-2] == "Arguments" and path[-1][:1].islower()


def _dropped(definition, path):
    name = path[-1]
    of_step = (len(path) > 1 and path[-3:-2] in (("IfSteps",), ("ElseSteps",))) or len(path) == 3
    if isinstance(name, int) or in_a_map(path) or event(path):
        return
    if name in OPTIONAL and not (of_step and name in ("Name", "Type")):
        return
    definition = copy.deepcopy(definition)
    del holder(definition, path)[name]
    yield f"{path} is dropped", definition


def _misspelt_key(definition, path):
    name = path[-1]
    if isinstance(name, int) or in_a_map(path) or event(path):
        return
    definition = copy.deepcopy(definition)
    inside = holder(definition, path)
    inside[f"{name}x"] = inside.pop(name)
    yield f"{path} is written {name}x", definition


def _retyped(definition, path, value):
    if isinstance(value, str):
        yield f"{path} is a list", changed(definition, path, [[1]])
    elif isinstance(value, bool | int | float):
        yield f"{path} is a structure", changed(definition, path, {"a": 1})
    elif isinstance(value, list):
        yield f"{path} is a number", changed(definition, path, 12)


def _misspelt_reference(definition, path, text):
    root, _, rest = text.partition(".")
    yield f"{path} is rooted in {root}x", changed(definition, path, f"{root}x.{rest}")
    parts = rest.split(".")
    for index, part in enumerate(parts):
        name, bracket, key = part.partition("[")
        broken = ".".join([*parts[:index], f"{name}x{bracket}{key}", *parts[index + 1 :]])
        yield f"{path} is {root}.{broken}", changed(definition, path, f"{root}.{broken}")
        if bracket and "'" in key and name not in MAPS:
            broken = ".".join([*parts[:index], f"{name}['x{key[1:]}", *parts[index + 1 :]])
            yield f"{path} is {root}.{broken}", changed(definition, path, f"{root}.{broken}")


def _steps(definition):
    names = [steps[index]["Name"] for steps, index in all_steps(definition["Steps"])]
    waits_for = _waits_for(definition)
    for name in names:
        for upstream in sorted(_closure(waits_for, name)):
            yield f"{upstream} waits for {name}, which waits for it", _depending(definition, upstream, name)
        yield f"{name} waits for itself", _depending(definition, name, name)
        yield f"{name} waits for a step that is not there", _depending(definition, name, f"{name}x")
        twice = copy.deepcopy(definition)
        twice["Steps"].append(
            copy.deepcopy(next(s[i] for s, i in all_steps(twice["Steps"]) if s[i]["Name"] == name))
        )
        yield f"{name} is listed twice", twice
    for first, second in pairwise(names):
        swapped = copy.deepcopy(definition)
        pair = [s[i] for s, i in all_steps(swapped["Steps"]) if s[i]["Name"] in (first, second)]
        pair[0]["Name"], pair[1]["Name"] = pair[1]["Name"], pair[0]["Name"]
        if pair[0]["Type"] != pair[1]["Type"] and (_used(definition, first) or _used(definition, second)):
            yield f"{first} and {second} have each other's name", swapped


def _used(definition, name):
    return any(
        isinstance(value, str) and value.startswith(f"Steps.{name}.") for path, value in walk(definition)
    )


def _depending(definition, name, upstream):
    definition = copy.deepcopy(definition)
    step = next(s[i] for s, i in all_steps(definition["Steps"]) if s[i]["Name"] == name)
    step["DependsOn"] = [*step.get("DependsOn", []), upstream]
    return definition


def _waits_for(definition):
    """What each step refers to or depends on, by name, and the Condition that it stands in."""
    found = defaultdict(set)

    def visit(steps, parent):
        for step in steps:
            found[step["Name"]] |= set(step.get("DependsOn", [])) | ({parent} if parent else set())
            arguments = {k: v for k, v in step["Arguments"].items() if k not in ("IfSteps", "ElseSteps")}
            for path, value in walk(arguments):
                if path and path[-1] == "Get" and value.startswith("Steps."):
                    found[step["Name"]].add(value.split(".")[1])
            for branch in ("IfSteps", "ElseSteps"):
                visit(step["Arguments"].get(branch, []), step["Name"])

    visit(definition["Steps"], None)
    return found


def _closure(waits_for, name):
    seen, new = set(), {name}
    while new:
        new = {upstream for current in new for upstream in waits_for[current]} - seen
        seen |= new
    return seen
