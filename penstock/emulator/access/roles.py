"""Roles as IAM holds them. The only module of this package that knows moto, which is IAM here."""

import json
import threading
from typing import Any

from penstock.emulator.access.evaluator import Asked, Policies, trusts


class Roles:
    """The roles of one account. `lock` is the one under which moto is called."""

    def __init__(self, account: str, region: str, lock: threading.Lock) -> None:
        self._account = account
        self._region = region
        self._lock = lock

    def policies(self, arn: str) -> Policies:
        """What a role may do; nothing for one that is not there."""
        with self._lock:
            role = self._find(arn)
            if role is None:
                return Policies(())
            attached = [_document(policy) for policy in role.managed_policies.values()]
            boundary = None
            if role.permissions_boundary_arn:
                policy = self._iam.managed_policies.get(role.permissions_boundary_arn)
                # One that is gone allows nothing.
                boundary = _document(policy) if policy else "{}"
            return Policies((*map(_text, role.policies.values()), *attached), boundary)

    def managed(self, arn: str) -> str | None:
        """A managed policy's document, by its ARN; None if there is none."""
        with self._lock:
            policy = self._iam.managed_policies.get(arn)
            return _document(policy) if policy else None

    def tags(self, arn: str) -> dict[str, str]:
        with self._lock:
            role = self._find(arn)
            return {} if role is None else {tag["Key"]: tag["Value"] for tag in role.tags or []}

    def exists(self, arn: str) -> bool:
        with self._lock:
            return self._find(arn) is not None

    def may_be_assumed(self, arn: str, kind: str, *principals: str) -> bool:
        """Whether a role is there whose trust policy lets one of these take it: `"Service"` and a service's
        principal, `"AWS"` and ARNs."""
        with self._lock:
            role = self._find(arn)
            document = role and _text(role.assume_role_policy_document)
        if not document:
            return False
        context = {}
        if kind == "Service":
            # The service's resource that takes it, whatever its name.
            service = principals[0].partition(".")[0]
            source = f"arn:aws:{service}:{self._region}:{self._account}:*"
            context = {"aws:sourceaccount": [self._account], "aws:sourcearn": [source]}
        return trusts(document, kind, principals, Asked("sts:AssumeRole", arn, context))

    def arn_of(self, name: str) -> str:
        """A role's ARN, by its name or its ARN; of one that is not there, what it would be."""
        if name.startswith("arn:"):
            return name
        with self._lock:
            found = (role.arn for role in self._iam.roles.values() if role.name == name)
            return next(found, f"arn:aws:iam::{self._account}:role/{name}")

    def of_instance_profile(self, name: str) -> str | None:
        """The ARN of the role that instances with a profile, by its name or ARN, act as."""
        wanted = name.rpartition("/")[2]
        with self._lock:
            for profile in self._iam.instance_profiles.values():
                if profile.name == wanted and profile.roles:
                    return str(profile.roles[0].arn)
        return None

    @property
    def _iam(self) -> Any:
        from moto.iam.models import iam_backends

        return iam_backends[self._account]["aws"]

    def _find(self, arn: str) -> Any:
        return next((role for role in self._iam.roles.values() if role.arn == arn), None)


def _document(policy: Any) -> str:
    """Of a managed policy, the default version's."""
    versions = policy.versions
    return _text(next(each.document for each in versions if each.version_id == policy.default_version_id))


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)
