"""Functions from the manifest to moto's Lambda: what a plan says is what the deploy does."""

import base64
import hashlib
import io
import zipfile
from dataclasses import replace
from functools import partial

import pytest

from penstock.definition import compiled
from penstock.definition.compiled import Function, source_sha256
from penstock.definition.diff import Change
from penstock.deployment import environments, request
from penstock.deployment.assets import Upload
from penstock.deployment.aws import connect
from penstock.deployment.functions.apply import apply
from penstock.deployment.functions.package import package
from penstock.deployment.functions.plan import FunctionPlan, describe, make
from penstock.deployment.functions.wanted import Wanted
from penstock.deployment.plan_text import lines
from penstock.errors import PenstockError

ROLE = "arn:aws:iam::123456789012:role/functions"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:penstock-approvals"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:scoring"


class Functions:
    """The functions of the small project, to change and compile again."""

    def __init__(self, project, definition):
        self._project, self._definition = project, definition
        self.file = project.root / "jobs/approve_model.py"
        self.folder = project.root / "jobs/notify"
        self.file.write_text("def handler(event, context):\n    return {}\n")
        self.folder.mkdir()
        (self.folder / "notify.py").write_text("import texts\n")
        (self.folder / "texts.py").write_text("HELLO = 'hello'\n")
        self.functions = {
            "approve_model": Function(
                "jobs/approve_model.py", "", "approve_model.handler", "Approves.", timeout=60,
                queue="{{ env.approval_queue_arn }}", enabled="{{ env.automatic_approval }}",
            ),
            "notify": Function(
                "jobs/notify", "", "notify.handler", "Notifies.",
                environment={"BUCKET": "{{ env.bucket }}", "ISOLATED": "{{ env.network_isolation }}"},
            ),
        }  # fmt: skip
        self.compile()

    def compile(self):
        functions = {
            name: replace(function, sha256=source_sha256(self._project.root / function.source))
            for name, function in self.functions.items()
        }
        self._project.compile(self._definition, functions=functions)

    def change(self, name, **settings):
        self.functions[name] = replace(self.functions[name], **settings)
        self.compile()


@pytest.fixture
def functions(project, definition):
    settings = f'function_role = "{ROLE}"\nautomatic_approval = true\n[tags]'
    project.edit_environment("[tags]", settings)
    return Functions(project, definition)


@pytest.fixture
def ready(account, functions):
    """moto's AWS with the role and the queue that the functions need; makes clients."""
    account("iam").create_role(RoleName="functions", AssumeRolePolicyDocument="{}")
    account("sqs").create_queue(QueueName="penstock-approvals", Attributes={"VisibilityTimeout": "900"})
    return account


def shown(plan):
    """The plan's lines without those of its revision."""
    return [line for line in lines(plan) if "revision" not in line]


def zipped(content):
    return Upload("x.zip", "x.zip", hashlib.sha256(content).hexdigest(), len(content), content)


def actions(plan):
    return {function.name: function.action for function in plan.functions}


def described(account, name):
    return account("lambda").get_function(FunctionName=name)


def queues(account, name):
    listed = account("lambda").list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    return [(mapping["EventSourceArn"], mapping["BatchSize"], mapping["State"]) for mapping in listed]


def test_a_package_has_the_same_bytes_whatever_the_files_times_and_modes(functions):
    before = package(functions.folder)
    for name in ("texts.py", "notify.py"):
        content = (functions.folder / name).read_text()
        (functions.folder / name).unlink()
        (functions.folder / name).write_text(content)
        (functions.folder / name).chmod(0o600)
    (functions.folder / "__pycache__").mkdir()
    (functions.folder / "__pycache__/texts.pyc").write_text("")
    assert package(functions.folder) == before
    with zipfile.ZipFile(io.BytesIO(before)) as archive:
        assert archive.namelist() == ["notify.py", "texts.py"]
        assert archive.read("texts.py") == b"HELLO = 'hello'\n"
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
    with zipfile.ZipFile(io.BytesIO(package(functions.file))) as archive:
        assert archive.namelist() == ["approve_model.py"]


def test_the_first_deploy_creates_functions_and_the_second_leaves_them(ready, functions, planned, deployed):
    sizes = [f"{len(package(source))} B" for source in (functions.file, functions.folder)]
    assert shown(planned()) == [
        "publish jobs/prepare.py (18 B)",
        f"create function scoring-approve-model ({sizes[0]})",
        "  read queue penstock-approvals",
        f"create function scoring-notify ({sizes[1]})",
        "create pipeline scoring in local",
    ]
    deployed()
    found = described(ready, "scoring-notify")
    configuration = found["Configuration"]
    wanted = {"Role": ROLE, "Handler": "notify.handler", "Runtime": "python3.11", "Timeout": 600}
    assert configuration | wanted | {"MemorySize": 256} == configuration
    assert configuration["Environment"] == {"Variables": {"BUCKET": "things", "ISOLATED": "false"}}
    digest = hashlib.sha256(package(functions.folder)).digest()
    assert configuration["CodeSha256"] == base64.b64encode(digest).decode()
    assert found["Tags"] == {
        "team": "scoring",
        "penstock:pipeline": "scoring",
        "penstock:tags": "penstock:pipeline team",
    }
    assert queues(ready, "scoring-approve-model") == [(QUEUE, 1, "Enabled")]
    assert queues(ready, "scoring-notify") == []
    plan = deployed()
    assert (plan.is_empty, set(actions(plan).values())) == (True, {"unchanged"})
    assert shown(plan) == [
        "unchanged pipeline scoring in local",
    ]


def test_code_alone_is_updated_where_it_alone_changed(ready, functions, planned, deployed):
    deployed()
    (functions.folder / "texts.py").write_text("HELLO = 'good day'\n")
    functions.compile()
    plan = planned()
    assert actions(plan) == {"scoring-approve-model": "unchanged", "scoring-notify": "update"}
    assert shown(plan)[:2] == ["update function scoring-notify", "  code changed"]
    assert plan.functions[1].changes == []
    deployed()
    assert planned().is_empty


def test_every_setting_that_differs_is_planned_and_sent(ready, project, functions, planned, deployed):
    deployed()
    functions.change("notify", timeout=30, memory=512, environment={}, description="")
    project.edit_environment('team = "scoring"', 'owner = "me"')
    plan = planned()
    assert plan.functions[1].changes == [
        Change("Timeout", 600, 30),
        Change("MemorySize", 256, 512),
        Change("Description", "Notifies.", ""),
        Change("Environment", {"Variables": {"BUCKET": "things", "ISOLATED": "false"}}, {"Variables": {}}),
    ]
    said = shown(plan)
    start = said.index("update function scoring-notify")
    assert said[start + 1 : start + 8] == [
        "  timeout: 600 -> 30",
        "  memory: 256 -> 512",
        "  description: Notifies. -> none",
        "  environment BUCKET: things -> none",
        "  environment ISOLATED: false -> none",
        "  tag owner: none -> me",
        "  tag team: scoring -> none",
    ]
    deployed()
    configuration = described(ready, "scoring-notify")["Configuration"]
    assert (configuration["Timeout"], configuration["MemorySize"]) == (30, 512)
    assert planned().is_empty


def test_the_queue_that_a_function_reads_follows_the_manifest(ready, functions, planned, deployed):
    deployed()
    client = ready("lambda")
    (mapping,) = client.list_event_source_mappings()["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    assert "  go on reading queue penstock-approvals" in shown(planned())
    deployed()
    assert queues(ready, "scoring-approve-model") == [(QUEUE, 1, "Enabled")]
    client.update_event_source_mapping(UUID=mapping["UUID"], BatchSize=7)
    plan = planned()
    assert plan.drift.functions["scoring-approve-model"] == [Change("queue", QUEUE, "7 messages at a time")]
    assert "  no more 7 messages at a time from queue penstock-approvals" in shown(plan)
    deployed()
    assert queues(ready, "scoring-approve-model") == [(QUEUE, 1, "Enabled")]
    functions.change("approve_model", queue=None)
    assert "  read no more queue penstock-approvals" in shown(planned())
    deployed()
    assert queues(ready, "scoring-approve-model") == []
    assert planned().is_empty


def test_a_function_that_is_disabled_or_no_longer_there_goes_and_with_it_its_reading(
    ready, project, functions, planned, deployed
):
    deployed()
    other = {"Runtime": "python3.11", "Role": ROLE, "Handler": "a.b", "Code": {"ZipFile": b""}}
    ready("lambda").create_function(FunctionName="scoring-others", **other)
    project.edit_environment("automatic_approval = true", "automatic_approval = false")
    del functions.functions["notify"]
    functions.compile()
    assert shown(planned()) == [
        "update pipeline scoring in local",
        "remove function scoring-approve-model",
        "  read no more queue penstock-approvals",
        "remove function scoring-notify",
    ]
    deployed()
    left = [item["FunctionName"] for item in ready("lambda").list_functions()["Functions"]]
    assert left == ["scoring-others"]
    assert ready("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    assert planned().is_empty


def test_a_definition_refers_to_a_function_by_its_arn(project, functions, definition):
    definition["Steps"][0]["FunctionArn"] = '{{ function("approve_model") }}'
    functions.compile()
    built = request.build(project, compiled.load(project, "scoring"), environments.load(project, "local"))
    assert f'"FunctionArn":"{ARN}-approve-model"' in built["PipelineDefinition"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "approve",
            "'approve' is not a function of the manifest\nThe functions are approve_model, notify.",
        ),
        (
            "approve_model",
            "function 'approve_model' is not deployed in environment local\n"
            "Its `enabled` is {{ env.automatic_approval }}: change that, or do without the function.",
        ),
    ],
)
def test_a_function_that_is_not_there_cannot_be_referred_to(project, functions, definition, name, message):
    project.edit_environment("automatic_approval = true", "automatic_approval = false")
    definition["Steps"][0]["FunctionArn"] = f'{{{{ function("{name}") }}}}'
    functions.compile()
    with pytest.raises(PenstockError) as caught:
        request.build(project, compiled.load(project, "scoring"), environments.load(project, "local"))
    assert str(caught.value) == f"compiled/scoring.json: Steps[0].FunctionArn: {message}"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"timeout": 0},
            "Timeout: 0 is less than 1\nCorrect it in the pipeline's module.",
        ),
        (
            {"environment": {"A": "{{ env.bukcet }}"}},
            None,
        ),
    ],
)
def test_what_lambda_does_not_take_is_found_before_any_call(project, functions, planned, settings, message):
    functions.change("notify", **settings)
    with pytest.raises(PenstockError) as caught:
        planned()
    assert caught.value.where.startswith("compiled/scoring.assets.json: functions.notify")
    if message:
        assert str(caught.value) == f"compiled/scoring.assets.json: functions.notify: {message}"
    else:
        assert caught.value.where.endswith(": environment.A")


def test_a_name_that_is_too_long_is_found_before_any_call(functions, planned):
    functions.functions["n" * 60] = functions.functions.pop("notify")
    functions.compile()
    with pytest.raises(PenstockError) as caught:
        planned()
    assert str(caught.value) == (
        f"compiled/scoring.assets.json: functions.{'n' * 60}: the name scoring-{'n' * 60} has 68 characters,"
        " and Lambda takes 64\nShorten the name of the function, or of its pipeline."
    )


def test_a_function_needs_a_role_in_the_environment(project, functions, planned):
    project.edit_environment(f'function_role = "{ROLE}"\n', "")
    with pytest.raises(PenstockError) as caught:
        planned()
    assert str(caught.value) == (
        "environments/local.toml: function_role: is not set, and the pipeline brings a function along"
        " (approve_model)\nAdd function_role to environments/local.toml."
    )


def test_a_missing_role_and_a_missing_queue_are_found_before_anything_is_sent(account, functions, planned):
    with pytest.raises(PenstockError) as caught:
        planned()
    assert str(caught.value) == (
        f"environments/local.toml: function_role: there is no role {ROLE}\n"
        "Run `penstock bootstrap --env local` to make it, or name another."
    )
    account("iam").create_role(RoleName="functions", AssumeRolePolicyDocument="{}")
    with pytest.raises(PenstockError) as caught:
        planned()
    assert str(caught.value) == (
        "environments/local.toml: approval_queue: there is no queue penstock-approvals\n"
        "Run `penstock bootstrap --env local` to make it, or name another."
    )


def test_a_queue_that_shows_messages_again_too_soon_is_told(ready, functions, planned):
    functions.change("approve_model", timeout=900)
    sqs = ready("sqs")
    url = sqs.get_queue_url(QueueName="penstock-approvals")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "30"})
    with pytest.raises(PenstockError) as caught:
        planned()
    assert str(caught.value) == (
        "queue penstock-approvals: it shows a message again after 30 s, and scoring-approve-model may work"
        " for 900 s\nLambda refuses that: set the queue's VisibilityTimeout to 900 or more."
    )


def test_the_queue_of_a_callback_step_must_be_there(account, project, definition, planned):
    callback = {"Name": "Ask", "Type": "Callback", "SqsQueueUrl": "{{ env.approval_queue_url }}"}
    definition["Steps"].append({**callback, "Arguments": {}, "OutputParameters": []})
    project.compile(definition)
    with pytest.raises(PenstockError) as caught:
        planned()
    assert caught.value.what == "there is no queue penstock-approvals"


def test_two_deploys_that_create_a_function_at_the_same_moment_converge(
    ready, aws, functions, planned, heard
):
    from penstock.deployment import apply as deployment

    seen = []

    def other_deploy_wins_the_race(plan):
        seen.append(actions(plan))
        if len(seen) == 1:
            ready("lambda").create_function(
                **plan.functions[0].wanted.request(package(functions.file)) | {"Timeout": 5}
            )

    deployment.deploy(aws, planned, heard, other_deploy_wins_the_race, pauses=[0])
    assert [item["scoring-approve-model"] for item in seen] == ["create", "update"]
    assert described(ready, "scoring-approve-model")["Configuration"]["Timeout"] == 60
    assert planned().is_empty


def test_a_role_that_lambda_has_not_heard_of_yet_is_waited_for(account, aws):
    wanted = Wanted(
        "scoring-x",
        {"Role": ROLE, "Runtime": "python3.11", "Handler": "a.b"},
        zipped(b""),
        {},
        None,
    )

    def pauses():
        yield 0
        account("iam").create_role(RoleName="functions", AssumeRolePolicyDocument="{}")
        yield 0

    apply(aws, FunctionPlan("scoring-x", "create", wanted), pauses())
    assert described(account, "scoring-x")["Configuration"]["State"] == "Active"


def test_a_function_that_lambda_cannot_make_work_says_why(project, scripted_aws):
    path = "/2015-03-31/functions/scoring-x"
    scripted_aws.answers[f"GET {path}"] = [
        {"Configuration": {"State": "Failed", "StateReason": "The role was deleted."}}
    ]
    scripted_aws.answers["POST /2015-03-31/functions"] = [{}]
    wanted = Wanted("scoring-x", {"Role": ROLE}, zipped(b""), {}, None)
    with connect(environments.load(project, "local")) as aws, pytest.raises(PenstockError) as caught:
        apply(aws, FunctionPlan("scoring-x", "create", wanted))
    assert str(caught.value) == (
        "function scoring-x: Lambda cannot make it work: The role was deleted.\nMend that and deploy again."
    )


def test_a_function_whose_last_update_failed_is_updated_again(project, scripted_aws):
    failed = {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "The key was disabled."}
    path = "/2015-03-31/functions/scoring-x"
    scripted_aws.answers |= {
        f"GET {path}": [{"Configuration": failed}, {"Configuration": {"LastUpdateStatus": "Successful"}}],
        f"PUT {path}/code": [{}],
    }
    wanted = Wanted("scoring-x", {"Role": ROLE}, zipped(b"zip"), {}, None)
    with connect(environments.load(project, "local")) as aws:
        apply(aws, FunctionPlan("scoring-x", "update", wanted, code=True))
    assert [name for name, _ in scripted_aws.calls] == [f"GET {path}", f"PUT {path}/code", f"GET {path}"]


@pytest.mark.parametrize("status", [{"State": "Failed"}, {"LastUpdateStatus": "Failed"}])
def test_a_function_that_lambda_gave_up_is_not_unchanged(project, scripted_aws, status):
    wanted = Wanted("scoring-x", {"Role": ROLE, "Timeout": 5}, zipped(b"zip"), {}, None)
    deployed = {"CodeSha256": wanted.code_sha256, **wanted.configuration}
    scripted_aws.answers |= {
        "GET /2015-03-31/functions/scoring-x": [
            {"Configuration": deployed | status},
            {"Configuration": deployed},
        ],
        "GET /2015-03-31/event-source-mappings": [{"EventSourceMappings": []}],
        "GET /2015-03-31/functions": [{"Functions": []}],
        "GetRole": [scripted_aws.refusal("AccessDenied", status=403)],
    }
    with connect(environments.load(project, "local")) as aws:
        assert make(aws, "scoring", [wanted], partial(describe, aws))[0].action == "update"
        assert make(aws, "scoring", [wanted], partial(describe, aws))[0].action == "unchanged"


def test_who_deploys_no_functions_needs_no_permission_for_them(project, scripted_aws):
    scripted_aws.answers["GET /2015-03-31/functions"] = [
        scripted_aws.refusal("AccessDeniedException", "not allowed", 403)
    ]
    with connect(environments.load(project, "local")) as aws:
        assert make(aws, "scoring", [], partial(describe, aws)) == []
    wanted = Wanted("scoring-x", {"Role": ROLE}, zipped(b""), {}, None)
    scripted_aws.answers["GetRole"] = [scripted_aws.refusal("AccessDenied", status=403)]
    with pytest.raises(PenstockError) as caught, connect(environments.load(project, "local")) as aws:
        make(aws, "scoring", [wanted], partial(describe, aws))
    assert str(caught.value) == (
        "ListFunctions (environment local): access denied: not allowed\n"
        "Ask whoever looks after account 123456789012 for the permission."
    )


def test_of_an_environment_only_what_differs_is_told_and_in_one_line(ready, functions, planned, deployed):
    deployed()
    variables = {"BUCKET": "\x1b[31m\nothers", "ISOLATED": "false", "SECRET": ""}
    ready("lambda").update_function_configuration(
        FunctionName="scoring-notify", Environment={"Variables": variables}
    )
    assert list(lines(planned()))[1:] == [
        "  function scoring-notify",
        "    environment BUCKET: things -> \\u001b[31m\\nothers",
        '    environment SECRET: none -> ""',
        "update function scoring-notify",
        "  environment BUCKET: \\u001b[31m\\nothers -> things",
        '  environment SECRET: "" -> none',
        "unchanged pipeline scoring in local",
    ]


def test_a_function_that_is_deleted_while_it_is_looked_at_is_no_leftover(ready, aws, functions, deployed):
    deployed()

    def another_deletes_it(**_):
        ready("lambda").delete_function(FunctionName="scoring-notify")

    aws.functions.meta.events.register_first("before-call.lambda.ListTags", another_deletes_it)
    wanted = [deployed().functions[0].wanted]
    plans = make(aws, "scoring", wanted, partial(describe, aws))
    assert [plan.name for plan in plans] == ["scoring-approve-model"]
