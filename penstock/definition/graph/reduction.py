"""Which edges of a graph say nothing that its other edges do not. Names in, names out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

Edge = tuple[str, str]


def implied(edges: Iterable[Edge]) -> set[Edge]:
    """The edges that a longer way from their source to their target implies (what a transitive reduction
    leaves out). What remains reaches as far, also where there are cycles."""
    wanted = list(dict.fromkeys(edges))
    following: dict[str, set[str]] = defaultdict(set)
    for source, target in wanted:
        following[source].add(target)
    found: set[Edge] = set()
    for source, target in wanted:
        following[source].remove(target)
        if _reaches(following, source, target):
            found.add((source, target))
        else:
            following[source].add(target)
    return found


def _reaches(following: Mapping[str, set[str]], source: str, target: str) -> bool:
    seen, ahead = {source}, [source]
    while ahead:
        next_ones = following.get(ahead.pop(), set())
        if target in next_ones:
            return True
        ahead += next_ones - seen
        seen |= next_ones
    return False
