"""The tags that a deploy puts on a pipeline, and how it knows its own from those that others put there.

A marker tag lists the keys that Penstock wrote, so that an update removes what is no longer wanted and
leaves every other tag alone. Stamps say what was deployed last, and from where.
"""

from collections.abc import Iterable, Mapping

from penstock.errors import PenstockError

MARKER = "penstock:tags"
REVISION = "penstock:revision"  # the SHA-256 of all that was deployed (revision.py), and see `under_way`
DEFINITION = "penstock:definition"  # the SHA-256 of the definition
COMMIT = "penstock:commit"  # the git commit, where it is known
STAMPS = (REVISION, DEFINITION, COMMIT)

_THEN = ":"
_LONGEST_VALUE = 256  # sagemaker TagValue, service-2.json

TagList = list[dict[str, str]]


def marked(tags: TagList) -> TagList:
    """The tags and, if there are any, the marker that lists their keys.

    Raises PenstockError for keys that the marker's value cannot list.
    """
    if not tags:
        return []
    keys = sorted(tag["Key"] for tag in tags)
    if any(key in (MARKER, *STAMPS) for key in keys):
        raise PenstockError(
            f"{MARKER} and {', '.join(STAMPS)} are Penstock's own",
            where="tags",
            remedy="Remove them from [tags] in the environment.",
        )
    listed = " ".join(keys)
    if any(" " in key for key in keys) or len(listed) > _LONGEST_VALUE:
        raise PenstockError(
            f"the keys of the tags must hold no space, and {_LONGEST_VALUE} characters together at most",
            where="tags",
            remedy="Shorten or remove keys of [tags] in the environment.",
        )
    return [*tags, {"Key": MARKER, "Value": listed}]


def stamps(revision: str, definition: str, commit: str) -> dict[str, str]:
    known = {REVISION: revision, DEFINITION: definition, COMMIT: commit}
    return {key: value for key, value in known.items() if value}


def under_way(last: str, next_one: str) -> dict[str, str]:
    """The stamp while revision `next_one` takes the place of `last`: both, until all of it is there."""
    return {REVISION: f"{last}{_THEN}{next_one}"}


def revisions(tags: Mapping[str, str]) -> tuple[str, str]:
    """The revision that was deployed last, and the one whose deploy began then and has not ended; each is
    empty if there is none."""
    last, _, next_one = tags.get(REVISION, "").partition(_THEN)
    return last, next_one


def as_dict(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def as_list(tags: Mapping[str, str]) -> TagList:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def to_add(deployed: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """The wanted tags that are not there, or have another value."""
    return {key: value for key, value in wanted.items() if deployed.get(key) != value}


def to_remove(deployed: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """The keys that an earlier deploy put there and this one does not want."""
    ours = {*deployed.get(MARKER, "").split(), MARKER, *STAMPS}
    return sorted((ours & deployed.keys()) - wanted.keys())
