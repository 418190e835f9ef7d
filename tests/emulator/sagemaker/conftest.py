"""The service with a real store and neighbours that only write down what they were asked."""

import json
import threading

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from werkzeug.serving import make_server
from werkzeug.wrappers import Request

from penstock.emulator.sagemaker.protocol import respond
from penstock.emulator.sagemaker.service import SageMaker
from penstock.emulator.sagemaker.store import Store
from penstock.emulator.state import StateDirectory

ROLE = "arn:aws:iam::000000000000:role/penstock-execution"


class IdleJobs:
    """Runs nothing; keeps what it was asked, in order."""

    def __init__(self):
        self.asked = []

    def start(self, kind, name):
        self.asked.append(("start", kind, name))

    def stop(self, kind, name):
        self.asked.append(("stop", kind, name))


class IdleExecutions:
    def __init__(self):
        self.asked = []

    def start(self, execution_arn):
        self.asked.append(("start", execution_arn))

    def stop(self, execution_arn):
        self.asked.append(("stop", execution_arn))

    def limit(self, execution_arn, most):
        self.asked.append(("limit", execution_arn, most))

    def retry(self, execution_arn):
        self.asked.append(("retry", execution_arn))


class IdleEndpoints:
    def __init__(self):
        self.asked = []

    def deploy(self, name):
        self.asked.append(("deploy", name))

    def reweigh(self, name):
        self.asked.append(("reweigh", name))

    def remove(self, name):
        self.asked.append(("remove", name))


class Bench:
    """The service, its neighbours, and short ways to make what a test needs."""

    def __init__(self, root):
        self.state = StateDirectory(root)
        self.state.prepare()
        self.store = Store(self.state.database)
        self.jobs = IdleJobs()
        self.executions = IdleExecutions()
        self.endpoints = IdleEndpoints()
        self.objects = {}
        self.missing_roles = set()
        self.time = 1_700_000_000.0
        self.service = SageMaker(
            self.store,
            self.state,
            self.jobs,
            self.executions,
            self.endpoints,
            self.fetch,
            may_assume=lambda role: role not in self.missing_roles,
            clock=self.tick,
        )

    def tick(self):
        """A clock that goes on by a second with each look at it."""
        self.time += 1
        return self.time

    def fetch(self, uri):
        if uri not in self.objects:
            raise FileNotFoundError(uri)
        return self.objects[uri]

    def __call__(self, operation, **request):
        return self.service.call(operation, request)

    def processing_job(self, name="job", **more):
        self(
            "CreateProcessingJob",
            ProcessingJobName=name,
            ProcessingResources={
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}
            },
            AppSpecification={"ImageUri": "image"},
            RoleArn=ROLE,
            **more,
        )

    def model(self, name="model", **more):
        self(
            "CreateModel", ModelName=name, PrimaryContainer={"Image": "image"}, ExecutionRoleArn=ROLE, **more
        )

    def endpoint_config(self, name="config", *variants, **more):
        self(
            "CreateEndpointConfig",
            EndpointConfigName=name,
            ProductionVariants=list(variants) or [{"VariantName": "all", "ModelName": "model"}],
            **more,
        )

    def transform_job(self, name="job", model="model", **more):
        self(
            "CreateTransformJob",
            TransformJobName=name,
            ModelName=model,
            **{
                "TransformInput": {
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}
                },
                "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
                "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
                **more,
            },
        )

    def auto_ml_job(self, name="job", **more):
        self(
            "CreateAutoMLJob",
            AutoMLJobName=name,
            **{
                "InputDataConfig": [auto_ml_channel()],
                "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
                "RoleArn": ROLE,
                **more,
            },
        )

    def model_package(self, group="group", **more):
        return self(
            "CreateModelPackage",
            ModelPackageGroupName=group,
            InferenceSpecification={"Containers": [{"Image": "image"}]},
            **more,
        )["ModelPackageArn"]

    def pipeline(self, name="pipeline", **more):
        self(
            "CreatePipeline",
            **{
                "PipelineName": name,
                "PipelineDefinition": definition(),
                "ClientRequestToken": token(f"create {name}"),
                "RoleArn": ROLE,
                **more,
            },
        )

    def execution(self, pipeline="pipeline", **more):
        return self(
            "StartPipelineExecution",
            **{"PipelineName": pipeline, "ClientRequestToken": token(f"start {self.time}"), **more},
        )["PipelineExecutionArn"]

    def end_execution(self, arn, status):
        """As the engine does it."""
        name = arn.partition(":pipeline/")[2].replace("/execution/", "/")
        self.store.update("PipelineExecution", name, lambda it: it.update(PipelineExecutionStatus=status))

    def end_job(self, kind, name, status="Completed"):
        self.store.update(kind, name, lambda it: it.update({f"{kind}Status": status}))


def definition(message="no", parameters=(), **more):
    return json.dumps(
        {
            "Version": "2020-12-01",
            "Metadata": {},
            "Parameters": list(parameters),
            "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": message}}],
            **more,
        }
    )


def token(text):
    return text.ljust(32, "-")


def auto_ml_channel(**more):
    return {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train"}},
        "TargetAttributeName": "target",
        **more,
    }


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.store.close()


@pytest.fixture
def make():
    """The makers of parts of requests."""

    class Make:
        role = ROLE
        definition = staticmethod(definition)
        token = staticmethod(token)
        auto_ml_channel = staticmethod(auto_ml_channel)

    return Make


@pytest.fixture
def client(bench):
    """Unmodified boto3, over HTTP."""

    def application(environ, start_response):
        request = Request(environ)
        answer = respond(bench.service.call, request.headers["X-Amz-Target"], request.get_data())
        return answer(environ, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield boto3.client(
        "sagemaker",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        region_name="us-east-1",
        config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}),
    )
    server.shutdown()
    server.server_close()
