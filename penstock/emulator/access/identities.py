"""Which key is whose: sessions of roles, as AWS STS gives them to services and to those who ask.

A session's keys are made when it is first needed, drawn at random, and gone when the emulator stops, as are
the processes that have them. Any other key is the account's own, whose owner may do everything.
"""

import hmac
import secrets
import string
import threading
from dataclasses import dataclass, field

_ALPHABET = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class Session:
    """Somebody who acts as a role, and the keys that prove it."""

    role_arn: str
    name: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    token: str = field(repr=False)
    # What it was asked for with, to be allowed no more: documents, as JSON; None of one without.
    policies: tuple[str, ...] | None = None

    @property
    def user_id(self) -> str:
        return f"AROA{self.access_key_id[4:]}:{self.name}"

    @property
    def account(self) -> str:
        return self.role_arn.split(":")[4]

    @property
    def role_name(self) -> str:
        return self.role_arn.rpartition("/")[2]

    @property
    def arn(self) -> str:
        """`arn:aws:sts::000000000000:assumed-role/penstock-execution/SageMaker`"""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role_name}/{self.name}"

    def has_token(self, token: str | None) -> bool:
        return hmac.compare_digest((token or "").encode(), self.token.encode())


class Sessions:
    """Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_key: dict[str, Session] = {}
        self._by_role: dict[tuple[str, str], Session] = {}

    def of(self, role_arn: str, name: str) -> Session:
        """The session of a role under a name: one for all who ask for it."""
        with self._lock:
            if (role_arn, name) not in self._by_role:
                self._by_role[role_arn, name] = self._make(role_arn, name)
            return self._by_role[role_arn, name]

    def new(self, role_arn: str, name: str, policies: tuple[str, ...] | None = None) -> Session:
        """A session with keys of its own."""
        with self._lock:
            return self._make(role_arn, name, policies)

    def find(self, access_key_id: str) -> Session | None:
        return self._by_key.get(access_key_id)

    def _make(self, role_arn: str, name: str, policies: tuple[str, ...] | None = None) -> Session:
        key = "ASIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16))
        self._by_key[key] = Session(
            role_arn, name, key, secrets.token_urlsafe(30), "penstock." + secrets.token_urlsafe(48), policies
        )
        return self._by_key[key]
