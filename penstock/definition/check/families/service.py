"""PS701-PS717: what Pipelines asks of single step types and settings, beyond the requests' shapes."""

from collections.abc import Iterator
from typing import Any

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.finding import Finding
from penstock.definition.check.objects import an, shown
from penstock.definition.check.responses import reference_type
from penstock.definition.check.step_types import STEP_TYPES, step_type
from penstock.definition.expressions import Reference, get, is_expression, is_function, is_open, items
from penstock.durations import parse_duration

# facts/pipeline-execution.md, section 5.
_RETRY_RANGES = {
    "IntervalSeconds": (0, 43200),
    "BackoffRate": (0, None),
    "MaxAttempts": (0, 20),
    "ExpireAfterMin": (0, 14400),
}
# Jobs within Tuning and AutoML steps are retried by them; the calls of Model and RegisterModel run no job.
_OF_JOBS = ("SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT")
_NOT_RETRIED = dict.fromkeys(("Tuning", "AutoML"), _OF_JOBS[:1]) | dict.fromkeys(
    ("Model", "RegisterModel"), _OF_JOBS
)
# Section 6: what a cluster that a step makes is told by Pipelines alone.
_EMR_FORBIDDEN = (
    ("Name",), ("Steps",), ("AutoTerminationPolicy",), ("Instances", "KeepJobFlowAliveWhenNoSteps"),
    ("Instances", "TerminationProtected"),
)  # fmt: skip
# botocore: AutoMLJobObjective.
_METRICS = {
    "BinaryClassification": ("Accuracy", "AUC", "BalancedAccuracy", "F1", "Precision", "Recall"),
    "MulticlassClassification": ("Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro"),
    "Regression": ("MAE", "MSE", "R2", "RMSE"),
}
_LINEAGE_LIMITS = {"Actions": 5, "Artifacts": 5, "Contexts": 5, "Associations": 10}
_MAX_ITEMS = 100
_MAX_CONCURRENCY = 50


def check(document: Document) -> Iterator[Finding]:
    for step in document.steps:
        yield from _retry(step)
        yield from _cache(step)
        for rules in _BY_TYPE.get(step.type, ()):
            yield from rules(document, step)


def _retry(step: PlacedStep) -> Iterator[Finding]:
    if step.json.get("RetryPolicies") and step.type in STEP_TYPES and not step_type(step.type).retries:
        message = f"nothing retries {an(step.type)} step"
        yield Finding("PS708", step.at("RetryPolicies"), message, step.name, "Remove the policies.")
    for index, policy in enumerate(items(step.json.get("RetryPolicies"))):
        path = step.at("RetryPolicies", index)
        if get(policy, "MaxAttempts") is not None and get(policy, "ExpireAfterMin") is not None:
            message = "only one of MaxAttempts and ExpireAfterMin may be set"
            yield Finding("PS706", path, message, step.name)
        for key, (least, most) in _RETRY_RANGES.items():
            value = get(policy, key)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if value < least or (most is not None and value > most):
                bounds = f"at least {least}" if most is None else f"{least} to {most}"
                yield Finding("PS707", (*path, key), f"{key} is {bounds}, not {value}", step.name)
        for number, kind in enumerate(items(get(policy, "ExceptionType"))):
            if kind in _NOT_RETRIED.get(step.type, ()):
                where = (*path, "ExceptionType", number)
                message = f"{an(step.type)} step is not retried on {kind}"
                yield Finding("PS716", where, message, step.name, "Remove it.")


def _cache(step: PlacedStep) -> Iterator[Finding]:
    cache = step.json.get("CacheConfig")
    if get(cache, "Enabled") is True and step.type in STEP_TYPES and not step_type(step.type).caches:
        message = f"{an(step.type)} step is never taken from the cache"
        yield Finding("PS709", step.at("CacheConfig"), message, step.name, "Remove CacheConfig.")
    expires = get(cache, "ExpireAfter")
    if isinstance(expires, str) and not is_open(expires) and parse_duration(expires) is None:
        message = f"{shown(expires)} is no duration"
        yield Finding(
            "PS710", step.at("CacheConfig", "ExpireAfter"), message, step.name, "Write P30D or PT12H."
        )


def _automl(document: Document, step: PlacedStep) -> Iterator[Finding]:
    arguments = step.arguments
    mode = get(arguments, "AutoMLJobConfig", "Mode")
    # A word that is no mode at all is told by PS404.
    if "Arguments" in step.json and mode in (None, "AUTO", "HYPERPARAMETER_TUNING"):
        path = step.at("Arguments", "AutoMLJobConfig", "Mode") if mode is not None else step.at("Arguments")
        message = f"Mode is {shown(mode)}" if mode is not None else "Mode is not given"
        message += "; a pipeline runs AutoML in ENSEMBLING mode only"
        yield Finding("PS701", path, message, step.name, "Set AutoMLJobConfig.Mode to ENSEMBLING.")
    if (arguments.get("ProblemType") is None) != (arguments.get("AutoMLJobObjective") is None):
        message = "ProblemType and AutoMLJobObjective are given together or not at all"
        yield Finding("PS702", step.at("Arguments"), message, step.name)
    metric, problem = get(arguments, "AutoMLJobObjective", "MetricName"), arguments.get("ProblemType")
    metrics = _METRICS.get(problem, ()) if isinstance(problem, str) else ()
    if metrics and isinstance(metric, str) and not is_open(metric) and metric not in metrics:
        path = step.at("Arguments", "AutoMLJobObjective", "MetricName")
        message = f"{shown(metric)} is no metric of {problem}"
        yield Finding("PS702", path, message, step.name, f"There are {', '.join(metrics)}.")
    fraction = ("AutoMLJobConfig", "DataSplitConfig", "ValidationFraction")
    if len(items(arguments.get("InputDataConfig"))) > 1 and get(arguments, *fraction) is not None:
        message = "with a validation channel there is nothing to split off"
        yield Finding("PS717", step.at("Arguments", *fraction), message, step.name, "Remove it.")


def _emr(document: Document, step: PlacedStep) -> Iterator[Finding]:
    arguments, path = step.arguments, step.at("Arguments")
    given = [key for key in ("ClusterId", "ClusterConfig") if arguments.get(key) is not None]
    if len(given) != 1:
        if not given and _misspelt(step):
            return
        message = "ClusterId and ClusterConfig exclude one another" if given else "the step names no cluster"
        yield Finding("PS703", path, message, step.name, "Give either ClusterId or ClusterConfig.")
        return
    if given == ["ClusterConfig"] and arguments.get("ExecutionRoleArn") is not None:
        message = "ExecutionRoleArn is for a cluster by ClusterId only"
        yield Finding("PS703", (*path, "ExecutionRoleArn"), message, step.name)
    cluster = arguments.get("ClusterConfig")
    if not isinstance(cluster, dict) or is_open(cluster):
        return
    for member in _EMR_FORBIDDEN:
        if get(cluster, *member) is not None:
            message = f"a cluster that a step makes may not have {'.'.join(member)}"
            yield Finding("PS704", (*path, "ClusterConfig", *member), message, step.name, "Remove it.")
    instances = cluster.get("Instances")
    if isinstance(instances, dict) and not is_open(instances):
        count = sum(get(instances, key) is not None for key in ("InstanceGroups", "InstanceFleets"))
        if count != 1:
            message = "a cluster has either InstanceGroups or InstanceFleets"
            yield Finding("PS705", (*path, "ClusterConfig", "Instances"), message, step.name)
        for key, role in (("InstanceGroups", "InstanceRole"), ("InstanceFleets", "InstanceFleetType")):
            roles = [get(group, role) for group in items(get(instances, key))]
            if roles and "MASTER" not in roles and not any(map(is_open, roles)):
                where = (*path, "ClusterConfig", "Instances", key)
                yield Finding("PS705", where, f"none of {key} has the {role} MASTER", step.name)


def _emr_serverless(document: Document, step: PlacedStep) -> Iterator[Finding]:
    given = [key for key in ("ApplicationId", "ApplicationConfig") if step.arguments.get(key) is not None]
    if len(given) != 1 and (given or not _misspelt(step)):
        both = "ApplicationId and ApplicationConfig exclude one another"
        message = both if given else "the step names no application"
        suggestion = "Give either ApplicationId or ApplicationConfig."
        yield Finding("PS703", step.at("Arguments"), message, step.name, suggestion)


def _misspelt(step: PlacedStep) -> bool:
    """Whether the Arguments have what the step does not know (PS101), and which may be what it lacks."""
    return bool(step.arguments.keys() - (step_type(step.type).arguments or ()))


def _primitives(document: Document, step: PlacedStep) -> Iterator[Finding]:
    for key, value in step.arguments.items():
        if is_expression(value):
            kind = reference_type(document, Reference((), str(value.get("Get"))))
        elif isinstance(value, dict) and any(map(is_function, value)):
            continue  # PS111
        else:
            kind = "list" if isinstance(value, list) else "structure" if isinstance(value, dict) else ""
        if kind in ("list", "structure", "map"):
            message = f"{key} is a {kind}; {an(step.type)} step takes strings, numbers and Booleans"
            yield Finding(
                "PS711",
                step.at("Arguments", key),
                message,
                step.name,
                "Give each value an argument of its own.",
            )


def _baseline(document: Document, step: PlacedStep) -> Iterator[Finding]:
    """A check compares with a baseline: one that was supplied, or the group's latest registered one."""
    supplied = any(
        step.json.get(key) is not None
        for key in ("SuppliedBaselineConstraints", "SuppliedBaselineStatistics")
    )
    if supplied or step.json.get("ModelPackageGroupName"):
        return
    skipped = step.json.get("SkipCheck")
    if skipped is True and step.json.get("RegisterNewBaseline") is False:
        message = "the check is skipped and registers no new baseline, and there is no former one"
        suggestion = "Set RegisterNewBaseline, or give ModelPackageGroupName or SuppliedBaselineConstraints."
        yield Finding("PS712", step.path, message, step.name, suggestion)
    elif skipped is False:
        message = "the check has no baseline to compare with"
        suggestion = "Give ModelPackageGroupName, SuppliedBaselineConstraints, or SkipCheck true."
        yield Finding("PS712", step.path, message, step.name, suggestion)


def _cleanup(document: Document, step: PlacedStep) -> Iterator[Finding]:
    """SDK3 cleanup_step.py: Training and Athena steps are cleaned whole, others by URIs; none in a VPC."""
    sources = get(step.arguments, "Resources", "S3")
    if not isinstance(sources, list) or not sources:
        if "Resources" in step.arguments and not is_open(step.arguments["Resources"]):
            path = step.at("Arguments", "Resources")
            yield Finding(
                "PS714", path, "there is nothing to clean up", step.name, "List steps in Resources.S3."
            )
        return
    depends_on = {name for _, name, _ in step.dependencies}
    for index, source in enumerate(sources):
        path = step.at("Arguments", "Resources", "S3", index)
        name = get(source, "StepName")
        target = document.by_name.get(name) if isinstance(name, str) else None
        if target is None or not target.type:
            continue
        whole = target.type in ("Training", "Athena")
        uris = get(source, "S3Uris")
        if whole and uris is not None:
            message = f"{an(target.type)} step is cleaned up whole"
            yield Finding("PS714", (*path, "S3Uris"), message, step.name, "Remove S3Uris.")
        elif not whole and not uris:
            message = f"of {an(target.type)} step only what S3Uris lists is cleaned up"
            yield Finding("PS714", path, message, step.name, "List the URIs of the objects.")
        if _in_vpc(target):
            message = f"{name} runs in a VPC, and cannot be cleaned up"
            yield Finding("PS714", (*path, "StepName"), message, step.name)
        if name not in depends_on:
            message = f"nothing makes {step.name} wait for {name}"
            yield Finding("PS714", (*path, "StepName"), message, step.name, f"Add {name} to DependsOn.")


def _in_vpc(step: PlacedStep) -> bool:
    found = [get(step.arguments, *path) for path in (("VpcConfig",), ("NetworkConfig", "VpcConfig"))]
    return any(isinstance(value, dict) for value in found)


def _lineage(document: Document, step: PlacedStep) -> Iterator[Finding]:
    for key, limit in _LINEAGE_LIMITS.items():
        count = len(items(step.arguments.get(key)))
        if count > limit:
            message = f"the step has {count} {key}; at most {limit} are allowed"
            yield Finding("PS715", step.at("Arguments", key), message, step.name)
    made = {
        (kind, str(get(entity, f"{kind}Name")))
        for kind in ("Action", "Artifact", "Context")
        for entity in items(step.arguments.get(f"{kind}s"))
    }
    for index, association in enumerate(items(step.arguments.get("Associations"))):
        for end in ("Source", "Destination"):
            path = step.at("Arguments", "Associations", index, end)
            yield from _association_end(step, get(association, end), made, path)


def _association_end(step: PlacedStep, end: Any, made: set[Any], path: Any) -> Iterator[Finding]:
    if not isinstance(end, dict) or is_open(end):
        return
    kind, name = end.get("Type"), end.get("Name")
    if (end.get("Arn") is None) == (name is None or kind is None):
        message = "an association's end has either Arn, or Name and Type"
        yield Finding("PS715", path, message, step.name)
    elif isinstance(name, str) and not is_open(name) and (str(kind), name) not in made:
        message = f"the step makes no {kind} {name!r}"
        yield Finding("PS715", path, message, step.name, "Use Arn for what another step made.")


def _for_each(document: Document, step: PlacedStep) -> Iterator[Finding]:
    path, arguments = step.at("Arguments"), step.arguments
    concurrency = arguments.get("MaxConcurrency")
    if isinstance(concurrency, int) and not 1 <= concurrency <= _MAX_CONCURRENCY:
        message = f"MaxConcurrency is 1 to {_MAX_CONCURRENCY}, not {concurrency}"
        yield Finding("PS713", (*path, "MaxConcurrency"), message, step.name)
    entries = arguments.get("IterableItems")
    where = (*path, "IterableItems")
    if isinstance(entries, list):
        if not 1 <= len(entries) <= _MAX_ITEMS:
            message = f"a list of items has 1 to {_MAX_ITEMS} of them, not {len(entries)}"
            yield Finding("PS713", where, message, step.name)
        for index, entry in enumerate(entries):
            if (isinstance(entry, list | dict) and not is_expression(entry)) or entry is None:
                message = "an item is a reference, a string, a number or a Boolean"
                yield Finding("PS713", (*where, index), message, step.name, "Write it as a JSON string.")
    elif entries is not None and not is_open(entries):
        message = f"{shown(entries)} is neither a list of items nor a reference to one"
        yield Finding("PS713", where, message, step.name)
    if arguments.get("ForEachBody") == []:
        yield Finding("PS713", (*path, "ForEachBody"), "the body has no step", step.name)


_BY_TYPE = {
    "AutoML": (_automl,),
    "EMR": (_emr,),
    "EMRServerless": (_emr_serverless,),
    "Lambda": (_primitives,),
    "Callback": (_primitives,),
    "QualityCheck": (_baseline,),
    "ClarifyCheck": (_baseline,),
    "Cleanup": (_cleanup,),
    "Lineage": (_lineage,),
    "ForEach": (_for_each,),
}
