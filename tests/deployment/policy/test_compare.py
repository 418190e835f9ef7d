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
    [lacking] = compare(aws, ROLE, wanted).lacking
    denies = any(one["Effect"] == "Deny" for one in statements)
    assert lacking == Grant("iam:PassRole", ROLE, why="denied by own" if denies else "")


@pytest.mark.parametrize(
    ("services", "is_enough"),
    [
        (["lambda.amazonaws.com", "sagemaker.amazonaws.com"], True),
        ("sagemaker.amazonaws.com", True),
        (["lambda.amazonaws.com"], False),
    ],
)
def test_a_condition_that_holds_of_more_is_no_hindrance(aws, wanted, role, services, is_enough):
    passes = statement("iam:PassRole", ROLE, Condition={"StringEquals": {"iam:PassedToService": services}})
    role(statement("s3:GetObject", "*"), passes)
    lacking = compare(aws, ROLE, wanted).lacking
    assert lacking == ([] if is_enough else [Grant("iam:PassRole", ROLE)])


def test_a_role_that_is_handed_to_anybody_is_excess(aws, wanted, role):
    role(statement("iam:PassRole", ROLE), *wanted["Statement"])
    assert compare(aws, ROLE, wanted).excess == [Grant("iam:PassRole", ROLE, "own", "without a condition")]


def test_what_a_boundary_does_not_allow_is_lacking(aws, wanted, account, role):
    iam = account("iam")
    role(*wanted["Statement"])
    document = {"Version": "2012-10-17", "Statement": [statement("s3:*", "arn:aws:s3:::b/x*")]}
    made = iam.create_policy(PolicyName="bound", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="pipelines", PermissionsBoundary=made)
    why = "its permissions boundary does not allow it"
    assert compare(aws, ROLE, wanted).lacking == [
        Grant("iam:PassRole", ROLE, why=why),
        Grant("s3:GetObject", "arn:aws:s3:::b/y*", why=why),
    ]


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


def test_a_role_of_another_account_is_not_that_of_the_same_name(aws, account, wanted):
    other = "arn:aws:iam::999988887777:role/pipelines"
    with pytest.raises(PenstockError) as caught:
        compare(aws, other, wanted)
    assert str(caught.value) == (
        f"environment local: there is no role {other}, but {ROLE}\n"
        "Name a role of the account, by its name or its ARN."
    )


OUTSIDE = (
    "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>"
    "</PermissionsBoundaryDecisionDetail>"
)
DENIED = (
    "<MatchedStatements><member><SourcePolicyId>role_pipelines_no-objects</SourcePolicyId></member>"
    "</MatchedStatements>"
)


def answer(action, inner):
    text = f"<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"
    return text.encode()


def test_where_iam_can_be_asked_it_says_what_is_lacking(project, scripted_aws, wanted):
    def simulated(action, *decisions):
        per_resource = "".join(
            f"<member><EvalResourceName>{resource}</EvalResourceName>"
            f"<EvalResourceDecision>{decision}</EvalResourceDecision>{''.join(details)}</member>"
            for resource, decision, *details in decisions
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
            simulated("iam:PassRole", (ROLE, "implicitDeny", OUTSIDE)),
            simulated(
                "s3:GetObject",
                ("arn:aws:s3:::b/x*", "allowed"),
                ("arn:aws:s3:::b/y*", "explicitDeny", DENIED),
            ),
        ],
    }
    compared = compare(Aws(environments.load(project, "local")), ROLE, wanted)
    assert compared.simulated
    assert compared.lacking == [
        Grant("iam:PassRole", ROLE, why="its permissions boundary does not allow it"),
        Grant("s3:GetObject", "arn:aws:s3:::b/y*", why="denied by role_pipelines_no-objects"),
    ]
    asked = [given for operation, given in scripted_aws.calls if operation == "SimulatePrincipalPolicy"]
    assert asked[0]["ContextEntries.member.1.ContextKeyName"] == "iam:PassedToService"
    assert asked[0]["ContextEntries.member.1.ContextKeyValues.member.1"] == "sagemaker.amazonaws.com"
    assert asked[1]["ResourceArns.member.2"] == "arn:aws:s3:::b/y*"
