"""Latency of Describe calls: Penstock's emulator against moto's own server, over raw HTTP.

One keep-alive connection, signed requests made beforehand, so that the client's own work is not measured.
The operation is the same on both: DescribePipeline of one small pipeline.
"""

import http.client
import json
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from measure import table
from moto.server import ThreadedMotoServer

from penstock.emulator.app import Emulator
from penstock.emulator.state import StateDirectory

ROLE = "arn:aws:iam::000000000000:role/penstock-benchmark"
DEFINITION = {"Version": "2020-12-01", "Steps": [
    {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "as asked"}},
]}  # fmt: skip
CALLS = 2000


def prepare(endpoint: str, key: str, secret: str) -> None:
    session = boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1")
    trust = {"Version": "2012-10-17", "Statement": []}
    session.client("iam", endpoint_url=endpoint).create_role(
        RoleName="penstock-benchmark", AssumeRolePolicyDocument=json.dumps(trust)
    )
    session.client("sagemaker", endpoint_url=endpoint).create_pipeline(
        PipelineName="benchmark", PipelineDefinition=json.dumps(DEFINITION), RoleArn=ROLE
    )


def latencies(endpoint: str, key: str, secret: str) -> tuple[float, float]:
    """The 50th and 99th percentile in milliseconds."""
    body = b'{"PipelineName":"benchmark"}'
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "SageMaker.DescribePipeline"}
    signed = AWSRequest("POST", endpoint + "/", data=body, headers=headers)
    SigV4Auth(Credentials(key, secret), "sagemaker", "us-east-1").add_auth(signed)
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port)
    taken = []
    for _ in range(CALLS):
        started = time.perf_counter()
        connection.request("POST", "/", body, dict(signed.headers))
        response = connection.getresponse()
        answer = response.read()
        taken.append((time.perf_counter() - started) * 1000)
        if response.status != 200:
            raise SystemExit(f"{endpoint} answered {response.status}: {answer[:200]!r}")
    cuts = quantiles(taken[CALLS // 10 :], n=100)
    return cuts[49], cuts[98]


def main() -> None:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    with (
        tempfile.TemporaryDirectory() as scratch,
        Emulator(StateDirectory(Path(scratch) / "state")) as emulator,
    ):
        variables = emulator.environment()
        ours = (emulator.endpoint_url, variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])
        theirs = (f"http://{host}:{port}", "benchmark", "benchmark")
        for side in (ours, theirs):
            prepare(*side)
        figures = [latencies(*side) for side in (ours, theirs)]
    moto.stop()
    table(
        f"DescribePipeline over raw HTTP, {CALLS} calls on one connection",
        ("", "p50 ms", "p99 ms", "p50 ratio to moto"),
        [
            (name, p50, p99, p50 / figures[1][0])
            for name, (p50, p99) in zip(("penstock emulate", "moto server"), figures, strict=True)
        ],
    )


if __name__ == "__main__":
    main()
