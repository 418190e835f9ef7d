"""What a role lacks and has too much of: by its statements (moto), and by IAM's word (a scripted server)."""

import json

import pytest

from penstock.deployment import environments
from penstock.deployment.aws import Aws
from penstock.deployment.policy.compare import Grant, compare
from penstock.deployment.policy.grants import Grants
from penstock.errors import PenstockError

ROLE = "arn:aws:iam::123456789012:role/pipelines"
PASSED = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


@pytest.fixture
def wanted():
    grants = Grants()
    grants.allow("Read", ["s3:GetObject"], ["arn:aws:s3:::b/x*", "arn:aws:s3:::b/y*"])
    grants.pass_roles([ROLE], "sagemaker.amazonaws.com")
    return grants.document()


def statement(action, resource, effect="Allow", **others):
    return {"Effect": effect, "Action": action, "Resource": resource, **others}


@pytest.fixture
def role(account, no_simulation):
    """Gives the role these statements."""

    def have(*statements):
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        account("iam").put_role_policy(RoleName="pipelines", PolicyName="own", PolicyDocument=document)

    return have


def test_a_role_with_no_policy_lacks_everything(aws, wanted, role):
    compared = compare(aws, "pipelines", wanted)
    assert (compared.role, compared.simulated, compared.excess) == (ROLE, False, [])
    assert compared.lacking == [
        Grant("iam:PassRole", ROLE),
        Grant("s3:GetObject", "arn:aws:s3:::b/x*"),
        Grant("s3:GetObject", "arn:aws:s3:::b/y*"),
    ]


def test_a_role_with_that_very_policy_lacks_nothing_and_has_no_more(aws, wanted, role):
    role(*wanted["Statement"])
    compared = compare(aws, ROLE, wanted)
    assert (compared.lacking, compared.excess) == ([], [])


def test_what_is_wider_than_needed_is_excess(aws, wanted, role):
    role(statement("S3:*", "arn:aws:s3:::b/*"), statement("iam:PassRole", "*"))
    compared = compare(aws, ROLE, wanted)
    assert compared.lacking == []
    assert compared.excess == [Grant("S3:*", "arn:aws:s3:::b/*", "own"), Grant("iam:PassRole", "*", "own")]


@pytest.mark.parametrize(
    "statements",
    [
        [
            statement("s3:*", "*"),
            statement("iam:*", "*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        ],
        [statement("*", "*"), statement("iam:*", "*", effect="Deny")],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        [statement("s3:*", "*"), {"Effect": "Allow", "Action": "iam:*", "NotResource": ROLE}],
    ],
)
def test_what_another_condition_a_deny_or_an_exception_takes_away_is_lacking(aws, wanted, role, statements):
    role(*statements)
    assert compare(aws, ROLE, wanted).lacking == [Grant("iam:PassRole", ROLE)]


def test_attached_policies_count(aws, wanted, account, no_simulation):
    document = json.dumps({"Version": "2012-10-17", "Statement": wanted["Statement"]})
    made = account("iam").create_policy(PolicyName="shared", PolicyDocument=document)["Policy"]
    account("iam").attach_role_policy(RoleName="pipelines", PolicyArn=made["Arn"])
    assert compare(aws, ROLE, wanted).lacking == []


def test_a_role_that_is_not_there(aws, account, wanted):
    with pytest.raises(PenstockError) as caught:
        compare(aws, "nobody", wanted)
    assert str(caught.value) == (
        "environment local: there is no role nobody\nName a role of the account, by its name or its ARN."
    )


def answer(action, inner):
    text = f"<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"
    return text.encode()


def test_where_iam_can_be_asked_it_says_what_is_lacking(project, scripted_aws, wanted):
    def simulated(action, *decisions):
        per_resource = "".join(
            f"<member><EvalResourceName>{resource}</EvalResourceName>"
            f"<EvalResourceDecision>{decision}</EvalResourceDecision></member>"
            for resource, decision in decisions
        )
        return answer(
            "SimulatePrincipalPolicy",
            f"<EvaluationResults><member><EvalActionName>{action}</EvalActionName>"
            f"<EvalDecision>implicitDeny</EvalDecision><ResourceSpecificResults>{per_resource}"
            "</ResourceSpecificResults></member></EvaluationResults>",
        )

    scripted_aws.answers = {
        "GetRole": [answer("GetRole", f"<Role><Arn>{ROLE}</Arn></Role>")],
        "ListRolePolicies": [answer("ListRolePolicies", "<PolicyNames/>")],
        "ListAttachedRolePolicies": [answer("ListAttachedRolePolicies", "<AttachedPolicies/>")],
        "SimulatePrincipalPolicy": [
            simulated("iam:PassRole", (ROLE, "allowed")),
            simulated(
                "s3:GetObject", ("arn:aws:s3:::b/x*", "allowed"), ("arn:aws:s3:::b/y*", "explicitDeny")
            ),
        ],
    }
    compared = compare(Aws(environments.load(project, "local")), ROLE, wanted)
    assert compared.simulated
    assert compared.lacking == [Grant("s3:GetObject", "arn:aws:s3:::b/y*")]
    asked = [given for operation, given in scripted_aws.calls if operation == "SimulatePrincipalPolicy"]
    assert asked[0]["ContextEntries.member.1.ContextKeyName"] == "iam:PassedToService"
    assert asked[1]["ResourceArns.member.2"] == "arn:aws:s3:::b/y*"
