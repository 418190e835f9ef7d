"""Processing jobs: stage the inputs, run the container, upload the outputs.

Facts: jobs-and-hosting.md, 1.
"""

import json
import threading
import time
from pathlib import Path
from typing import Any

from penstock.emulator.jobs import storage
from penstock.emulator.jobs.failures import algorithm_error, client_error
from penstock.emulator.jobs.job import Job

# MaxRuntimeInSeconds when the request has none.
LONGEST_RUN = 86_400
# Bytes of /opt/ml/output/message that become the ExitMessage.
LONGEST_MESSAGE = 1024
# How often (s) outputs in Continuous mode are looked at.
CONTINUOUS_EVERY = 1.0

# What the container finds in processingjobconfig.json.
_CONFIG_MEMBERS = (
    "ProcessingJobArn",
    "ProcessingJobName",
    "AppSpecification",
    "Environment",
    "ProcessingInputs",
    "ProcessingOutputConfig",
    "ProcessingResources",
    "NetworkConfig",
    "RoleArn",
    "StoppingCondition",
)


def run(job: Job) -> dict[str, Any]:
    """Raises JobFailed, JobStopped."""
    document = job.document
    application = document["AppSpecification"]
    stand_in = job.stand_in(application["ImageUri"])
    command = stand_in.command(
        application.get("ContainerEntrypoint"), application.get("ContainerArguments") or []
    )
    if not command:
        raise client_error(
            f"the image {application['ImageUri']} starts nothing of its own: "
            "AppSpecification.ContainerEntrypoint must say what to run"
        )
    outputs = [output for output in _outputs(document) if not output.get("AppManaged")]
    with job.open_log() as log:
        _write_config(job)
        for entry in document.get("ProcessingInputs") or []:
            if not entry.get("AppManaged"):
                _stage(job, entry)
        for output in outputs:
            _local(job, output["OutputName"], _s3_output(output)["LocalPath"]).mkdir(
                parents=True, exist_ok=True
            )
        hosts = (document.get("ProcessingResources") or {}).get("ClusterConfig", {}).get("InstanceCount", 1)
        if hosts > 1:
            log.write(f"InstanceCount is {hosts}: this machine runs the job as one host, algo-1")
        job.update(ProcessingStartTime=time.time())
        uploads = _ContinuousUploads(job, outputs)
        environment = {
            "PROCESSING_JOB_ARN": document["ProcessingJobArn"],
            "PROCESSING_JOB_NAME": job.name,
            **stand_in.environment,
            **(document.get("Environment") or {}),
        }
        limit = (document.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", LONGEST_RUN)
        try:
            code = job.run_container(command, environment, log.write, limit)
        finally:
            uploads.finish()
        said = _exit_message(job)
        members = {"ExitMessage": said} if said else {}
        if code != 0:
            raise algorithm_error(said or log.tail, code, **members)
        for output in outputs:
            place = _s3_output(output)
            if place.get("S3UploadMode", "EndOfJob") == "EndOfJob":
                storage.upload_folder(
                    job.s3,
                    _local(job, output["OutputName"], place["LocalPath"]),
                    place["S3Uri"],
                    _kms_key(document),
                )
    return members


def _outputs(document: dict[str, Any]) -> list[dict[str, Any]]:
    return (document.get("ProcessingOutputConfig") or {}).get("Outputs") or []


def _kms_key(document: dict[str, Any]) -> str | None:
    return (document.get("ProcessingOutputConfig") or {}).get("KmsKeyId")


def _s3_output(output: dict[str, Any]) -> dict[str, Any]:
    if not output.get("S3Output"):
        raise client_error(f"output {output['OutputName']}: FeatureStoreOutput is not supported here")
    return output["S3Output"]


def _local(job: Job, name: str, path: str | None) -> Path:
    # "/opt/ml/processing" itself would be the parent of every other input and output.
    try:
        if path and path.startswith("/opt/ml/processing/"):
            return job.directory.host(path)
    except ValueError:
        pass
    raise client_error(f"{name}: LocalPath is {path!r}; it must begin with /opt/ml/processing/")


def _stage(job: Job, entry: dict[str, Any]) -> None:
    name, source = entry["InputName"], entry.get("S3Input")
    if not source:
        raise client_error(f"input {name}: a DatasetDefinition (Athena, Redshift) is not supported here")
    if source.get("S3InputMode", "File") != "File":
        raise client_error(f"input {name}: S3InputMode {source['S3InputMode']} is not supported here")
    # ShardedByS3Key over one host gives it everything, as FullyReplicated does.
    storage.download(job.s3, storage.find(job.s3, source), _local(job, name, source.get("LocalPath")))


def _write_config(job: Job) -> None:
    config = {name: job.document[name] for name in _CONFIG_MEMBERS if name in job.document}
    hosts = {"current_host": "algo-1", "hosts": ["algo-1"]}
    for name, content in (("processingjobconfig.json", config), ("resourceconfig.json", hosts)):
        file = job.directory.host(f"/opt/ml/config/{name}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(job.isolation.translate(json.dumps(content), job.directory), encoding="utf-8")
    job.directory.host("/opt/ml/output").mkdir(exist_ok=True)


def _exit_message(job: Job) -> str:
    file = job.directory.host("/opt/ml/output/message")
    if file.is_symlink() or not file.is_file():
        return ""
    with file.open("rb") as opened:
        said = opened.read(LONGEST_MESSAGE)
    try:
        return said.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut in two at the limit is not the job's fault.
        if len(said) == LONGEST_MESSAGE and error.start > LONGEST_MESSAGE - 4:
            return said[: error.start].decode("utf-8")
        raise client_error("/opt/ml/output/message is not UTF-8") from None


class _ContinuousUploads:
    """Uploads the files of outputs in Continuous mode while the container writes them."""

    def __init__(self, job: Job, outputs: list[dict[str, Any]]) -> None:
        self._job = job
        self._places = [
            (
                _local(job, output["OutputName"], _s3_output(output)["LocalPath"]),
                _s3_output(output)["S3Uri"],
            )
            for output in outputs
            if _s3_output(output).get("S3UploadMode") == "Continuous"
        ]
        self._uploaded: dict[Path, tuple[int, int]] = {}
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"uploads of {job.name}", daemon=True)
        if self._places:
            self._thread.start()

    def finish(self) -> None:
        """Upload what is left. Raises what an upload raises."""
        if self._places:
            self._finished.set()
            self._thread.join()
            self._upload(settled=0)

    def _watch(self) -> None:
        while not self._finished.wait(CONTINUOUS_EVERY):
            try:
                self._upload(settled=CONTINUOUS_EVERY)
            except Exception:
                # The last round, in the job's own thread, tells what is wrong.
                return

    def _upload(self, settled: float) -> None:
        """Upload the files that are new or changed and were last written `settled` seconds ago or more."""
        for folder, uri in self._places:
            for file in storage.files_of(folder):
                state = file.stat()
                version = state.st_mtime_ns, state.st_size
                if self._uploaded.get(file) != version and time.time() - state.st_mtime >= settled:
                    name = file.relative_to(folder).as_posix()
                    storage.upload_file(
                        self._job.s3, file, storage.join(uri, name), _kms_key(self._job.document)
                    )
                    self._uploaded[file] = version
