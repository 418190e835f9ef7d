"""PS901-PS904: what the settings of one request ask of each other (botocore's documentation of them)."""

from collections.abc import Iterator
from typing import Any

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.finding import Finding
from penstock.definition.check.objects import shown
from penstock.definition.expressions import get, is_open, items
from penstock.service_model import Path

_PROCESSING = "/opt/ml/processing/"
_MAX_PAYLOADS_IN_MB = 100


def check(document: Document) -> Iterator[Finding]:
    for step in document.steps:
        for rules in _BY_TYPE.get(step.type, ()):
            yield from rules(step)


def _training_jobs(step: PlacedStep) -> Iterator[tuple[Path, Any]]:
    """What a Training or Tuning step says of the jobs that it runs."""
    if step.type == "Training":
        yield (), step.arguments
    else:
        yield ("TrainingJobDefinition",), step.arguments.get("TrainingJobDefinition")
        for index, job in enumerate(items(step.arguments.get("TrainingJobDefinitions"))):
            yield ("TrainingJobDefinitions", index), job


def _modes(step: PlacedStep) -> Iterator[Finding]:
    """An augmented manifest is streamed (botocore: S3DataType), and a job streams in one way only."""
    for path, job in _training_jobs(step):
        usual = get(job, "AlgorithmSpecification", "TrainingInputMode")
        streams: set[str] = set()
        for index, channel in enumerate(items(get(job, "InputDataConfig"))):
            where = step.at("Arguments", *path, "InputDataConfig", index)
            mode = get(channel, "InputMode") or usual
            kind = get(channel, "DataSource", "S3DataSource", "S3DataType")
            if kind == "AugmentedManifestFile" and mode in ("File", "FastFile"):
                message = f"S3DataType can be AugmentedManifestFile only where InputMode is Pipe, not {mode}"
                yield Finding("PS903", where, message, step.name, "Set InputMode to Pipe.")
            elif mode in ("Pipe", "FastFile"):
                if streams - {mode}:
                    message = "one job cannot have Pipe and FastFile channels"
                    yield Finding("PS903", where, message, step.name, "Let both have the same mode, or File.")
                streams.add(mode)


def _alike(step: PlacedStep) -> Iterator[Finding]:
    """The training and validation data of an AutoML job are of one form (botocore: AutoMLChannel)."""
    channels = items(step.arguments.get("InputDataConfig"))
    for index, channel in enumerate(channels[1:], 1):
        for member in ("ContentType", "TargetAttributeName"):
            first, other = get(channels[0], member), get(channel, member)
            both_known = not is_open(first) and not is_open(other)
            if both_known and first is not None and other is not None and first != other:
                where = step.at("Arguments", "InputDataConfig", index, member)
                message = f"{member} is {shown(other)}, and {shown(first)} in the first channel"
                yield Finding("PS903", where, message, step.name, "Let the channels have the same.")


def _spot(step: PlacedStep) -> Iterator[Finding]:
    """Only a managed spot job waits, and at least as long as it may run (botocore: StoppingCondition)."""
    for path, job in _training_jobs(step):
        wait = get(job, "StoppingCondition", "MaxWaitTimeInSeconds")
        run = get(job, "StoppingCondition", "MaxRuntimeInSeconds")
        where = step.at("Arguments", *path, "StoppingCondition", "MaxWaitTimeInSeconds")
        if wait is not None and get(job, "EnableManagedSpotTraining") in (None, False):
            message = "MaxWaitTimeInSeconds is for managed spot training only"
            suggestion = "Remove it, or set EnableManagedSpotTraining to true."
            yield Finding("PS901", where, message, step.name, suggestion)
        elif isinstance(wait, int) and isinstance(run, int) and wait < run:
            message = f"the job waits for {wait} s, but may run for {run} s"
            suggestion = "Let MaxWaitTimeInSeconds be at least MaxRuntimeInSeconds."
            yield Finding("PS901", where, message, step.name, suggestion)


def _processing(step: PlacedStep) -> Iterator[Finding]:
    """Where a processing job's inputs and outputs lie in its container, and how they get there (botocore)."""
    seen: dict[str, Any] = {}
    for key, parts in (
        ("S3Input", ("ProcessingInputs",)),
        ("S3Output", ("ProcessingOutputConfig", "Outputs")),
    ):
        for index, entry in enumerate(items(get(step.arguments, *parts))):
            source, where = get(entry, key), step.at("Arguments", *parts, index)
            managed = get(entry, "AppManaged") not in (None, False)
            if isinstance(source, dict) and not is_open(source) and not managed:
                yield from _local_path(step, entry, key, where, seen)
            if get(source, "S3CompressionType") == "Gzip" and get(source, "S3InputMode") in (None, "File"):
                message = "S3CompressionType can be Gzip only where S3InputMode is Pipe"
                yield Finding("PS903", (*where, key, "S3CompressionType"), message, step.name)
            if get(entry, "FeatureStoreOutput") is not None and not managed:
                message = "FeatureStoreOutput is for outputs whose AppManaged is true"
                yield Finding("PS903", (*where, "FeatureStoreOutput"), message, step.name)


def _local_path(
    step: PlacedStep, entry: Any, key: str, where: Path, seen: dict[str, Any]
) -> Iterator[Finding]:
    path = entry[key].get("LocalPath")
    if path is None:
        message = "LocalPath is required unless AppManaged is true"
        yield Finding("PS902", (*where, key), message, step.name, f"Name a path below {_PROCESSING}.")
    elif not isinstance(path, str) or is_open(path):
        return
    elif not f"{path}/".startswith(_PROCESSING):
        message = f"{shown(path)} is not below {_PROCESSING}"
        yield Finding("PS902", (*where, key, "LocalPath"), message, step.name)
    elif key == "S3Input":
        if path.rstrip("/") in seen:
            message = f"input {shown(seen[path.rstrip('/')])} is at {shown(path)} already"
            suggestion = "Give each input a path of its own."
            yield Finding("PS902", (*where, key, "LocalPath"), message, step.name, suggestion)
        seen.setdefault(path.rstrip("/"), entry.get("InputName"))


def _strategy(step: PlacedStep) -> Iterator[Finding]:
    """Hyperband stops training jobs itself (botocore: TrainingJobEarlyStoppingType)."""
    config = "HyperParameterTuningJobConfig"
    stopping = get(step.arguments, config, "TrainingJobEarlyStoppingType")
    if get(step.arguments, config, "Strategy") == "Hyperband" and stopping == "Auto":
        where = step.at("Arguments", config, "TrainingJobEarlyStoppingType")
        message = "with the Hyperband strategy TrainingJobEarlyStoppingType must be Off"
        yield Finding("PS903", where, message, step.name, "Set it to Off, or leave it out.")


def _scales(step: PlacedStep) -> Iterator[Finding]:
    """Which ranges of values a scale is for (botocore: ScalingType)."""
    places: list[Path] = [("HyperParameterTuningJobConfig", "ParameterRanges")]
    places += [(*path, "HyperParameterRanges") for path, _ in _training_jobs(step)]
    for place in places:
        for kind in ("ContinuousParameterRanges", "IntegerParameterRanges"):
            for index, entry in enumerate(items(get(step.arguments, *place, kind))):
                scale, least, most = (get(entry, key) for key in ("ScalingType", "MinValue", "MaxValue"))
                if scale == "Logarithmic" and _number(least, 1) <= 0:
                    message = "Logarithmic scaling is for values above 0"
                elif scale == "ReverseLogarithmic" and (_number(least, 0) < 0 or _number(most, 0) >= 1):
                    message = "ReverseLogarithmic scaling is for values from 0 to less than 1"
                else:
                    continue
                where = step.at("Arguments", *place, kind, index, "ScalingType")
                yield Finding("PS903", where, message, step.name, "Set ScalingType to Linear or Auto.")


def _number(text: Any, otherwise: float) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return otherwise


def _payloads(step: PlacedStep) -> Iterator[Finding]:
    """What a Transform step sends at once, and joins (botocore: MaxPayloadInMB, BatchStrategy)."""
    arguments = step.arguments
    size, count = arguments.get("MaxPayloadInMB"), arguments.get("MaxConcurrentTransforms")
    if isinstance(size, int) and isinstance(count, int) and size <= _MAX_PAYLOADS_IN_MB < size * count:
        message = f"{count} requests of {size} MB at once are more than {_MAX_PAYLOADS_IN_MB} MB"
        suggestion = f"Let MaxConcurrentTransforms * MaxPayloadInMB be at most {_MAX_PAYLOADS_IN_MB}."
        yield Finding("PS903", step.at("Arguments", "MaxPayloadInMB"), message, step.name, suggestion)
    if get(arguments, "DataProcessing", "JoinSource") == "Input":
        for of_input, of_output in (("SplitType", "AssembleWith"), ("ContentType", "Accept")):
            given = get(arguments, "TransformInput", of_input)
            taken = get(arguments, "TransformOutput", of_output)
            if of_input == "SplitType":
                given, taken = given or "None", taken or "None"
            known = None not in (given, taken) and not is_open(given) and not is_open(taken)
            if known and given != taken:
                message = f"a join needs the same {of_input} and {of_output}; they are {given} and {taken}"
                where = step.at("Arguments", "TransformOutput")
                yield Finding("PS903", where, message, step.name, f"Set {of_output} to {given}.")
    split = get(arguments, "TransformInput", "SplitType")
    if arguments.get("BatchStrategy") == "MultiRecord" and split in (None, "None"):
        message = "without a SplitType each object is one record, and there are no batches of records"
        suggestion = "Set TransformInput.SplitType to Line, RecordIO or TFRecord."
        yield Finding("PS904", step.at("Arguments", "BatchStrategy"), message, step.name, suggestion)


def _hostnames(step: PlacedStep) -> Iterator[Finding]:
    """Either all containers of an inference pipeline are named, or none is (botocore: ContainerHostname)."""
    containers = items(step.arguments.get("Containers"))
    unnamed = [
        index
        for index, container in enumerate(containers)
        if not is_open(container) and get(container, "ContainerHostname") is None
    ]
    if 0 < len(unnamed) < len(containers):
        message = "the container has no ContainerHostname, which others have"
        suggestion = "Give every container a ContainerHostname, or none."
        yield Finding("PS903", step.at("Arguments", "Containers", unnamed[0]), message, step.name, suggestion)


_BY_TYPE = {
    "Processing": (_processing,),
    "QualityCheck": (_processing,),
    "ClarifyCheck": (_processing,),
    "Training": (_spot, _modes),
    "Tuning": (_spot, _modes, _strategy, _scales),
    "AutoML": (_alike,),
    "Transform": (_payloads,),
    "Model": (_hostnames,),
}
