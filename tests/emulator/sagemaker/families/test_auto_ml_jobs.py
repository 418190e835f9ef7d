"""What is particular to AutoML jobs."""

import pytest

from penstock.emulator.sagemaker.errors import ServiceError


def refusal(bench, **members):
    with pytest.raises(ServiceError) as caught:
        bench.auto_ml_job(**members)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_a_new_job_is_starting(bench):
    bench.auto_ml_job()
    job = bench("DescribeAutoMLJob", AutoMLJobName="job")
    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == ("InProgress", "Starting")
    bench("StopAutoMLJob", AutoMLJobName="job")
    job = bench("DescribeAutoMLJob", AutoMLJobName="job")
    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == ("Stopping", "Stopping")


def test_an_objective_must_go_with_the_problem_type(bench):
    together = "ProblemType and AutoMLJobObjective must be provided together, or neither of them."
    assert refusal(bench, ProblemType="Regression") == together
    assert refusal(bench, AutoMLJobObjective={"MetricName": "F1"}) == together
    assert refusal(bench, ProblemType="Regression", AutoMLJobObjective={"MetricName": "F1"}) == (
        "AutoMLJobObjective.MetricName F1 does not go with ProblemType Regression: choose one of MAE,"
        " MSE, R2, RMSE."
    )
    bench.auto_ml_job(ProblemType="Regression", AutoMLJobObjective={"MetricName": "R2"})


def test_channels_are_one_for_training_and_one_for_validation(bench, make):
    channel = make.auto_ml_channel
    roles = (
        "InputDataConfig must have one channel of ChannelType training and may have one of validation; it has"
    )
    assert refusal(bench, InputDataConfig=[channel(), channel()]) == f"{roles} training and training."
    assert refusal(bench, InputDataConfig=[channel(ChannelType="validation")]) == f"{roles} validation."
    assert refusal(bench, InputDataConfig=[channel(DataSource=None)]) == (
        "Each channel of InputDataConfig must have a DataSource."
    )
    bench.auto_ml_job(InputDataConfig=[channel(), channel(ChannelType="validation")])


def test_channels_are_alike(bench, make):
    def both(**of_validation):
        return [make.auto_ml_channel(), make.auto_ml_channel(ChannelType="validation", **of_validation)]

    assert refusal(bench, InputDataConfig=both(TargetAttributeName="other")) == (
        "The channels of InputDataConfig must have the same TargetAttributeName: they have 'target' and"
        " 'other'."
    )
    assert refusal(bench, InputDataConfig=both(ContentType="x-application/vnd.amazon+parquet")) == (
        "The channels of InputDataConfig must have the same ContentType: they have"
        " 'text/csv;header=present' and 'x-application/vnd.amazon+parquet'."
    )
    split = {"DataSplitConfig": {"ValidationFraction": 0.2}}
    assert refusal(bench, InputDataConfig=both(), AutoMLJobConfig=split) == (
        "DataSplitConfig.ValidationFraction cannot be given with a validation channel."
    )


def test_algorithms_go_with_the_mode(bench):
    def config(mode, algorithm):
        return {
            "Mode": mode,
            "CandidateGenerationConfig": {"AlgorithmsConfig": [{"AutoMLAlgorithms": [algorithm]}]},
        }

    assert refusal(bench, AutoMLJobConfig=config("ENSEMBLING", "mlp")) == (
        "Algorithm mlp does not go with Mode ENSEMBLING: choose from catboost, extra-trees, fastai, lightgbm,"
        " linear-learner, nn-torch, randomforest, xgboost."
    )
    assert refusal(bench, AutoMLJobConfig=config("AUTO", "mlp")) == (
        "AlgorithmsConfig cannot be given with Mode AUTO."
    )
    bench.auto_ml_job(AutoMLJobConfig=config("ENSEMBLING", "lightgbm"))


def candidate(name, value, created, status="Completed"):
    made = {
        "CandidateName": name,
        "ObjectiveStatus": "Succeeded",
        "CandidateSteps": [],
        "CandidateStatus": status,
        "CreationTime": created,
        "LastModifiedTime": created,
    }
    if value is not None:
        made["FinalAutoMLJobObjectiveMetric"] = {"MetricName": "AUC", "Value": value}
    return made


def test_candidates_are_listed_by_time_value_status_and_name(bench, client):
    bench.auto_ml_job()
    bench.store.update(
        "AutoMLJob",
        "job",
        lambda job: job.update(
            _Candidates=[
                candidate("best", 0.9, 3.0),
                candidate("first", 0.7, 1.0),
                candidate("second", 0.8, 2.0),
                candidate("broken", None, 4.0, "Failed"),
            ]
        ),
    )

    def names(**request):
        found = client.list_candidates_for_auto_ml_job(AutoMLJobName="job", **request)["Candidates"]
        return [each["CandidateName"] for each in found]

    assert names() == ["first", "second", "best", "broken"]
    assert names(SortBy="FinalObjectiveMetricValue", SortOrder="Descending") == [
        "best",
        "second",
        "first",
        "broken",
    ]
    assert names(StatusEquals="Failed") == ["broken"]
    assert names(CandidateNameEquals="second") == ["second"]
    assert names(MaxResults=1) == ["first"]


def test_version_2_shows_the_same_job(bench, client, make):
    bench.auto_ml_job(
        InputDataConfig=[
            make.auto_ml_channel(SampleWeightAttributeName="weight"),
            make.auto_ml_channel(SampleWeightAttributeName="weight", ChannelType="validation"),
        ],
        ProblemType="BinaryClassification",
        AutoMLJobObjective={"MetricName": "AUC"},
        AutoMLJobConfig={
            "CompletionCriteria": {"MaxCandidates": 3},
            "Mode": "ENSEMBLING",
            "CandidateGenerationConfig": {
                "FeatureSpecificationS3Uri": "s3://bucket/features.json",
                "AlgorithmsConfig": [{"AutoMLAlgorithms": ["lightgbm"]}],
            },
            "SecurityConfig": {"EnableInterContainerTrafficEncryption": True},
        },
    )
    bench.store.update(
        "AutoMLJob",
        "job",
        lambda job: job.update(
            ResolvedAttributes={
                "AutoMLJobObjective": {"MetricName": "AUC"},
                "ProblemType": "BinaryClassification",
                "CompletionCriteria": {"MaxCandidates": 3},
            }
        ),
    )
    version_1 = client.describe_auto_ml_job(AutoMLJobName="job")
    shown = client.describe_auto_ml_job_v2(AutoMLJobName="job")
    source = make.auto_ml_channel()["DataSource"]
    assert shown["AutoMLJobInputDataConfig"] == [
        {"DataSource": source},
        {"DataSource": source, "ChannelType": "validation"},
    ]
    assert shown["AutoMLProblemTypeConfigName"] == "Tabular"
    assert shown["AutoMLProblemTypeConfig"]["TabularJobConfig"] == {
        "CandidateGenerationConfig": {"AlgorithmsConfig": [{"AutoMLAlgorithms": ["lightgbm"]}]},
        "CompletionCriteria": {"MaxCandidates": 3},
        "FeatureSpecificationS3Uri": "s3://bucket/features.json",
        "Mode": "ENSEMBLING",
        "ProblemType": "BinaryClassification",
        "TargetAttributeName": "target",
        "SampleWeightAttributeName": "weight",
    }
    assert shown["SecurityConfig"] == {"EnableInterContainerTrafficEncryption": True}
    assert shown["ResolvedAttributes"] == {
        "AutoMLJobObjective": {"MetricName": "AUC"},
        "CompletionCriteria": {"MaxCandidates": 3},
        "AutoMLProblemTypeResolvedAttributes": {
            "TabularResolvedAttributes": {"ProblemType": "BinaryClassification"}
        },
    }
    for member in ("AutoMLJobArn", "AutoMLJobStatus", "CreationTime", "OutputDataConfig", "RoleArn"):
        assert shown[member] == version_1[member]
