"""Deploys that are interrupted at each of their calls, throttled, or in each other's way."""

import json
from itertools import count

import pytest
from moto.core.exceptions import JsonRESTError
from moto.sagemaker.models import SageMakerModelBackend

from penstock.definition.compiled import Function, source_sha256
from penstock.deployment import environments
from penstock.deployment.apply import deploy
from penstock.deployment.aws import Aws
from penstock.deployment.choose import choose
from penstock.deployment.plan import make
from penstock.deployment.plan_text import lines

READS = ("Get", "List", "Head", "Describe")
ROLE = "arn:aws:iam::123456789012:role/functions"


CHANGES = {
    *("UpdateFunctionCode", "UpdateFunctionConfiguration", "CreateFunction", "DeleteFunction"),
    *("UpdatePipeline", "AddTags", "DeleteTags"),
}
MOMENTS = pytest.mark.parametrize("before", [True, False], ids=["before the call", "after it"])


class Killed(BaseException):
    """The process ends at this moment."""


class Interruptible(Aws):
    """AWS's clients, whose `die_at`-th change of AWS kills the process: before it is sent, or when it was
    done and nobody heard of it. `changes` are the operations that were sent."""

    def __init__(self, environment, die_at=None, before=True):
        super().__init__(environment)
        self.changes = []
        self._die_at = die_at
        self._moment = "before-send" if before else "response-received"

    def client(self, service, attempts=5):
        client = super().client(service, attempts)
        client.meta.events.register_first("before-send", self._count)
        client.meta.events.register_first(self._moment, self._die)
        return client

    def _count(self, event_name, **_):
        operation = event_name.rpartition(".")[2]
        if not operation.startswith(READS):
            self.changes.append(operation)

    def _die(self, event_name, **_):
        is_change = not event_name.rpartition(".")[2].startswith(READS)
        if is_change and len(self.changes) - 1 == self._die_at:
            raise Killed


class Versions:
    """Two states of the small project, which differ in all that a deploy decides about."""

    def __init__(self, project, definition):
        self._project, self._definition = project, definition

    def write(self, number):
        project = self._project
        (project.root / "jobs/prepare.py").write_text(f"print({number})\n")
        source = project.root / "jobs/notify.py"
        source.write_text(f"def handler(event, context): return {number}\n")
        function = Function("jobs/notify.py", source_sha256(source), "notify.handler", "", timeout=number)
        self._definition["Parameters"][1]["DefaultValue"] = number
        project.compile(
            self._definition,
            functions={f"notify{number}": function, "both": function},
            description=f"{number}",
        )
        environment = project.environments / "local.toml"
        lines = [line for line in environment.read_text().splitlines() if not line.startswith("version")]
        environment.write_text("\n".join([*lines, f'version{number} = "{number}"', ""]))


@pytest.fixture
def replaced_tags(monkeypatch):
    """moto keeps each value that a tag ever had, until there are too many for its pages."""
    served = SageMakerModelBackend.add_tags

    def add_tags(self, arn, tags):
        self.delete_tags(arn, [tag["Key"] for tag in tags])
        return served(self, arn, tags)

    monkeypatch.setattr(SageMakerModelBackend, "add_tags", add_tags)


@pytest.fixture
def versions(account, project, definition, replaced_tags):
    account("iam").create_role(RoleName="functions", AssumeRolePolicyDocument="{}")
    project.edit_environment("[tags]", f'function_role = "{ROLE}"\n[tags]')
    return Versions(project, definition)


@pytest.fixture
def run(project, heard):
    """Deploys what the project says, and dies where it is told to; returns the changes that were sent."""

    def run(**interruption):
        aws = Interruptible(environments.load(project, "local"), **interruption)
        wanted = choose(project, "scoring", aws, None, print)
        deploy(aws, lambda: make(aws, wanted), heard, lambda _: None, pauses=[0])
        return aws.changes

    return run


def state(account):
    """Which version the pipeline is; fails if it is a mixture."""
    pipeline = account("sagemaker").describe_pipeline(PipelineName="scoring")
    definition = json.loads(pipeline["PipelineDefinition"])
    assert str(definition["Parameters"][1]["DefaultValue"]) == pipeline["PipelineDescription"]
    for step in definition["Steps"]:  # what it refers to is there
        for item in step["Arguments"].get("ProcessingInputs", []):
            bucket, _, key = item["S3Input"]["S3Uri"].removeprefix("s3://").partition("/")
            account("s3").head_object(Bucket=bucket, Key=key)
    return int(pipeline["PipelineDescription"])


@pytest.mark.long
@MOMENTS
def test_a_deploy_that_dies_at_any_call_leaves_the_old_or_the_new_and_the_next_finishes_it(
    account, versions, planned, run, before
):
    versions.write(1)
    run()
    versions.write(2)
    assert set(run()) >= CHANGES
    old, new = 2, 1
    for call in count():
        versions.write(new)
        try:
            run(die_at=call, before=before)
        except Killed:
            assert state(account) in (old, new)
            assert planned().drift is None
            run()
        else:
            break  # it makes no more calls
        assert (state(account), planned().is_empty) == (new, True)
        old, new = new, old
    assert call > len(CHANGES)


@pytest.mark.long
@MOMENTS
def test_a_first_deploy_that_dies_at_any_call_is_finished_by_the_next(
    account, versions, planned, run, before
):
    versions.write(1)
    changes = run()
    assert changes[-1] == "CreatePipeline"
    for call in range(len(changes)):
        account("sagemaker").delete_pipeline(PipelineName="scoring")
        for function in ("scoring-notify1", "scoring-both"):
            account("lambda").delete_function(FunctionName=function)
        objects = account("s3").list_objects_v2(Bucket="things")["Contents"]
        account("s3").delete_objects(
            Bucket="things", Delete={"Objects": [{"Key": item["Key"]} for item in objects]}
        )
        with pytest.raises(Killed):
            run(die_at=call, before=before)
        run()
        assert (state(account), planned().is_empty) == (1, True)


@pytest.mark.parametrize("operation", ["create_pipeline", "update_pipeline", "list_tags", "add_tags"])
def test_a_throttled_deploy_tries_again(account, versions, planned, run, monkeypatch, operation):
    versions.write(2)
    if operation != "create_pipeline":
        run()
    versions.write(1)
    served, answered = getattr(SageMakerModelBackend, operation), []

    def busy_at_first(*arguments, **members):
        answered.append(operation)
        if len(answered) == 1:
            raise JsonRESTError("ThrottlingException", "Rate exceeded")
        return served(*arguments, **members)

    monkeypatch.setattr(SageMakerModelBackend, operation, busy_at_first)
    run()
    assert len(answered) > 1
    assert (state(account), planned().is_empty) == (1, True)


def test_the_last_of_two_deploys_that_take_turns_decides_and_each_can_be_finished(
    account, project, versions, planned, heard
):
    versions.write(1)
    first = Aws(environments.load(project, "local"))
    one = choose(project, "scoring", first, None, print)
    deploy(first, lambda: make(first, one), heard, lambda _: None)
    versions.write(2)
    second = Aws(environments.load(project, "local"))
    two = choose(project, "scoring", second, None, print)

    def first_deploys_between(_):
        deploy(first, lambda: make(first, one), heard, lambda _: None)

    deploy(second, lambda: make(second, two), heard, first_deploys_between)
    assert state(account) == 2
    assert planned().is_empty


@pytest.mark.parametrize("operation", ["UpdateFunctionConfiguration", "UpdatePipeline", "AddTags"])
def test_what_an_unfinished_deploy_left_is_not_told_as_what_others_changed(
    account, versions, planned, run, operation
):
    versions.write(1)
    run()
    first = planned().revision.id
    versions.write(2)
    second = planned().revision.id
    changes = [change for change in run() if change != "PutObject"]  # which are there the next time
    versions.write(1)
    run()
    versions.write(2)
    with pytest.raises(Killed):
        run(die_at=len(changes) - 1 - changes[::-1].index(operation))
    versions.write(3)
    plan = planned()
    assert (plan.drift, plan.there.revision, plan.there.unfinished) == (None, first, second)
    assert next(lines(plan)) == f"unfinished: a deploy of revision {second[:12]} has begun and not ended"
    account("sagemaker").update_pipeline(PipelineName="scoring", PipelineDescription="Mine.")
    assert [change.path for change in planned().drift.changes] == ["PipelineDescription"]
    run()
    assert (planned().is_empty, planned().there.unfinished) == (True, "")


@MOMENTS
@pytest.mark.long
@pytest.mark.parametrize("operation", ["DeleteTags", "AddTags", "UntagResource", "TagResource"])
def test_no_tag_of_a_former_deploy_stays_when_a_deploy_dies_among_the_tags(
    account, versions, planned, run, operation, before
):
    versions.write(1)
    run()
    versions.write(2)
    changes = [change for change in run() if change != "PutObject"]  # which are there the next time
    versions.write(1)
    run()
    versions.write(2)
    with pytest.raises(Killed):
        run(die_at=len(changes) - 1 - changes[::-1].index(operation), before=before)
    run()
    assert planned().is_empty
    arn = account("sagemaker").describe_pipeline(PipelineName="scoring")["PipelineArn"]
    pipeline = {tag["Key"]: tag["Value"] for tag in account("sagemaker").list_tags(ResourceArn=arn)["Tags"]}
    function = account("lambda").get_function(FunctionName="scoring-both")["Tags"]
    for tags in (pipeline, function):
        assert {key for key in tags if not key.startswith("penstock:")} == {"team", "version2"}


def test_the_way_back_from_an_unfinished_deploy_is_a_deploy(account, versions, planned, run):
    versions.write(1)
    run()
    versions.write(2)
    with pytest.raises(Killed):
        run(die_at=8)
    versions.write(1)
    plan = planned()
    assert (plan.action, plan.drift) == ("update", None)
    run()
    assert (state(account), planned().is_empty) == (1, True)
