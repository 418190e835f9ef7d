"""AutoML jobs (V1, ensembling): stage the channels, run the trainer, publish its candidates.

Facts: automl.md, 1 to 4. Of ensembling's secondary statuses the order is not published; this is the one
their names suggest.
"""

import json
import time
from pathlib import Path
from typing import Any

from penstock.emulator.jobs import storage
from penstock.emulator.jobs.failures import algorithm_error, client_error
from penstock.emulator.jobs.job import Job
from penstock.emulator.standins import autopilot
from penstock.emulator.standins.registry import AUTOPILOT_TRAINER

# AUTO means ensembling below this size (bytes), facts/automl.md, 1.
_LARGEST_ENSEMBLING = 100 << 20
_LONGEST_RUN = 30 * 86_400
# The time limit is for training: this much (s) more is allowed for writing models and reports.
_FINISHING = 120

# The registry account of AWS's own deep learning images; the tag that Autopilot's ensembling jobs showed.
_IMAGE = "763104351884.dkr.ecr.{region}.amazonaws.com/autogluon-inference:0.4.3-cpu-py38-ubuntu20.04"
# The best candidate's reports, and the folders they have in S3.
_REPORTS = {
    "ModelInsights": "documentation/model_monitor/output",
    "Explainability": "documentation/explainability/output",
}
_KEYS = "predicted_label,probability,probabilities,labels"


def run(job: Job) -> dict[str, Any]:
    """Raises JobFailed, JobStopped."""
    job.update(AutoMLJobSecondaryStatus="Starting")
    job.note_stand_in(AUTOPILOT_TRAINER)
    with job.open_log() as log:
        config = _stage(job)
        limit = config["CompletionCriteria"].get("MaxAutoMLJobRuntimeInSeconds")

        def on_line(line: str) -> None:
            if line.startswith(autopilot.STATUS_LINE) and not job.stopping.is_set():
                job.update(AutoMLJobSecondaryStatus=line.removeprefix(autopilot.STATUS_LINE).strip())
            log.write(line)

        code = job.run_container(
            AUTOPILOT_TRAINER.command(None, []),
            AUTOPILOT_TRAINER.environment,
            on_line,
            limit + _FINISHING if limit else _LONGEST_RUN,
        )
        if code != 0:
            failure = job.directory.ml / autopilot.FAILURE
            if failure.exists():
                raise client_error(failure.read_text(encoding="utf-8"))
            raise algorithm_error(log.tail, code)
        return _publish(job)


def _stage(job: Job) -> dict[str, Any]:
    """Put the channels and the trainer's configuration in place; returns the configuration."""
    request = job.document
    options = request.get("AutoMLJobConfig") or {}
    generation = options.get("CandidateGenerationConfig") or {}
    algorithms = [
        name for entry in generation.get("AlgorithmsConfig") or [] for name in entry["AutoMLAlgorithms"]
    ]
    channels = {}
    size = 0
    for entry in request["InputDataConfig"]:
        name = entry.get("ChannelType") or "training"
        objects = storage.find(job.s3, entry["DataSource"]["S3DataSource"])
        size += sum(found.size for found in objects)
        channels[name] = {
            "ContentType": entry.get("ContentType") or "text/csv;header=present",
            "CompressionType": entry.get("CompressionType") or "None",
        }
        _check_mode(options.get("Mode") or "AUTO", size)
        storage.download(job.s3, objects, job.directory.ml / autopilot.DATA / name)
    first = request["InputDataConfig"][0]
    config = {
        "TargetAttributeName": first["TargetAttributeName"],
        "SampleWeightAttributeName": first.get("SampleWeightAttributeName"),
        "ProblemType": request.get("ProblemType"),
        "Objective": (request.get("AutoMLJobObjective") or {}).get("MetricName"),
        "CompletionCriteria": options.get("CompletionCriteria") or {},
        "ValidationFraction": (options.get("DataSplitConfig") or {}).get("ValidationFraction"),
        "Algorithms": algorithms or None,
        "Channels": channels,
    }
    file = job.directory.ml / autopilot.CONFIG
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(config, indent=1), encoding="utf-8")
    if uri := generation.get("FeatureSpecificationS3Uri"):
        try:
            (job.directory.ml / autopilot.FEATURES).write_bytes(storage.read(job.s3, uri))
        except FileNotFoundError:
            raise client_error(f"there is no feature specification at {uri}") from None
    return config


def _check_mode(mode: str, size: int) -> None:
    if mode == "AUTO" and size >= _LARGEST_ENSEMBLING:
        raise client_error(
            f"Mode AUTO is HYPERPARAMETER_TUNING for {size} bytes of data, which does not run on this "
            "machine; set AutoMLJobConfig.Mode to ENSEMBLING"
        )
    if mode == "HYPERPARAMETER_TUNING":
        raise client_error(
            "Mode HYPERPARAMETER_TUNING does not run on this machine; set AutoMLJobConfig.Mode to ENSEMBLING"
        )


def _publish(job: Job) -> dict[str, Any]:
    """Upload what the trainer made and describe it in the API's shapes."""
    file = job.directory.ml / autopilot.RESULTS
    output, results = file.parent, json.loads(file.read_text(encoding="utf-8"))
    place = storage.join(job.document["OutputDataConfig"]["S3OutputPath"], job.name)
    candidates = [_candidate(job, results, made, output, place) for made in results["Candidates"]]
    most = results["MaxCandidates"]
    if results["TimeLimitReached"]:
        status = "MaxAutoMLJobRuntimeReached"
    else:
        status = "MaxCandidatesReached" if len(candidates) >= most else "Completed"
    criteria = ((job.document.get("AutoMLJobConfig") or {}).get("CompletionCriteria")) or {}
    members: dict[str, Any] = {
        "AutoMLJobSecondaryStatus": status,
        "BestCandidate": candidates[0],
        "_Candidates": candidates,
        # Ensembling makes no notebooks (facts/automl.md, 4).
        "AutoMLJobArtifacts": {},
        "ResolvedAttributes": {
            "AutoMLJobObjective": {"MetricName": results["MetricName"]},
            "ProblemType": results["ProblemType"],
            "CompletionCriteria": {**criteria, "MaxCandidates": most},
        },
    }
    if results["PartialFailures"]:
        members["PartialFailureReasons"] = [
            {"PartialFailureMessage": message} for message in results["PartialFailures"]
        ]
    return members


def _candidate(
    job: Job, results: dict[str, Any], made: dict[str, Any], output: Path, place: str
) -> dict[str, Any]:
    """An AutoMLCandidate whose archive and reports have been uploaded."""
    name, metric = made["Name"], results["MetricName"]
    kms_key = job.document["OutputDataConfig"].get("KmsKeyId")
    archive = storage.join(place, "sagemaker-automl-candidates", "model", name, "model.tar.gz")
    storage.upload_file(job.s3, output / made["Archive"], archive, kms_key)
    properties: dict[str, Any] = {"CandidateMetrics": [_metric(datum) for datum in made["Metrics"]]}
    reports = {}
    for kind, folder in _REPORTS.items():
        if kind in made:
            reports[kind] = storage.join(place, folder, name)
            storage.upload_folder(job.s3, output / made[kind], reports[kind], kms_key)
    if reports:
        properties["CandidateArtifactLocations"] = reports
    containers = [_container(job, made["Model"], archive, results["ProblemType"])]
    now = time.time()
    return {
        "CandidateName": name,
        "FinalAutoMLJobObjectiveMetric": {
            "Type": "Minimize" if results["Minimized"] else "Maximize",
            "MetricName": metric,
            "StandardMetricName": metric,
            "Value": made["Objective"],
        },
        "ObjectiveStatus": "Succeeded",
        # No training job of its own stands behind a candidate here: one process trained them all.
        "CandidateSteps": [],
        "CandidateStatus": "Completed",
        "InferenceContainers": containers,
        "InferenceContainerDefinitions": {"CPU": containers},
        "CreationTime": job.started,
        "EndTime": now,
        "LastModifiedTime": now,
        "CandidateProperties": properties,
    }


def _metric(datum: dict[str, Any]) -> dict[str, Any]:
    # MetricName's enum lacks what only StandardMetricName knows.
    if datum["StandardMetricName"] in ("LogLoss", "InferenceLatency"):
        return datum
    return {"MetricName": datum["StandardMetricName"], **datum}


def _container(job: Job, model: str, archive: str, problem: str) -> dict[str, Any]:
    """The inference container; the names of its variables are facts/automl.md, 3. Not published are the
    values of SAGEMAKER_PROGRAM and MODEL_NAME."""
    keys = "predicted_label" if problem == "Regression" else _KEYS
    return {
        "Image": _IMAGE.format(region=job.region),
        "ModelDataUrl": archive,
        "Environment": {
            "MODEL_NAME": model,
            "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
            "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label",
            "SAGEMAKER_INFERENCE_SUPPORTED": keys,
            "SAGEMAKER_PROGRAM": "tabular_serve.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        },
    }
