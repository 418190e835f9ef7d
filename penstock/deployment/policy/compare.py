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
_OUT_OF_BOUNDS = "its permissions boundary does not allow it"


@dataclass(frozen=True, order=True)
class Grant:
    """An action on a resource; `policy` is the one that says it, `why` what is to be known besides."""

    action: str
    resource: str
    policy: str = ""
    why: str = ""


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
    found = _role(aws, role)
    arn = str(found["Arn"])
    attached = dict(_policies(aws, name))
    lacking = _simulated(aws, arn, wanted)
    simulated = lacking is not None
    if lacking is None:
        bound = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        lacking = list(_compared(wanted, attached, _managed(aws, bound) if bound else None))
    return Comparison(arn, sorted(lacking), sorted(set(_excess(attached, wanted))), simulated)


def _role(aws: Aws, role: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = aws.iam.get_role(RoleName=name_of(role))["Role"]
    except ClientError as error:
        if not is_missing(error):
            raise
        found = {}
    if not found or (role.startswith("arn:") and role != found["Arn"]):
        other = f", but {found['Arn']}" if found else ""
        raise PenstockError(
            f"there is no role {role}{other}",
            where=f"environment {aws.environment.name}",
            remedy="Name a role of the account, by its name or its ARN.",
        )
    return found


def _policies(aws: Aws, name: str) -> Iterator[tuple[str, Document]]:
    """The role's policies by name: its own, and those attached to it."""
    iam = aws.iam
    for page in iam.get_paginator("list_role_policies").paginate(RoleName=name):
        for policy in page["PolicyNames"]:
            yield policy, iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
        for attached in page["AttachedPolicies"]:
            yield attached["PolicyName"], _managed(aws, attached["PolicyArn"])


def _managed(aws: Aws, arn: str) -> Document:
    version = aws.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found = aws.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    document: Document = found["Document"]
    return document


def _simulated(aws: Aws, role: str, wanted: Document) -> list[Grant] | None:
    """What IAM says the role may not do; None where it cannot be asked."""
    lacking: list[Grant] = []
    for statement in wanted["Statement"]:
        # A value, where the policy has a pattern of values.
        context = [
            {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value.rstrip("*")]}
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
            why = _reason(one["EvalResourceDecision"], {**result, **one})
            yield Grant(result["EvalActionName"], one["EvalResourceName"], why=why)
    if not by_resource and result["EvalDecision"] != "allowed":
        resource = result.get("EvalResourceName", "*")
        yield Grant(result["EvalActionName"], resource, why=_reason(result["EvalDecision"], result))


def _reason(decision: str, result: dict[str, Any]) -> str:
    """Why not, where it is not for want of a policy."""
    if not result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
        return "the organization does not allow it"
    if not result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True):
        return _OUT_OF_BOUNDS
    denying = sorted({one["SourcePolicyId"] for one in result.get("MatchedStatements", [])})
    return f"denied by {', '.join(denying)}" if decision == "explicitDeny" and denying else ""


def _compared(wanted: Document, attached: dict[str, Document], boundary: Document | None) -> Iterator[Grant]:
    """What the statements do not allow."""
    for statement in wanted["Statement"]:
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                asked = (action, resource, statement.get("Condition", {}))
                why = _refusal(*asked, attached)
                if why is not None:
                    yield Grant(action, resource, why=why)
                elif boundary is not None and _refusal(*asked, {"": boundary}) is not None:
                    yield Grant(action, resource, why=_OUT_OF_BOUNDS)


def _refusal(
    action: str, resource: str, condition: dict[str, Any], policies: dict[str, Document]
) -> str | None:
    """Why the policies do not allow it, empty if none allows it; None if they do."""
    said = [
        (statement["Effect"], statement.get("Condition", {}), name)
        for name, document in policies.items()
        for statement in _list(document["Statement"])
        if _covers(statement, action, resource)
    ]
    denying = [name for effect, conditions, name in said if effect == "Deny" and not conditions]
    if denying:
        return f"denied by {', '.join(denying)}"
    allowed = any(effect == "Allow" and _is_met(own, condition) for effect, own, _ in said)
    return None if allowed else ""


def _is_met(own: dict[str, Any], condition: dict[str, Any]) -> bool:
    """Whether a statement's own condition is no hindrance: it holds where the wanted one does. Of any other,
    nobody here knows."""
    for operator, keys in own.items():
        for key, values in keys.items():
            wanted = condition.get(operator, {}).get(key)
            if wanted is None or not any(covers(text, wanted) for text in _list(values)):
                return False
    return True


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
                    covering = [one for one in wanted["Statement"] if _covers(one, action, resource)]
                    if not covering:
                        yield Grant(action, resource, name)
                    elif "Condition" not in statement and all("Condition" in one for one in covering):
                        yield Grant(action, resource, name, "without a condition")


def _list(value: Any) -> list[Any]:
    """IAM's documents write a list of one as the one."""
    return value if isinstance(value, list) else [value]
