"""A job runner on a real store, with a real (moto) server for S3 and Logs."""

import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from penstock.emulator.access.actor import Actor
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.isolation import Isolation, available
from penstock.emulator.jobs.runner import JobRunner
from penstock.emulator.sagemaker.store import Store
from penstock.emulator.standins.registry import BUILT_IN, StandIn, StandIns
from penstock.emulator.state import StateDirectory

BUCKET = "penstock-tests"
SCIKIT_LEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
# A model server that answers with what it was asked; see echo_server.py.
ECHO = StandIn(
    name="echo",
    note="a test's own server",
    serve=(sys.executable, str(Path(__file__).with_name("echo_server.py")), "/opt/ml"),
)
ARNS = {"ProcessingJob": "processing-job", "AutoMLJob": "automl-job", "TransformJob": "transform-job"}
END = {"Completed", "Failed", "Stopped"}


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


# Of a module, for what mock_aws elsewhere in the process starts is without this bucket: moto forgets.
@pytest.fixture(scope="module")
def aws(endpoint: str) -> Callable[[str], Any]:
    @cache
    def clients(name: str) -> Any:
        return boto3.client(
            name,
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    clients("s3").create_bucket(Bucket=BUCKET)
    clients("logs")
    return clients


@pytest.fixture(params=available(), ids=lambda isolation: isolation.name)
def isolation(request: pytest.FixtureRequest) -> Isolation:
    return request.param


@pytest.fixture
def directory(tmp_path: Path) -> JobDirectory:
    return JobDirectory(tmp_path / "job").prepare()


def actor(aws: Callable[[str], Any]) -> Actor:
    """The account's own, whose keys moto does not look at."""
    variables = {
        "AWS_ENDPOINT_URL": aws("s3").meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    return Actor(aws, variables)


class Bench:
    """Starts jobs as the service does, and waits for their end."""

    def __init__(self, root: Path, aws: Callable[[str], Any]) -> None:
        state = StateDirectory(root)
        state.prepare()
        self.state = state
        self.store = Store(state.database)
        self.runner = JobRunner(
            self.store, state, lambda role: actor(aws), StandIns({**BUILT_IN, "echo": ECHO})
        )
        self.s3 = aws("s3")
        self.logs = aws("logs")
        self.prefix = root.name
        self._count = 0

    def uri(self, key: str) -> str:
        return f"s3://{BUCKET}/{self.prefix}/{key}"

    def put(self, key: str, body: bytes | str) -> str:
        self.s3.put_object(Bucket=BUCKET, Key=f"{self.prefix}/{key}", Body=body)
        return self.uri(key)

    def get(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=BUCKET, Key=f"{self.prefix}/{key}")["Body"].read()

    def keys(self, prefix: str = "") -> list[str]:
        answer = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{self.prefix}/{prefix}")
        return [entry["Key"].removeprefix(f"{self.prefix}/") for entry in answer.get("Contents", [])]

    def start(self, kind: str, **members: Any) -> str:
        self._count += 1
        name = f"{self.prefix.replace('_', '-')[:40]}-{self._count}"
        now = time.time()
        document = {
            f"{kind}Name": name,
            f"{kind}Arn": f"arn:aws:sagemaker:us-east-1:000000000000:{ARNS[kind]}/{name}",
            f"{kind}Status": "InProgress",
            "RoleArn": "arn:aws:iam::000000000000:role/penstock-execution",
            "CreationTime": now,
            "LastModifiedTime": now,
            **members,
        }
        self.store.create(kind, name, document)
        self.runner.start(kind, name)
        return name

    def document(self, kind: str, name: str) -> dict[str, Any]:
        document = self.store.get(kind, name)
        assert document is not None
        return document

    def end(self, kind: str, name: str, timeout: float = 120) -> dict[str, Any]:
        """The job's document when it has ended."""
        until = time.monotonic() + timeout
        while True:
            seen = self.store.revision
            document = self.document(kind, name)
            if document[f"{kind}Status"] in END:
                return document
            assert time.monotonic() < until, document
            self.store.wait(seen, 1)

    def run(self, kind: str, **members: Any) -> dict[str, Any]:
        return self.end(kind, self.start(kind, **members))

    def log_lines(self, kind: str, name: str) -> dict[str, list[str]]:
        """The job's log lines by stream."""
        group = f"/aws/sagemaker/{kind}s"
        streams = self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")
        return {
            stream["logStreamName"]: [
                event["message"]
                for event in self.logs.get_log_events(
                    logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
                )["events"]
            ]
            for stream in streams["logStreams"]
        }

    def process(self, code: str, **members: Any) -> dict[str, Any]:
        """A processing job of a script, as a request has it."""
        self.put("code/script.py", code)
        given = members.pop("ProcessingInputs", [])
        return {
            "AppSpecification": {
                "ImageUri": SCIKIT_LEARN,
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/script.py"],
                **members.pop("AppSpecification", {}),
            },
            "ProcessingInputs": [
                {
                    "InputName": "code",
                    "S3Input": {
                        "S3Uri": self.uri("code/script.py"),
                        "LocalPath": "/opt/ml/processing/input/code",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                },
                *given,
            ],
            **members,
        }


@pytest.fixture
def bench(tmp_path: Path, aws: Callable[[str], Any]) -> Iterator[Bench]:
    made = Bench(tmp_path, aws)
    yield made
    made.runner.shutdown()
    made.store.close()


@pytest.fixture(scope="module")
def module_bench(tmp_path_factory: pytest.TempPathFactory, aws: Callable[[str], Any]) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("bench"), aws)
    yield made
    made.runner.shutdown()
    made.store.close()
