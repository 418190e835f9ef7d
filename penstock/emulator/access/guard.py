"""The decision: may this session make this call? And if not, why not, in AWS's words.

Without enforcement everything is allowed, and nothing is looked at.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from penstock.emulator.access.evaluator import Asked, is_explicit, refusal
from penstock.emulator.access.identities import Session
from penstock.emulator.access.needs import needs_of
from penstock.emulator.access.needs.call import Call, Lookup, Need
from penstock.emulator.access.roles import Roles

_log = logging.getLogger(__name__)


class Denied(PermissionError):
    """Its text is AWS's. `action` is what is not allowed."""

    def __init__(self, message: str, action: str) -> None:
        super().__init__(message)
        self.message = message
        self.action = action


class Guard:
    """`tags(arn)` gives the tags of a resource of SageMaker. Safe to share between threads."""

    def __init__(
        self,
        roles: Roles,
        lookup: Lookup,
        region: str,
        enforces: bool,
        tags: Callable[[str], Mapping[str, str]],
    ) -> None:
        self.enforces = enforces
        self._roles = roles
        self._lookup = lookup
        self._region = region
        self._tags = tags
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def check(self, session: Session | None, call: Call) -> None:
        """Raises Denied unless the session may make the call; None is the account's owner, who may."""
        if self.enforces and session is not None:
            self._require(session, needs_of(call, self._lookup))

    def require(self, session: Session | None, *needs: Need) -> None:
        """Raises Denied unless all is allowed to the session."""
        if self.enforces and session is not None:
            self._require(session, needs)

    def may_be_assumed(self, role_arn: str, service: str) -> bool:
        """Whether a service may act as a role: it is there and, with enforcement, trusts the service."""
        if not self.enforces:
            return self._roles.exists(role_arn)
        return self._roles.may_be_assumed(role_arn, "Service", f"{service}.amazonaws.com")

    def assume(self, session: Session | None, role_arn: str) -> None:
        """Raises Denied unless who asks may take the role: it trusts the asker by name, or it trusts the
        account, and the asker's policies allow it (STS API Reference, AssumeRole)."""
        if not self.enforces:
            allowed = self._roles.exists(role_arn)
        elif session is None:
            allowed = self._trusts_account(role_arn)
        else:
            allowed = self._may_assume(session, role_arn)
        if not allowed:
            who = session.arn if session else f"arn:aws:iam::{role_arn.split(':')[4]}:root"
            raise Denied(
                f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
                "sts:AssumeRole",
            )

    def managed_policy(self, arn: str) -> str | None:
        """The document of a managed policy; None if there is none."""
        return self._roles.managed(arn)

    def _may_assume(self, session: Session, role_arn: str) -> bool:
        need = Need("sts:AssumeRole", role_arn)
        why = self._refusal(session, need)
        if self._roles.may_be_assumed(role_arn, "AWS", session.role_arn, session.arn):
            if is_explicit(why):
                self._refuse(session, need, str(why))
            return True
        if not self._trusts_account(role_arn):
            return False
        if why is not None:
            self._refuse(session, need, why)
        return True

    def _trusts_account(self, role_arn: str) -> bool:
        account = role_arn.split(":")[4]
        return self._roles.may_be_assumed(role_arn, "AWS", account, f"arn:aws:iam::{account}:root")

    def _refusal(self, session: Session, need: Need) -> str | None:
        policies = replace(self._roles.policies(session.role_arn), session=session.policies)
        return refusal(policies, Asked(need.action, need.resource, self._context(session, need)))

    def _require(self, session: Session, needs: Iterable[Need]) -> None:
        for need in needs:
            if need.action.startswith("kms:") and (key := self._lookup.key(need.resource)):
                need = replace(need, resource=key)
            why = self._refusal(session, need)
            if why is not None:
                self._refuse(session, need, why)

    def _refuse(self, session: Session, need: Need, why: str) -> None:
        # S3 alone puts the resource in quotes.
        resource = f'"{need.resource}"' if need.action.startswith("s3:") else need.resource
        message = (
            f"User: {session.arn} is not authorized to perform: {need.action} on resource: {resource} {why}"
        )
        with self._lock:
            is_news = message not in self._told
            self._told.add(message)
        if is_news:
            _log.warning("denied: %s", message)
        raise Denied(message, need.action)

    def _context(self, session: Session, need: Need) -> dict[str, list[str]]:
        """The keys of the request's own, and AWS's global ones, in lower case."""
        now = time.time()
        context = {
            "aws:CurrentTime": [datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")],
            "aws:EpochTime": [str(int(now))],
            "aws:PrincipalAccount": [session.account],
            "aws:PrincipalArn": [session.role_arn],
            "aws:PrincipalIsAWSService": ["false"],
            "aws:PrincipalType": ["AssumedRole"],
            "aws:RequestedRegion": [self._region],
            "aws:ResourceAccount": [session.account],
            # As on AWS, whose endpoints this one stands for; here, nothing leaves the machine.
            "aws:SecureTransport": ["true"],
            "aws:SourceIp": ["127.0.0.1"],
            "aws:userid": [session.user_id],
            "aws:ViaAWSService": ["false"],
            **{
                f"aws:PrincipalTag/{key}": [value]
                for key, value in self._roles.tags(session.role_arn).items()
            },
            **need.context,
        }
        if need.action.startswith("sagemaker:"):
            for key, value in self._tags(need.resource).items():
                context[f"aws:ResourceTag/{key}"] = context[f"sagemaker:ResourceTag/{key}"] = [value]
        return {key.lower(): list(values) for key, values in context.items()}
