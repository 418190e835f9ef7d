"""An emulator that has a parrot for a model, and short ways to make what a test needs."""

import io
import tarfile
import time
import uuid
from pathlib import Path

import pytest

IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/parrot:1"
ROLE = "arn:aws:iam::000000000000:role/models"
PROGRAM = (str(Path(__file__).with_name("serve.py")),)


class Bench:
    """Everything that it makes has a name of its own, so tests do not meet."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.sagemaker = emulator.client("sagemaker")
        self.runtime = emulator.client("sagemaker-runtime")
        self.s3 = emulator.client("s3")
        self.bucket = f"test-{uuid.uuid4().hex[:12]}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.s3.put_object(Bucket=self.bucket, Key="model.tar.gz", Body=archive(weights=b"1"))

    def model(self, *containers, **more):
        """A model of parrots, one for each set of PARROT_ variables."""
        name = unique("model")
        definitions = [
            {
                "Image": IMAGE,
                "ModelDataUrl": f"s3://{self.bucket}/model.tar.gz",
                **({"ContainerHostname": hostname} if hostname else {}),
                "Environment": {f"PARROT_{name}": value for name, value in environment.items()},
            }
            for hostname, environment in ((each.pop("hostname", None), each) for each in containers or [{}])
        ]
        single = (
            {"PrimaryContainer": definitions[0]} if len(definitions) == 1 else {"Containers": definitions}
        )
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, **single, **more)
        return name

    def config(self, *models, shadow=None, capture=None, weights=()):
        name = unique("config")
        variants = [self.variant(model, f"v{number + 1}") for number, model in enumerate(models)]
        for variant, weight in zip(variants, weights, strict=False):
            variant["InitialVariantWeight"] = weight
        more = {}
        if shadow:
            more["ShadowProductionVariants"] = [self.variant(shadow, "shadow")]
        if capture is not None:
            more["DataCaptureConfig"] = {
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": f"s3://{self.bucket}/captured/",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
                "CaptureContentTypeHeader": {
                    "CsvContentTypes": ["text/csv"],
                    "JsonContentTypes": ["application/json"],
                },
                **capture,
            }
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **more)
        return name

    @staticmethod
    def variant(model, name):
        return {
            "VariantName": name,
            "ModelName": model,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }

    def endpoint(self, config=None, **others):
        """The name of an endpoint that is in service."""
        name = unique("endpoint")
        config = config or self.config(self.model(), **others)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        assert self.settled(name)["EndpointStatus"] == "InService"
        return name

    def settled(self, name):
        """The endpoint's description when nothing is under way any more."""

        def settled():
            found = self.sagemaker.describe_endpoint(EndpointName=name)
            return found["EndpointStatus"] in ("InService", "Failed") and found

        return self.eventually(settled)

    def gone(self, name):
        """Return when there is no such endpoint any more."""
        self.eventually(
            lambda: all(each["EndpointName"] != name for each in self.sagemaker.list_endpoints()["Endpoints"])
        )

    @staticmethod
    def eventually(true, patience=60):
        """What `true` gives when it is true at last."""
        until = time.monotonic() + patience
        while not (found := true()):
            assert time.monotonic() < until, "it never came true"
            time.sleep(0.02)
        return found

    def invoke(self, name, body, **members):
        answer = self.runtime.invoke_endpoint(
            EndpointName=name, Body=body, **{"ContentType": "text/csv", **members}
        )
        return {**answer, "Body": answer["Body"].read()}

    def said(self, name, body, **members):
        return self.invoke(name, body, **members)["Body"].decode()

    def refused(self, call, **members):
        """The error that a call is answered with."""
        with pytest.raises(self.sagemaker.exceptions.ClientError) as caught:
            call(**members)
        return caught.value.response

    def keys(self, prefix):
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [each["Key"] for each in found]


def unique(kind):
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def archive(**files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture(scope="session")
def start_hosting(start_emulator):
    """Starts an emulator that hosts parrots, and gives its bench."""

    def start(root):
        bench = Bench(start_emulator(root, program=PROGRAM))
        iam = bench.emulator.client("iam")
        if not iam.list_roles(PathPrefix="/")["Roles"]:
            iam.create_role(RoleName="models", AssumeRolePolicyDocument="{}")
        return bench

    return start


@pytest.fixture(scope="session")
def bench(start_hosting, tmp_path_factory):
    return start_hosting(tmp_path_factory.mktemp("hosting"))
