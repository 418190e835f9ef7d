import json

import pytest

from penstock.deployment import environments, preflight, roles
from penstock.deployment.aws import Aws
from penstock.deployment.bootstrap import (
    make_bucket,
    make_instance_profile,
    make_queue,
    make_role,
    narrow_role,
)
from penstock.errors import PenstockError

KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:penstock-approvals"


MANAGED = pytest.mark.parametrize("managed_policies", [True])


@pytest.fixture
def aws(project, moto):
    project.edit_environment("role/pipelines", "role/service/pipelines")
    functions = 'function_role = "arn:aws:iam::123456789012:role/functions"'
    project.edit_environment("[tags]", f'kms_key = "{KEY}"\n{functions}\n[tags]')
    return Aws(environments.load(project, "local"))


@pytest.fixture
def execution(aws):
    return roles.execution_role(aws.environment)


@pytest.fixture
def function(aws):
    return roles.function_role(aws.environment)


def policies(aws, role):
    """What the role's own policies allow: {resource: actions}."""
    allowed = {}
    for name in aws.iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = aws.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        allowed |= {str(item["Resource"]): item["Action"] for item in document["Statement"]}
    return allowed


def trusted(aws, role):
    (statement,) = aws.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    return statement["Principal"]["Service"]


def condition(aws, role):
    document = aws.iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"]
    return document["Statement"][0].get("Condition")


def managed(aws, role):
    attached = aws.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return [policy["PolicyName"] for policy in attached]


@MANAGED
def test_what_is_missing_is_made_and_made_once(aws, execution, function):
    emr, instances = roles.emr_roles(aws.environment)

    def make():
        made = [make_bucket(aws), make_queue(aws), make_instance_profile_and_role(aws, instances)]
        return {*made, *(make_role(aws, role) for role in (execution, function, emr))}

    def make_instance_profile_and_role(aws, role):
        return (make_role(aws, role), make_instance_profile(aws, role))[1]

    assert make() == {"made"}
    assert make() == {"there"}
    preflight.check(aws, {})
    preflight.require_role(aws, "function_role", aws.environment.function_role)
    assert preflight.require_queue(aws)["VisibilityTimeout"] == "900"


@MANAGED
def test_sagemaker_can_assume_the_execution_role_which_may_use_the_bucket_and_the_key(aws, execution):
    make_role(aws, execution)
    assert aws.iam.get_role(RoleName="pipelines")["Role"]["Arn"] == aws.environment.role
    assert (trusted(aws, "pipelines"), managed(aws, "pipelines")) == (
        "sagemaker.amazonaws.com",
        ["AmazonSageMakerFullAccess"],
    )
    assert {"arn:aws:s3:::things", "arn:aws:s3:::things/*", KEY} < policies(aws, "pipelines").keys()
    # What Lambda, Callback and EMR steps do:
    allowed = policies(aws, "pipelines")
    assert allowed["arn:aws:lambda:us-east-1:123456789012:function:*"] == ["lambda:InvokeFunction"]
    assert "sqs:SendMessage" in allowed[QUEUE]
    assert {"elasticmapreduce:RunJobFlow", "elasticmapreduce:DescribeStep"} < set(allowed["*"])
    for name in ("service", "instances"):
        assert allowed[f"arn:aws:iam::123456789012:role/penstock-emr-{name}"] == ["iam:PassRole"]


def test_roles_are_handed_to_no_other_service(aws, execution, function):
    passed = [
        (one["Resource"].rpartition("/")[2], one["Condition"]["StringEquals"]["iam:PassedToService"])
        for role in (execution, function)
        for statements in role.policies.values()
        for one in statements
        if one["Action"] == ["iam:PassRole"]
    ]
    assert passed == [
        ("penstock-emr-service", "elasticmapreduce.amazonaws.com"),
        ("penstock-emr-instances", "ec2.amazonaws.com"),
        ("pipelines", "sagemaker.amazonaws.com"),
    ]


@pytest.mark.parametrize("key", ["1234", "alias/data"])
def test_a_key_by_its_id_or_alias_is_a_key_of_the_account(project, key):
    project.edit_environment("[tags]", f'kms_key = "{key}"\n[tags]')
    role = roles.execution_role(environments.load(project, "local"))
    resource = role.policies["penstock-bucket"][-1]["Resource"]
    assert resource == f"arn:aws:kms:us-east-1:123456789012:key/{'*' if '/' in key else key}"


@MANAGED
def test_the_service_that_says_for_whom_takes_its_role_for_the_account_alone(aws, execution):
    emr, instances = roles.emr_roles(aws.environment)
    for role in (execution, emr, instances):
        make_role(aws, role)
    own = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert [condition(aws, role) for role in (execution, emr, instances)] == [None, own, None]


def test_lambda_can_assume_the_function_role_which_reads_the_queue_and_deploys_models(aws, function):
    make_role(aws, function)
    allowed = policies(aws, "functions")
    assert trusted(aws, "functions") == "lambda.amazonaws.com"
    assert {"sqs:ReceiveMessage", "sqs:DeleteMessage"} < set(allowed[QUEUE])
    assert "logs:PutLogEvents" in allowed["arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/*"]
    assert {"sagemaker:UpdateEndpoint", "sagemaker:SendPipelineExecutionStepSuccess"} < set(
        allowed["arn:aws:sagemaker:us-east-1:123456789012:*"]
    )
    assert allowed[aws.environment.role] == ["iam:PassRole"]


@MANAGED
def test_emr_and_its_instances_have_roles_of_their_own(aws):
    emr, instances = roles.emr_roles(aws.environment)
    make_role(aws, emr)
    make_role(aws, instances)
    make_instance_profile(aws, instances)
    assert (trusted(aws, emr.name), managed(aws, emr.name)) == (
        "elasticmapreduce.amazonaws.com",
        ["AmazonElasticMapReduceRole"],
    )
    assert trusted(aws, instances.name) == "ec2.amazonaws.com"
    assert "arn:aws:s3:::things/*" in policies(aws, instances.name)
    profile = aws.iam.get_instance_profile(InstanceProfileName=instances.name)["InstanceProfile"]
    assert [role["RoleName"] for role in profile["Roles"]] == ["penstock-emr-instances"]


def test_an_environment_without_functions_needs_no_role_for_them(project):
    assert roles.function_role(environments.load(project, "local")) is None


def test_a_role_that_was_left_half_made_is_completed(aws, function):
    aws.iam.create_role(
        RoleName="functions",
        AssumeRolePolicyDocument=json.dumps({}),
        Tags=[{"Key": "penstock:bootstrap", "Value": "role"}],
    )
    assert make_role(aws, function) == "there"
    names = aws.iam.list_role_policies(RoleName="functions")["PolicyNames"]
    assert names == ["penstock-bucket", "penstock-functions"]


def test_an_instance_profile_that_was_left_without_its_role_is_completed(aws):
    _, instances = roles.emr_roles(aws.environment)
    make_role(aws, instances)
    aws.iam.create_instance_profile(InstanceProfileName=instances.name)
    assert make_instance_profile(aws, instances) == "there"
    profile = aws.iam.get_instance_profile(InstanceProfileName=instances.name)["InstanceProfile"]
    assert len(profile["Roles"]) == 1


def test_a_role_that_others_made_is_left_as_it_is(aws, function):
    aws.iam.create_role(RoleName="functions", AssumeRolePolicyDocument=json.dumps({}))
    assert make_role(aws, function) == "there"
    assert aws.iam.list_role_policies(RoleName="functions")["PolicyNames"] == []


LEAST = {
    "scoring": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::things/*"}],
    }
}


def own_policies(aws, role):
    return aws.iam.list_role_policies(RoleName=role)["PolicyNames"]


@MANAGED
def test_a_role_is_narrowed_to_the_policies_of_pipelines_and_stays_so(aws, execution):
    make_role(aws, execution)
    aws.iam.put_role_policy(
        RoleName="pipelines", PolicyName="by-hand", PolicyDocument=json.dumps(LEAST["scoring"])
    )
    aws.iam.attach_role_policy(RoleName="pipelines", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert narrow_role(aws, execution, LEAST, ["scoring"]) == "narrowed"
    assert own_policies(aws, "pipelines") == ["by-hand", "penstock-scoring"]
    assert managed(aws, "pipelines") == ["ReadOnlyAccess"]
    assert make_role(aws, execution) == "narrow"
    assert own_policies(aws, "pipelines") == ["by-hand", "penstock-scoring"]
    assert managed(aws, "pipelines") == ["ReadOnlyAccess"]
    narrow_role(aws, execution, {"other": LEAST["scoring"]}, ["other"])
    assert own_policies(aws, "pipelines") == ["by-hand", "penstock-other"]


def test_a_role_that_is_not_there_is_made_narrow(aws, function):
    assert narrow_role(aws, function, LEAST, ["scoring"]) == "narrowed"
    assert trusted(aws, "functions") == "lambda.amazonaws.com"
    assert own_policies(aws, "functions") == ["penstock-scoring"]


def test_more_policies_than_a_role_has_room_for_change_nothing(aws, function):
    make_role(aws, function)
    before = own_policies(aws, "functions")
    many = {"Statement": [{"Action": "s3:GetObject", "Resource": "x" * 5_000}]}
    with pytest.raises(PenstockError) as caught:
        narrow_role(aws, function, {"one": many, "two": many, "three": many}, ["scoring", "training"])
    assert str(caught.value) == (
        "role functions: the policies of scoring, training have 15,165 characters, and all inline policies of"
        " a role may have 10,240\nGive pipelines roles of their own, each in an environment of its own, or"
        " attach what `penstock policy` prints as managed policies."
    )
    assert own_policies(aws, "functions") == before


def test_where_old_and_new_have_no_room_together_the_old_go_first(project, scripted_aws):
    def answer(operation, inner=""):
        result = f"<{operation}Result>{inner}</{operation}Result>"
        return f"<{operation}Response>{result}</{operation}Response>".encode()

    tags = "<Tags><member><Key>penstock:bootstrap</Key><Value>role</Value></member></Tags>"
    names = "<PolicyNames><member>penstock-bucket</member><member>by-hand</member></PolicyNames>"
    account = "<Account>123456789012</Account>"
    scripted_aws.answers = {
        operation: [answer(operation, inner)]
        for operation, inner in {
            "GetCallerIdentity": account,
            "GetRole": f"<Role>{tags}</Role>",
            "ListRolePolicies": names,
            "DeleteRolePolicy": "",
            "ListAttachedRolePolicies": "<AttachedPolicies/>",
            "TagRole": "",
        }.items()
    }
    scripted_aws.answers["PutRolePolicy"] = [
        scripted_aws.refusal("LimitExceeded", status=409),
        answer("PutRolePolicy"),
    ]
    aws = Aws(environments.load(project, "local"))
    assert narrow_role(aws, roles.execution_role(aws.environment), LEAST, ["scoring"]) == "narrowed"
    changes = [
        (operation, given["PolicyName"]) for operation, given in scripted_aws.calls if "PolicyName" in given
    ]
    assert changes == [
        ("PutRolePolicy", "penstock-scoring"),
        ("DeleteRolePolicy", "penstock-bucket"),
        ("PutRolePolicy", "penstock-scoring"),
    ]


def test_a_pipeline_that_needs_nothing_has_no_policy(aws, function):
    nothing = {"Version": "2012-10-17", "Statement": []}
    assert narrow_role(aws, function, {"nothing": nothing, **LEAST}, ["nothing", "scoring"]) == "narrowed"
    assert own_policies(aws, "functions") == ["penstock-scoring"]


def test_a_role_that_others_made_is_not_narrowed(aws, function):
    aws.iam.create_role(RoleName="functions", AssumeRolePolicyDocument=json.dumps({}))
    aws.iam.put_role_policy(
        RoleName="functions", PolicyName="penstock-bucket", PolicyDocument=json.dumps(LEAST["scoring"])
    )
    assert narrow_role(aws, function, LEAST, ["scoring"]) == "not ours"
    assert own_policies(aws, "functions") == ["penstock-bucket"]


def test_a_bucket_is_made_in_the_region_of_the_environment(project, moto):
    project.edit_environment('region = "us-east-1"', 'region = "eu-central-1"')
    aws = Aws(environments.load(project, "local"))
    make_bucket(aws)
    assert aws.s3.head_bucket(Bucket="things")["BucketRegion"] == "eu-central-1"


def test_nothing_is_made_in_another_account(project, moto):
    project.edit_environment("123456789012", "111122223333")
    aws = Aws(environments.load(project, "local"))
    role = roles.execution_role(aws.environment)
    for make in (make_bucket, make_queue):
        with pytest.raises(PenstockError, match="the credentials are of account 123456789012"):
            make(aws)
    for make in (make_role, make_instance_profile):
        with pytest.raises(PenstockError, match="the credentials are of account 123456789012"):
            make(aws, role)
