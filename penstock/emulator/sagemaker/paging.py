"""Pages of a sorted list, with a NextToken that is opaque to the caller.

A token says behind which item the next page begins, by the item's place in the order and not by its
number: what is created or deleted between two calls neither repeats nor hides an item. It also says for
which question it was given, so a token of another list or of other filters is refused.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from penstock.emulator.sagemaker.errors import ServiceError

Item = TypeVar("Item")
Place = tuple[Any, ...]


def page(
    items: Sequence[Item],
    place: Callable[[Item], Place],
    question: dict[str, Any],
    *,
    descending: bool = False,
    size: int = 100,
    token: str | None = None,
) -> tuple[list[Item], str | None]:
    """The items of one page, in order, and the token of the next, None behind the last.

    `place` gives each item's place in the ascending order: a tuple of JSON scalars that no other item has and
    that compares with the others'. `question` is what the list was asked (filters and order), JSON-able.
    Raises ServiceError: ValidationException for a token that was not given for this question.
    """
    ordered = sorted(items, key=place, reverse=descending)
    mark = _mark(question)
    if token is not None:
        try:
            last = _read(token, mark)
            ordered = [item for item in ordered if (place(item) < last if descending else place(item) > last)]
        except (ValueError, TypeError, RecursionError):
            raise ServiceError(
                "ValidationException",
                "Invalid NextToken: it was not returned by this operation for the same filters and order.",
            ) from None
    shown = ordered[:size]
    return shown, _write(place(shown[-1]), mark) if len(ordered) > size else None


def _mark(question: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:16]


def _write(place: Place, mark: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([mark, *place]).encode()).decode()


def _read(token: str, mark: str) -> Place:
    """Raises ValueError."""
    content = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    if not isinstance(content, list) or content[:1] != [mark]:
        raise ValueError(token)
    return tuple(content[1:])
