"""A small SageMaker to run executions against: jobs end when the test says so, in a real store."""

import itertools
import time
from pathlib import Path

import pytest
from hypothesis import settings

from penstock.emulator.access.actor import Actor
from penstock.emulator.engine.aws import Aws
from penstock.emulator.engine.definition import read_definition, resolve_parameters
from penstock.emulator.engine.engine import Engine
from penstock.emulator.engine.events import steps_of
from penstock.emulator.engine.model import Definition, Dependency, Parameter, Step
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.store import AlreadyExists, Store

# No test asserts timing, hypothesis's own deadline for an example included.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

ARN = "arn:aws:sagemaker:us-east-1:000000000000:"
SLUGS = {
    "ModelPackage": "model-package",
    "ProcessingJob": "processing-job",
    "TransformJob": "transform-job",
    "AutoMLJob": "automl-job",
}
ENDED = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")
JOBS = ("ProcessingJob", "TransformJob", "AutoMLJob")


class FakeSageMaker:
    """Create, Describe and Stop over documents. With `instant`, a job is Completed when it is created.

    `refuse[operation]` is a list of errors that the next calls get. `objects` is what S3 holds, `clients` are
    those of other services, by name.
    """

    def __init__(self, store):
        self.store = store
        self.instant = False
        self.refuse = {}
        self.objects = {}
        self.clients = {}
        self.calls = []
        self.most_at_once = 0

    def call(self, operation, request):
        self.calls.append((operation, request))
        if self.refuse.get(operation):
            raise self.refuse[operation].pop(0)
        if operation == "ListModelPackages":
            return self._list_packages(request)
        for verb in ("Create", "Describe", "Stop"):
            if operation.startswith(verb):
                return getattr(self, f"_{verb.lower()}")(operation.removeprefix(verb), request)
        raise AssertionError(operation)

    def read_object(self, uri):
        if uri not in self.objects:
            raise FileNotFoundError(uri)
        return self.objects[uri]

    def client(self, name):
        return self.clients[name]

    def requests(self, operation):
        return [request for name, request in self.calls if name == operation]

    def running(self):
        """(kind, name) of every job in progress."""
        return [
            (kind, job[f"{kind}Name"])
            for kind in JOBS
            for job in self.store.all(kind)
            if job[f"{kind}Status"] == "InProgress"
        ]

    def finish(self, kind, name, status="Completed", **members):
        self.store.update(kind, name, lambda job: job.update({f"{kind}Status": status, **members}))

    def finish_step(self, step, status="Completed", **members):
        """End the running job of a step, once there is one."""
        [(kind, name)] = wait_for(
            self.store, lambda: [job for job in self.running() if f"-{step}-" in job[1]]
        )
        self.finish(kind, name, status, **members)

    def _create(self, kind, request):
        name = request.get(f"{kind}Name") or f"{request['ModelPackageGroupName']}/1"
        document = {**request, f"{kind}Arn": f"{ARN}{SLUGS.get(kind, kind.lower())}/{name}"}
        if kind in JOBS:
            document[f"{kind}Status"] = "Completed" if self.instant else "InProgress"
        if kind == "ModelPackage":
            document["ModelPackageStatus"] = "Completed"
            name = document["ModelPackageArn"]
        try:
            self.store.create(kind, name, document)
        except AlreadyExists:
            raise ServiceError("ValidationException", f"{name} already exists") from None
        if kind in JOBS:
            self.most_at_once = max(self.most_at_once, len(self.running()))
        return {f"{kind}Arn": document[f"{kind}Arn"]}

    def _describe(self, kind, request):
        document = self.store.get(kind, request[f"{kind}Name"])
        if document is None:
            raise ServiceError("ValidationException", f"{request[f'{kind}Name']} does not exist")
        return document

    def _list_packages(self, request):
        """The newest package of a group that has this approval; MaxResults is 1."""
        packages = [
            package
            for package in self.store.all("ModelPackage")
            if package["ModelPackageGroupName"] == request["ModelPackageGroupName"]
            and package["ModelApprovalStatus"] == request["ModelApprovalStatus"]
        ]
        newest = sorted(packages, key=lambda package: -package["CreationTime"])
        return {"ModelPackageSummaryList": newest[: request["MaxResults"]]}

    def _stop(self, kind, request):
        """The test may have ended the job by now."""

        def stop(job):
            if job[f"{kind}Status"] == "InProgress":
                job[f"{kind}Status"] = "Stopping"

        self.store.update(kind, request[f"{kind}Name"], stop)
        return {}


class Execution:
    """One started execution, as the tests look at it."""

    def __init__(self, store, engine, arn, name):
        self.store = store
        self.engine = engine
        self.arn = arn
        self.name = name

    @property
    def document(self):
        return self.store.get("PipelineExecution", self.name)

    @property
    def status(self):
        return self.document["PipelineExecutionStatus"]

    @property
    def events(self):
        return self.store.events(self.arn)

    @property
    def entries(self):
        return {entry["StepName"]: entry for entry in steps_of(self.events)}

    @property
    def statuses(self):
        return {name: entry["StepStatus"] for name, entry in self.entries.items()}

    def wait(self):
        """Until it has ended; its status."""
        wait_for(self.store, lambda: self.status in ENDED)
        return self.status

    def wait_for_step(self, step, status):
        wait_for(self.store, lambda: self.statuses.get(step) == status)

    def stop(self):
        self.engine.stop(self.arn)

    def limit(self, most):
        """As UpdatePipelineExecution does."""
        self.engine.limit(self.arn, most)
        self.store.update("PipelineExecution", self.name, lambda document: None)

    def retry(self):
        self.engine.retry(self.arn)


def wait_for(store, condition, timeout=20.0):
    """What `condition` gives, once it is true; woken by changes of the store."""
    end = time.monotonic() + timeout
    while True:
        seen = store.revision
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, "the condition has not come true"
        store.wait(seen, end - time.monotonic())


def definition_of(steps, parameters=()):
    return {"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps)}


def processing(name, *, after=(), outputs=(), **keys):
    """A Processing step; `after` is its DependsOn."""
    step = {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "AppSpecification": {"ImageUri": "image"},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
            },
            "RoleArn": "arn:aws:iam::000000000000:role/penstock",
        },
        **keys,
    }
    if after:
        step["DependsOn"] = list(after)
    if outputs:
        step["Arguments"]["ProcessingOutputConfig"] = {
            "Outputs": [
                {
                    "OutputName": output,
                    "S3Output": {
                        "S3Uri": f"s3://bucket/{name}/{output}",
                        "LocalPath": f"/opt/ml/processing/{output}",
                        "S3UploadMode": "EndOfJob",
                    },
                }
                for output in outputs
            ]
        }
    return step


def condition(name, conditions, if_steps=(), else_steps=(), **keys):
    arguments = {"Conditions": conditions, "IfSteps": list(if_steps), "ElseSteps": list(else_steps)}
    return {"Name": name, "Type": "Condition", "Arguments": arguments, **keys}


def equals(left, right):
    return {"Type": "Equals", "LeftValue": left, "RightValue": right}


def fail(name, message="it failed", **keys):
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **keys}


@pytest.fixture(name="wait_for", scope="session")
def wait_for_fixture():
    return wait_for


class Build:
    """What the tests make definitions of."""

    definition = staticmethod(definition_of)
    processing = staticmethod(processing)
    condition = staticmethod(condition)
    equals = staticmethod(equals)
    fail = staticmethod(fail)
    Definition, Dependency, Parameter, Step = Definition, Dependency, Parameter, Step


@pytest.fixture(scope="session")
def build():
    return Build


class Laboratory:
    """A store, a fake service and an engine; `start` runs definitions in it."""

    def __init__(self, folder: Path):
        self.store = Store(folder / "store.sqlite3")
        self.service = FakeSageMaker(self.store)
        aws = Aws(self.service.call, self.service.read_object, Actor(self.service.client))
        self.engine = Engine(self.store, lambda role: aws)
        self._numbers = itertools.count()

    def start(self, steps, parameters=(), given=(), cap=None, pipeline="Pipe"):
        document = definition_of(steps, parameters)
        values = resolve_parameters(read_definition(document), list(given))
        name = f"{pipeline}/{next(self._numbers):012d}"
        arn = f"{ARN}pipeline/{name.replace('/', '/execution/')}"
        self.store.create(
            "PipelineExecution",
            name,
            {
                "PipelineArn": f"{ARN}pipeline/{pipeline}",
                "PipelineExecutionArn": arn,
                "PipelineExecutionStatus": "Executing",
                "CreationTime": time.time(),
                "_Definition": document,
                "_Parameters": values,
                "_MaxParallelSteps": cap,
                "_RoleArn": "arn:aws:iam::000000000000:role/penstock",
            },
        )
        self.engine.start(arn)
        return Execution(self.store, self.engine, arn, name)

    def close(self):
        self.engine.shutdown()
        self.store.close()


@pytest.fixture
def laboratory(tmp_path):
    lab = Laboratory(tmp_path)
    yield lab
    lab.close()


@pytest.fixture
def service(laboratory):
    return laboratory.service


@pytest.fixture
def start(laboratory):
    return laboratory.start


@pytest.fixture
def new_laboratory(tmp_path_factory):
    """For tests that need a fresh one many times (hypothesis)."""
    return lambda: Laboratory(tmp_path_factory.mktemp("laboratory"))
