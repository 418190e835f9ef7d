"""The revisions that the bucket keeps, one for each deploy that left something new: the ways back.

`--revision` deploys one of them again, plan tells by the last one what was changed since by other hands, and
`penstock revisions` lists them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from penstock.deployment import assets
from penstock.deployment.assets import Upload
from penstock.deployment.aws import Aws
from penstock.deployment.commit import DIRTY, is_dirty
from penstock.deployment.revision import OtherFormat, Revision, commit_of, folder, parsed
from penstock.deployment.wording import SHORT, short
from penstock.errors import PenstockError, UsageError

_REFERENCE = re.compile(r"[0-9a-f]{4,64}(-dirty)?")
_MOST_LISTED = 5


@dataclass(frozen=True)
class Kept:
    """A revision in the bucket, as deployed from a commit; empty if nobody knew it. `time` is when it first
    was. The same revision may be kept from several commits."""

    id: str
    commit: str
    time: datetime
    upload: Upload

    def is_meant_by(self, reference: str) -> bool:
        """Whether it is the beginning of its digest, or of its commit, `-dirty` or not as the commit is."""
        digits = reference.removesuffix(DIRTY)
        is_commit = is_dirty(self.commit) == is_dirty(reference) and self.commit.startswith(digits)
        return self.id.startswith(reference) or is_commit

    def __str__(self) -> str:
        commit = f"commit {short(self.commit)}" if self.commit else "no commit"
        return f"{self.id[:SHORT]} ({commit}, {self.time:%Y-%m-%d %H:%M})"


def listed(aws: Aws, pipeline: str) -> list[Kept]:
    """The newest first."""
    return sorted(_listed(aws, pipeline), key=lambda kept: (kept.time, kept.id, kept.commit), reverse=True)


def has_any(aws: Aws, pipeline: str) -> bool:
    """Whether a deploy of the pipeline left anything."""
    return next(_listed(aws, pipeline), None) is not None


def find(aws: Aws, name: str, pipeline: str, reference: str) -> Revision:
    """The former deploy of the project's pipeline `name` that `reference` means: the beginning of its digest,
    or of its commit. A commit means what was deployed from it as it is, if that was done, and else what was
    from it with changes.

    Raises UsageError if it means none, or several that differ.
    """
    if not _REFERENCE.fullmatch(reference):
        raise UsageError(
            f"{reference!r} is neither the beginning of a revision nor of a commit",
            where="--revision",
            remedy="Both are hexadecimal; give 4 digits or more.",
        )
    there = listed(aws, pipeline)
    meant = [kept for kept in there if kept.is_meant_by(reference)]
    meant = meant or [kept for kept in there if kept.is_meant_by(f"{reference}{DIRTY}")]
    environment = aws.environment.name
    all_of_them = f"`penstock revisions {name} --env {environment}` lists all."
    if not meant:
        latest = ", ".join(str(kept) for kept in there[:_MOST_LISTED])
        raise UsageError(
            f"no deploy of {pipeline} to {environment} has this revision or commit",
            where=f"--revision {reference}",
            remedy=f"The latest are {latest}; {all_of_them}"
            if latest
            else "None was deployed there with Penstock yet.",
        )
    if len({kept.id for kept in meant}) > 1:
        first = ", ".join(str(kept) for kept in meant[:_MOST_LISTED])
        more = f"; {all_of_them}" if len(meant) > _MOST_LISTED else "."
        raise UsageError("means several", where=f"--revision {reference}", remedy=f"They are {first}{more}")
    # The one that says most about where it comes from.
    return _read(aws, pipeline, max(meant, key=lambda kept: (kept.commit != "", not is_dirty(kept.commit))))


def recorded(aws: Aws, pipeline: str, id: str) -> Revision | None:
    """The revision with this digest; None if the bucket has it no more, or not as a deploy wrote it."""
    found = next((kept for kept in _listed(aws, pipeline, id) if kept.id == id), None)
    try:
        return _read(aws, pipeline, found) if found is not None else None
    except PenstockError:
        return None  # what others changed is then told less well, and can be put back all the same


def _listed(aws: Aws, pipeline: str, id: str = "") -> Iterator[Kept]:
    environment = aws.environment
    place = folder(environment, pipeline)
    pages = aws.s3.get_paginator("list_objects_v2").paginate(
        Bucket=environment.bucket, Prefix=f"{place}{id}", ExpectedBucketOwner=environment.account
    )
    form = re.compile(re.escape(place) + r"([0-9a-f]{64})/([^/]+\.json)")
    for page in pages:
        for item in page.get("Contents", []):
            if match := form.fullmatch(item["Key"]):
                upload = Upload(f"revision {match[1][:SHORT]}", item["Key"], match[1], item["Size"], None)
                yield Kept(match[1], commit_of(match[2]), item["LastModified"], upload)


def _read(aws: Aws, pipeline: str, kept: Kept) -> Revision:
    content = assets.content(aws, kept.upload)
    try:
        revision = parsed(content, kept.commit)
        if revision.pipeline == pipeline and revision.definition:
            return revision
    except OtherFormat as other:
        what = f"was written by another version of Penstock (format {other})"
        raise assets.unusable(aws, kept.upload, what) from None
    except (ValueError, TypeError, KeyError, RecursionError):
        pass  # its digest is right, and yet somebody made it by hand
    raise assets.unusable(aws, kept.upload)
