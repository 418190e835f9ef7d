"""Idempotency: the same ClientRequestToken with the same request gives the same answer, and happens once.

The window in which AWS remembers a token is unknown (facts/pipeline-execution.md, section 7); here a token
lives as long as the pipeline or the registry that it was used for.
"""

import hashlib
import json
from collections.abc import Callable

from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError

_KIND = "Token"
_TOKENS = ("ClientRequestToken", "ClientToken")


def once(
    context: Context, operation: str, scope: str, request: Document, act: Callable[[], Document]
) -> tuple[Document, bool]:
    """What `act` answered, and whether it acted now. It runs in a transaction, so that it and its token are
    kept together. Raises ServiceError: ConflictException for a token that was used for another request."""
    token = next((request[name] for name in _TOKENS if name in request), None)
    with context.store.transaction():
        if token is None:
            return act(), True
        name, asked = f"{scope}/{operation}/{token}", _mark(request)
        known = context.store.get(_KIND, name)
        if known is None:
            answer = act()
            context.store.create(_KIND, name, {"Name": name, "Request": asked, "Answer": answer})
            return answer, True
    if known["Request"] != asked:
        raise ServiceError(
            "ConflictException",
            f"The token {token} was used for another {operation} request. Send a new token with a new"
            " request.",
        )
    return known["Answer"], False


def forget(context: Context, scope: str) -> None:
    """Drop the tokens of a scope."""
    for known in context.store.all(_KIND, f"{scope}/"):
        context.store.delete(_KIND, known["Name"])


def _mark(request: Document) -> str:
    asked = {name: value for name, value in request.items() if name not in _TOKENS}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
