"""The forecast from data to data: exact reasons and changes, and how much of the history is asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from penstock.definition.diff import Change
from penstock.deployment.cache import Forecast
from penstock.deployment.cache.model import Content, StepRun
from penstock.deployment.cache.predict import predict, untold

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PIPELINE = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/scoring"


def arn(name):
    return f"{PIPELINE}/execution/{name}"


def get(reference):
    return {"Get": reference}


def join(*values):
    return {"Std:Join": {"On": "/", "Values": list(values)}}


def train(**hyperparameters):
    """A cached Training step with an output of its own."""
    return {
        "Name": "Train",
        "Type": "Training",
        "CacheConfig": {"Enabled": True, "ExpireAfter": "P2D"},
        "Arguments": {
            "AlgorithmSpecification": {"TrainingImage": "image"},
            "HyperParameters": hyperparameters,
            "OutputDataConfig": {"S3OutputPath": join("s3://things", get("Execution.PipelineExecutionId"))},
        },
    }


def use(value, name="Use", **keys):
    """A cached Processing step with a value in its environment."""
    arguments = {"AppSpecification": {"ImageUri": "image"}, "Environment": {"VALUE": value}}
    return {
        "Name": name, "Type": "Processing", "CacheConfig": {"Enabled": True}, "Arguments": arguments, **keys,
    }  # fmt: skip


def answer(kind="Lambda", name="Ask", **arguments):
    return {"Name": name, "Type": kind, "Arguments": arguments}


def definition(*steps, parameters=()):
    return {"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps)}


class Past:
    """Executions, newest first: `(name, hours ago, definition, {step: what became of it})`. `asked` are the
    executions whose content was read."""

    def __init__(self, *executions, limit=50):
        self.limit = limit
        self.asked = []
        self._all = {arn(execution[0]): execution for execution in executions}

    def executions(self):
        for name, (_, hours, _, _) in list(self._all.items())[: self.limit]:
            yield name, NOW - timedelta(hours=hours, minutes=10)

    def steps(self, name):
        return self._all[name][3] if name in self._all else {}

    def content(self, name):
        self.asked.append(name.rpartition("/")[2])
        if name not in self._all:
            return None
        content = self._all[name][2]
        return content if isinstance(content, Content) else Content(content)


def ran(hours=1.0, status="Succeeded", source=""):
    return StepRun(status, NOW - timedelta(hours=hours), source and arn(source))


def foretold(wanted, *executions, **others):
    return predict("scoring", wanted, Past(*executions, **others), NOW)


def one(wanted, *executions, **others):
    [only] = foretold(wanted, *executions, **others)
    return only


def test_a_hit():
    before = definition(train(rounds="3"))
    assert one(before, ("abc123def456", 2, before, {"Train": ran(2.5)})) == Forecast(
        "Train", True, arn("abc123def456"), [], "execution abc123def456, 2 h ago"
    )


def test_changed_members_of_the_key_and_no_others():
    before, after = definition(train(rounds="3", depth="2")), definition(train(rounds="5", eta="0.1"))
    after["Steps"][0]["Arguments"]["OutputDataConfig"]["S3OutputPath"] = "s3://elsewhere"
    assert one(after, ("a", 1, before, {"Train": ran()})) == Forecast(
        "Train",
        False,
        "",
        [
            Change("Arguments.HyperParameters.depth", "2", None),
            Change("Arguments.HyperParameters.eta", None, "0.1"),
            Change("Arguments.HyperParameters.rounds", "3", "5"),
        ],
        "remove Arguments.HyperParameters.depth: 2; add Arguments.HyperParameters.eta: 0.1;"
        " Arguments.HyperParameters.rounds: 3 -> 5",
    )


def test_more_than_a_few_reasons_are_counted():
    before = definition(train(**{f"h{number}": "1" for number in range(5)}))
    after = definition(train(**{f"h{number}": "2" for number in range(5)}))
    reason = one(after, ("a", 1, before, {"Train": ran()})).reason
    assert reason.endswith("Arguments.HyperParameters.h2: 1 -> 2; and 2 more")


def test_parameters_are_the_values_of_the_execution_and_the_defaults_of_the_next_start():
    def parametrised(default):
        rounds = {"Name": "Rounds", "Type": "Integer", "DefaultValue": default}
        return definition(train(rounds=join(get("Parameters.Rounds"))), parameters=[rounds])

    before = Content(parametrised(3), {"Rounds": "4"})
    execution = ("a", 1, before, {"Train": ran()})
    assert one(parametrised(4), execution).hit is True
    assert one(parametrised(3), execution).changed == [Change("Arguments.HyperParameters.rounds", "4", "3")]
    # That AWS lists the defaults too is inferred: without them they count all the same.
    assert one(parametrised(3), ("a", 1, parametrised(3), {"Train": ran()})).hit is True


@pytest.mark.parametrize(
    ("kind", "text", "default"),
    [("Float", "1", 1), ("Float", "1.0", 1.0), ("Boolean", "True", True), ("String", "1", "1")],
)
def test_a_parameter_has_its_type(kind, text, default):
    wanted = definition(
        use(get("Parameters.P")), parameters=[{"Name": "P", "Type": kind, "DefaultValue": default}]
    )
    assert one(wanted, ("a", 1, Content(wanted, {"P": text}), {"Use": ran()})).hit is True


@pytest.mark.parametrize(("before", "after"), [(1, 1.0), (1, True), (1, "1"), (None, "none")])
def test_values_that_python_or_people_take_for_the_same_are_not(before, after):
    forecast = one(definition(use(after)), ("a", 1, definition(use(before)), {"Use": ran()}))
    assert forecast.hit is False
    assert forecast.reason


def test_an_order_counts_though_it_is_no_difference_to_people():
    before, after = definition(use("x")), definition(use("x"))
    inputs = [{"InputName": "a"}, {"InputName": "b"}]
    before["Steps"][0]["Arguments"]["ProcessingInputs"] = inputs
    after["Steps"][0]["Arguments"]["ProcessingInputs"] = inputs[::-1]
    assert one(after, ("a", 1, before, {"Use": ran()})) == Forecast(
        "Use", False, reason="Arguments.ProcessingInputs is written otherwise"
    )


def test_nothing_has_run_yet():
    wanted = definition(train())
    assert one(wanted) == Forecast("Train", False, reason="no earlier execution")
    others = [
        ("c", 1, wanted, {}),
        ("b", 2, wanted, {"Train": ran(status="Failed")}),
        ("a", 3, wanted, {"Train": StepRun("Executing")}),
    ]
    assert one(wanted, *others) == Forecast("Train", False, reason="no earlier success")


def test_too_old_a_success_is_none_and_is_not_looked_into():
    wanted = definition(train(rounds="3"))
    past = Past(("a", 47.9, wanted, {"Train": ran(48.1)}))
    [forecast] = predict("scoring", wanted, past, NOW)
    assert forecast == Forecast("Train", False, reason="the last success is older than P2D")
    assert past.asked == []


def test_an_execution_from_before_the_window_may_have_a_step_within_it():
    wanted = definition(train(rounds="3"))
    assert one(wanted, ("a", 100, wanted, {"Train": ran(47)})).hit is True


def test_executions_that_cannot_reach_into_the_window_are_not_read():
    class Ancient(Past):
        def steps(self, name):
            raise AssertionError(name)

    wanted = definition(train())
    past = Ancient(("a", 672 + 48, wanted, {}))
    assert predict("scoring", wanted, past, NOW)[0].reason == "no earlier success"


def test_any_earlier_key_hits_and_what_is_older_is_not_read():
    wanted, other = definition(train(rounds="3")), definition(train(rounds="4"))
    past = Past(*(
        (name, hours, content, {"Train": ran(hours)})
        for name, hours, content in (("c", 1, other), ("b", 2, wanted), ("a", 3, wanted))
    ))  # fmt: skip
    [forecast] = predict("scoring", wanted, past, NOW)
    assert forecast.source == arn("b")
    assert past.asked == ["c", "b"]


def test_no_more_than_so_many_executions_are_looked_at():
    wanted, other = definition(train(rounds="3")), definition(train(rounds="4"))
    executions = [(f"e{number}", number, other, {"Train": ran(number)}) for number in range(1, 4)]
    assert one(wanted, *executions, limit=2).reason == (
        "Arguments.HyperParameters.rounds: 4 -> 3; the last 2 executions were looked at"
    )
    assert one(wanted, *[(name, hours, other, {}) for name, hours, _, _ in executions], limit=2).reason == (
        "no earlier success; the last 2 executions were looked at"
    )


def test_hits_and_selective_executions_count_as_the_execution_that_did_the_work():
    wanted = definition(train(rounds="3"), use(get("Steps.Train.ModelArtifacts.S3ModelArtifacts")))
    forecasts = foretold(
        wanted,
        ("b", 1, wanted, {"Train": ran(1, source="a"), "Use": ran(1)}),
        ("a", 5, wanted, {"Train": ran(5), "Use": ran(5, "Failed")}),
    )
    assert [(each.hit, each.source) for each in forecasts] == [(True, arn("a")), (True, arn("b"))]


def test_a_member_of_a_step_that_ran_earlier_is_that_of_its_execution():
    """What was hit is where the execution put it that did the work, though both executions are long gone."""
    wanted = definition(
        train(rounds="3"), use(get("Steps.Train.OutputDataConfig.S3OutputPath")), use("s3://things/a", "Same")
    )
    past = [
        ("b", 1, wanted, {"Train": ran(1, source="a"), "Use": ran(1)}),
        ("a", 5, wanted, {"Train": ran(5), "Same": ran(5)}),
    ]
    assert [each.hit for each in foretold(wanted, *past)] == [True, True, True]
    literal = definition(train(rounds="3"), use("s3://things/a"))
    assert [each.hit for each in foretold(literal, *past)] == [True, True]
    # The execution that did the work cannot be read any more: who made the value is told all the same.
    gone = ("b", 1, wanted, {"Train": ran(1, source="gone"), "Use": ran(1)})
    assert [each.hit for each in foretold(wanted, gone)] == [False, False, False]


def test_the_reason_is_what_is_read_of_a_step_that_runs_anew():
    before = definition(train(rounds="3"), use(get("Steps.Train.OutputDataConfig.S3OutputPath")))
    after = definition(train(rounds="5"), *before["Steps"][1:])
    forecasts = foretold(after, ("a", 1, before, {"Train": ran(), "Use": ran()}))
    assert forecasts[1] == Forecast(
        "Use",
        False,
        "",
        [
            Change(
                "Arguments.Environment.VALUE",
                "s3://things/a",
                get("Steps.Train.OutputDataConfig.S3OutputPath"),
            )
        ],
        "reads Steps.Train.OutputDataConfig.S3OutputPath, which holds Execution.PipelineExecutionId, new in"
        " each execution",
    )


def test_a_value_that_is_read_as_before_from_another_run_is_no_change():
    wanted = definition(train(rounds="3"), use(get("Steps.Train.TrainingJobName")))
    other = definition(train(rounds="4"), *wanted["Steps"][1:])
    forecasts = foretold(
        wanted,
        ("b", 1, other, {"Train": ran(1), "Use": ran(1)}),
        ("a", 2, wanted, {"Train": ran(2)}),
    )
    assert forecasts[1] == Forecast(
        "Use", False, reason="reads Steps.Train.TrainingJobName, which another execution made than before"
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (get("Execution.StartDateTime"), "Execution.StartDateTime is new in each execution"),
        (get("Steps.Ask.FunctionArn"), "reads Steps.Ask.FunctionArn, known only when Ask has run"),
        (
            get("Steps.Ask.OutputParameters['x']"),
            "reads Steps.Ask.OutputParameters['x'], known only when Ask has run",
        ),
        (get("Steps.Made.ModelName"), "reads Steps.Made.ModelName, which runs anew"),
        (get("Steps.Made.EnableNetworkIsolation"),
         "reads Steps.Made.EnableNetworkIsolation, known only when Made has run"),
        (get("Parameters.Given"), "parameter Given has no default"),
        (
            {"Std:JsonGet": {"PropertyFile": get("Steps.Made.PropertyFiles.F"), "Path": "a.b"}},
            "reads Made.F:a.b, known only when Made has run",
        ),
        (
            {"Std:JsonGet": {"S3Uri": join("s3://things", "x.json"), "Path": "a"}},
            "reads s3://things/x.json:a, known only in the execution",
        ),
        (get("Steps.Unsure.ProcessingJobName"),
         "reads Steps.Unsure.ProcessingJobName, and of Unsure it cannot be told"),
    ],
)  # fmt: skip
def test_what_is_not_there_before_the_execution(value, reason):
    wanted = definition(
        answer(),
        answer("Model", "Made", ModelName="given"),
        use(get("Steps.Ask.OutputParameters['y']"), "Unsure"),
        use(value),
        parameters=[{"Name": "Given", "Type": "String"}],
    )
    *_, forecast = foretold(wanted, ("a", 1, wanted, {"Use": ran(), "Unsure": ran()}))
    surely_new = "is new in" in reason or "runs anew" in reason
    assert forecast == Forecast("Use", False if surely_new else None, reason=reason)


def test_the_latest_value_of_what_is_always_new_is_told():
    value = join("a", get("PipelineExperimentConfig.TrialName"))
    wanted = definition(use(value))
    assert one(wanted, ("b", 1, wanted, {"Use": ran()})) == Forecast(
        "Use",
        False,
        changed=[Change("Arguments.Environment.VALUE", "a/b", value)],
        reason="PipelineExperimentConfig.TrialName is new in each execution",
    )


def test_a_certain_change_is_a_miss_whatever_else_is_not_known():
    before = definition(answer(), use(get("Steps.Ask.OutputParameters['x']")))
    after = definition(answer(), use(get("Steps.Ask.OutputParameters['x']")))
    after["Steps"][1]["Arguments"]["AppSpecification"]["ImageUri"] = "other"
    forecast = one(after, ("a", 1, before, {"Use": ran()}))
    assert forecast.hit is False
    assert forecast.changed == [Change("Arguments.AppSpecification.ImageUri", "image", "other")]


def test_what_never_hits_is_compared_with_the_latest_success_alone():
    wanted = definition(use(get("Execution.StartDateTime")))
    past = Past(*((name, 1, wanted, {"Use": ran()}) for name in "cba"))
    predict("scoring", wanted, past, NOW)
    assert past.asked == ["c"]


@pytest.mark.parametrize(
    "value",
    [
        get("Execution.PipelineName"),
        get("Execution.PipelineArn"),
        get("PipelineExperimentConfig.ExperimentName"),
        get("Steps.Ask.FunctionArn.NoSuch"),
        get("Steps.Cluster.Config.Args[1]"),
        get("Steps.Plain.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"),
        join("s3://things", get("Parameters.Share"), get("Parameters.On")),
    ],
)
def test_what_is_the_same_in_every_execution(value):
    hadoop = {"Jar": "x.jar", "Args": ["--to", join("s3://things", "x")]}
    plain = use("x", "Plain", CacheConfig={"Enabled": False})
    plain["Arguments"]["ProcessingOutputConfig"] = {
        "Outputs": [{"OutputName": "out", "S3Output": {"S3Uri": "s3://out"}}]
    }
    wanted = definition(
        answer(),
        answer("EMR", "Cluster", StepConfig={"HadoopJarStep": hadoop}),
        plain,
        use(value),
        parameters=[
            {"Name": "Share", "Type": "Float", "DefaultValue": 0.5},
            {"Name": "On", "Type": "Boolean", "DefaultValue": True},
        ],
    )
    expected = None if "NoSuch" in str(value) else True
    assert one(wanted, ("a", 1, wanted, {"Use": ran()})).hit is expected


def test_a_config_of_the_experiment_is_that_of_the_definition():
    wanted = definition(use(join(get("PipelineExperimentConfig.TrialName"))))
    wanted["PipelineExperimentConfig"] = {"TrialName": "always"}
    assert one(wanted, ("a", 1, wanted, {"Use": ran()})).hit is True


def test_a_file_that_a_cached_step_wrote_is_the_same():
    value = {"Std:JsonGet": {"PropertyFile": get("Steps.Train.PropertyFiles.F"), "Path": "a"}}
    wanted = definition(train(rounds="3"), use(value))
    done = {"Train": ran(), "Use": ran()}
    assert [each.hit for each in foretold(wanted, ("a", 1, wanted, done))] == [True, True]
    other = definition(train(rounds="4"), use(value))
    assert [each.hit for each in foretold(other, ("a", 1, wanted, done))] == [False, None]


def test_steps_that_are_never_cached_and_settings_that_mean_nothing():
    cached = {"Enabled": True}
    wanted = definition(
        {**answer("Model", "Make"), "CacheConfig": cached},
        use("x", CacheConfig={"Enabled": True, "ExpireAfter": "soon"}),
        use("x", "Off", CacheConfig={"Enabled": False}),
        {"Name": "Each", "Type": "ForEach", "Arguments": {"ForEachBody": [use("x", "Body")]}},
        {"Name": "Gate", "Type": "Condition", "Arguments": {
            "IfSteps": [use("x", "Yes")], "ElseSteps": [{**answer(name="No"), "CacheConfig": cached}],
        }},
    )  # fmt: skip
    never = "steps of type Model are never cached"
    assert foretold(wanted, ("a", 1, wanted, {"Yes": ran(0.5)})) == [
        Forecast("Make", False, reason=never),
        Forecast("Use", None, reason="ExpireAfter soon is no duration"),
        Forecast("Body", None, reason="whether the iterations of a ForEach step are cached is not known"),
        Forecast("Yes", True, arn("a"), reason="execution a, 30 min ago; if it is reached"),
        Forecast("No", False, reason="steps of type Lambda are never cached; if it is reached"),
    ]
    assert untold(definition(*wanted["Steps"][:2]), "ListPipelineExecutions is denied") == [
        Forecast("Make", False, reason=never),
        Forecast("Use", None, reason="ListPipelineExecutions is denied"),
    ]


def test_a_check_is_compared_with_its_settings():
    def check(**settings):
        return definition(
            {**use("x", "Check"), "Type": "QualityCheck", "CheckType": "DATA_QUALITY", **settings}
        )

    past = ("a", 1, check(SkipCheck=False), {"Check": ran()})
    assert one(check(FailOnViolation=False), past).hit is True
    assert one(check(RegisterNewBaseline=True), past).changed == [Change("RegisterNewBaseline", False, True)]


def test_steps_that_wait_for_one_another_are_no_trap():
    wanted = definition(
        use(get("Steps.Two.ProcessingJobArn"), "One"), use(get("Steps.One.ProcessingJobArn"), "Two")
    )
    done = {"One": ran(), "Two": ran()}
    assert [each.hit for each in foretold(wanted, ("a", 1, wanted, done))] == [None, None]


def test_arguments_that_refer_in_a_circle_are_no_trap():
    one_way, back = answer("Processing", "A"), answer("Processing", "B")
    one_way["Arguments"]["Environment"] = {"X": get("Steps.B.Environment.X")}
    back["Arguments"]["Environment"] = {"X": join(get("Steps.A.Environment.X"))}
    wanted = definition(one_way, back, use(get("Steps.A.Environment.X")))
    assert one(wanted, ("a", 1, wanted, {"Use": ran()})).hit is None


def test_a_parameter_that_no_pipeline_can_have_has_no_value():
    odd = definition(use("x"), parameters=[{"Name": ["Rounds"], "DefaultValue": 1}])
    assert one(odd, ("a", 1, odd, {"Use": ran()})).hit
