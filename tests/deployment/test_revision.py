"""Former deploys, kept in moto's S3 and deployed again."""

import hashlib
import json

import pytest

from penstock.definition.compiled import Function, source_sha256
from penstock.deployment.plan_text import lines
from penstock.errors import PenstockError, UsageError

FUNCTION_ROLE = "arn:aws:iam::123456789012:role/functions"
COMMITS = {name: name * 40 for name in "abc"}


@pytest.fixture
def notify(account, project, definition):
    """Compiles the small project with a function of that code."""
    account("iam").create_role(RoleName="functions", AssumeRolePolicyDocument="{}")
    project.edit_environment("[tags]", f'function_role = "{FUNCTION_ROLE}"\n[tags]')
    source = project.root / "jobs/notify.py"

    def compile(code):
        source.write_text(code)
        function = Function("jobs/notify.py", source_sha256(source), "notify.handler", "Notifies.")
        project.compile(definition, functions={"notify": function})

    return compile


@pytest.fixture
def at_commit(monkeypatch):
    """Says which commit is checked out, as a build of CodeBuild is told."""
    return lambda name, more="": monkeypatch.setenv(
        "CODEBUILD_RESOLVED_SOURCE_VERSION", f"{COMMITS[name]}{more}"
    )


def state(account):
    """What a deploy decides about: the pipeline's settings and definition, its tags, its function."""
    pipeline = account("sagemaker").describe_pipeline(PipelineName="scoring")
    tags = account("sagemaker").list_tags(ResourceArn=pipeline["PipelineArn"])["Tags"]
    function = account("lambda").get_function(FunctionName="scoring-notify")["Configuration"]
    return (
        {name: pipeline[name] for name in ("PipelineDisplayName", "RoleArn", "PipelineDefinition")},
        {tag["Key"]: tag["Value"] for tag in tags},
        {name: function[name] for name in ("CodeSha256", "Timeout", "Role")},
    )


def test_a_deploy_is_stamped_with_its_revision_definition_and_commit(account, deployed, at_commit):
    at_commit("a")
    plan = deployed()
    tags = {tag["Key"]: tag["Value"] for tag in account("sagemaker").list_tags(
        ResourceArn="arn:aws:sagemaker:us-east-1:123456789012:pipeline/scoring")["Tags"]}  # fmt: skip
    definition = plan.revision.definition_sha256
    assert tags == {
        "team": "scoring",
        "penstock:tags": "team",
        "penstock:revision": plan.revision.id,
        "penstock:definition": definition,
        "penstock:commit": COMMITS["a"],
    }
    assert (len(plan.revision.id), len(definition)) == (64, 64)


def test_a_commit_that_brings_nothing_new_is_no_change_and_one_that_does_is(
    project, definition, planned, deployed, at_commit
):
    at_commit("a")
    deployed()
    at_commit("b")
    assert planned().is_empty
    definition["Parameters"][1]["DefaultValue"] = 0.9
    project.compile(definition)
    assert planned().tags_to_add["penstock:commit"] == COMMITS["b"]
    deployed()
    assert planned().is_empty


def test_going_back_restores_all_that_a_deploy_had_put_there(
    account, project, notify, definition, planned, deployed, at_commit
):
    at_commit("a")
    notify("def handler(event, context): return {'version': 1}\n")
    first = deployed().revision.id
    before = state(account)
    at_commit("b")
    definition["Steps"].append({"Name": "More", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}})
    (project.root / "jobs/prepare.py").write_text("print('otherwise')\n")
    notify("def handler(event, context): return {'version': 2}\n")
    project.edit_environment('team = "scoring"', 'owner = "me"')
    deployed()
    assert state(account) != before
    for reference in (first[:8], COMMITS["a"][:7]):
        plan = planned(reference)
        removed = [step.name for step in plan.definition.steps.removed]
        assert (plan.revision.id, removed) == (first, ["More"])
    deployed("a" * 7)
    assert state(account) == before
    assert planned("a" * 7).is_empty
    assert planned().action == "update"
    deployed()
    assert planned().is_empty


def test_an_unknown_revision_lists_the_latest_and_one_that_means_several_lists_these(
    project, planned, deployed, at_commit
):
    with pytest.raises(UsageError) as caught:
        planned("a" * 8)
    assert str(caught.value) == (
        "--revision aaaaaaaa: no deploy of scoring to local has this revision or commit\n"
        "None was deployed there with Penstock yet."
    )
    at_commit("a")
    one = deployed().revision.id
    project.edit_environment('team = "scoring"', 'team = "others"')
    two = deployed().revision.id
    with pytest.raises(UsageError) as caught:
        planned("f" * 64)
    message = str(caught.value)
    start = (
        f"--revision {'f' * 64}: no deploy of scoring to local has this revision or commit\nThe latest are "
    )
    assert message.startswith(start)
    assert {f"{id[:12]} (commit aaaaaaaaaaaa, " in message for id in (one, two)} == {True}
    assert message.endswith("); `penstock revisions scoring --env local` lists all.")
    with pytest.raises(UsageError) as caught:
        planned("aaaa")
    message = str(caught.value)
    assert message.startswith("--revision aaaa: means several\nThey are ")
    assert one[:12] in message and two[:12] in message
    assert message.endswith(").")


def test_many_that_are_meant_are_counted_out_by_another_command(project, planned, deployed, at_commit):
    at_commit("a")
    for number in range(6):
        project.edit_environment("[tags]", f'[tags]\ntag{number} = "x"')
        deployed()
    with pytest.raises(UsageError) as caught:
        planned("aaaa")
    message = str(caught.value)
    assert message.count("commit aaaaaaaaaaaa") == 5
    assert message.endswith("); `penstock revisions scoring --env local` lists all.")


def test_a_commit_means_what_was_deployed_from_it_as_it_is_and_dirty_what_was_not(
    project, planned, deployed, at_commit
):
    at_commit("a")
    clean = deployed().revision.id
    project.edit_environment('team = "scoring"', 'team = "others"')
    at_commit("a", "-dirty")
    dirty = deployed()
    shown = f"{COMMITS['a'][:12]}-dirty"
    assert f"(commit {shown})" in "\n".join(lines(dirty))
    for reference in (COMMITS["a"], "aaaa"):
        assert planned(reference).revision.id == clean
    for reference in (f"{COMMITS['a']}-dirty", shown, "aaaa-dirty"):
        assert planned(reference).revision.id == dirty.revision.id
    with pytest.raises(UsageError) as caught:
        planned("bbbb")
    assert f"{dirty.revision.id[:12]} (commit {shown}, " in str(caught.value)


def test_a_commit_that_was_only_deployed_with_changes_means_those(planned, deployed, at_commit):
    at_commit("a", "-dirty")
    assert planned().revision.id == deployed().revision.id == planned("aaaa").revision.id


@pytest.mark.parametrize("later", ["", "-dirty"])
def test_of_one_revision_from_several_commits_the_one_that_says_most_is_stamped(
    account, planned, deployed, at_commit, monkeypatch, later
):
    at_commit("a")
    first = deployed().revision.id
    if later:
        at_commit("b", later)
    else:
        monkeypatch.delenv("CODEBUILD_RESOLVED_SOURCE_VERSION")
    account("sagemaker").delete_pipeline(PipelineName="scoring")
    deployed()
    assert len(kept(account, first)) == 2
    assert planned(first[:8]).revision.commit == COMMITS["a"]


def test_a_stamp_of_the_commit_that_was_taken_off_is_put_back(account, planned, deployed, at_commit):
    at_commit("a")
    deployed()
    account("sagemaker").delete_tags(
        ResourceArn="arn:aws:sagemaker:us-east-1:123456789012:pipeline/scoring", TagKeys=["penstock:commit"]
    )
    assert list(lines(planned())) == [
        "update pipeline scoring in local",
        f"  tag penstock:commit: none -> {COMMITS['a']}",
    ]
    deployed()
    assert planned().is_empty


def test_without_the_bucket_there_is_no_way_back_and_a_message_that_says_why(account, planned):
    account("s3").delete_bucket(Bucket="things")
    with pytest.raises(PenstockError) as caught:
        planned("aaaa")
    assert str(caught.value) == (
        "environments/local.toml: bucket: there is no bucket things\n"
        "Run `penstock bootstrap --env local` to make it, or name another."
    )


@pytest.mark.parametrize("reference", ["abc", "main", "../../x", "AAAA", ""])
def test_what_cannot_be_a_revision_is_refused_without_a_call(planned, reference):
    with pytest.raises(UsageError) as caught:
        planned(reference)
    assert str(caught.value) == (
        f"--revision: {reference!r} is neither the beginning of a revision nor of a commit\n"
        "Both are hexadecimal; give 4 digits or more."
    )


def kept(account, revision_id):
    """The keys of a revision, one for each commit that it was deployed from."""
    listed = account("s3").list_objects_v2(
        Bucket="things", Prefix=f"penstock/revisions/scoring/{revision_id}/"
    )
    return [item["Key"] for item in listed["Contents"]]


def test_a_revision_that_is_not_what_a_deploy_wrote_is_refused(account, planned, deployed):
    first = deployed().revision.id
    (key,) = kept(account, first)
    account("s3").put_object(Bucket="things", Key=key, Body=b"{}")
    with pytest.raises(PenstockError) as caught:
        planned(first[:8])
    assert str(caught.value) == (
        f"s3://things/{key}: is not what a deploy put there\n"
        "Check out the commit that made it, compile, and deploy that."
    )


def test_a_revision_of_another_format_is_refused(account, planned):
    content = b'{"Format":99}'
    id = hashlib.sha256(content).hexdigest()
    key = f"penstock/revisions/scoring/{id}/unknown.json"
    account("s3").put_object(Bucket="things", Key=key, Body=content)
    with pytest.raises(PenstockError) as caught:
        planned(id[:8])
    assert str(caught.value) == (
        f"s3://things/{key}: was written by another version of Penstock (format 99)\n"
        "Check out the commit that made it, compile, and deploy that."
    )


@pytest.mark.parametrize(
    "content",
    [
        b"{}", b"[]", b"no JSON", b"[" * 100_000, b'{"Format":1}',
        b'{"Format":1,"Functions":[],"Uploads":[],"Request":{"PipelineName":"other","PipelineDefinition":"{}"}}',
        b'{"Format":1,"Functions":[],"Uploads":[],"Request":{"PipelineName":"scoring","PipelineDefinition":1}}',
    ],
)  # fmt: skip
def test_a_revision_that_was_made_by_hand_is_refused(account, planned, content):
    id = hashlib.sha256(content).hexdigest()
    key = f"penstock/revisions/scoring/{id}/unknown.json"
    account("s3").put_object(Bucket="things", Key=key, Body=content)
    with pytest.raises(PenstockError) as caught:
        planned(id[:8])
    assert str(caught.value) == (
        f"s3://things/{key}: is not what a deploy put there\n"
        "Check out the commit that made it, compile, and deploy that."
    )


@pytest.mark.parametrize("content", [b"{}", b'{"Format":99}'])
def test_a_damaged_record_of_the_last_deploy_hinders_no_deploy(
    account, project, definition, planned, deployed, content
):
    first = deployed().revision.id
    account("s3").put_object(Bucket="things", Key=kept(account, first)[0], Body=content)
    definition["Parameters"][1]["DefaultValue"] = 0.9
    project.compile(definition)
    assert (planned().drift, planned().action) == (None, "update")
    deployed()
    assert planned().is_empty


def test_a_file_that_the_bucket_has_no_more_is_told_before_anything_changes(
    account, project, definition, planned, deployed
):
    first = deployed()
    (project.root / "jobs/prepare.py").write_text("print('otherwise')\n")
    project.compile(definition)
    deployed()
    key = first.publish[0].key
    account("s3").delete_object(Bucket="things", Key=key)
    with pytest.raises(PenstockError) as caught:
        planned(first.revision.id[:8])
    assert str(caught.value) == (
        f"s3://things/{key}: jobs/prepare.py of that deploy is in the bucket no more\n"
        "Check out the commit that made it, compile, and deploy that."
    )


@pytest.mark.parametrize("role", ["pipelines", "functions"])
def test_a_role_that_is_there_no_more_is_told_before_anything_changes(
    account, project, notify, planned, deployed, role
):
    notify("def handler(event, context): ...\n")
    first = deployed().revision.id
    account("iam").create_role(RoleName="others", AssumeRolePolicyDocument="{}")
    account("iam").delete_role(RoleName=role)
    project.edit_environment(f"role/{role}", "role/others")
    deployed()
    with pytest.raises(PenstockError) as caught:
        planned(first[:8])
    assert str(caught.value) == (
        f"environment local: there is no role arn:aws:iam::123456789012:role/{role}\n"
        "Make it, or deploy what names another."
    )


def test_a_revision_that_vanished_is_kept_anew(account, planned, deployed):
    first = deployed().revision.id
    account("s3").delete_object(Bucket="things", Key=kept(account, first)[0])
    plan = planned()
    assert (plan.action, plan.is_empty, len(plan.keep)) == ("unchanged", False, 1)
    deployed()
    assert planned().is_empty


def test_what_is_kept_names_no_secret_and_no_path_of_a_machine(account, project, deployed):
    first = deployed().revision.id
    text = account("s3").get_object(Bucket="things", Key=kept(account, first)[0])["Body"].read().decode()
    assert sorted(json.loads(text)) == ["Format", "Functions", "Request", "Uploads"]
    assert str(project.root) not in text
