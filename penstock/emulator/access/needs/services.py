"""What calls of the other services need: each a table of what its operations are on.

Source: the Service Authorization Reference.
"""

import base64
from collections.abc import Callable, Iterator

from penstock.emulator.access.needs.call import Call, Lookup, Need, pass_role, tag_context


def _plain(call: Call, resource: str) -> Need:
    return Need(f"{call.service}:{call.operation}", resource)


def _sqs(call: Call, lookup: Lookup) -> Iterator[Need]:
    """A batch is as its messages."""
    name = call.text("QueueName") or call.text("QueueUrl").rstrip("/").rpartition("/")[2]
    resource = "*" if call.operation == "ListQueues" else call.named("", name)
    yield Need(f"sqs:{call.operation.removesuffix('Batch')}", resource)


_LAMBDA_ACTIONS = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction"}


def _lambda(call: Call, lookup: Lookup) -> Iterator[Need]:
    operation, name = call.operation, call.text("FunctionName")
    action = _LAMBDA_ACTIONS.get(operation, operation)
    function = call.named("function:", name.removeprefix(f"{call.account}:function:"))
    qualifier = call.text("Qualifier")
    if qualifier and operation in ("Invoke", "GetFunction", "GetFunctionConfiguration"):
        function += f":{qualifier}"
    if "EventSourceMapping" in operation:
        # Only a condition can name the function, also of a mapping that is there.
        own = function if name else lookup.mapped(call.text("UUID"))
        yield Need(f"lambda:{action}", "*", {"lambda:FunctionArn": [own]} if own else {})
        return
    if operation.startswith("List") and not name and not call.text("Resource"):
        yield Need(f"lambda:{action}", "*")
        return
    layer = call.text("LayerName")
    resource = call.text("Resource") or (call.named("layer:", layer) if layer else function)
    yield Need(f"lambda:{action}", resource, tag_context(call.members.get("Tags")))
    if role := call.text("Role"):
        yield pass_role(role, "lambda")
    code = call.members.get("Code") or call.members
    if isinstance(code, dict) and code.get("S3Bucket"):
        yield Need("s3:GetObject", f"arn:aws:s3:::{code['S3Bucket']}/{code.get('S3Key')}")


def _logs(call: Call, lookup: Lookup) -> Iterator[Need]:
    """A log group's ARN goes on to its streams, also where none is named: `log-group:NAME:log-stream:`."""
    group = call.text("logGroupName") or call.text("logGroupNamePrefix")
    named = call.text("logGroupIdentifier") or call.text("resourceArn")
    stream = call.text("logStreamName")
    if named.startswith("arn:"):
        yield _plain(call, named)
    else:
        yield _plain(call, call.arn(f"log-group:{group or named}:log-stream:{stream}"))


def _kms(call: Call, lookup: Lookup) -> Iterator[Need]:
    key = call.text("KeyId") or _key_of(call.text("CiphertextBlob"))
    if call.operation.startswith("List") and not key:
        yield _plain(call, "*")
    else:
        yield _plain(call, (key and lookup.key(key)) or (call.named("key/", key) if key else "*"))


def _key_of(ciphertext: str) -> str:
    """The id of the key that something was encrypted with: it begins with it, here."""
    try:
        return base64.b64decode(ciphertext)[:36].decode("ascii")
    except ValueError:
        return ""


def _ecr(call: Call, lookup: Lookup) -> Iterator[Need]:
    account, several = call.text("registryId") or call.account, call.members.get("repositoryNames")
    names = [str(each) for each in several] if isinstance(several, list) else [call.text("repositoryName")]
    for name in names:
        yield _plain(call, f"arn:aws:ecr:{call.region}:{account}:repository/{name}" if name else "*")


def _events(call: Call, lookup: Lookup) -> Iterator[Need]:
    rule = call.text("Rule") or call.text("Name")
    if arn := call.text("ResourceARN"):
        yield _plain(call, arn)
    elif "Rule" in call.operation or "Targets" in call.operation:
        bus = call.text("EventBusName").rpartition("/")[2]
        bus = "" if bus in ("", "default") else f"{bus}/"
        yield _plain(call, call.arn(f"rule/{bus}{rule}") if rule else "*")
    elif call.operation == "PutEvents":
        yield _plain(call, call.arn("event-bus/default"))
    else:
        yield _plain(call, "*")


def _iam(call: Call, lookup: Lookup) -> Iterator[Need]:
    """IAM's ARNs have no region; a role's may have a path, which only IAM knows."""
    account = f"arn:aws:iam::{call.account}:"
    if role := call.text("RoleName"):
        yield _plain(call, lookup.role(role))
    elif policy := call.text("PolicyArn"):
        yield _plain(call, policy)
    else:
        kinds = {
            "InstanceProfileName": "instance-profile/",
            "PolicyName": "policy/",
            "UserName": "user/",
            "GroupName": "group/",
        }
        named = (f"{account}{kind}{call.text(member)}" for member, kind in kinds.items() if call.text(member))
        yield _plain(call, next(named, "*"))
    if call.operation == "AddRoleToInstanceProfile":
        yield Need("iam:PassRole", lookup.role(call.text("RoleName")))


def _sts(call: Call, lookup: Lookup) -> Iterator[Need]:
    yield _plain(call, call.text("RoleArn") or "*")


def _emr(call: Call, lookup: Lookup) -> Iterator[Need]:
    if call.operation == "RunJobFlow":
        yield _plain(call, call.arn("cluster/*"))
        if tags := tag_context(call.members.get("Tags")):
            yield Need("elasticmapreduce:AddTags", call.arn("cluster/*"), tags)
        if role := call.text("ServiceRole"):
            yield pass_role(lookup.role(role), "elasticmapreduce")
        if profile := call.text("JobFlowRole"):
            yield pass_role(lookup.profile_role(profile) or lookup.role(profile), "ec2")
        if role := call.text("AutoScalingRole"):
            yield pass_role(lookup.role(role), "application-autoscaling")
        return
    several = call.members.get("JobFlowIds") or []
    one = call.text("ClusterId") or call.text("JobFlowId") or call.text("ResourceId")
    clusters = [str(each) for each in several] if isinstance(several, list) and several else [one]
    # A step's role is no role passed on: only a condition can name it.
    context = {"elasticmapreduce:ExecutionRoleArn": [role]} if (role := call.text("ExecutionRoleArn")) else {}
    for cluster in clusters:
        resource = call.arn(f"cluster/{cluster}") if cluster else "*"
        yield Need(f"elasticmapreduce:{call.operation}", resource, context)


def _emr_serverless(call: Call, lookup: Lookup) -> Iterator[Need]:
    application, run = call.text("applicationId"), call.text("jobRunId")
    if call.text("resourceArn"):
        yield _plain(call, call.text("resourceArn"))
    elif not application:
        yield _plain(call, call.arn("/*"))
    else:
        yield _plain(call, call.arn(f"/applications/{application}{f'/jobruns/{run}' if run else ''}"))
    if role := call.text("executionRoleArn"):
        yield pass_role(role, "emr-serverless")


def _listed(needs: Callable[[Call, Lookup], Iterator[Need]]) -> Callable[[Call, Lookup], list[Need]]:
    return lambda call, lookup: list(needs(call, lookup))


BY_SERVICE = {
    "sqs": _listed(_sqs),
    "lambda": _listed(_lambda),
    "logs": _listed(_logs),
    "kms": _listed(_kms),
    "ecr": _listed(_ecr),
    "events": _listed(_events),
    "iam": _listed(_iam),
    "sts": _listed(_sts),
    "elasticmapreduce": _listed(_emr),
    "emr-serverless": _listed(_emr_serverless),
}
