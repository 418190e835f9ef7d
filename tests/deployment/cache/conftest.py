"""The emulator's service and engine over HTTP, with jobs that are done when they start."""

import json
import threading
import time
from functools import cached_property

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request

from penstock.deployment import environments
from penstock.deployment.aws import Aws
from penstock.deployment.cache import forecast
from penstock.emulator.access.actor import Actor
from penstock.emulator.engine.aws import Aws as EngineAws
from penstock.emulator.engine.engine import Engine
from penstock.emulator.sagemaker.protocol import respond
from penstock.emulator.sagemaker.service import SageMaker
from penstock.emulator.sagemaker.store import Store
from penstock.emulator.state import StateDirectory

ENDED = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")


class InstantJobs:
    """Each job is completed at once; one whose image is `broken` has failed."""

    def __init__(self, store):
        self.store = store

    def start(self, kind, name):
        job = self.store.get(kind, name)
        image = job.get("AppSpecification", {}).get("ImageUri")
        status = "Failed" if image == "broken" else "Completed"
        self.store.update(kind, name, lambda it: it.update({f"{kind}Status": status}))

    def stop(self, kind, name):
        raise AssertionError("nothing runs that could be stopped")


class NoEndpoints:
    """No test here deploys one."""


class Laboratory:
    """A pipeline called `scoring`, what is foretold of it, and what becomes of it."""

    def __init__(self, root, project):
        state = StateDirectory(root)
        state.prepare()
        self.store = Store(state.database)
        aws = EngineAws(self.call, self.read_object, Actor(self.no_client))
        self.engine = Engine(self.store, lambda role: aws)
        jobs = InstantJobs(self.store)
        self.service = SageMaker(self.store, state, jobs, self.engine, NoEndpoints(), self.read_object)
        self.calls = []
        self.server = make_server("127.0.0.1", 0, self.answer, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.project = project

    def answer(self, environ, start_response):
        request = Request(environ)
        target = request.headers["X-Amz-Target"]
        self.calls.append(target.partition(".")[2])
        return respond(self.service.call, target, request.get_data())(environ, start_response)

    def call(self, operation, request):
        return self.service.call(operation, request)

    def read_object(self, uri):
        """Whatever is read, is this."""
        return b'{"rows": 5}'

    def no_client(self, name):
        raise AssertionError(f"no step here uses {name}")

    @cached_property
    def aws(self):
        return Aws(environments.load(self.project, "local"))

    def deploy(self, definition):
        sagemaker = self.aws.sagemaker
        request = {
            "PipelineName": "scoring",
            "PipelineDefinition": json.dumps(definition),
            "RoleArn": "arn:aws:iam::000000000000:role/pipelines",
        }
        try:
            sagemaker.update_pipeline(**request)
        except sagemaker.exceptions.ResourceNotFound:
            sagemaker.create_pipeline(**request)

    def execute(self, definition, **parameters):
        """ARN and steps, by name, of an execution that has ended."""
        self.deploy(definition)
        sagemaker = self.aws.sagemaker
        given = [{"Name": name, "Value": value} for name, value in parameters.items()]
        started = sagemaker.start_pipeline_execution(PipelineName="scoring", PipelineParameters=given)
        arn = started["PipelineExecutionArn"]
        name = arn.partition(":pipeline/")[2].replace("/execution/", "/")
        until = time.monotonic() + 60
        while True:
            seen = self.store.revision
            if self.store.get("PipelineExecution", name)["PipelineExecutionStatus"] in ENDED:
                break
            assert time.monotonic() < until, "the execution has not ended"
            self.store.wait(seen, 1)
        steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
        return arn, {step["StepName"]: step for step in steps}

    def foretell(self, definition, **others):
        return {each.step: each for each in forecast(self.aws, "scoring", definition, **others)}

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.engine.shutdown()
        self.store.close()


@pytest.fixture
def laboratory(tmp_path, project, credentials, monkeypatch):
    lab = Laboratory(tmp_path / "state", project)
    monkeypatch.setenv("AWS_ENDPOINT_URL", lab.url)
    threading.Thread(target=lab.server.serve_forever, args=(0.01,), daemon=True).start()
    yield lab
    lab.close()
