"""What a role that exists lacks, and what it has too much of, against the policy that it should have.

IAM itself says what the role lacks (SimulatePrincipalPolicy) where it may be asked; where not, the statements
of the role's policies are compared, which knows no boundaries and nothing of the organisation. Reads only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from penstock.deployment.aws import Aws, code, is_denied, is_missing
from penstock.deployment.policy.grants import Document, covers
from penstock.deployment.roles import name_of
from penstock.errors import PenstockError

# IAM, or what stands in for it, does not know the call.
_UNKNOWN = {"NotImplemented", "InvalidAction", "UnknownOperationException", "InternalFailure", "501", "404"}
_AT_ONCE = 50  # actions in one simulation


@dataclass(frozen=True, order=True)
class Grant:
    """An action on a resource; `policy` is the one that says it."""

    action: str
    resource: str
    policy: str = ""


@dataclass(frozen=True)
class Comparison:
    """`simulated` says whether IAM itself told what is lacking."""

    role: str
    lacking: list[Grant]
    excess: list[Grant]
    simulated: bool


def compare(aws: Aws, role: str, wanted: Document) -> Comparison:
    """Compare the role, by name or ARN, with the policy `wanted`. Raises PenstockError if there is none."""
    name = name_of(role)
    arn = _arn_of(aws, name)
    attached = dict(_policies(aws, name))
    lacking = _simulated(aws, arn, wanted)
    simulated = lacking is not None
    if lacking is None:
        lacking = [
            Grant(action, resource)
            for statement in wanted["Statement"]
            for action in statement["Action"]
            for resource in statement["Resource"]
            if not _allowed(action, resource, statement.get("Condition", {}), attached)
        ]
    return Comparison(arn, sorted(lacking), sorted(set(_excess(attached, wanted))), simulated)


def _arn_of(aws: Aws, name: str) -> str:
    try:
        return str(aws.iam.get_role(RoleName=name)["Role"]["Arn"])
    except ClientError as error:
        if not is_missing(error):
            raise
        raise PenstockError(
            f"there is no role {name}",
            where=f"environment {aws.environment.name}",
            remedy="Name a role of the account, by its name or its ARN.",
        ) from None


def _policies(aws: Aws, name: str) -> Iterator[tuple[str, Document]]:
    """The role's policies by name: its own, and those attached to it."""
    iam = aws.iam
    for page in iam.get_paginator("list_role_policies").paginate(RoleName=name):
        for policy in page["PolicyNames"]:
            yield policy, iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
        for attached in page["AttachedPolicies"]:
            arn = attached["PolicyArn"]
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
            yield attached["PolicyName"], found["Document"]


def _simulated(aws: Aws, role: str, wanted: Document) -> list[Grant] | None:
    """What IAM says the role may not do; None where it cannot be asked."""
    lacking: list[Grant] = []
    for statement in wanted["Statement"]:
        context = [
            {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
            for keys in statement.get("Condition", {}).values()
            for key, value in keys.items()
        ]
        for first in range(0, len(statement["Action"]), _AT_ONCE):
            try:
                pages = aws.iam.get_paginator("simulate_principal_policy").paginate(
                    PolicySourceArn=role,
                    ActionNames=statement["Action"][first : first + _AT_ONCE],
                    ResourceArns=statement["Resource"],
                    ContextEntries=context,
                )
                results = [result for page in pages for result in page["EvaluationResults"]]
            except ClientError as error:
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
                if is_denied(error) or code(error) in _UNKNOWN or status in (404, 501):
                    return None
                raise
            lacking += [grant for result in results for grant in _denied(result)]
    return lacking


def _denied(result: dict[str, Any]) -> Iterator[Grant]:
    by_resource = result.get("ResourceSpecificResults") or []
    for one in by_resource:
        if one["EvalResourceDecision"] != "allowed":
            yield Grant(result["EvalActionName"], one["EvalResourceName"])
    if not by_resource and result["EvalDecision"] != "allowed":
        yield Grant(result["EvalActionName"], result.get("EvalResourceName", "*"))


def _allowed(action: str, resource: str, condition: dict[str, Any], attached: dict[str, Document]) -> bool:
    said = [
        (statement["Effect"], statement.get("Condition", {}))
        for document in attached.values()
        for statement in _list(document["Statement"])
        if _covers(statement, action, resource)
    ]
    denied = any(effect == "Deny" and not conditions for effect, conditions in said)
    # A condition that the policy should have too is no hindrance; of any other, nobody here knows.
    return not denied and any(effect == "Allow" and (not own or own == condition) for effect, own in said)


def _covers(statement: dict[str, Any], action: str, resource: str) -> bool:
    """Whether a statement is about all of this. Actions know no case; Not... is about what it leaves out."""
    if "NotAction" in statement:
        acts = not any(covers(one.lower(), action.lower()) for one in _list(statement["NotAction"]))
    else:
        acts = any(covers(one.lower(), action.lower()) for one in _list(statement["Action"]))
    if "NotResource" in statement:
        return acts and not any(covers(one, resource) for one in _list(statement["NotResource"]))
    return acts and any(covers(one, resource) for one in _list(statement.get("Resource", "*")))


def _excess(attached: dict[str, Document], wanted: Document) -> Iterator[Grant]:
    """The grants of the role that no statement of the wanted policy covers."""
    for name, document in attached.items():
        for statement in _list(document["Statement"]):
            if statement["Effect"] != "Allow":
                continue
            for action in _list(statement.get("Action", "*")):
                for resource in _list(statement.get("Resource", "*")):
                    if not any(_covers(one, action, resource) for one in wanted["Statement"]):
                        yield Grant(action, resource, name)


def _list(value: Any) -> list[Any]:
    """IAM's documents write a list of one as the one."""
    return value if isinstance(value, list) else [value]
