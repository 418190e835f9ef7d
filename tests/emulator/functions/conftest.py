"""Functions made over the wire, as anybody makes them."""

import base64
import io
import json
import time
import uuid
import zipfile

import pytest


def zip_of(**files):
    """A zip file: `app="..."` is app.py."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name.replace('__', '/')}.py", text)
    return packed.getvalue()


class Answer:
    """What Invoke answered."""

    def __init__(self, response):
        self.status = response["StatusCode"]
        self.error = response.get("FunctionError")
        self.version = response.get("ExecutedVersion")
        self.request_id = response["ResponseMetadata"]["RequestId"]
        self.text = response["Payload"].read().decode()
        self.log = base64.b64decode(response.get("LogResult", "")).decode()

    @property
    def value(self):
        return json.loads(self.text)


class Maker:
    """Makes functions whose names are their own, and invokes them."""

    def __init__(self, client):
        self.client = client("lambda")
        self.logs = client("logs")
        self.s3 = client("s3")
        self.role = client("iam").create_role(
            RoleName=f"r{uuid.uuid4().hex[:12]}", AssumeRolePolicyDocument="{}"
        )["Role"]["Arn"]

    def make(self, code, bucket=None, **settings):
        """The name of a function whose handler is app.handler; `code` is a source or a zip file. It goes by
        way of a bucket, if one is given, and is deleted there."""
        name = f"f-{uuid.uuid4().hex[:12]}"
        packed = code if isinstance(code, bytes) else zip_of(app=code)
        place = {"ZipFile": packed}
        if bucket:
            self.s3.put_object(Bucket=bucket, Key=name, Body=packed)
            place = {"S3Bucket": bucket, "S3Key": name}
        self.client.create_function(
            FunctionName=name,
            Role=self.role,
            Code=place,
            **{"Runtime": "python3.11", "Handler": "app.handler", "Timeout": 5, **settings},
        )
        if bucket:
            self.s3.delete_object(Bucket=bucket, Key=name)
        return name

    def invoke(self, name, event=None, **options):
        payload = {} if event is None else {"Payload": json.dumps(event)}
        return Answer(self.client.invoke(FunctionName=name, LogType="Tail", **payload, **options))

    def logged(self, name, until, timeout=20):
        """All messages of the function's log, once `until` is in one of them."""
        end = time.monotonic() + timeout
        while True:
            try:
                events = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
            except self.logs.exceptions.ResourceNotFoundException:
                events = []
            messages = [event["message"] for event in events]
            if any(until in message for message in messages):
                return messages
            assert time.monotonic() < end, messages
            time.sleep(0.05)


@pytest.fixture(scope="session")
def functions(client):
    return Maker(client)


@pytest.fixture(scope="session")
def zipped():
    return zip_of


class Executions:
    """Runs pipelines over the wire."""

    def __init__(self, client, role):
        self.sagemaker = client("sagemaker")
        self.role = role

    def start(self, *steps):
        """The ARN of a new execution of a new pipeline of these steps."""
        name = f"p-{uuid.uuid4().hex[:12]}"
        definition = {"Version": "2020-12-01", "Steps": list(steps)}
        self.sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=json.dumps(definition), RoleArn=self.role
        )
        return self.sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]

    def status(self, arn):
        return self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]

    def steps(self, arn):
        """The entries of the listing by name, without their times."""
        listed = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
        return {step.pop("StepName"): step for step in listed["PipelineExecutionSteps"]}

    def wait(self, arn, *statuses, timeout=30):
        """Until the execution has ended, or has one of the statuses; its status."""
        statuses = statuses or ("Succeeded", "Failed", "Stopped")
        return wait_for(lambda: (status := self.status(arn)) in statuses and status, timeout)


def wait_for(condition, timeout=30):
    """What `condition` gives, once it is true."""
    end = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < end, "the condition has not come true"
        time.sleep(0.02)
    return found


@pytest.fixture(scope="session", name="wait_for")
def wait_for_fixture():
    return wait_for


@pytest.fixture(scope="session")
def executions(client, functions):
    return Executions(client, functions.role)


@pytest.fixture(scope="session")
def make_functions():
    """For tests with an emulator of their own: from its clients, what `functions` is."""
    return Maker


@pytest.fixture(scope="session")
def make_executions():
    return Executions
