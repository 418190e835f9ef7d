"""A SageMaker of the tests' own: endpoints over HTTP whose models are Python functions."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from penstock.emulator.standins.clarify import analyze

Model = Callable[[str], str]


class FakeSageMaker:
    """Create, describe and delete endpoints and their configurations, and invoke them.

    `models` are functions from a request's body to an answer's, by name; `asked` holds the bodies, `calls`
    the operations, `endpoints` and `configurations` what exists now. Any bucket of its S3 has
    the `objects`, by key.
    """

    def __init__(self) -> None:
        self.models: dict[str, Model] = {}
        self.asked: list[str] = []
        self.calls: list[tuple[str, dict]] = []
        self.endpoints: dict[str, str] = {}
        self.configurations: dict[str, str] = {}
        self.failure = ""
        self.objects: dict[str, str] = {}

    def __call__(self, environ, start_response):
        return self.respond(Request(environ))(environ, start_response)

    def respond(self, request: Request) -> Response:
        if request.path.startswith("/endpoints/"):
            return self._invoke(request.path.split("/")[2], request)
        if request.method != "POST":
            return self._object(request)
        operation = request.headers["X-Amz-Target"].split(".")[1]
        asked = request.get_json(force=True)
        self.calls.append((operation, asked))
        match operation:
            case "CreateEndpointConfig":
                model = asked["ProductionVariants"][0]["ModelName"]
                if model not in self.models:
                    return _error("ValidationException", f'Could not find model "{model}".')
                self.configurations[asked["EndpointConfigName"]] = model
            case "CreateEndpoint":
                self.endpoints[asked["EndpointName"]] = self.configurations[asked["EndpointConfigName"]]
            case "DescribeEndpoint":
                status = "Failed" if self.failure else "InService"
                return _json({"EndpointStatus": status, "FailureReason": self.failure})
            case "DeleteEndpoint":
                del self.endpoints[asked["EndpointName"]]
            case "DeleteEndpointConfig":
                del self.configurations[asked["EndpointConfigName"]]
        return _json({})

    def _object(self, request: Request) -> Response:
        _, _, key = request.path.lstrip("/").partition("/")
        if key:
            return Response(self.objects[key])
        found = [name for name in self.objects if name.startswith(request.args["prefix"])]
        keys = "".join(f"<Contents><Key>{name}</Key></Contents>" for name in found)
        return Response(f"<ListBucketResult>{keys}</ListBucketResult>", content_type="application/xml")

    def _invoke(self, endpoint: str, request: Request) -> Response:
        body = request.get_data(as_text=True)
        self.asked.append(body)
        try:
            return Response(
                self.models[self.endpoints[endpoint]](body), content_type=request.headers["Accept"]
            )
        except ValueError as error:
            return _error(
                "ModelError", f"Received client error (400) from primary with message {str(error)!r}"
            )


def _json(document: dict) -> Response:
    return Response(json.dumps(document), content_type="application/x-amz-json-1.1")


def _error(code: str, message: str) -> Response:
    return Response(
        json.dumps({"__type": code, "message": message, "Message": message}),
        400,
        content_type="application/json",
        headers={"x-amzn-errortype": code},
    )


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSageMaker]:
    fake = FakeSageMaker()
    server = make_server("127.0.0.1", 0, fake, threaded=True)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    yield fake
    server.shutdown()
    server.server_close()


class Job:
    """A run of the program on a /opt/ml of its own."""

    def __init__(self, ml: Path) -> None:
        self.ml = ml

    def run(self, config: dict, data: str | bytes, name: str = "data.csv") -> int:
        self.write(config, data, name)
        return analyze.main(self.ml)

    def write(self, config: dict, data: str | bytes, name: str = "data.csv") -> None:
        (self.ml / "processing/input/config").mkdir(parents=True, exist_ok=True)
        (self.ml / "processing/input/data").mkdir(parents=True, exist_ok=True)
        (self.ml / "processing/input/config/analysis_config.json").write_text(json.dumps(config))
        file = self.ml / "processing/input/data" / name
        file.write_bytes(data.encode() if isinstance(data, str) else data)

    @property
    def message(self) -> str:
        return (self.ml / "output/message").read_text(encoding="utf-8")

    @property
    def analysis(self) -> dict:
        return json.loads(self.text("analysis.json"))

    def text(self, name: str) -> str:
        return (self.ml / "processing/output" / name).read_text(encoding="utf-8")

    def written(self) -> set[str]:
        folder = self.ml / "processing/output"
        return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "ml")
