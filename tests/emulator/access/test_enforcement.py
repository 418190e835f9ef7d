"""`--enforce-policies` over the wire: what a role may not do is denied in AWS's words, whoever does it."""

import io
import json
import time
import uuid
import zipfile

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.xdist_group("enforcing")

REGION = "us-east-1:000000000000"
JOBS = f"arn:aws:sagemaker:{REGION}:processing-job/pipelines-*"
PULL = ("ecr:*", "*")
SERVING_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/autogluon-inference:0.4.3-cpu-py38-ubuntu20.04"


def error(call):
    """Code and message of the refusal of a call."""
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def processing(role, image, *inputs, output=None, code="pass"):
    arguments = {
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "AppSpecification": {"ImageUri": image, "ContainerEntrypoint": ["python3", "-c", code]},
        "RoleArn": role.arn,
        "ProcessingInputs": [
            {
                "InputName": f"i{number}",
                "S3Input": {
                    "S3Uri": uri,
                    "LocalPath": f"/opt/ml/processing/i{number}",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
            for number, uri in enumerate(inputs)
        ],
    }
    if output:
        place = {"S3Uri": output, "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
        arguments["ProcessingOutputConfig"] = {"Outputs": [{"OutputName": "out", "S3Output": place}]}
    return {"Name": "Work", "Type": "Processing", "Arguments": arguments}


def run_one(account, role, step):
    """The status of a pipeline's only step, and its reason."""
    [entry] = account.run(role, step).values()
    return entry["StepStatus"], entry.get("FailureReason")


def invoke_failed(operation, reason):
    return f"ClientError: Failed to invoke {operation}. Error Details: {reason}"


def test_a_pipelines_role_needs_each_permission_that_a_job_takes(account, image):
    """One after the other is given, and each refusal names the next."""
    role = account.role()
    step = processing(role, image)

    def failure():
        status, reason = run_one(account, role, step)
        assert status == "Failed"
        return reason

    reason = failure()
    resource = reason.partition(" on resource: ")[2].partition(" because")[0]
    assert resource.startswith(JOBS.rstrip("*"))
    assert reason == invoke_failed(
        "sagemaker:CreateProcessingJob", role.denied("sagemaker:CreateProcessingJob", resource)
    )
    role.allow(("sagemaker:CreateProcessingJob", JOBS))
    assert " is not authorized to perform: sagemaker:AddTags on resource: " in failure()
    role.allow(("sagemaker:AddTags", JOBS))
    assert failure() == invoke_failed("sagemaker:CreateProcessingJob", role.denied("iam:PassRole", role.arn))
    other = {"Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    role.allow({"Effect": "Allow", "Action": "iam:PassRole", "Resource": role.arn, **other})
    assert failure() == invoke_failed("sagemaker:CreateProcessingJob", role.denied("iam:PassRole", role.arn))
    to_sagemaker = {"Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}}
    role.allow({"Effect": "Allow", "Action": "iam:PassRole", "Resource": role.arn, **to_sagemaker})
    assert failure().startswith("ClientError: Failed to invoke sagemaker:DescribeProcessingJob.")
    role.allow(("sagemaker:DescribeProcessingJob", JOBS))
    assert failure() == f"ClientError: {role.denied('ecr:GetAuthorizationToken', '*')}"
    role.allow(PULL)
    assert run_one(account, role, step) == ("Succeeded", None)


@pytest.fixture(scope="module")
def jobs_role(account):
    """A role that may run jobs, and touch nothing."""
    role = account.role(("sagemaker:*", "*"), PULL, ("logs:*", "*"))
    role.allow(("iam:PassRole", role.arn))
    return role


def test_a_job_reads_and_writes_what_its_role_may(account, image, jobs_role):
    """The pipeline's role is another one: it is the job's that counts."""
    source = account.put("in/a.csv", "1,2\n")
    bucket = f"arn:aws:s3:::{account.bucket}"
    worker = account.role(PULL, ("logs:*", "*"))
    jobs_role.allow(("iam:PassRole", worker.arn))
    jobs_role.allow(("s3:*", "*"))
    code = "open('/opt/ml/processing/out/b.csv', 'w').write(open('/opt/ml/processing/i0/a.csv').read())"
    step = processing(worker, image, source, output=f"s3://{account.bucket}/out", code=code)

    def reason():
        status, said = run_one(account, jobs_role, step)
        assert status == "Failed"
        return said

    listing = worker.denied("s3:ListBucket", bucket)
    assert reason() == f"ClientError: ListObjectsV2: AccessDenied: {listing}"
    worker.allow(("s3:ListBucket", bucket))
    reading = worker.denied("s3:GetObject", f"{bucket}/in/a.csv")
    assert reason() == f"ClientError: GetObject: AccessDenied: {reading}"
    worker.allow(("s3:GetObject", f"{bucket}/in/*"))
    writing = worker.denied("s3:PutObject", f"{bucket}/out/b.csv")
    assert reason() == (
        f"ClientError: could not upload to s3://{account.bucket}/out/b.csv: AccessDenied: {writing}"
    )
    worker.allow(("s3:PutObject", f"{bucket}/out/*"))
    assert run_one(account, jobs_role, step) == ("Succeeded", None)
    body = account.client("s3").get_object(Bucket=account.bucket, Key="out/b.csv")["Body"].read()
    assert body == b"1,2\n"


def test_a_jobs_own_calls_are_its_roles(account, image, jobs_role):
    worker = account.role(PULL)
    jobs_role.allow(("iam:PassRole", worker.arn))
    code = (
        "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'], flush=True);"
        "boto3.client('sqs').create_queue(QueueName='made-by-job')"
    )
    status, reason = run_one(account, jobs_role, processing(worker, image, code=code))
    # Its log is the role's too, which may not write one.
    assert status == "Failed"
    said = worker.denied("sqs:CreateQueue", f"arn:aws:sqs:{REGION}:made-by-job")
    assert said in reason
    assert f":assumed-role/{worker.name}/SageMaker\nTraceback" in reason


def test_endpoints_and_transform_jobs_act_as_their_models_role(account):
    sagemaker, bucket = account.client("sagemaker"), f"arn:aws:s3:::{account.bucket}"
    model_data, rows = account.put("model/model.tar.gz", "no archive"), account.put("rows/a.csv", "1\n")
    role, name = account.role(), f"m-{uuid.uuid4().hex[:8]}"
    container = {"Image": SERVING_IMAGE, "ModelDataUrl": model_data}
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role.arn)
    variant = {
        "VariantName": "v",
        "ModelName": name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])

    def endpoint():
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        found = ended(lambda: sagemaker.describe_endpoint(EndpointName=name), "EndpointStatus")
        sagemaker.delete_endpoint(EndpointName=name)
        with pytest.raises(ClientError):
            ended(lambda: sagemaker.describe_endpoint(EndpointName=name), "nothing")
        return found["EndpointStatus"], found["FailureReason"]

    def transform():
        job = f"t-{uuid.uuid4().hex[:8]}"
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": rows}}
        sagemaker.create_transform_job(
            TransformJobName=job,
            ModelName=name,
            TransformInput={"DataSource": source},
            TransformOutput={"S3OutputPath": f"s3://{account.bucket}/scores"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )
        found = ended(lambda: sagemaker.describe_transform_job(TransformJobName=job), "TransformJobStatus")
        return found["TransformJobStatus"], found["FailureReason"]

    pulling = role.denied("ecr:GetAuthorizationToken", "*")
    assert endpoint() == ("Failed", pulling)
    assert transform() == ("Failed", f"ClientError: {pulling}")
    role.allow(PULL)
    reading = role.denied("s3:GetObject", f"{bucket}/model/model.tar.gz")
    assert endpoint() == ("Failed", f"GetObject: AccessDenied: {reading}")
    listing = role.denied("s3:ListBucket", bucket)
    assert transform() == ("Failed", f"ClientError: ListObjectsV2: AccessDenied: {listing}")


def ended(describe, member):
    """What is described, when it is neither being made nor running."""
    until = time.monotonic() + 30
    while (found := describe()).get(member, "Deleting") in ("Creating", "InProgress", "Deleting"):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


def test_a_property_file_is_read_as_the_pipelines_role(account, image, jobs_role):
    account.put("metrics/m.json", '{"auc": 1}')
    # Whoever runs jobs may not read this bucket.
    role = account.role(("sagemaker:*", "*"))
    get = {"Std:JsonGet": {"S3Uri": f"s3://{account.bucket}/metrics/m.json", "Path": "auc"}}
    gate = {
        "Name": "Gate",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": get, "RightValue": 1}],
            "IfSteps": [],
            "ElseSteps": [],
        },
    }
    resource = f"arn:aws:s3:::{account.bucket}/metrics/m.json"
    status, reason = run_one(account, role, gate)
    assert status == "Failed"
    assert reason.endswith(f"cannot be read: {role.denied('s3:GetObject', resource)}")
    role.allow(("s3:GetObject", resource))
    assert run_one(account, role, gate) == ("Succeeded", None)


def test_a_callback_needs_the_queue(account):
    queue = f"q-{uuid.uuid4().hex[:8]}"
    url = account.client("sqs").create_queue(QueueName=queue)["QueueUrl"]
    step = {"Name": "Ask", "Type": "Callback", "SqsQueueUrl": url, "Arguments": {}}
    role = account.role()
    said = role.denied("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{queue}")
    assert run_one(account, role, step) == ("Failed", invoke_failed("sqs:SendMessage", said))
    # A retry policy knows no such failure, so the first attempt was the only one.
    assert "Messages" not in account.client("sqs").receive_message(QueueUrl=url)
    role.client("sqs")  # the role can be taken, and may do nothing
    role.allow(("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{queue}"))
    role.client("sqs").send_message(QueueUrl=url, MessageBody="x")


def make_function(account, role, code):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", code)
    name = f"f-{uuid.uuid4().hex[:8]}"
    return account.client("lambda").create_function(
        FunctionName=name,
        Role=role.arn,
        Runtime="python3.11",
        Handler="app.handler",
        Timeout=10,
        Code={"ZipFile": packed.getvalue()},
    )["FunctionArn"]


CALLS = """
import boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket=event["bucket"], Key="by-function", Body=b"x")
    return {"who": boto3.client("sts").get_caller_identity()["Arn"]}
"""


def test_a_lambda_step_needs_the_function_and_the_function_what_it_calls(account):
    worker, role = account.role(("logs:*", "*")), account.role()
    function = make_function(account, worker, CALLS)
    step = {
        "Name": "Call",
        "Type": "Lambda",
        "FunctionArn": function,
        "Arguments": {"bucket": account.bucket},
        "OutputParameters": [{"OutputName": "who", "OutputType": "String"}],
    }
    said = role.denied("lambda:InvokeFunction", function)
    assert run_one(account, role, step) == ("Failed", invoke_failed("lambda:Invoke", said))
    role.allow(("lambda:InvokeFunction", function))
    name = function.rpartition(":")[2]
    resource = f"arn:aws:s3:::{account.bucket}/by-function"
    status, reason = run_one(account, role, step)
    assert status == "Failed"
    assert reason == (
        f"ClientError: The function {function} failed. AccessDenied: An error occurred (AccessDenied) when"
        f" calling the PutObject operation: {worker.denied('s3:PutObject', resource, name)}"
    )
    worker.allow(("s3:PutObject", resource))
    [entry] = account.run(role, step).values()
    [output] = entry["Metadata"]["Lambda"]["OutputParameters"]
    assert output["Value"] == f"arn:aws:sts::000000000000:assumed-role/{worker.name}/{name}"


def test_a_queue_invokes_a_function_only_if_its_role_may_receive(account):
    queue = f"q-{uuid.uuid4().hex[:8]}"
    account.client("sqs").create_queue(QueueName=queue)
    arn = f"arn:aws:sqs:{REGION}:{queue}"
    worker = account.role()
    function = make_function(account, worker, CALLS)
    lambda_client = account.client("lambda")

    def create():
        return lambda_client.create_event_source_mapping(FunctionName=function, EventSourceArn=arn)

    assert error(create) == (
        "InvalidParameterValueException",
        "The provided execution role does not have permissions to call ReceiveMessage on SQS",
    )
    worker.allow((["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], arn))
    lambda_client.delete_event_source_mapping(UUID=create()["UUID"])


def test_an_emr_step_needs_the_rules_the_cluster_and_its_roles_and_its_instances_the_data(account):
    iam = account.client("iam")
    instances, emr = account.role(), account.role()
    iam.create_instance_profile(InstanceProfileName=instances.name)
    iam.add_role_to_instance_profile(InstanceProfileName=instances.name, RoleName=instances.name)
    rules = f"arn:aws:events:{REGION}:rule/SageMakerPipelineExecutionEMR"
    role = account.role(("elasticmapreduce:*", "*"))
    source = account.put("emr/in.txt", "x")
    step = {
        "Name": "Spark",
        "Type": "EMR",
        "Arguments": {
            "ClusterConfig": {
                "Instances": {
                    "InstanceGroups": [
                        {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}
                    ]
                },
                "ServiceRole": emr.name,
                "JobFlowRole": instances.name,
            },
            "StepConfig": {"HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["echo", source]}},
        },
    }
    said = role.denied("events:DescribeRule", f"{rules}StepStatusUpdateRule")
    assert run_one(account, role, step) == ("Failed", invoke_failed("events:DescribeRule", said))
    role.allow(("events:*", f"{rules}*"))
    said = role.denied("iam:PassRole", emr.arn)
    assert run_one(account, role, step) == ("Failed", invoke_failed("emr:RunJobFlow", said))
    role.allow(("iam:PassRole", [emr.arn, instances.arn]))
    status, reason = run_one(account, role, step)
    assert status == "Failed"
    said = instances.denied("s3:ListBucket", f"arn:aws:s3:::{account.bucket}", "i-emulated")
    assert reason.endswith(f" is FAILED: ClientError: ListObjectsV2: AccessDenied: {said}")
    instances.allow(("s3:*", "*"))
    assert run_one(account, role, step) == ("Succeeded", None)


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
    import boto3

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
    assert error(lambda: make_function(account, role, CALLS)) == (
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
