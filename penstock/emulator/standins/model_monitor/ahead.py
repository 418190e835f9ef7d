"""Reading ahead: the next items are made in a thread of their own while one is worked on."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

_END: Any = object()


def ahead(items: Iterable[T], depth: int = 3) -> Iterator[T]:
    """The same items, or the same exception; at most `depth` of them wait to be taken."""
    iterator = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="reads ahead") as reader:
        waiting = deque(reader.submit(next, iterator, _END) for _ in range(depth))
        while (item := waiting.popleft().result()) is not _END:
            waiting.append(reader.submit(next, iterator, _END))
            yield item
