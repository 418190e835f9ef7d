"""Every step knows the calls that built it, and what is ignored at it."""

import pytest
from sagemaker.mlops.workflow.for_each_step import ForEachStep

from steps import (
    AutoMLInput,
    AutoMLStep,
    CallbackStep,
    ConditionEquals,
    ConditionStep,
    DataQualityCheckConfig,
    DatasetFormat,
    EMRStep,
    EMRStepConfig,
    FailStep,
    LambdaStep,
    ModelStep,
    Pipeline,
    ProcessingStep,
    QualityCheckStep,
    TransformStep,
    ignore,
)

NAMES = {"display_name": "Names", "description": "For people."}
BUILDERS = {
    "AutoML": lambda: AutoMLStep(
        "A", **NAMES, inputs=[AutoMLInput("s3://b/a")], target_attribute_name="y", output_path="s3://b/o"
    ),
    "Callback": lambda: CallbackStep("A", **NAMES, sqs_queue_url="{{ env.queue }}", inputs={}, outputs=[]),
    "Condition": lambda: ConditionStep("A", **NAMES, conditions=[ConditionEquals(1, 1)]),
    "EMR": lambda: EMRStep("A", **NAMES, step_config=EMRStepConfig("a.jar"), cluster_id="j-1"),
    "Fail": lambda: FailStep("A", **NAMES, error_message="no"),
    "Lambda": lambda: LambdaStep("A", **NAMES, lambda_func="{{ env.function }}"),
    "Model": lambda: ModelStep.create("A", **NAMES, containers=[{"Image": "i"}]),
    "Processing": lambda: ProcessingStep("A", **NAMES, image_name="scikit-learn"),
    "QualityCheck": lambda: QualityCheckStep(
        "A",
        **NAMES,
        quality_check_config=DataQualityCheckConfig("s3://b/a", dataset_format=DatasetFormat.csv()),
        skip_check=True,
        register_new_baseline=True,
    ),
    "RegisterModel": lambda: ModelStep.register(
        "A", **NAMES, containers=[{"Image": "i"}], model_package_group_name="g"
    ),
    "Transform": lambda: TransformStep("A", **NAMES, model_name="m", data="s3://b/a", output_path="s3://b/o"),
}


@pytest.mark.parametrize("kind", BUILDERS)
def test_a_step_of_any_type_knows_the_line_that_built_it(kind):
    build = BUILDERS[kind]
    step = build()
    own = [line for file, line in step.calls if file == __file__]
    assert own[-1] == build.__code__.co_firstlineno
    assert step.to_request()["Type"] == kind


def test_the_outermost_call_comes_first():
    def outer():
        return inner()

    def inner():
        return BUILDERS["Fail"]()

    first = outer.__code__.co_firstlineno
    assert [line for file, line in outer().calls if file == __file__][-3:-1] == [first + 1, first + 4]


def test_what_is_ignored_at_a_step_is_no_part_of_its_request():
    step = BUILDERS["Fail"]()
    request = step.to_request()
    assert ignore(step, "PS803", reason="Nobody looks at it.") is step
    assert ignore(step, "PS804", reason="It stores nothing.").ignored == {
        "PS803": "Nobody looks at it.",
        "PS804": "It stores nothing.",
    }
    assert step.to_request() == request


def test_a_pipeline_knows_how_all_its_steps_were_built():
    stop = ignore(FailStep("Stop", **NAMES, error_message="no"), "PS803", reason="x")
    gate = ConditionStep("Gate", **NAMES, conditions=[ConditionEquals(1, 1)], if_steps=[stop])
    each = BUILDERS["Lambda"]()
    loop = ForEachStep("Loop", iterable_items=["a"], max_concurrency=1, for_each_body=[each])
    assert Pipeline("line", **NAMES, steps=[gate, loop]).built_steps == {
        "Gate": {"calls": gate.calls, "ignore": {}},
        "Stop": {"calls": stop.calls, "ignore": {"PS803": "x"}},
        "A": {"calls": each.calls, "ignore": {}},  # and not the SDK's own ForEach
    }
