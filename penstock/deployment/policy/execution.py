"""What a pipeline's execution role needs: every call of its steps, and what their containers do as the role.

A rendered definition in, a policy out. What a step's Arguments name is what it may touch; what only an
execution knows is a pattern (values.py). It asks nobody.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from penstock.definition.structure import Step, all_steps
from penstock.deployment.environments import Environment
from penstock.deployment.policy import actions
from penstock.deployment.policy.grants import Document, Grants
from penstock.deployment.policy.objects import bucket_arn, objects_arn
from penstock.deployment.policy.values import Path, Values, leaves

_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9\-]+)\.[a-z.]+/(?P<repository>[^:@]+).*"
)
_QUEUE = re.compile(r"https://sqs\.(?P<region>[a-z0-9\-]+)\.[a-z.]+/(?P<account>\d{12})/(?P<name>[\w\-.]+)")
_FIELD = re.compile(r"\{(\w+)\}")
_WRITTEN = (
    "Output",
    "CheckpointConfig",
    "DataCaptureConfig",
)  # parts of the keys that lead to what is written

_SAGEMAKER = "sagemaker.amazonaws.com"


@dataclass(frozen=True)
class Needs:
    """A policy, and what a person must know about it."""

    policy: Document
    notes: list[str]


def needs(definition: Mapping[str, Any], environment: Environment, pipeline: str) -> Needs:
    """The execution role's policy for a rendered definition; `pipeline` is the pipeline's name in AWS."""
    gathering = _Gathering(environment, Values(definition, pipeline))
    for step in all_steps(definition):
        gathering.add(step)
    return Needs(gathering.grants.document(), gathering.notes)


class _Gathering:
    def __init__(self, environment: Environment, values: Values) -> None:
        self.grants = Grants()
        self.notes: list[str] = []
        self._environment = environment
        self._values = values

    def add(self, step: Step) -> None:
        kind = step["Type"]
        if kind not in actions.STEPS:
            self.notes.append(
                f"step {step['Name']}: what {kind} steps call is not known, and nothing is allowed for it"
            )
            return
        self._calls(step, actions.STEPS[kind])
        match kind:
            case "ClarifyCheck" if "ModelName" in step:
                self._calls(step, actions.SHADOW_ENDPOINTS)
            case "EMR":
                self._cluster(step)
            case "EMRServerless":
                self._serverless(step)
            case "Lambda":
                self.grants.allow(
                    "InvokeFunctions", ["lambda:InvokeFunction"], self._values.of(step.get("FunctionArn"))
                )
            case "Callback":
                self._queue(step)
            case "Cleanup":
                self._cleanup(step)
        if kind in actions.CONTAINERS:
            self._container(kind, step)
        elif kind in ("RegisterModel", "EndpointConfig"):
            self._read_only(step)

    def _calls(self, step: Step, calls: tuple[actions.Calls, ...]) -> None:
        for call in calls:
            for resource in call.resources:
                self.grants.allow(call.sid, call.actions, self._arns(step, call.service, resource))

    def _arns(self, step: Step, service: str, resource: str) -> Iterator[str]:
        if resource == "*":
            yield "*"
            return
        fields = _FIELD.findall(resource)
        for chosen in product(*(self._values.member(step, field) for field in fields)):
            filled = resource.format(**dict(zip(fields, chosen, strict=True)))
            # A reference by ARN: the resource itself.
            given = next((value for value in chosen if value.startswith("arn:")), None)
            yield given or self._environment.arn(service, filled)

    def _container(self, kind: str, step: Step) -> None:
        environment, arguments = self._environment, step.get("Arguments", {})
        logs = environment.arn("logs", "log-group:/aws/sagemaker/*")
        self.grants.allow("WriteLogs", actions.LOGS, logs)
        self.grants.allow("WriteMetrics", actions.METRICS, "*")
        self.grants.allow("RegistryLogin", actions.REGISTRY, "*")
        if kind == "AutoML":  # Autopilot's images are AWS's own
            self.grants.allow("PullImages", actions.IMAGES, self._repository("*"))
        for path, value in leaves(arguments):
            self._resource(path, value)

    def _read_only(self, step: Step) -> None:
        for path, value in leaves(step.get("Arguments", {})):
            if path and path[-1].endswith(("KmsKeyId", "KmsKey")):
                self._resource(path, value)

    def _resource(self, path: Path, value: Any) -> None:
        member = path[-1] if path else ""
        found = self._values.of(value)
        if member in ("RoleArn", "ExecutionRoleArn"):
            self.grants.pass_roles(found, _SAGEMAKER)
        elif member in ("ImageUri", "Image", "TrainingImage"):
            self.grants.allow("PullImages", actions.IMAGES, [self._repository(image) for image in found])
        elif member.endswith(("KmsKeyId", "KmsKey")):
            self.grants.allow("UseKeys", actions.KEYS, [self._key(key) for key in found])
        elif "VpcConfig" in path:
            self.grants.allow("UseNetwork", actions.NETWORK, "*")
        for text in found:
            if text.startswith("s3://"):
                self._object(path, text)

    def _object(self, path: Path, uri: str) -> None:
        """What is written there is also read: by later steps."""
        partition = self._environment.partition
        objects = objects_arn(partition, uri)
        self.grants.allow("ListBuckets", actions.BUCKETS, bucket_arn(partition, uri))
        self.grants.allow("ReadObjects", actions.READ_OBJECTS, objects)
        if any(part in key for key in path for part in _WRITTEN):
            self.grants.allow("WriteObjects", actions.WRITE_OBJECTS, objects)

    def _repository(self, image: str) -> str:
        environment = self._environment
        match = _IMAGE.fullmatch(image)
        if match is None:  # known to the execution only
            return f"arn:{environment.partition}:ecr:{environment.region}:*:repository/*"
        return "arn:{}:ecr:{region}:{account}:repository/{repository}".format(
            environment.partition, **match.groupdict()
        )

    def _key(self, key: str) -> str:
        """The key's ARN; of an alias, which IAM takes no ARN of, every key of the account."""
        if key.startswith("arn:") and ":alias/" not in key:
            return key
        alias = "alias/" in key
        return self._environment.arn("kms", "key/*" if alias or key == "*" else f"key/{key}")

    def _cluster(self, step: Step) -> None:
        arguments = step.get("Arguments", {})
        config = arguments.get("ClusterConfig", step.get("ClusterConfig"))
        if isinstance(config, dict):
            self._calls(step, actions.OWN_CLUSTER)
            self._pass(config.get("ServiceRole"), "elasticmapreduce.amazonaws.com")
            self._pass(config.get("JobFlowRole"), "ec2.amazonaws.com")
            self._pass(config.get("AutoScalingRole"), "application-autoscaling.amazonaws.com")
        self._pass(arguments.get("ExecutionRoleArn"), "elasticmapreduce.amazonaws.com")

    def _serverless(self, step: Step) -> None:
        arguments = step.get("Arguments", {})
        if "ApplicationConfig" in arguments or "ApplicationConfig" in step:
            self._calls(step, actions.OWN_APPLICATION)
        for path, value in leaves(arguments):
            if path and path[-1] in ("executionRoleArn", "ExecutionRoleArn"):
                self._pass(value, "emr-serverless.amazonaws.com")

    def _pass(self, role: Any, service: str) -> None:
        """A role by its ARN or its name; an instance profile's role is taken to have the same name."""
        if role is None:
            return
        account = f"arn:{self._environment.partition}:iam::{self._environment.account}:role/"
        arns = [name if name.startswith("arn:") else account + name for name in self._values.of(role)]
        self.grants.pass_roles(arns, service)

    def _queue(self, step: Step) -> None:
        for url in self._values.of(step.get("SqsQueueUrl")):
            match = _QUEUE.fullmatch(url)
            arn = self._environment.arn("sqs", "*")
            if match:
                arn = "arn:{}:sqs:{region}:{account}:{name}".format(
                    self._environment.partition, **match.groupdict()
                )
            self.grants.allow("SendMessages", actions.SEND_MESSAGES, arn)
        if self._environment.kms_key:  # which encrypts the queue that bootstrap makes
            self.grants.allow("UseKeys", actions.KEYS, self._key(self._environment.kms_key))

    def _cleanup(self, step: Step) -> None:
        """Objects go from where the other steps wrote them, which is theirs to say."""
        for path, value in leaves(step.get("Arguments", {})):
            for uri in self._values.of(value) if path[-1:] == ("S3Uris",) else []:
                if uri.startswith("s3://"):
                    arn = f"arn:{self._environment.partition}:s3:::{uri.removeprefix('s3://')}"
                    self.grants.allow("DeleteObjects", ["s3:DeleteObject"], arn)
