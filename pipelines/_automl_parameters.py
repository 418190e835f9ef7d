"""What a person chooses when starting the automl_scoring pipeline: its parameters."""

from typing import Any

from steps import CheckJobConfig, ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString, env

data_uri = ParameterString(
    "DataUri",
    f"s3://{env('bucket')}/{env('prefix')}/data/census_income.csv.gz",
    description="S3 URI of a CSV file with a header (plain or gzipped), or of a folder of such files.",
)
automl_runtime = ParameterInteger(
    "AutoMLRuntimeSeconds",
    300,
    description="Longest time that AutoML may train, in seconds.",
)
minimum_auc = ParameterFloat(
    "MinimumAuc",
    0.85,
    description="Lowest area under the ROC curve, on the test set, with which a model goes on to approval.",
)
cluster_instance_type = ParameterString(
    "ClusterInstanceType",
    "m5.xlarge",
    description="EC2 instance type of the EMR cluster that prepares the data.",
)
processing_instance_type = ParameterString(
    "ProcessingInstanceType",
    "ml.m5.large",
    description="Instance type that evaluates the model and runs the checks.",
)
inference_instance_type = ParameterString(
    "InferenceInstanceType",
    "ml.m5.large",
    description="Instance type of batch transform and of the endpoint.",
)
model_package_group = ParameterString(
    "ModelPackageGroupName",
    "automl-scoring",
    description="Model package group that the model becomes a version of, and whose latest approved version"
    " has the baselines to compare with.",
)
endpoint_name = ParameterString(
    "EndpointName",
    "automl-scoring",
    description="Endpoint that serves the approved model; it is created, or updated if it is there.",
)


def comparison(what: str) -> dict[str, Any]:
    """How a check compares its result: two parameters of its own, and the group that has the baselines."""
    words = "".join(word.capitalize() for word in what.split())
    skip = ParameterBoolean(
        f"Skip{words}Check",
        True,
        description=f"Whether the check of {what} compares with no baseline, as on a first run.",
    )
    register = ParameterBoolean(
        f"RegisterNew{words}Baseline",
        True,
        description=f"Whether this run's {what} becomes the model's baseline, and not the earlier one.",
    )
    return {
        "skip_check": skip,
        "register_new_baseline": register,
        "model_package_group_name": model_package_group,
        "check_job_config": CheckJobConfig(instance_type=processing_instance_type),
    }


COMPARISONS = {
    what: comparison(what)
    for what in ("data quality", "data bias", "model quality", "model bias", "model explainability")
}


PARAMETERS = [
    data_uri,
    automl_runtime,
    minimum_auc,
    cluster_instance_type,
    processing_instance_type,
    inference_instance_type,
    model_package_group,
    endpoint_name,
    *(flags[name] for flags in COMPARISONS.values() for name in ("skip_check", "register_new_baseline")),
]
