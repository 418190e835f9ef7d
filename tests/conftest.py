"""What tests of several folders share: a small project, and AWS as moto and as a scripted server play it."""

import copy
import functools
import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from penstock.definition.compiled import Asset, Compiled, Manifest, canonical, file_sha256, written
from penstock.project import Project

ROOT = Path(__file__).parent.parent
ACCOUNT = "123456789012"  # moto's

SCORING = {
    "Version": "2020-12-01",
    "Metadata": {},
    "Parameters": [
        {"Name": "DataUri", "Type": "String", "DefaultValue": "s3://{{ env.bucket }}/data.csv"},
        {"Name": "MinimumAuc", "Type": "Float", "DefaultValue": 0.85},
        {"Name": "Rounds", "Type": "Integer", "DefaultValue": 10},
        {
            "Name": "Approval",
            "Type": "String",
            "DefaultValue": "PendingManualApproval",
            "EnumValues": ["PendingManualApproval", "Approved"],
        },
    ],
    "Steps": [
        {
            "Name": "Prepare",
            "Type": "Processing",
            "Arguments": {
                "AppSpecification": {"ImageUri": '{{ image("scikit-learn") }}'},
                "NetworkConfig": {
                    "EnableNetworkIsolation": "{{ env.network_isolation }}",
                    "VpcConfig": "{{ env.vpc }}",
                },
                "ProcessingInputs": [
                    {"InputName": "code", "S3Input": {"S3Uri": '{{ asset("jobs/prepare.py") }}'}}
                ],
                "RoleArn": "{{ env.role }}",
                "Tags": "{{ env.tags }}",
            },
        },
        {
            "Name": "Gate",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [],
                "IfSteps": [{"Name": "Reject", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
                "ElseSteps": [],
            },
        },
    ],
}

ENVIRONMENT = f"""\
account = "{ACCOUNT}"
region = "us-east-1"
role = "arn:aws:iam::{ACCOUNT}:role/pipelines"
bucket = "things"

[tags]
team = "scoring"
"""


@pytest.fixture(scope="session", autouse=True)
def service_models_are_read_once() -> None:
    """Every boto3 session reads the service models anew, SageMaker's for 0.2 s; tests make hundreds."""
    import botocore.session

    botocore.session.create_loader = functools.cache(botocore.session.create_loader)


class SmallProject(Project):
    """A project with one compiled pipeline, and the edits that tests make."""

    def compile(self, definition: dict[str, Any], **manifest: Any) -> None:
        """Write `compiled/scoring.*` as if pipelines/scoring.py had just given this definition."""
        asset = self.root / "jobs/prepare.py"
        text = canonical(definition)
        members = {
            "name": "scoring",
            "pipeline_name": "scoring",
            "display_name": "Scoring",
            "description": "Scores things.",
            "definition_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "sagemaker": "3.27.0",
            "sources": {"pipelines/scoring.py": file_sha256(self.root / "pipelines/scoring.py")},
            "assets": {"jobs/prepare.py": Asset(file_sha256(asset), asset.stat().st_size)},
        }
        made = Compiled(definition, Manifest(**members | manifest))
        for name, content in zip(("scoring.json", "scoring.assets.json"), written(made), strict=True):
            (self.compiled / name).write_text(content)

    def edit_environment(self, old: str, new: str) -> None:
        file = self.environments / "local.toml"
        file.write_text(file.read_text().replace(old, new))


@pytest.fixture
def definition() -> dict[str, Any]:
    """The small project's definition, to change and compile again."""
    return copy.deepcopy(SCORING)


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    project = SmallProject(tmp_path / "project")
    for folder in (project.pipelines, project.compiled, project.environments, project.data):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "pipeline.json.j2", project.template)
    (project.root / "jobs").mkdir()
    (project.root / "jobs/prepare.py").write_text("print('prepared')\n")
    (project.pipelines / "scoring.py").write_text("# builds the definition\n")
    (project.environments / "local.toml").write_text(ENVIRONMENT)
    project.compile(SCORING)
    return project


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def managed_policies() -> bool:
    """Whether moto knows AWS's own policies, which it takes a second to load. A test's parameter decides."""
    return False


@pytest.fixture
def moto(credentials: None, managed_policies: bool) -> Iterator[None]:
    """AWS in this process, empty."""
    from moto import mock_aws

    iam = {"load_aws_managed_policies": managed_policies}
    with mock_aws(config={"iam": iam, "lambda": {"use_docker": False}}):
        yield


@pytest.fixture
def account(moto: None) -> Callable[[str], Any]:
    """moto's AWS with the bucket and the role that the small project's environment names; makes clients."""
    import boto3

    def client(service: str) -> Any:
        return boto3.client(service, region_name="us-east-1")

    client("s3").create_bucket(Bucket="things")
    client("iam").create_role(RoleName="pipelines", AssumeRolePolicyDocument="{}")
    return client


@pytest.fixture
def no_simulation(moto: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """IAM refuses to simulate policies, which moto cannot do."""
    from moto.iam.responses import IamResponse

    error = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
    refusal = (error, {"status": 403})
    monkeypatch.setattr(IamResponse, "simulate_principal_policy", lambda _: refusal, raising=False)


@dataclass
class Refusal:
    """An error that the scripted server answers with."""

    code: str
    message: str = "no"
    status: int = 400


@dataclass
class ScriptedAws:
    """An endpoint that answers each operation with what a test has put down for it.

    `answers` maps an operation's name (for S3: `GET /bucket/key`) to a list; each call takes the next answer,
    and the last one stays. An answer is JSON-able data, bytes, a refusal, or ConnectionResetError. `calls`
    are the operations that were called, with their input.
    """

    url: str = ""
    answers: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @staticmethod
    def refusal(code: str, message: str = "no", status: int = 400) -> Refusal:
        return Refusal(code, message, status)

    def take(self, operation: str, given: Any) -> Any:
        with self.lock:
            self.calls.append((operation, given))
            answers = self.answers.get(operation, [Refusal("ResourceNotFound", f"no answer to {operation}")])
            return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def scripted_aws(credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    aws = ScriptedAws()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if "X-Amz-Target" in self.headers:  # the JSON protocol
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                self.answer(aws.take(operation, json.loads(body)))
            elif self.path != "/":  # a REST protocol
                self.answer(aws.take(f"POST {self.path}", json.loads(body)))
            else:  # the older query protocol, of STS and IAM
                given = dict(parse_qsl(body.decode()))
                self.answer(aws.take(given["Action"], given))

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.answer(aws.take(f"PUT {self.path}", json.loads(body)))

        def do_HEAD(self) -> None:
            self.answer(aws.take(f"HEAD {self.path.partition('?')[0]}", None))

        def do_GET(self) -> None:
            self.answer(aws.take(f"GET {self.path.partition('?')[0]}", None))

        def answer(self, answer: Any) -> None:
            if answer is ConnectionResetError:
                self.close_connection = True
                return
            status, content = 200, answer
            if isinstance(answer, Refusal):
                status, content = answer.status, {"__type": answer.code, "message": answer.message}
                if "X-Amz-Target" not in self.headers and not self.path.startswith("/2015-03-31/"):  # Lambda
                    said = f"<Code>{answer.code}</Code><Message>{answer.message}</Message>"
                    content = f"<ErrorResponse><Error>{said}</Error></ErrorResponse>".encode()
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            if isinstance(answer, Refusal):
                self.send_header("x-amzn-ErrorType", answer.code)  # where REST protocols have it
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    aws.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield aws
    server.shutdown()
    server.server_close()
