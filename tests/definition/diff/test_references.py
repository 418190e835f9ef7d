"""What is written as before and yet means something else."""

import pytest

from penstock.definition.diff import Change, Followed, diff

REPORT = {"PropertyFileName": "F", "OutputName": "o", "FilePath": "a.json"}


def step(name, kind="Processing", arguments=None, **keys):
    return {"Name": name, "Type": kind, "Arguments": arguments or {}, **keys}


def processing(name, uri, output="o", **keys):
    outputs = [{"OutputName": "x"}, {"OutputName": output, "S3Output": {"S3Uri": uri}}]
    return step(name, "Processing", {"ProcessingOutputConfig": {"Outputs": outputs}}, **keys)


def reader(reference, name="Reader", **keys):
    return step(name, "Lambda", {"value": {"Get": reference}}, **keys)


def parameter(name="P", kind="Float", default=0.8):
    return {"Name": name, "Type": kind, "DefaultValue": default}


def follows(before, after, name="Reader"):
    """What the step follows; nothing of it is written otherwise."""
    (found,) = [changed for changed in diff(before, after).steps.changed if changed.name == name]
    assert found.changes == []
    return found.follows


def definition(*steps, parameters=()):
    return {"Steps": list(steps), "Parameters": list(parameters)}


@pytest.mark.parametrize(
    ("new", "change"),
    [
        (parameter(default=0.9), Change("DefaultValue", 0.8, 0.9)),
        (parameter(kind="String"), Change("Type", "Float", "String")),
        ({"Name": "P", "Type": "Float"}, Change("DefaultValue", 0.8, None)),
    ],
)
def test_a_parameter(new, change):
    steps = [reader("Parameters.P")]
    found = follows(definition(*steps, parameters=[parameter()]), definition(*steps, parameters=[new]))
    assert found == [Followed("Arguments.value", "Parameters.P", change)]


def test_a_parameter_that_is_new_or_gone():
    steps = [reader("Parameters.P")]
    before, after = definition(*steps, parameters=[parameter()]), definition(*steps)
    assert follows(before, after) == [Followed("Arguments.value", "Parameters.P", Change("", "Float", None))]
    assert follows(after, before) == [Followed("Arguments.value", "Parameters.P", Change("", None, "Float"))]


def test_a_description_means_nothing():
    steps = [reader("Parameters.P")]
    before = definition(*steps, parameters=[parameter()])
    after = definition(*steps, parameters=[parameter() | {"Description": "Other words."}])
    assert diff(before, after).steps.is_empty


def test_each_reference_inside_an_expression():
    joined = {"Std:Join": {"On": "/", "Values": [{"Get": f"Parameters.{name}"} for name in "PQR"]}}
    steps = [step("Reader", "Fail", {"ErrorMessage": joined})]
    before, after = (
        definition(*steps, parameters=[parameter("P", default=value), parameter("Q", default=value)])
        for value in (1.0, 2.0)
    )
    assert follows(before, after) == [
        Followed("Arguments.ErrorMessage", f"Parameters.{name}", Change("DefaultValue", 1.0, 2.0))
        for name in "PQ"
    ]


@pytest.mark.parametrize(
    "reference",
    [
        "Steps.A.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri",
        "Steps.A.ProcessingOutputConfig.Outputs[1].S3Output.S3Uri",
    ],
)
def test_a_member_that_the_steps_arguments_determine(reference):
    before = definition(processing("A", "s3://b/1"), reader(reference))
    after = definition(processing("A", "s3://b/2"), reader(reference))
    path = f"Arguments.{reference.removeprefix('Steps.A.')}"
    assert follows(before, after) == [
        Followed("Arguments.value", reference, Change(path, "s3://b/1", "s3://b/2"))
    ]


def test_an_index_that_another_item_has_now():
    def emr(*arguments):
        return step("A", "EMR", {"StepConfig": {"HadoopJarStep": {"Args": list(arguments)}}})

    reads = reader("Steps.A.Config.Args[1]")
    before, after = definition(emr("--to", "s3://b"), reads), definition(emr("-v", "--to", "s3://b"), reads)
    change = Change("Arguments.StepConfig.HadoopJarStep.Args[1]", "s3://b", "--to")
    assert follows(before, after) == [Followed("Arguments.value", "Steps.A.Config.Args[1]", change)]


def test_a_reference_is_followed_to_its_last_cause_and_told_once():
    uri = "Steps.A.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri"
    both = {"Std:Join": {"Values": [{"Get": uri}, {"Get": "Parameters.P"}]}}
    steps = [
        processing("A", {"Get": "Parameters.P"}),
        step("B", "Transform", {"TransformInput": {"Uri": {"Get": uri}}}),
        reader("Steps.B.TransformInput.Uri"),
        step("Both", "Fail", {"ErrorMessage": both}),
    ]
    before, after = (definition(*steps, parameters=[parameter(default=value)]) for value in (1, 2))
    change = Change("DefaultValue", 1, 2)
    assert follows(before, after) == [
        Followed("Arguments.value", "Parameters.P", change, ["Steps.B.TransformInput.Uri", uri])
    ]
    assert follows(before, after, "Both") == [Followed("Arguments.ErrorMessage", "Parameters.P", change)]


def test_references_in_a_circle_end():
    steps = [step(a, "Training", {"X": {"Get": f"Steps.{b}.X"}}) for a, b in ("AB", "BC", "CA")]
    before, after = (definition(*steps, step("D", "Fail", {"X": value})) for value in (1, 2))
    assert [changed.name for changed in diff(before, after).steps.changed] == ["D"]


def test_a_property_file_by_its_path_its_output_and_where_that_lies():
    value = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.PropertyFiles.F"}, "Path": "auc"}}
    reads = step("Reader", "Lambda", {"value": value})
    before = definition(processing("A", "s3://b/1", PropertyFiles=[REPORT]), reads)
    after = definition(processing("A", "s3://b/2", PropertyFiles=[REPORT | {"FilePath": "b.json"}]), reads)
    assert [found.change for found in follows(before, after)] == [
        Change("PropertyFiles['F'].FilePath", "a.json", "b.json"),
        Change("Arguments.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri", "s3://b/1", "s3://b/2"),
    ]
    assert {found.path for found in follows(before, after)} == {"Arguments.value"}


def test_a_step_that_is_gone_or_is_another_kind_of_step():
    before = definition(step("A"), reader("Steps.A.ExitMessage"))
    assert follows(before, definition(reader("Steps.A.ExitMessage"))) == [
        Followed("Arguments.value", "Steps.A.ExitMessage", Change("", "Processing", None))
    ]
    other = definition(step("A", "Training"), reader("Steps.A.ExitMessage"))
    assert follows(before, other) == [
        Followed("Arguments.value", "Steps.A.ExitMessage", Change("Type", "Processing", "Training"))
    ]


def test_what_a_job_finds_out_is_determined_by_nothing_written():
    reads = reader("Steps.A.BestCandidate.CandidateName")
    before, after = (
        definition(step("A", "AutoML", {"ProblemType": kind}), reads) for kind in ("Regression", "Binary")
    )
    assert [changed.name for changed in diff(before, after).steps.changed] == ["A"]


def test_declared_outputs_of_a_function():
    def function(kind):
        return step("A", "Lambda", OutputParameters=[{"OutputName": "n", "OutputType": kind}])

    reads = reader("Steps.A.OutputParameters['n']")
    before, after = definition(function("String"), reads), definition(function("Integer"), reads)
    change = Change("OutputParameters['n'].OutputType", "String", "Integer")
    assert follows(before, after) == [Followed("Arguments.value", "Steps.A.OutputParameters['n']", change)]


@pytest.mark.parametrize(
    ("reference", "before", "after", "path"),
    [
        (
            "Steps.A.Outcome",
            step("A", "Condition", {"Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}]}),
            step("A", "Condition", {"Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 2}]}),
            "Arguments.Conditions[0].RightValue",
        ),
        (
            "Steps.A.CalculatedBaselineConstraints",
            processing("A", "s3://b/1") | {"Type": "QualityCheck"},
            processing("A", "s3://b/2") | {"Type": "QualityCheck"},
            "Arguments.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri",
        ),
        (
            "Steps.A.BaselineUsedForDriftCheckStatistics",
            step("A", "QualityCheck", SuppliedBaselineStatistics="s3://b/1"),
            step("A", "QualityCheck", SuppliedBaselineStatistics="s3://b/2"),
            "SuppliedBaselineStatistics",
        ),
        (
            "Steps.A.ModelArtifacts.S3ModelArtifacts",
            step("A", "Training", {"OutputDataConfig": {"S3OutputPath": "s3://b/1"}}),
            step("A", "Training", {"OutputDataConfig": {"S3OutputPath": "s3://b/2"}}),
            "Arguments.OutputDataConfig.S3OutputPath",
        ),
        (
            "Steps.A.jobRun.executionRole",
            step("A", "EMRServerless", {"JobConfig": {"executionRole": "arn:1"}}),
            step("A", "EMRServerless", {"JobConfig": {"executionRole": "arn:2"}}),
            "Arguments.JobConfig.executionRole",
        ),
    ],
)  # fmt: skip
def test_properties_that_are_no_member_of_the_request(reference, before, after, path):
    (found,) = follows(definition(before, reader(reference)), definition(after, reader(reference)))
    assert (found.reference, found.change.path) == (reference, path)


def test_the_items_of_a_loop_and_what_its_body_gives_out():
    def loop(items, uri):
        body = [step("Fit", "Training", {"Data": {"Get": "ForEach.CurrentItem"}, "Uri": uri})]
        return step("Each", "ForEach", {"IterableItems": items, "ForEachBody": body})

    reads = reader("Steps.Each.IterationOutputs[0].Fit.Data")
    before, after = definition(loop(["a"], 1), reads), definition(loop(["b"], 1), reads)
    change = Change("Arguments.IterableItems[0]", "a", "b")
    assert follows(before, after, "Fit") == [Followed("Arguments.Data", "ForEach.CurrentItem", change)]
    assert follows(before, after) == [
        Followed(
            "Arguments.value", "ForEach.CurrentItem", change, ["Steps.Each.IterationOutputs[0].Fit.Data"]
        )
    ]
    reads = reader("Steps.Each.IterationOutputs[0].Fit.Uri")
    before, after = definition(loop(["a"], 1), reads), definition(loop(["a"], 2), reads)
    assert [found.change for found in follows(before, after)] == [Change("Arguments.Uri", 1, 2)]
