"""PS901-PS905: what the settings of one request ask of each other (botocore's documentation of them)."""

from collections.abc import Iterator
from typing import Any

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.finding import Finding
from penstock.definition.check.objects import shown
from penstock.definition.check.tuning import search
from penstock.definition.expressions import get, is_open, items
from penstock.service_model import Path

_PROCESSING = "/opt/ml/processing/"
_MAX_PAYLOADS_IN_MB = 100
_MAX_RUNTIME = 28 * 24 * 3600


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
            if mode in ("File", "FastFile"):
                for member, value in (("CompressionType", "Gzip"), ("RecordWrapperType", "RecordIO")):
                    if get(channel, member) == value:
                        message = f"{member} can be {value} only where InputMode is Pipe, not {mode}"
                        yield Finding("PS903", (*where, member), message, step.name, f"Remove {member}.")
            if mode in ("Pipe", "FastFile"):
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
            both_known = isinstance(first, str) and isinstance(other, str)
            if both_known and not is_open(first) and not is_open(other) and first != other:
                where = step.at("Arguments", "InputDataConfig", index, member)
                message = f"{member} is {shown(other)}, and {shown(first)} in the first channel"
                yield Finding("PS903", where, message, step.name, "Let the channels have the same.")


def _spot(step: PlacedStep) -> Iterator[Finding]:
    """Only a managed spot job waits, and at least as long as it may run (botocore: StoppingCondition)."""
    for path, job in _training_jobs(step):
        wait = get(job, "StoppingCondition", "MaxWaitTimeInSeconds")
        run = get(job, "StoppingCondition", "MaxRuntimeInSeconds")
        where = step.at("Arguments", *path, "StoppingCondition", "MaxWaitTimeInSeconds")
        spot = get(job, "EnableManagedSpotTraining")
        if spot is True and wait is None and isinstance(get(job, "StoppingCondition"), dict):
            message = "a managed spot job needs MaxWaitTimeInSeconds"
            suggestion = "Let MaxWaitTimeInSeconds be at least MaxRuntimeInSeconds."
            yield Finding("PS901", where[:-1], message, step.name, suggestion)
        elif wait is not None and spot in (None, False):
            message = "MaxWaitTimeInSeconds is for managed spot training only"
            suggestion = "Remove it, or set EnableManagedSpotTraining to true."
            yield Finding("PS901", where, message, step.name, suggestion)
        elif isinstance(wait, int) and isinstance(run, int) and wait < run:
            message = f"the job waits for {wait} s, but may run for {run} s"
            suggestion = "Let MaxWaitTimeInSeconds be at least MaxRuntimeInSeconds."
            yield Finding("PS901", where, message, step.name, suggestion)
        if isinstance(run, int) and run > _MAX_RUNTIME:
            message = f"MaxRuntimeInSeconds is at most {_MAX_RUNTIME}, which are 28 days, not {run}"
            yield Finding("PS903", (*where[:-1], "MaxRuntimeInSeconds"), message, step.name)
        keep = ("ResourceConfig", "KeepAlivePeriodInSeconds")
        if spot is True and get(job, *keep) not in (None, 0):
            message = "a managed spot job keeps no instances: KeepAlivePeriodInSeconds is for others"
            yield Finding("PS903", step.at("Arguments", *path, *keep), message, step.name, "Remove it.")


def _file_systems(step: PlacedStep) -> Iterator[Finding]:
    """A file system is reached from within its VPC (developer guide, model access to training data)."""
    for path, job in _training_jobs(step):
        for index, channel in enumerate(items(get(job, "InputDataConfig"))):
            if get(channel, "DataSource", "FileSystemDataSource") and get(job, "VpcConfig") is None:
                where = step.at("Arguments", *path, "InputDataConfig", index, "DataSource")
                message = "a FileSystemDataSource is reached from its VPC only, and VpcConfig is not set"
                yield Finding("PS903", where, message, step.name, "Set VpcConfig.")


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


def _payloads(step: PlacedStep) -> Iterator[Finding]:
    """What a Transform step sends at once, and joins (botocore: MaxPayloadInMB, BatchStrategy)."""
    arguments = step.arguments
    size, count = arguments.get("MaxPayloadInMB"), arguments.get("MaxConcurrentTransforms")
    if isinstance(size, int) and size > _MAX_PAYLOADS_IN_MB:
        message = f"MaxPayloadInMB is at most {_MAX_PAYLOADS_IN_MB}, not {size}"
        yield Finding("PS903", step.at("Arguments", "MaxPayloadInMB"), message, step.name)
    for name in ("InputFilter", "OutputFilter"):
        path = get(arguments, "DataProcessing", name)
        if isinstance(path, str) and path and not is_open(path) and not path.startswith("$"):
            message = f"the JSONPath {shown(path)} does not begin with $"
            where = step.at("Arguments", "DataProcessing", name)
            yield Finding("PS903", where, message, step.name, f"Write ${path}.")
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


def _serverless(step: PlacedStep) -> Iterator[Finding]:
    """Numbers of serverless variants (botocore: MemorySizeInMB, ProvisionedConcurrency)."""
    for index, variant in enumerate(items(step.arguments.get("ProductionVariants"))):
        config = get(variant, "ServerlessConfig")
        where = step.at("Arguments", "ProductionVariants", index, "ServerlessConfig")
        size = get(config, "MemorySizeInMB")
        if isinstance(size, int) and size % 1024:
            message = f"MemorySizeInMB is a multiple of 1024, not {size}"
            yield Finding("PS903", (*where, "MemorySizeInMB"), message, step.name)
        most, ready = get(config, "MaxConcurrency"), get(config, "ProvisionedConcurrency")
        if isinstance(most, int) and isinstance(ready, int) and ready > most:
            message = f"ProvisionedConcurrency {ready} is more than MaxConcurrency {most}"
            yield Finding("PS903", (*where, "ProvisionedConcurrency"), message, step.name)


_BY_TYPE = {
    "Processing": (_processing,),
    "QualityCheck": (_processing,),
    "ClarifyCheck": (_processing,),
    "Training": (_spot, _modes, _file_systems),
    "Tuning": (_spot, _modes, _file_systems, search),
    "AutoML": (_alike,),
    "Transform": (_payloads,),
    "Model": (_hostnames,),
    "EndpointConfig": (_serverless,),
}
