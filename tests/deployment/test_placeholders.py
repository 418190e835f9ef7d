"""PS217: what no environment, or not each, can put for a definition's placeholders."""

import hashlib

import pytest

from penstock.definition.compiled import Function, load
from penstock.deployment import environments, placeholders
from scripts.cli import main

DEFINED = (
    "Defined are env.name, env.account, env.region, env.role, env.bucket, env.prefix, env.kms_key, env.vpc, "
    "env.network_isolation, env.tags, env.parallelism, env.display_name_suffix, env.subnet, "
    "env.function_role, env.approval_queue_url, env.approval_queue_arn, env.automatic_approval, "
    "env.emr_release, env.emr_service_role, env.emr_instance_profile, env.emr_log_uri, image(...), "
    "asset(...), function(...)."
)
ROLE = "Steps[0].Arguments.RoleArn"
IMAGE = "Steps[0].Arguments.AppSpecification.ImageUri"
PREPARE = hashlib.sha256(b"print('prepared')\n").hexdigest()
VPC = '\n[vpc]\nsubnets = ["subnet-1"]\nsecurity_group_ids = ["sg-1"]\n'


def function(**members):
    return Function("jobs/prepare.py", PREPARE, "tell.handler", "Tells.", **members)


@pytest.fixture
def found(project):
    """What is found in the project's pipeline, as (place, step, message, suggestion)."""

    def found():
        names = environments.environment_names(project)
        each = [environments.load(project, name) for name in names]
        findings = placeholders.check(project, load(project, "scoring"), each)
        assert {finding.code for finding in findings} <= {"PS217"}
        return [(each.place, each.step, each.message, each.suggestion) for each in findings]

    return found


@pytest.fixture
def second(project):
    """A second environment, the first with a text replaced and another one added."""

    def second(old, new, added=""):
        text = (project.environments / "local.toml").read_text().replace(old, new) + added
        (project.environments / "prod.toml").write_text(text)

    return second


def test_what_every_environment_has_is_no_finding(found, second):
    second("", "")
    assert found() == []


def test_a_misspelt_name_is_found_with_the_nearest_one(project, definition, found, second):
    second("", "")
    definition["Steps"][0]["Arguments"]["RoleArn"] = "{{ env.rolle }}"
    definition["Steps"][1]["Arguments"]["IfSteps"][0]["Arguments"]["ErrorMessage"] = "by {{ whom }}"
    project.compile(definition)
    assert found() == [
        (
            "Steps[0].Arguments.RoleArn",
            "Prepare",
            "{{ env.rolle }} is not defined",
            "Did you mean 'env.role'?",
        ),
        (
            "Steps[1].Arguments.IfSteps[0].Arguments.ErrorMessage",
            "Reject",
            "{{ whom }} is not defined",
            DEFINED,
        ),
    ]


def test_an_image_that_aws_has_not_in_one_environments_region_is_found_there(found, second):
    second("us-east-1", "mx-central-1")
    message = "AWS's account for image 'scikit-learn' in mx-central-1 is not known (in prod)"
    suggestion = "Name the image's URI in the environment: [images] scikit-learn = ..."
    assert found() == [(IMAGE, "Prepare", message, suggestion)]


def test_a_structure_within_a_text_is_found_where_there_is_one(project, definition, found, second):
    second("", "", added=VPC)
    definition["Steps"][0]["Arguments"]["RoleArn"] = "role-of-{{ env.vpc }}"
    project.compile(definition)
    assert found() == [
        (
            ROLE,
            "Prepare",
            f"{{{{ env.vpc }}}} is {what}, which cannot be a part of a string (in {name})",
            remedy,
        )
        for what, name, remedy in (
            ("null", "local", "Correct the placeholder."),
            ("a structure", "prod", "Correct the placeholder."),
        )
    ]


def test_the_placeholders_of_functions_are_looked_at_where_they_are_deployed(project, definition, found):
    functions = {
        "off": function(enabled="{{ env.automatic_approval }}", role="{{ env.rolle }}"),
        "tell": function(environment={"WHERE": "{{ env.buckets }}"}),
        "unsure": function(enabled="{{ env.automatic }}"),
    }
    project.compile(definition, functions=functions)
    assert found() == [
        (
            "",
            None,
            "function tell, environment.WHERE: {{ env.buckets }} is not defined",
            "Did you mean 'env.bucket'?",
        ),
        (
            "",
            None,
            "function unsure, enabled: {{ env.automatic }} is not defined",
            "Did you mean 'env.automatic_approval'?",
        ),
    ]


@pytest.mark.parametrize(("environment", "told"), [((), 1), (("--env", "local"), 0), (("--env", "prod"), 1)])
def test_check_tells_it_of_the_environment_asked_for_or_of_all(
    second, project, capsys, monkeypatch, environment, told
):
    monkeypatch.chdir(project.root)
    second("us-east-1", "mx-central-1")
    main(["check", "scoring", "--output", "github", *environment])
    said = capsys.readouterr().out
    assert said.count("title=PS217 placeholder that stands for nothing::step Prepare: ") == told


def test_an_environment_that_cannot_be_read_is_left_out_and_told(second, project, capsys, monkeypatch):
    monkeypatch.chdir(project.root)
    second("us-east-1", "nowhere")
    main(["check", "scoring"])
    said = capsys.readouterr()
    assert "PS217" not in said.out
    assert said.err == (
        "environments/prod.toml: region: note: string should match pattern '^[a-z]{2,4}(-[a-z]+)+-\\d$', "
        "and not 'nowhere', so prod was not looked at\n"
    )
