"""A difference as people read it, every kind of line."""

import copy

from penstock.definition.diff import Change, change_line, diff, lines


def step(name, kind="Processing", arguments=None, **keys):
    return {"Name": name, "Type": kind, "Arguments": arguments or {}, **keys}


BEFORE = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Rounds", "Type": "Integer", "DefaultValue": 3},
        {"Name": "Old", "Type": "String"},
    ],
    "Steps": [
        step("Prepare", "Transform", {"TransformOutput": {"S3OutputPath": "s3://b/1"}}),
        step(
            "Train",
            "Training",
            {
                "ResourceConfig": {"InstanceType": "ml.m5.large"},
                "HyperParameters": {"rounds": {"Get": "Parameters.Rounds"}, "depth": "3"},
                "InputDataConfig": [
                    {"ChannelName": "train", "Uri": {"Get": "Steps.Prepare.TransformOutput.S3OutputPath"}},
                ],
                "VpcConfig": {"Subnets": ["subnet-1"]},
                "Last": {"Get": "Steps.Gone.ExitMessage"},
            },
        ),
        step("Gone"),
        step("Check", "Fail", {"ErrorMessage": {"Get": "Steps.Train.HyperParameters['rounds']"}}),
        step("Before", "Model", {"Name": "same"}),
    ],
}


def after():
    definition = copy.deepcopy(BEFORE)
    prepare, train, _, check, renamed = definition["Steps"]
    prepare["Arguments"]["TransformOutput"]["S3OutputPath"] = "s3://b/2"
    train["Arguments"]["ResourceConfig"]["InstanceType"] = "ml.m5.xlarge"
    train["Arguments"]["HyperParameters"]["depth"] = 3
    train["Arguments"]["VpcConfig"]["Subnets"] = ["subnet-2"]
    train["CacheConfig"] = {"Enabled": True}
    renamed["Name"] = "After"
    notify = step("Notify", "Lambda", {"uri": {"Get": "Steps.Prepare.TransformJobArn"}})
    definition["Steps"] = [prepare, train, check, renamed, notify]
    definition["Parameters"] = [
        {"Name": "Rounds", "Type": "Integer", "DefaultValue": 5},
        {"Name": "New", "Type": "Boolean", "DefaultValue": True},
    ]
    definition["Metadata"] = {"Team": "a"}
    return definition


def test_every_kind_of_line():
    assert list(lines(diff(BEFORE, after()))) == [
        "rename step Before to After",
        "add step Notify (Lambda)",
        "remove step Gone (Processing)",
        "change step Prepare",
        "  Arguments.TransformOutput.S3OutputPath: s3://b/1 -> s3://b/2",
        "change step Train",
        '  Arguments.HyperParameters.depth: "3" -> 3',
        "  Arguments.ResourceConfig.InstanceType: ml.m5.large -> ml.m5.xlarge",
        "  remove Arguments.VpcConfig.Subnets['subnet-1']",
        "  add Arguments.VpcConfig.Subnets['subnet-2']",
        '  add CacheConfig: {"Enabled":true}',
        "  Arguments.HyperParameters.rounds: follows Parameters.Rounds: DefaultValue 3 -> 5",
        "  Arguments.InputDataConfig['train'].Uri: follows Steps.Prepare.TransformOutput.S3OutputPath:"
        " s3://b/1 -> s3://b/2",
        "  Arguments.Last: follows Steps.Gone.ExitMessage: it is gone",
        "change step Check",
        "  Arguments.ErrorMessage: follows Parameters.Rounds through Steps.Train.HyperParameters['rounds']:"
        " DefaultValue 3 -> 5",
        "add parameter New (Boolean, default true)",
        "remove parameter Old (String, no default)",
        "change parameter Rounds",
        "  DefaultValue: 3 -> 5",
        "add edge Prepare -> Notify (data)",
        "remove edge Gone -> Train (data)",
        'add Metadata: {"Team":"a"}',
    ]


def test_edges_with_a_label():
    steps = [step("A"), step("B")]
    failed = {"Steps": [step("A"), step("B", DependsOn=[{"Step": "A", "Trigger": "Failed"}])]}
    assert list(lines(diff({"Steps": steps}, failed)))[-1] == "add edge A -> B (dependency, failed)"


def test_a_cause_that_comes_or_goes():
    reads = step("B", "Lambda", {"v": {"Get": "Steps.A.OutputParameters['n']"}})
    outputs = {"OutputParameters": [{"OutputName": "n"}]}
    without, given = (
        {"Steps": [step("A", "Lambda"), reads]},
        {"Steps": [step("A", "Lambda", **outputs), reads]},
    )
    follows = "  Arguments.v: follows Steps.A.OutputParameters['n']: "
    assert follows + """add OutputParameters['n']: {"OutputName":"n"}""" in lines(diff(without, given))
    assert follows + """remove OutputParameters['n']: {"OutputName":"n"}""" in lines(diff(given, without))
    new, old = {"Steps": [reads]}, given
    assert follows + "it is new" in lines(diff(new, old))


def test_what_others_wrote_does_nothing_to_a_terminal():
    hostile = {"Steps": [step("A\x1b[31m", "\n", {"k\x07": "\x1b"})], "Parameters": [{"Name": "\r"}]}
    assert list(lines(diff({}, hostile))) == [
        "add step A\\u001b[31m (\\n)",
        "add parameter \\r (no default)",
    ]
    assert all(line.isprintable() for line in lines(diff(hostile, {"Steps": [step("A\x1b[31m")]})))


def test_a_change_by_itself():
    assert change_line(Change("RoleArn", "arn:1", "arn:2")) == "RoleArn: arn:1 -> arn:2"
    assert change_line(Change("Tags['a']", None, {"Key": "a"})) == """add Tags['a']: {"Key":"a"}"""
    assert change_line(Change("Tags['a']", "a", None)) == "remove Tags['a']"
