"""`--enforce-policies` over the wire: single requests with a role's keys, denied in AWS's words."""

import io
import json
import time
import uuid
from functools import partial

import boto3
import pytest
from acting import REGION, error, invoke_failed, make_function, processing, run_one

pytestmark = pytest.mark.xdist_group("enforcing")


def test_an_explicit_deny_beats_the_allow_of_an_attached_policy(account):
    role = account.role(
        {"Effect": "Deny", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{account.bucket}/kept/*"}
    )
    account.client("iam").attach_role_policy(
        RoleName=role.name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess"
    )
    s3 = role.client("s3")
    s3.put_object(Bucket=account.bucket, Key="free/x", Body=b"")
    code, message = error(lambda: s3.put_object(Bucket=account.bucket, Key="kept/x", Body=b""))
    assert code == "AccessDenied"
    assert message.endswith(
        f' on resource: "arn:aws:s3:::{account.bucket}/kept/x" with an explicit deny in an'
        " identity-based policy"
    )


def test_a_boundary_bounds(account):
    iam = account.client("iam")
    document = {"Statement": {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}}
    boundary = iam.create_policy(
        PolicyName=f"b-{uuid.uuid4().hex[:8]}",
        PolicyDocument=json.dumps({"Version": "2012-10-17", **document}),
    )["Policy"]["Arn"]
    role = account.role(("s3:*", "*"), PermissionsBoundary=boundary)
    s3 = role.client("s3")
    s3.list_objects_v2(Bucket=account.bucket)
    assert error(lambda: s3.put_object(Bucket=account.bucket, Key="x"))[1].endswith(
        "because no permissions boundary allows the s3:PutObject action"
    )


def test_s3_says_not_found_only_to_those_who_may_list(account):
    objects, bucket = f"arn:aws:s3:::{account.bucket}/*", f"arn:aws:s3:::{account.bucket}"
    role = account.role(("s3:GetObject", objects))
    s3 = role.client("s3")
    assert error(lambda: s3.get_object(Bucket=account.bucket, Key="nowhere"))[0] == "AccessDenied"
    assert error(lambda: s3.head_object(Bucket=account.bucket, Key="nowhere"))[0] == "403"
    role.allow(("s3:ListBucket", bucket))
    assert error(lambda: s3.get_object(Bucket=account.bucket, Key="nowhere"))[0] == "NoSuchKey"
    assert error(lambda: s3.head_object(Bucket=account.bucket, Key="nowhere"))[0] == "404"


def test_of_many_objects_those_are_deleted_that_may_be(account):
    account.put("many/a"), account.put("few/a")
    role = account.role(("s3:DeleteObject", f"arn:aws:s3:::{account.bucket}/many/*"))
    answer = role.client("s3").delete_objects(
        Bucket=account.bucket, Delete={"Objects": [{"Key": "many/a"}, {"Key": "few/a"}]}
    )
    assert [entry["Key"] for entry in answer["Deleted"]] == ["many/a"]
    [refused] = answer["Errors"]
    assert (refused["Key"], refused["Code"]) == ("few/a", "AccessDenied")


def test_large_uploads_copies_and_presigned_urls_are_the_roles_too(account):
    import urllib3

    objects = f"arn:aws:s3:::{account.bucket}"
    role = account.role(("s3:PutObject", f"{objects}/big/*"))
    s3 = role.client("s3")
    s3.upload_fileobj(io.BytesIO(b"x" * 9_000_000), account.bucket, "big/a")
    source = {"Bucket": account.bucket, "Key": "big/a"}
    assert error(lambda: s3.copy_object(Bucket=account.bucket, Key="big/b", CopySource=source))[1] == (
        role.denied("s3:GetObject", f"{objects}/big/a", "tester")
    )
    url = s3.generate_presigned_url("get_object", Params=source)
    assert urllib3.request("GET", url).status == 403
    role.allow(("s3:GetObject", f"{objects}/big/*"))
    assert len(urllib3.request("GET", url).data) == 9_000_000
    s3.copy_object(Bucket=account.bucket, Key="big/b", CopySource=source)


def test_an_encrypted_object_needs_its_key(account):
    key = account.client("kms").create_key()["KeyMetadata"]
    account.client("kms").create_alias(AliasName="alias/of-objects", TargetKeyId=key["KeyId"])
    role = account.role(("s3:*", "*"))
    s3 = role.client("s3")
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/of-objects"}

    def put():
        s3.put_object(Bucket=account.bucket, Key="secret", Body=b"x", **encrypted)

    assert error(put)[1] == role.denied("kms:GenerateDataKey", key["Arn"], "tester")
    role.allow(("kms:GenerateDataKey", key["Arn"]))
    put()
    assert error(lambda: s3.get_object(Bucket=account.bucket, Key="secret"))[1] == role.denied(
        "kms:Decrypt", key["Arn"], "tester"
    )


def test_conditions_see_the_requests_tags_and_the_resources_own(account):
    role = account.role(
        {
            "Effect": "Allow",
            "Action": ["sagemaker:CreateModelPackageGroup", "sagemaker:AddTags"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestTag/team": "red"}},
        },
        {
            "Effect": "Allow",
            "Action": "sagemaker:DescribeModelPackageGroup",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}},
        },
    )
    sagemaker, name = role.client("sagemaker"), f"g-{uuid.uuid4().hex[:8]}"

    def create(team):
        tags = [{"Key": "team", "Value": team}]
        return sagemaker.create_model_package_group(ModelPackageGroupName=name, Tags=tags)

    assert error(lambda: create("blue"))[0] == "AccessDeniedException"
    create("red")
    sagemaker.describe_model_package_group(ModelPackageGroupName=name)
    account.client("sagemaker").create_model_package_group(ModelPackageGroupName=f"{name}-other")
    assert (
        error(lambda: sagemaker.describe_model_package_group(ModelPackageGroupName=f"{name}-other"))[0]
        == "AccessDeniedException"
    )


@pytest.mark.parametrize(
    ("service", "operation", "request_members", "code", "action", "resource"),
    [
        ("sagemaker", "describe_pipeline", {"PipelineName": "p"}, "AccessDeniedException",
         "sagemaker:DescribePipeline", f"arn:aws:sagemaker:{REGION}:pipeline/p"),
        ("sagemaker-runtime", "invoke_endpoint", {"EndpointName": "e", "Body": b""}, "AccessDeniedException",
         "sagemaker:InvokeEndpoint", f"arn:aws:sagemaker:{REGION}:endpoint/e"),
        ("lambda", "get_function", {"FunctionName": "f"}, "AccessDeniedException",
         "lambda:GetFunction", f"arn:aws:lambda:{REGION}:function:f"),
        ("iam", "get_role", {"RoleName": "nobody"}, "AccessDenied",
         "iam:GetRole", "arn:aws:iam::000000000000:role/nobody"),
        ("sqs", "get_queue_url", {"QueueName": "q"}, "AccessDenied",
         "sqs:GetQueueUrl", f"arn:aws:sqs:{REGION}:q"),
        ("logs", "describe_log_groups", {}, "AccessDeniedException",
         "logs:DescribeLogGroups", f"arn:aws:logs:{REGION}:log-group::log-stream:"),
        ("kms", "list_keys", {}, "AccessDeniedException", "kms:ListKeys", "*"),
        ("ecr", "describe_repositories", {"repositoryNames": ["rep"]}, "AccessDeniedException",
         "ecr:DescribeRepositories", f"arn:aws:ecr:{REGION}:repository/rep"),
        ("events", "put_rule", {"Name": "r"}, "AccessDeniedException",
         "events:PutRule", f"arn:aws:events:{REGION}:rule/r"),
        ("emr", "list_clusters", {}, "AccessDeniedException", "elasticmapreduce:ListClusters", "*"),
        ("s3", "list_buckets", {}, "AccessDenied", "s3:ListAllMyBuckets", "*"),
    ],
)  # fmt: skip
def test_each_service_denies_in_its_own_form(
    account, nobody, service, operation, request_members, code, action, resource
):
    client = nobody.client(service)
    assert error(lambda: getattr(client, operation)(**request_members)) == (
        code,
        nobody.denied(action, resource, "tester"),
    )


@pytest.fixture(scope="module")
def nobody(account):
    """A role that may do nothing."""
    return account.role()


def test_a_role_knows_who_it_is_whatever_it_may_do(nobody):
    identity = nobody.client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::000000000000:assumed-role/{nobody.name}/tester"
    assert identity["Account"] == "000000000000"


def test_a_roles_key_is_no_good_without_its_token(account, nobody):
    keys = nobody.session().get_credentials()
    for token in (None, "wrong"):
        client = boto3.client(
            "sts", region_name="us-east-1", endpoint_url=account.emulator.endpoint_url,
            aws_access_key_id=keys.access_key, aws_secret_access_key=keys.secret_key,
            aws_session_token=token,
        )  # fmt: skip
        assert error(client.get_caller_identity)[0] == "InvalidClientTokenId"


def test_a_role_is_taken_only_by_whom_it_trusts(account, nobody):
    other = account.role()
    sts = nobody.client("sts")

    def take():
        return sts.assume_role(RoleArn=other.arn, RoleSessionName="taker")

    assert error(take)[1] == nobody.denied("sts:AssumeRole", other.arn, "tester")
    missing = f"{other.arn}-missing"
    assert error(lambda: account.client("sts").assume_role(RoleArn=missing, RoleSessionName="taker")) == (
        "AccessDenied",
        "User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole on resource:"
        f" {missing}",
    )


def test_a_role_that_is_trusted_by_name_needs_no_permission(account, nobody):
    """STS API Reference, AssumeRole: a policy of the asker's, or a trust that names the asker."""
    iam, other = account.client("iam"), account.role()
    trust = {"Effect": "Allow", "Principal": {"AWS": nobody.arn}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(
        RoleName=other.name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )

    def take(client):
        return client.assume_role(RoleArn=other.arn, RoleSessionName="taker")

    taken = take(nobody.client("sts"))["AssumedRoleUser"]["Arn"]
    assert taken == f"arn:aws:sts::000000000000:assumed-role/{other.name}/taker"
    # Nobody else, and nobody who is denied it.
    allowed = account.role(("sts:AssumeRole", "*"))
    assert error(lambda: take(allowed.client("sts")))[0] == "AccessDenied"
    nobody.allow({"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": other.arn})
    assert error(lambda: take(nobody.client("sts")))[1] == (
        nobody.denied("sts:AssumeRole", other.arn, "tester").partition(" because")[0]
        + " with an explicit deny in an identity-based policy"
    )


def test_a_session_is_allowed_no_more_than_it_was_asked_for_with(account):
    role, sts = account.role(("s3:*", "*")), account.client("sts")
    reading = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": ["s3:List*", "sqs:*"], "Resource": "*"},
        }
    )

    def session(**options):
        given = sts.assume_role(RoleArn=role.arn, RoleSessionName="tester", **options)["Credentials"]
        made = boto3.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name="us-east-1"
        )
        return made.client("s3", endpoint_url=account.emulator.endpoint_url)

    def put(s3):
        s3.put_object(Bucket=account.bucket, Key="by-session", Body=b"")

    narrow = session(Policy=reading)
    narrow.list_objects_v2(Bucket=account.bucket)
    resource = f"arn:aws:s3:::{account.bucket}/by-session"
    message = role.denied("s3:PutObject", resource, "tester").replace("identity-based", "session")
    assert error(lambda: put(narrow)) == ("AccessDenied", message)
    put(session())
    arns = [{"arn": f"arn:aws:iam::aws:policy/{name}"} for name in ("AmazonS3FullAccess", "ReadOnlyAccess")]
    put(session(PolicyArns=arns[:1]))
    put(session(PolicyArns=arns, Policy=reading))
    assert error(lambda: put(session(PolicyArns=arns[1:])))[1] == message
    for unknown in ({"Policy": "{}"}, {"PolicyArns": [{"arn": f"{role.arn}/no-policy"}]}):
        assert error(partial(session, **unknown)) == (
            "MalformedPolicyDocument",
            "The policy is not in the valid JSON format.",
        )


def test_a_service_takes_only_roles_that_trust_it(account):
    role = account.role(services=["ec2.amazonaws.com"])
    definition = json.dumps({"Version": "2020-12-01", "Steps": []})
    assert error(
        lambda: account.client("sagemaker").create_pipeline(
            PipelineName="untrusted", PipelineDefinition=definition, RoleArn=role.arn
        )
    ) == (
        "ValidationException",
        f"Could not assume role {role.arn}. Please ensure that the role exists and allows principal"
        " 'sagemaker.amazonaws.com' to assume the role.",
    )
    assert error(lambda: make_function(account, role, "def handler(event, context): pass")) == (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    )


def test_the_accounts_own_key_may_do_everything(account):
    account.client("iam").create_user(UserName=f"u-{uuid.uuid4().hex[:8]}")
    account.client("sagemaker").list_pipelines()
    account.client("s3").list_buckets()


def test_without_the_option_nothing_is_denied(lax_account, image):
    role = lax_account.role(services=["ec2.amazonaws.com"])
    source = lax_account.put("in/a.csv", "1,2\n")
    step = processing(role, image, source, output=f"s3://{lax_account.bucket}/out")
    assert run_one(lax_account, role, step) == ("Succeeded", None)
    role.client("sqs").create_queue(QueueName=f"q-{uuid.uuid4().hex[:8]}")
    assert role.client("sts").get_caller_identity()["Arn"].endswith(f"/{role.name}/tester")


def test_what_may_not_be_looked_at_is_not_taken_for_missing(account):
    """Without the permission to describe them, neither a group nor an endpoint is created."""
    role = account.role(("sagemaker:Create*", "*"))
    group = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "g"}}
    endpoint = {
        "Name": "Deploy",
        "Type": "Endpoint",
        "Arguments": {"EndpointName": "e", "EndpointConfigName": "c"},
    }
    for step, action, resource in (
        (group, "sagemaker:DescribeModelPackageGroup", "model-package-group/g"),
        (endpoint, "sagemaker:DescribeEndpoint", "endpoint/e"),
    ):
        said = role.denied(action, f"arn:aws:sagemaker:{REGION}:{resource}")
        assert run_one(account, role, step) == ("Failed", invoke_failed(action, said))


def test_a_denial_is_not_tried_again(account, image):
    role = account.role()
    retry = {"ExceptionType": ["Step.SERVICE_FAULT", "Step.THROTTLING"], "IntervalSeconds": 1}
    step = {**processing(role, image), "RetryPolicies": [retry]}
    begun = time.time()
    [entry] = account.run(role, step).values()
    assert (entry["StepStatus"], entry["AttemptCount"]) == ("Failed", 1)
    assert entry["StartTime"].timestamp() >= begun - 1
