"""What is foretold and what the emulator then does, over the wire: they agree."""

import random

import pytest

ROLE = "arn:aws:iam::000000000000:role/pipelines"
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
PLACE = "/opt/ml/processing"
CACHE = {"Enabled": True, "ExpireAfter": "P30D"}


def get(reference):
    return {"Get": reference}


def join(*values):
    return {"Std:Join": {"On": "", "Values": list(values)}}


def processing(name, *, environment, inputs=(), outputs=(), **keys):
    return {
        "Name": name,
        "Type": "Processing",
        "CacheConfig": dict(CACHE),
        "Arguments": {
            "AppSpecification": {"ImageUri": "image"},
            "Environment": environment,
            "ProcessingInputs": [
                {
                    "InputName": key,
                    "S3Input": {"S3Uri": uri, "LocalPath": f"{PLACE}/{key}", "S3DataType": "S3Prefix"},
                }
                for key, uri in dict(inputs).items()
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": key,
                        "S3Output": {
                            "S3Uri": uri, "LocalPath": f"{PLACE}/{key}", "S3UploadMode": "EndOfJob",
                        },
                    }
                    for key, uri in dict(outputs).items()
                ]
            },
            "ProcessingResources": {"ClusterConfig": dict(CLUSTER)},
            "RoleArn": ROLE,
        },
        **keys,
    }  # fmt: skip


def output(step, name):
    return get(f"Steps.{step}.ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri")


def scoring():
    """A pipeline in which steps read of others what is fixed, what an execution makes, and what a job is
    called; a transform that reads the name of a model; a branch."""
    return {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "Rounds", "Type": "Integer", "DefaultValue": 3},
            {"Name": "Share", "Type": "Float", "DefaultValue": 1},
            {"Name": "DataUri", "Type": "String", "DefaultValue": "s3://things/data"},
        ],
        "Steps": [
            processing(
                "Prepare",
                environment={"ROUNDS": join(get("Parameters.Rounds")), "NAME": get("Execution.PipelineName")},
                inputs={"data": get("Parameters.DataUri")},
                outputs={
                    "fixed": "s3://things/fixed",
                    "own": join("s3://things/", get("Execution.PipelineExecutionId"), "/own"),
                },
                PropertyFiles=[
                    {"PropertyFileName": "Counts", "OutputName": "own", "FilePath": "counts.json"}
                ],
            ),
            processing("Fixed", environment={}, inputs={"it": output("Prepare", "fixed")}),
            own_name(
                processing("Own", environment={"SHARE": join(get("Parameters.Share"))},
                           inputs={"it": output("Prepare", "own")})
            ),
            processing("Named", environment={"JOB": get("Steps.Own.ProcessingJobName")}),
            {
                "Name": "Model",
                "Type": "Model",
                "Arguments": {"PrimaryContainer": {"Image": "image"}, "ExecutionRoleArn": ROLE},
            },
            {
                "Name": "Score",
                "Type": "Transform",
                "CacheConfig": dict(CACHE),
                "Arguments": {
                    "ModelName": get("Steps.Model.ModelName"),
                    "TransformInput": {
                        "DataSource": {
                            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://things/new"}
                        }
                    },
                    "TransformOutput": {"S3OutputPath": "s3://things/scores"},
                    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
                },
            },
            {
                "Name": "Gate",
                "Type": "Condition",
                "DependsOn": ["Named"],
                "Arguments": {
                    "Conditions": [
                        {"Type": "LessThan", "LeftValue": get("Parameters.Rounds"), "RightValue": 100}
                    ],
                    "IfSteps": [processing("Few", environment={"R": join("r", get("Parameters.Rounds"))})],
                    "ElseSteps": [processing("Many", environment={"R": "many"})],
                },
            },
        ],
    }  # fmt: skip


def own_name(step):
    """The step with a name for its job, which a generated one begins with."""
    step["Arguments"]["ProcessingJobName"] = "mine"
    return step


def step(definition, name):
    gate = definition["Steps"][-1]["Arguments"]
    steps = [*definition["Steps"], *gate["IfSteps"], *gate["ElseSteps"]]
    return next(step for step in steps if step["Name"] == name)


@pytest.fixture
def check(laboratory):
    """Foretells, executes, and compares which steps hit, and from which execution; the forecasts by step."""

    def check(definition, **parameters):
        foretold = laboratory.foretell(definition)
        _, steps = laboratory.execute(definition)
        really = {
            name: entry.get("CacheHitResult", {}).get("SourcePipelineExecutionArn", "")
            for name, entry in steps.items()
        }
        told = {name: each for name, each in foretold.items() if name in really and each.hit is not None}
        assert {name: each.source for name, each in told.items()} == {name: really[name] for name in told}
        assert all(each.hit == bool(each.source) for each in told.values())
        return foretold

    return check


def hits(foretold):
    return {name for name, each in foretold.items() if each.hit}


# Of a pipeline that is as it was: all but what reads a new model's name, and what was not reached.
ALL = {"Prepare", "Fixed", "Own", "Named", "Few"}


def default(definition, name, value):
    next(item for item in definition["Parameters"] if item["Name"] == name)["DefaultValue"] = value


def nothing(definition):
    """As it was."""


def a_default(definition):
    default(definition, "Rounds", 4)


def a_number_with_a_point(definition):
    default(definition, "Share", 1.0)


def a_member(definition):
    step(definition, "Own")["Arguments"]["Environment"]["MORE"] = "x"


def a_member_that_is_not_there(definition):
    del step(definition, "Fixed")["Arguments"]["Environment"]


def what_is_not_compared(definition):
    step(definition, "Prepare")["Arguments"]["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 2


def where_a_cached_step_would_write(definition):
    config = step(definition, "Prepare")["Arguments"]["ProcessingOutputConfig"]
    config["Outputs"][0]["S3Output"]["S3Uri"] = "s3://things/elsewhere"


def where_a_step_that_runs_writes(definition):
    where_a_cached_step_would_write(definition)
    a_default(definition)


def no_cache_above(definition):
    step(definition, "Prepare")["CacheConfig"]["Enabled"] = False


def too_old(definition):
    step(definition, "Prepare")["CacheConfig"]["ExpireAfter"] = "PT0S"


def never_too_old(definition):
    del step(definition, "Prepare")["CacheConfig"]["ExpireAfter"]


def another_name(definition):
    step(definition, "Fixed")["Name"] = "Unmoved"


def what_a_reference_stands_for(definition):
    uri = step(definition, "Fixed")["Arguments"]["ProcessingInputs"][0]["S3Input"]
    uri["S3Uri"] = join("s3://", "things/fixed")
    step(definition, "Prepare")["Arguments"]["Environment"] = {"ROUNDS": "3", "NAME": "scoring"}


def the_order_of_inputs(definition):
    arguments = step(definition, "Fixed")["Arguments"]
    arguments["ProcessingInputs"] = [
        {**arguments["ProcessingInputs"][0], "InputName": "second"},
        *arguments["ProcessingInputs"],
    ]


def the_other_branch(definition):
    default(definition, "Rounds", 100)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (nothing, ALL),
        (a_default, {"Fixed"}),
        (a_number_with_a_point, ALL - {"Own", "Named"}),
        (a_member, ALL - {"Own", "Named"}),
        (a_member_that_is_not_there, ALL - {"Fixed"}),
        (what_is_not_compared, ALL),
        (where_a_cached_step_would_write, ALL),
        (where_a_step_that_runs_writes, set()),
        (no_cache_above, {"Fixed", "Few"}),
        (too_old, {"Fixed", "Few"}),
        (never_too_old, ALL),
        (another_name, ALL - {"Fixed"}),
        (what_a_reference_stands_for, ALL),
        (the_order_of_inputs, ALL - {"Fixed"}),
        (the_other_branch, {"Fixed"}),
    ],
)
def test_after_one_execution_something_changes(laboratory, check, change, expected):
    laboratory.execute(scoring())
    changed = scoring()
    change(changed)
    assert hits(check(changed)) == expected


@pytest.mark.parametrize(
    "variable", ["PipelineExecutionId", "PipelineExecutionArn", "StartDateTime", "CurrentDateTime"]
)
def test_what_holds_something_of_its_execution_never_hits(laboratory, check, variable):
    definition = scoring()
    step(definition, "Own")["Arguments"]["Environment"]["RUN"] = join("run ", get(f"Execution.{variable}"))
    laboratory.execute(definition)
    foretold = check(definition)
    assert hits(foretold) == ALL - {"Own", "Named"}
    assert foretold["Own"].reason == f"Execution.{variable} is new in each execution"
    assert foretold["Named"].reason == "reads Steps.Own.ProcessingJobName, which runs anew"


def test_a_hit_is_traced_to_the_execution_that_did_the_work(laboratory, check):
    first, _ = laboratory.execute(scoring())
    check(scoring())
    assert {each.source for each in check(scoring()).values()} == {first, ""}


def test_what_ran_before_a_change_counts_when_it_is_taken_back(laboratory, check):
    first, _ = laboratory.execute(scoring())
    changed = scoring()
    a_default(changed)
    check(changed)
    foretold = check(scoring())
    assert hits(foretold) == ALL
    assert {foretold[name].source for name in ALL} == {first}


def test_executions_with_other_parameters_count_by_their_values(laboratory, check):
    laboratory.execute(scoring(), Rounds="7", Share="1.0")
    assert hits(check(scoring())) == {"Fixed"}
    seven = scoring()
    default(seven, "Rounds", 7)
    default(seven, "Share", 1.0)
    assert hits(check(seven)) == ALL


def test_failures_do_not_count(laboratory, check):
    broken = scoring()
    step(broken, "Own")["Arguments"]["AppSpecification"]["ImageUri"] = "broken"
    laboratory.execute(broken)
    assert hits(check(scoring())) == {"Prepare", "Fixed"}
    # Now it has run, though on a result of the first execution.
    assert hits(check(scoring())) == ALL


def others(*, mode="ENSEMBLING", key="k", **settings):
    """A pipeline of the other types that the emulator caches and that need nothing but a job."""
    uri = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://things/data"}}
    check = processing("Check", environment={}, outputs={"quality_check_output": "s3://things/check"})
    return {
        "Version": "2020-12-01",
        "Steps": [
            {
                "Name": "Search",
                "Type": "AutoML",
                "CacheConfig": dict(CACHE),
                "Arguments": {
                    "InputDataConfig": [{"DataSource": uri, "TargetAttributeName": "y"}],
                    "OutputDataConfig": {"S3OutputPath": "s3://things/search"},
                    "AutoMLJobConfig": {"Mode": mode, "SecurityConfig": {"VolumeKmsKeyId": key}},
                    "RoleArn": ROLE,
                },
            },
            {
                **check,
                "Type": "QualityCheck",
                "CheckType": "DATA_QUALITY",
                "SkipCheck": True,
                "RegisterNewBaseline": True,
                **settings,
            },
        ],
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {"Search", "Check"}),
        ({"key": "other"}, {"Search", "Check"}),
        ({"mode": "AUTO"}, {"Check"}),
        ({"FailOnViolation": False}, {"Search", "Check"}),
        ({"ModelPackageGroupName": "group"}, {"Search"}),
        ({"SuppliedBaselineStatistics": None}, {"Search", "Check"}),
    ],
)
def test_other_types_of_steps(laboratory, check, changed, expected):
    laboratory.execute(others())
    assert hits(check(others(**changed))) == expected


def test_a_file_that_a_cached_step_wrote_is_the_same(laboratory, check):
    definition = scoring()
    step(definition, "Own")["Arguments"]["Environment"]["ROWS"] = join(
        {"Std:JsonGet": {"PropertyFile": get("Steps.Prepare.PropertyFiles.Counts"), "Path": "rows"}}
    )
    laboratory.execute(definition)
    assert hits(check(definition)) == ALL
    a_default(definition)
    default(definition, "Share", 2)
    assert check(definition)["Own"].hit is False


@pytest.mark.parametrize("seed", range(3))
def test_a_long_history_of_changes(laboratory, check, seed):
    dice = random.Random(seed)
    changes = [
        nothing, nothing, a_default, a_number_with_a_point, a_member, a_member_that_is_not_there,
        where_a_cached_step_would_write, no_cache_above, too_old, what_a_reference_stands_for,
    ]  # fmt: skip
    told = set()
    for _ in range(10):
        definition = scoring()
        for change in dice.sample(changes, 2):
            change(definition)
        told |= {(name, each.hit) for name, each in check(definition).items()}
        if dice.random() < 0.3:
            laboratory.execute(definition, Rounds=dice.choice("345"))
    assert {(name, hit) for name in ("Prepare", "Fixed", "Own", "Named") for hit in (True, False)} <= told
