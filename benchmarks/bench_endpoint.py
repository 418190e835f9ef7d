"""Requests per second of an endpoint, with data capture off and on, against asking its container directly.

The container is a small echo server, so that the figures show what the endpoint adds, not what a model
takes. The caller is a process of its own over raw HTTP with connections kept alive; requests are signed
beforehand, so that the client's own work is not measured.
"""

import http.client
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from measure import in_turn, table

from penstock.emulator.app import Emulator
from penstock.emulator.standins.registry import StandIn, StandIns
from penstock.emulator.state import StateDirectory

ROLE = "arn:aws:iam::000000000000:role/penstock-benchmark"
BUCKET = "benchmark"
# The size of a row of the census data.
ROW = b"39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male\n"
REQUESTS = 1500
ROUNDS = 5

ECHO = """
import os, socketserver
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port = int(os.environ["SAGEMAKER_BIND_TO_PORT"])

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    def do_GET(self):
        self.answer(b"")
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(str(port).encode() if body == b"port" else body)
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def rate(url: str, headers: dict[str, str], connections: int) -> float:
    """Requests per second over so many connections at once."""
    address = urlsplit(url)

    def ask() -> None:
        connection = http.client.HTTPConnection(address.hostname or "", address.port)
        for _ in range(REQUESTS // connections):
            connection.request("POST", address.path, ROW, headers)
            response = connection.getresponse()
            if response.read() != ROW:
                raise SystemExit(f"{url} answered {response.status}")

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return REQUESTS // connections * connections / (time.perf_counter() - started)


def deploy(sagemaker: Any, name: str, capture: bool) -> None:
    capturing = {
        "DataCaptureConfig": {
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{BUCKET}/captured",
            "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        }
    }
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[{"VariantName": "all", "ModelName": "echo"}],
        **(capturing if capture else {}),
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    while (status := sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]) == "Creating":
        time.sleep(0.05)
    if status != "InService":
        raise SystemExit(f"the endpoint is {status}")


def main() -> None:
    echo = StandIn(name="echo", note="a benchmark's own", serve=(sys.executable, "-c", ECHO))
    with (
        tempfile.TemporaryDirectory() as scratch,
        Emulator(StateDirectory(Path(scratch) / "state"), stand_ins=StandIns({"echo": echo})) as emulator,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as caller,
    ):
        variables = emulator.environment()
        key, secret = variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]
        session = boto3.Session(key, secret, region_name="us-east-1")
        s3, sagemaker, runtime, iam = (
            session.client(service, endpoint_url=emulator.endpoint_url)
            for service in ("s3", "sagemaker", "sagemaker-runtime", "iam")
        )
        iam.create_role(RoleName="penstock-benchmark", AssumeRolePolicyDocument="{}")
        s3.create_bucket(Bucket=BUCKET)
        sagemaker.create_model(ModelName="echo", PrimaryContainer={"Image": "echo"}, ExecutionRoleArn=ROLE)
        deploy(sagemaker, "plain", capture=False)
        deploy(sagemaker, "captured", capture=True)
        port = runtime.invoke_endpoint(EndpointName="plain", Body=b"port")["Body"].read().decode()

        def endpoint(name: str, connections: int) -> float:
            url = f"{emulator.endpoint_url}/endpoints/{name}/invocations"
            signed = AWSRequest("POST", url, data=ROW, headers={"Content-Type": "text/csv"})
            SigV4Auth(Credentials(key, secret), "sagemaker", "us-east-1").add_auth(signed)
            return caller.submit(rate, url, dict(signed.headers), connections).result()

        def container(connections: int) -> float:
            url = f"http://127.0.0.1:{port}/invocations"
            return caller.submit(rate, url, {"Content-Type": "text/csv"}, connections).result()

        for connections in (1, 8):
            figures = in_turn(
                ROUNDS,
                lambda among=connections: endpoint("plain", among),
                lambda among=connections: endpoint("captured", among),
                lambda among=connections: container(among),
            )
            names = ("endpoint, capture off", "endpoint, capture on (100 %)", "the container itself")
            table(
                f"requests per second over {connections} connection{'s' if connections > 1 else ''}"
                f" (median of {ROUNDS})",
                ("", "requests/s", "ratio to the container"),
                [(name, figure, figure / figures[-1]) for name, figure in zip(names, figures, strict=True)],
            )


if __name__ == "__main__":
    main()
