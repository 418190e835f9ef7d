"""What a pipeline's execution role needs: every call of its steps, and what their containers do as the role.

A rendered definition in, a policy out. What a step's Arguments name is what it may touch; what only an
execution knows is a pattern (values.py). It asks nobody.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from penstock.definition.expressions import get, items, references, walk
from penstock.definition.structure import Step, all_steps
from penstock.deployment.environments import Environment
from penstock.deployment.policy import actions
from penstock.deployment.policy.grants import Document, Grants, covers
from penstock.deployment.policy.keys import is_alias, key_arn
from penstock.deployment.policy.objects import bucket_arn, objects_arn
from penstock.deployment.policy.values import Path, Values, leaves

_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9\-]+)\.[a-z.]+/(?P<repository>[^:@]+).*"
)
_QUEUE = re.compile(r"https://sqs\.(?P<region>[a-z0-9\-]+)\.[a-z.]+/(?P<account>\d{12})/(?P<name>[\w\-.]+)")
_FIELD = re.compile(r"\{(\w+)\}")
# Parts of the keys that lead to what is written.
_WRITTEN = ("Output", "CheckpointConfig", "DataCaptureConfig")
_LOCATIONS = {"S3Uri", "S3OutputPath", "OutputS3Uri", "ModelDataUrl"}
# Steps that write nothing themselves, and can say where others have.
_TELLING = ("Lambda", "Callback")
_BASELINES = ("SuppliedBaselineStatistics", "SuppliedBaselineConstraints")
# Their names are in lower case in their ARNs (facts/pipeline-execution.md, 4).
_LOWER = ("model/", "endpoint/", "endpoint-config/")
# Ways to data of which no document says what they call as the role.
_UNKNOWN_SOURCES = ("AthenaDatasetDefinition", "RedshiftDatasetDefinition")

_SAGEMAKER = "sagemaker.amazonaws.com"


@dataclass(frozen=True)
class Needs:
    """A policy, and what a person must know about it."""

    policy: Document
    notes: list[str]


def needs(definition: Mapping[str, Any], environment: Environment, pipeline: str) -> Needs:
    """The execution role's policy for a rendered definition; `pipeline` is the pipeline's name in AWS."""
    steps = list(all_steps(definition))
    gathering = _Gathering(environment, Values(definition, pipeline), steps)
    for step in steps:
        gathering.add(step)
    return Needs(gathering.policy(), gathering.notes())


class _Gathering:
    def __init__(self, environment: Environment, values: Values, steps: list[Step]) -> None:
        self.grants = Grants()
        self._notes: list[str] = []
        self._others: dict[str, list[str]] = {}  # roles that are not the execution's, and their steps
        self._read: set[str] = set()  # objects
        self._written: set[str] = set()
        self._environment = environment
        self._values = values
        self._steps = {step["Name"]: step for step in steps}

    def policy(self) -> Document:
        """What is written is also read: by later steps. Each object stands in one statement, for a role's
        policies have little room."""
        own = {one for one in self._read if not any(covers(other, one) for other in self._written)}
        self.grants.allow("ReadObjects", actions.READ_OBJECTS, own)
        both = (*actions.READ_OBJECTS, *actions.WRITE_OBJECTS)
        self.grants.allow("ReadAndWriteObjects", both, self._written)
        return self.grants.document()

    def notes(self) -> list[str]:
        """Each once, in the order of the steps."""
        others = [
            f"steps that act as {role} ({', '.join(steps)}): that role, and not the execution role, needs"
            " what they read, write and pull"
            for role, steps in sorted(self._others.items())
        ]
        return [*dict.fromkeys(self._notes), *others]

    def add(self, step: Step) -> None:
        kind = step["Type"]
        if kind not in actions.STEPS:
            self._notes.append(
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
                self._function(step)
            case "Callback":
                self._queue(step)
            case "Cleanup":
                self._cleanup(step)
        if kind in actions.CONTAINERS:
            self._container(kind, step)
        elif kind in ("RegisterModel", "EndpointConfig"):
            self._configuration(step)
        self._property_files(step)

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
            arn: Callable[[str, str], str] = self._environment.arn
            names = []
            for value in chosen:
                if value.startswith("arn:"):  # of another account perhaps, or region
                    *place, named = value.split(":", 5)
                    arn, value = _placed(place), named.partition("/")[2]
                names.append(value)
            filled = resource.format(**dict(zip(fields, names, strict=True)))
            yield arn(service, filled)
            if filled.startswith(_LOWER) and not filled.islower():
                yield arn(service, filled.lower())

    def _container(self, kind: str, step: Step) -> None:
        environment, arguments = self._environment, step.get("Arguments", {})
        logs = environment.arn("logs", "log-group:/aws/sagemaker/*")
        self.grants.allow("WriteLogs", actions.LOGS, logs)
        self.grants.allow("WriteMetrics", actions.METRICS, "*")
        self.grants.allow("RegistryLogin", actions.REGISTRY, "*")
        if environment.kms_key:  # which encrypts what a deploy publishes
            self._key("UseKeys", actions.KEYS, environment.kms_key, step)
        if kind == "AutoML":  # Autopilot's images are AWS's own
            self.grants.allow("PullImages", actions.IMAGES, self._repository("*"))
        for path, value in leaves(arguments):
            self._resource(step, path, value)
        for member in _BASELINES:
            self._resource(step, (member,), step.get(member))

    def _configuration(self, step: Step) -> None:
        """A request whose objects and images are for others to read: keys, roles and networks."""
        for path, value in leaves(step.get("Arguments", {})):
            if _is_key(path) or _is_role(path) or "VpcConfig" in path:
                self._resource(step, path, value)

    def _resource(self, step: Step, path: Path, value: Any) -> None:
        if value is None:
            return
        member = path[-1] if path else ""
        found = self._values.of(value)
        if _is_role(path):
            roles = self._pass(step, value, _SAGEMAKER)
            for role in set(roles) - {self._environment.role}:
                self._others.setdefault(role, []).append(step["Name"])
        elif member == "ImageUri" or member.endswith("Image"):
            self.grants.allow("PullImages", actions.IMAGES, [self._repository(image) for image in found])
        elif _is_key(path):
            # A configuration's own key is that of its endpoint's volumes [ROLES, API: CreateEndpoint].
            is_volume = member.startswith("Volume") or (step["Type"] == "EndpointConfig" and len(path) == 1)
            for key in found:
                if is_volume:
                    self._key("GrantVolumeKeys", actions.VOLUME_KEYS, key, step)
                else:
                    self._key("UseKeys", actions.KEYS, key, step)
        elif member == "ModelPackageName":
            self._package(step, value)
        elif "VpcConfig" in path:
            self.grants.allow("UseNetwork", actions.NETWORK, "*")
        for source in _UNKNOWN_SOURCES:
            if source in path:
                self._note(step, f"what its {source} calls is not known, and nothing is allowed for it")
        for text in found:
            if text.startswith("s3://"):
                self._object(path, text)
            elif member in _LOCATIONS:
                self._unknown_location(step, member, value)

    def _object(self, path: Path, uri: str) -> None:
        partition = self._environment.partition
        self.grants.allow("ListBuckets", actions.BUCKETS, bucket_arn(partition, uri))
        objects = self._written if _is_written(path) else self._read
        objects.add(objects_arn(partition, uri))

    def _unknown_location(self, step: Step, member: str, value: Any) -> None:
        """What another step wrote is allowed with that step."""
        for reference in references(value):
            if reference.step and self._steps.get(reference.step, {}).get("Type") not in _TELLING:
                continue
            remedy = ": give the parameter a default" if reference.text.startswith("Parameters.") else ""
            self._note(
                step,
                f"only an execution knows where its {member} is ({reference.text}), and nothing is allowed"
                f" there{remedy}",
            )

    def _package(self, step: Step, value: Any) -> None:
        """A model of a package has the images and the data that the package was registered with."""
        registered = [self._steps.get(str(reference.step), {}) for reference in references(value)]
        packages = [one for one in registered if one.get("Type") == "RegisterModel"]
        for package in packages:
            for path, held in leaves(package.get("Arguments", {})):
                if path and path[-1] in ("Image", "ModelDataUrl"):
                    self._resource(step, path, held)
        if not packages:
            self._note(step, "the images and the data of its model package are not known, and not allowed")

    def _property_files(self, step: Step) -> None:
        """What a Std:JsonGet reads by its URI, which it does as the execution role [ACCESS]."""
        for path, value in walk(step):
            if path[-2:] == ("Std:JsonGet", "S3Uri"):
                self._resource(step, ("S3Uri",), value)

    def _repository(self, image: str) -> str:
        environment = self._environment
        match = _IMAGE.fullmatch(image)
        if match is None:  # known to the execution only
            return f"arn:{environment.partition}:ecr:{environment.region}:*:repository/*"
        return "arn:{}:ecr:{region}:{account}:repository/{repository}".format(
            environment.partition, **match.groupdict()
        )

    def _key(self, sid: str, uses: tuple[str, ...], key: str, step: Step) -> None:
        self.grants.allow(sid, uses, key_arn(self._environment, key))
        if is_alias(key):
            self._note(
                step,
                f"{key} is an alias, of which IAM knows no key: every key of the account is allowed; name it"
                " by its ARN",
            )

    def _note(self, step: Step, text: str) -> None:
        self._notes.append(f"step {step['Name']}: {text}")

    def _function(self, step: Step) -> None:
        """By its ARN; one that only an execution knows is any of the account and region."""
        known = self._values.of(step.get("FunctionArn"))
        if "*" in known:
            self._note(step, "only an execution knows the function, and every one of the account is allowed")
        arns = [self._environment.arn("lambda", "function:*") if arn == "*" else arn for arn in known]
        self.grants.allow("InvokeFunctions", ["lambda:InvokeFunction"], arns)

    def _cluster(self, step: Step) -> None:
        arguments = step.get("Arguments", {})
        config = arguments.get("ClusterConfig", step.get("ClusterConfig"))
        if isinstance(config, dict):
            self._calls(step, actions.OWN_CLUSTER)
            if "Tags" in config:
                self._calls(step, actions.TAGGED_CLUSTER)
            self._pass(step, config.get("ServiceRole"), "elasticmapreduce.amazonaws.com")
            self._pass(step, config.get("JobFlowRole"), "ec2.amazonaws.com")
            self._pass(step, config.get("AutoScalingRole"), "application-autoscaling.amazonaws.com")

    def _serverless(self, step: Step) -> None:
        arguments = step.get("Arguments", {})
        config = arguments.get("ApplicationConfig", step.get("ApplicationConfig"))
        if isinstance(config, dict):
            self._own_application(step, config)
        for path, value in leaves(arguments):
            if path and path[-1] in ("executionRoleArn", "ExecutionRoleArn"):
                self._pass(step, value, "emr-serverless.amazonaws.com")
                self._note(
                    step, "what its job reads and writes is for the job's own role, and not allowed here"
                )

    def _own_application(self, step: Step, config: Mapping[str, Any]) -> None:
        """The first application of an account makes EMR Serverless's own role; one in a network makes
        interfaces there (EMR Serverless user guide, "User access policy examples")."""
        self._calls(step, actions.OWN_APPLICATION)
        service = "ops.emr-serverless.amazonaws.com"
        role = f"role/aws-service-role/{service}/AWSServiceRoleForAmazonEMRServerless"
        account = f"arn:{self._environment.partition}:iam::{self._environment.account}"
        self.grants.allow("MakeServiceRole", ["iam:CreateServiceLinkedRole"], f"{account}:{role}")
        if "networkConfiguration" in config:
            only = {"StringEquals": {"aws:CalledViaLast": service}}
            self.grants.allow("MakeInterfaces", ["ec2:CreateNetworkInterface"], "*", only)

    def _pass(self, step: Step, role: Any, service: str) -> list[str]:
        """A role by its ARN or its name; an instance profile's role is taken to have the same name. Who could
        pass any role could be anybody, so one that nobody knows is not allowed."""
        if role is None:
            return []
        account = f"arn:{self._environment.partition}:iam::{self._environment.account}:role/"
        found = self._values.of(role)
        arns = [name if name.startswith("arn:") else account + name for name in found if name != "*"]
        self.grants.pass_roles(arns, service)
        if "*" in found:
            self._note(step, f"only an execution knows the role that {service} gets, and it is not allowed")
        return arns

    def _queue(self, step: Step) -> None:
        for url in self._values.of(step.get("SqsQueueUrl")):
            match = _QUEUE.fullmatch(url)
            arn = self._environment.arn("sqs", "*")
            if match is None:
                self._note(step, "only an execution knows the queue, and every one of the account is allowed")
            else:
                arn = "arn:{}:sqs:{region}:{account}:{name}".format(
                    self._environment.partition, **match.groupdict()
                )
            self.grants.allow("SendMessages", actions.SEND_MESSAGES, arn)
            if self._environment.kms_key and url == self._environment.approval_queue_url:
                # Which encrypts the queue that bootstrap makes.
                self._key("UseMessageKeys", actions.MESSAGE_KEYS, self._environment.kms_key, step)

    def _cleanup(self, step: Step) -> None:
        """The objects that it names; of a step that it names alone, what that step writes."""
        partition = self._environment.partition
        for item in items(get(step, "Arguments", "Resources", "S3")):
            uris = [uri for value in items(get(item, "S3Uris")) for uri in self._values.of(value)]
            exact = [uri for uri in uris if uri.startswith("s3://")]
            arns = [f"arn:{partition}:s3:::{uri.removeprefix('s3://')}" for uri in exact]
            if not uris:
                arns = [objects_arn(partition, uri) for uri in self._written_by(get(item, "StepName"))]
            self.grants.allow("DeleteObjects", ["s3:DeleteObject"], arns)

    def _written_by(self, name: Any) -> Iterator[str]:
        for path, value in leaves(self._steps.get(str(name), {}).get("Arguments", {})):
            if _is_written(path):
                yield from (uri for uri in self._values.of(value) if uri.startswith("s3://"))


def _placed(place: list[str]) -> Callable[[str, str], str]:
    """As Environment.arn, for the partition, service, region and account of another ARN."""
    return lambda _, resource: ":".join([*place, resource])


def _is_key(path: Path) -> bool:
    return bool(path) and path[-1].endswith(("KmsKeyId", "KmsKey"))


def _is_role(path: Path) -> bool:
    return bool(path) and path[-1] in ("RoleArn", "ExecutionRoleArn")


def _is_written(path: Path) -> bool:
    return any(part in key for key in path for part in _WRITTEN)
