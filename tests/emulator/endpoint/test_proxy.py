"""Programs that know no endpoint URL: AWS's own host names over HTTPS, and nobody else's."""

import http.client
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from penstock.emulator.endpoint.authority import Authority

SCRIPT = """
import os, boto3
assert "AWS_ENDPOINT_URL" not in os.environ
print(boto3.client("sts").get_caller_identity()["Account"])
s3 = boto3.client("s3")
s3.create_bucket(Bucket="by-proxy")
s3.put_object(Bucket="by-proxy", Key="a b/ü", Body=b"content" * 100_000, Metadata={"k_k": "v"})
got = s3.get_object(Bucket="by-proxy", Key="a b/ü", ChecksumMode="ENABLED")
print(len(got["Body"].read()), got["Metadata"], got["ChecksumCRC32"])
print([bucket["Name"] for bucket in s3.list_buckets()["Buckets"]])
print(boto3.client("sagemaker").list_pipelines()["PipelineSummaries"])
"""


@pytest.fixture(scope="module")
def proxied(start_emulator, tmp_path_factory):
    return start_emulator(tmp_path_factory.mktemp("proxied"), "--proxy")


def run(emulator, script):
    environment = emulator.command_environment()
    del environment["AWS_ENDPOINT_URL"]
    return subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)


def test_boto3_without_an_endpoint_is_answered_here(proxied):
    done = run(proxied, SCRIPT)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "000000000000"
    assert lines[1].startswith("700000 {'k_k': 'v'} ")
    assert lines[2:] == ["['by-proxy']", "[]"]


def test_another_host_is_refused_and_never_connected_to(proxied):
    done = run(
        proxied,
        "import urllib.request\n"
        "for url in ('https://example.com', 'https://amazonaws.com.example.com', 'https://sts.amazonaws.com:22'):\n"
        "    try: urllib.request.urlopen(url)\n"
        "    except OSError as error: print(error)\n",
    )
    assert (
        done.stdout.splitlines()
        == ["<urlopen error Tunnel connection failed: 403 Forbidden: not a host of AWS>"] * 3
    )


def test_an_aws_host_is_a_host_only_inside_a_tunnel(emulator):
    connection = http.client.HTTPConnection(urlsplit(emulator.endpoint_url).netloc)
    connection.request("GET", "/", headers={"Host": "s3.us-east-1.amazonaws.com"})
    assert connection.getresponse().status == 403


def test_the_authority_is_for_aws_alone_and_its_key_for_the_owner(tmp_path):
    authority = Authority(tmp_path / "proxy")
    certificate = x509.load_pem_x509_certificate(authority.bundle.read_bytes())
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert [name.value for name in constraints.value.permitted_subtrees] == [
        "amazonaws.com",
        "amazonaws.com.cn",
        "api.aws",
    ]
    key = tmp_path / "proxy" / "authority.key"
    assert oct(key.stat().st_mode & 0o777) == "0o600"
    assert load_pem_private_key(key.read_bytes(), None).public_key() == certificate.public_key()
    authority.context("sts.amazonaws.com")
    assert sorted(file.name for file in key.parent.iterdir()) == ["authority.key", "authority.pem"]
    assert Authority(tmp_path / "proxy").bundle.read_bytes() == authority.bundle.read_bytes()
