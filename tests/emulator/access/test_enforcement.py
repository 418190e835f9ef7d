"""`--enforce-policies` over the wire: steps, and what runs in them, do what their roles may, and no more."""

import time
import uuid

import pytest
from acting import REGION, error, invoke_failed, make_function, processing, run_one
from botocore.exceptions import ClientError

pytestmark = pytest.mark.xdist_group("enforcing")

JOBS = f"arn:aws:sagemaker:{REGION}:processing-job/pipelines-*"
PULL = ("ecr:*", "*")
SERVING_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/autogluon-inference:0.4.3-cpu-py38-ubuntu20.04"


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


def test_stopping_an_execution_stops_its_jobs_as_the_pipelines_role(account, image):
    jobs = [f"sagemaker:{verb}ProcessingJob" for verb in ("Create", "Describe", "Stop")]
    role = account.role(([*jobs, "sagemaker:AddTags"], JOBS), PULL)
    role.allow(("iam:PassRole", role.arn))
    execution = account.start(role, processing(role, image, code="import time; time.sleep(60)"))
    sagemaker = account.client("sagemaker")

    def entry():
        listed = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)
        return listed["PipelineExecutionSteps"][0]

    job = running(lambda: entry()["Metadata"]["ProcessingJob"]["Arn"]).rpartition("/")[2]
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=execution, ClientRequestToken="t" * 32)
    stopped = ended(lambda: sagemaker.describe_processing_job(ProcessingJobName=job), "ProcessingJobStatus")
    assert stopped["ProcessingJobStatus"] == "Stopped"


def running(look):
    """What can be seen once a step runs."""
    until = time.monotonic() + 30
    while True:
        try:
            return look()
        except (IndexError, KeyError):
            assert time.monotonic() < until
            time.sleep(0.02)


def test_a_jobs_own_calls_are_its_roles(account, image, jobs_role):
    worker = account.role(PULL)
    jobs_role.allow(("iam:PassRole", worker.arn))
    # A reason holds the end of what a job said: a traceback, as long as the paths of a checkout, would push
    # the first line out.
    code = (
        "import boto3, sys; sys.tracebacklimit = 0;"
        "print(boto3.client('sts').get_caller_identity()['Arn'], flush=True);"
        "boto3.client('sqs').create_queue(QueueName='made-by-job')"
    )
    status, reason = run_one(account, jobs_role, processing(worker, image, code=code))
    # Its log is the role's too, which may not write one.
    assert status == "Failed"
    said = worker.denied("sqs:CreateQueue", f"arn:aws:sqs:{REGION}:made-by-job")
    assert said in reason
    assert f":assumed-role/{worker.name}/SageMaker\nbotocore.exceptions.ClientError: " in reason


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
    while (found := describe()).get(member, "Deleting") in ("Creating", "InProgress", "Stopping", "Deleting"):
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


def test_an_emr_step_on_a_running_cluster_needs_that_cluster_and_makes_none(account):
    instances, emr = account.role(), account.role()
    iam, client = account.client("iam"), account.client("emr")
    iam.create_instance_profile(InstanceProfileName=instances.name)
    iam.add_role_to_instance_profile(InstanceProfileName=instances.name, RoleName=instances.name)
    group = {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}
    cluster = client.run_job_flow(
        Name="running",
        Instances={"InstanceGroups": [group], "KeepJobFlowAliveWhenNoSteps": True},
        ServiceRole=emr.name,
        JobFlowRole=instances.name,
    )["JobFlowId"]
    resource = f"arn:aws:elasticmapreduce:{REGION}:cluster/{cluster}"
    role = account.role(("events:*", f"arn:aws:events:{REGION}:rule/SageMakerPipelineExecutionEMR*"))
    step = {
        "Name": "Spark",
        "Type": "EMR",
        "Arguments": {
            "ClusterId": cluster,
            "StepConfig": {"HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["true"]}},
        },
    }
    for operation in ("DescribeCluster", "AddJobFlowSteps", "DescribeStep"):
        said = role.denied(f"elasticmapreduce:{operation}", resource)
        assert run_one(account, role, step) == ("Failed", invoke_failed(f"emr:{operation}", said))
        role.allow((f"elasticmapreduce:{operation}", resource))
    assert run_one(account, role, step) == ("Succeeded", None)
    client.terminate_job_flows(JobFlowIds=[cluster])
