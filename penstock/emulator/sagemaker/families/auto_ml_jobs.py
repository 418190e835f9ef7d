"""AutoML jobs, version 1 of the API; DescribeAutoMLJobV2 shows the same jobs in its own terms.

The candidates of a job are the private member `_Candidates` of its document: a list in the shape of the
model's AutoMLCandidate.
"""

from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.job_kinds import FAILED, IN_PROGRESS, STOPPING, JobKind
from penstock.emulator.sagemaker.listing import Listing
from penstock.emulator.sagemaker.resources import need_role

_SECONDARY = {IN_PROGRESS: "Starting", STOPPING: "Stopping", FAILED: "Failed"}

AUTO_ML_JOB = JobKind(
    kind="AutoMLJob",
    resource="automl-job",
    noun="AutoML job",
    end_time="EndTime",
    listing=Listing(
        items="AutoMLJobSummaries", name="AutoMLJobName", status="AutoMLJobStatus", sort_by="Name"
    ),
    with_status=lambda status: {"AutoMLJobSecondaryStatus": _SECONDARY[status]},
)
_CANDIDATES = Listing(
    items="Candidates",
    name="CandidateName",
    status="CandidateStatus",
    descending=False,
    sort_keys={"FinalObjectiveMetricValue": "_Objective"},
)

# facts/automl.md, section 2: what each problem type is measured by. InferenceLatency and LogLoss are reported
# but are no objectives (the enum of AutoMLJobObjective).
_OBJECTIVES = {
    "BinaryClassification": ("Accuracy", "AUC", "BalancedAccuracy", "F1", "Precision", "Recall"),
    "MulticlassClassification": ("Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro"),
    "Regression": ("MAE", "MSE", "R2", "RMSE"),
}
# facts/automl.md, section 1: the algorithms that each mode trains.
_ALGORITHMS = {
    "ENSEMBLING": (
        "catboost",
        "extra-trees",
        "fastai",
        "lightgbm",
        "linear-learner",
        "nn-torch",
        "randomforest",
        "xgboost",
    ),
    "HYPERPARAMETER_TUNING": ("linear-learner", "mlp", "xgboost"),
}


def create_auto_ml_job(context: Context, request: Document) -> Document:
    _check_objective(request)
    _check_channels(request)
    _check_algorithms(request.get("AutoMLJobConfig", {}))
    need_role(context, request["RoleArn"])
    return AUTO_ML_JOB.create(context, request)


def describe_auto_ml_job(context: Context, request: Document) -> Document:
    return AUTO_ML_JOB.get(context, request["AutoMLJobName"])


def describe_auto_ml_job_v2(context: Context, request: Document) -> Document:
    job = AUTO_ML_JOB.get(context, request["AutoMLJobName"])
    config = job.get("AutoMLJobConfig", {})
    generation = config.get("CandidateGenerationConfig", {})
    target = job["InputDataConfig"][0]
    resolved = job.get("ResolvedAttributes", {})
    return {
        **job,
        "AutoMLJobInputDataConfig": [
            {name: value for name, value in channel.items() if name not in _OF_THE_TABLE}
            for channel in job["InputDataConfig"]
        ],
        "AutoMLProblemTypeConfigName": "Tabular",
        "AutoMLProblemTypeConfig": {
            "TabularJobConfig": {
                "CandidateGenerationConfig": _none_if_empty(_only(generation, "AlgorithmsConfig")),
                "CompletionCriteria": config.get("CompletionCriteria"),
                "FeatureSpecificationS3Uri": generation.get("FeatureSpecificationS3Uri"),
                "Mode": config.get("Mode"),
                "GenerateCandidateDefinitionsOnly": job.get("GenerateCandidateDefinitionsOnly"),
                "ProblemType": job.get("ProblemType"),
                **_only(target, *_OF_THE_TABLE),
            }
        },
        "DataSplitConfig": config.get("DataSplitConfig"),
        "SecurityConfig": config.get("SecurityConfig"),
        "ResolvedAttributes": _none_if_empty(
            {
                **_only(resolved, "AutoMLJobObjective", "CompletionCriteria"),
                "AutoMLProblemTypeResolvedAttributes": (
                    {"TabularResolvedAttributes": _only(resolved, "ProblemType")} if resolved else None
                ),
            }
        ),
    }


def stop_auto_ml_job(context: Context, request: Document) -> None:
    AUTO_ML_JOB.stop(context, request["AutoMLJobName"])


def list_auto_ml_jobs(context: Context, request: Document) -> Document:
    return AUTO_ML_JOB.list(context, request)


def list_candidates_for_auto_ml_job(context: Context, request: Document) -> Document:
    job = AUTO_ML_JOB.get(context, request["AutoMLJobName"])
    wanted = request.get("CandidateNameEquals")
    return _CANDIDATES.answer(
        request,
        [
            {**candidate, "_Objective": candidate.get("FinalAutoMLJobObjectiveMetric", {}).get("Value")}
            for candidate in job.get("_Candidates", [])
            if wanted in (None, candidate["CandidateName"])
        ],
    )


# Members of a V1 channel that V2 keeps in the problem's configuration.
_OF_THE_TABLE = ("TargetAttributeName", "SampleWeightAttributeName")


def _check_objective(request: Document) -> None:
    problem, objective = request.get("ProblemType"), request.get("AutoMLJobObjective")
    if (problem is None) != (objective is None):
        raise _invalid("ProblemType and AutoMLJobObjective must be provided together, or neither of them.")
    if problem is None or objective is None:
        return
    if objective["MetricName"] not in _OBJECTIVES[problem]:
        raise _invalid(
            f"AutoMLJobObjective.MetricName {objective['MetricName']} does not go with ProblemType {problem}:"
            f" choose one of {', '.join(_OBJECTIVES[problem])}."
        )


def _check_channels(request: Document) -> None:
    channels = request["InputDataConfig"]
    for channel in channels:
        if "DataSource" not in channel:
            raise _invalid("Each channel of InputDataConfig must have a DataSource.")
    types = sorted(channel.get("ChannelType", "training") for channel in channels)
    if types not in (["training"], ["training", "validation"]):
        raise _invalid(
            "InputDataConfig must have one channel of ChannelType training and may have one of validation; it"
            f" has {' and '.join(types)}."
        )
    if len(channels) == 1:
        return
    for member, default in (("ContentType", "text/csv;header=present"), ("TargetAttributeName", None)):
        first, second = (channel.get(member, default) for channel in channels)
        if first != second:
            raise _invalid(
                f"The channels of InputDataConfig must have the same {member}: they have '{first}' and"
                f" '{second}'."
            )
    if "ValidationFraction" in request.get("AutoMLJobConfig", {}).get("DataSplitConfig", {}):
        raise _invalid("DataSplitConfig.ValidationFraction cannot be given with a validation channel.")


def _check_algorithms(config: Document) -> None:
    chosen = config.get("CandidateGenerationConfig", {}).get("AlgorithmsConfig", [])
    mode = config.get("Mode", "AUTO")
    for algorithm in (name for each in chosen for name in each["AutoMLAlgorithms"]):
        if mode == "AUTO":
            raise _invalid("AlgorithmsConfig cannot be given with Mode AUTO.")
        if algorithm not in _ALGORITHMS[mode]:
            raise _invalid(
                f"Algorithm {algorithm} does not go with Mode {mode}: choose from"
                f" {', '.join(_ALGORITHMS[mode])}."
            )


def _only(document: Document, *members: str) -> Document:
    return {name: document[name] for name in members if name in document}


def _none_if_empty(document: Document) -> Document | None:
    return document if any(value is not None for value in document.values()) else None


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
