"""A revision: all that one deploy puts into AWS, rendered, and named by the SHA-256 of what it says.

It comes from the project, or from the bucket, where each deploy leaves it: for `--revision`, which deploys a
former one again, and for plan, which tells by it what was changed since by other hands.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from penstock.definition.compiled import Compiled, definition_path, load, read, require_pipeline
from penstock.deployment import assets
from penstock.deployment.assets import Upload
from penstock.deployment.aws import Aws
from penstock.deployment.commit import of_files
from penstock.deployment.environments import Environment
from penstock.deployment.functions.wanted import Wanted
from penstock.deployment.functions.wanted import of_manifest as functions_of_manifest
from penstock.deployment.request import Request, build, compact, names_for, pipeline_name
from penstock.errors import PenstockError, UsageError
from penstock.project import TEMPLATE, Project

SHORT = 12  # characters of a digest that people read
_FORMAT = 1
_UNKNOWN = "unknown"  # in a key, the commit that nobody knew
_REFERENCE = re.compile(r"[0-9a-f]{4,64}(-dirty)?")
_MOST_LISTED = 5


@dataclass(frozen=True)
class Revision:
    """`request` is the CreatePipeline request, its definition inline; `functions` are those that come along,
    `uploads` the files that both refer to. `commit` is the git commit, empty if it is not known."""

    request: Request
    functions: list[Wanted]
    uploads: list[Upload]
    commit: str

    @property
    def pipeline(self) -> str:
        return str(self.request["PipelineName"])

    @property
    def definition(self) -> dict[str, Any]:
        definition: dict[str, Any] = json.loads(self.request["PipelineDefinition"])
        return definition

    @cached_property
    def definition_sha256(self) -> str:
        return hashlib.sha256(self.request["PipelineDefinition"].encode()).hexdigest()

    @cached_property
    def content(self) -> bytes:
        """What is kept. Not the commit: equal content is one revision, whichever commit it comes from."""
        document = {
            "Format": _FORMAT,
            "Request": self.request,
            "Functions": [
                {
                    "Name": item.name,
                    "Configuration": item.configuration,
                    "Code": _of_upload(item.code),
                    "Tags": item.tags,
                    "Queue": item.queue,
                }
                for item in self.functions
            ],
            "Uploads": [_of_upload(upload) for upload in self.uploads],
        }
        return compact(document).encode()

    @cached_property
    def id(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def kept(self, environment: Environment, commit: str) -> list[Upload]:
        """What a way back to this revision needs in the bucket: the functions' code, and the revision."""
        key = f"{_folder(environment, self.pipeline)}{self.id}/{commit or _UNKNOWN}.json"
        record = Upload(f"revision {self.id[:SHORT]}", key, self.id, len(self.content), self.content)
        return [*(item.code for item in self.functions), record]


@dataclass(frozen=True)
class _Kept:
    """A revision in the bucket. `time` is when it was first deployed from that commit."""

    id: str
    commit: str
    time: Any
    upload: Upload

    def is_meant_by(self, reference: str) -> bool:
        return self.id.startswith(reference) or self.commit.startswith(reference)

    def __str__(self) -> str:
        commit = f"commit {self.commit[:SHORT]}" if self.commit else "no commit"
        return f"{self.id[:SHORT]} ({commit}, {self.time:%Y-%m-%d %H:%M})"


def choose(project: Project, name: str, aws: Aws, reference: str | None) -> Revision:
    """What deploys of pipeline `name` put there: what the project says, or the former deploy `reference`.

    Raises UsageError if there is no such pipeline or deploy, PenstockError for what cannot be deployed.
    """
    environment = aws.environment
    if reference is None:
        compiled = load(project, name)
        commit = of_files(project.root, _made_from(project, compiled, environment))
        return of_project(project, compiled, environment, commit)
    require_pipeline(project, name)
    known = read(project, name)  # stale or not: only the pipeline's name in AWS is needed
    if known is None:
        raise PenstockError(f"{name} was never compiled", remedy=f"Run `penstock compile {name}`.")
    return find(aws, pipeline_name(project, known.manifest, environment), reference)


def _made_from(project: Project, compiled: Compiled, environment: Environment) -> list[str]:
    """The project's files that a deploy is made from."""
    manifest = compiled.manifest
    written = [definition_path(project, manifest.name), project.environments / f"{environment.name}.toml"]
    return [
        TEMPLATE,
        *(project.relative(path) for path in written),
        *manifest.sources,
        *manifest.assets,
        *(function.source for function in manifest.functions.values()),
    ]


def of_project(project: Project, compiled: Compiled, environment: Environment, commit: str = "") -> Revision:
    """What the project says now. Raises PenstockError for what cannot be rendered or does not fit."""
    manifest = compiled.manifest
    request = build(project, compiled, environment)
    names = names_for(project, manifest, environment)
    return Revision(
        request,
        functions_of_manifest(project, manifest, environment, request["PipelineName"], names),
        assets.of_manifest(project, manifest, environment),
        commit,
    )


def find(aws: Aws, pipeline: str, reference: str) -> Revision:
    """The former deploy that `reference` means: the beginning of its digest, or of its commit.

    Raises UsageError if it means none, or several that differ.
    """
    if not _REFERENCE.fullmatch(reference):
        raise UsageError(
            f"{reference!r} is neither the beginning of a revision nor of a commit",
            where="--revision",
            remedy="Both are hexadecimal; give 4 digits or more.",
        )
    there = sorted(_listed(aws, pipeline), key=lambda kept: kept.time, reverse=True)
    meant = [kept for kept in there if kept.is_meant_by(reference)]
    if not meant:
        known = ", ".join(str(kept) for kept in there[:_MOST_LISTED])
        raise UsageError(
            f"no deploy of {pipeline} to {aws.environment.name} has this revision or commit",
            where=f"--revision {reference}",
            remedy=f"The latest are {known}." if known else "None was deployed there with Penstock yet.",
        )
    if len({kept.id for kept in meant}) > 1:
        raise UsageError(
            "means several",
            where=f"--revision {reference}",
            remedy=f"They are {', '.join(str(kept) for kept in meant[:_MOST_LISTED])}.",
        )
    return _read(aws, pipeline, meant[0])


def recorded(aws: Aws, pipeline: str, id: str) -> Revision | None:
    """The revision with this digest; None if the bucket has it no more, or not as a deploy wrote it."""
    found = next((kept for kept in _listed(aws, pipeline, id) if kept.id == id), None)
    try:
        return _read(aws, pipeline, found) if found is not None else None
    except PenstockError:
        return None  # what others changed is then told less well, and can be put back all the same


def _listed(aws: Aws, pipeline: str, id: str = "") -> Iterator[_Kept]:
    environment = aws.environment
    folder = _folder(environment, pipeline)
    pages = aws.s3.get_paginator("list_objects_v2").paginate(
        Bucket=environment.bucket, Prefix=f"{folder}{id}", ExpectedBucketOwner=environment.account
    )
    form = re.compile(re.escape(folder) + r"([0-9a-f]{64})/([^/]+)\.json")
    for page in pages:
        for item in page.get("Contents", []):
            if match := form.fullmatch(item["Key"]):
                commit = "" if match[2] == _UNKNOWN else match[2]
                upload = Upload(f"revision {match[1][:SHORT]}", item["Key"], match[1], item["Size"], None)
                yield _Kept(match[1], commit, item["LastModified"], upload)


def _read(aws: Aws, pipeline: str, kept: _Kept) -> Revision:
    content = assets.content(aws, kept.upload)
    try:
        document = json.loads(content)
        if document["Format"] != _FORMAT:
            what = f"was written by another version of Penstock (format {document['Format']})"
            raise assets.unusable(aws, kept.upload, what)
        functions = [
            Wanted(item["Name"], item["Configuration"], _upload(item["Code"]), item["Tags"], item["Queue"])
            for item in document["Functions"]
        ]
        uploads = [_upload(item) for item in document["Uploads"]]
        revision = Revision(document["Request"], functions, uploads, kept.commit)
        if revision.pipeline == pipeline and revision.definition:
            return revision
    except (ValueError, TypeError, KeyError, RecursionError):
        pass  # its digest is right, and yet somebody made it by hand
    raise assets.unusable(aws, kept.upload)


def _folder(environment: Environment, pipeline: str) -> str:
    return f"{environment.prefix}/revisions/{pipeline}/"


def _of_upload(upload: Upload) -> dict[str, Any]:
    return {"Name": upload.name, "Key": upload.key, "Sha256": upload.sha256, "Size": upload.size}


def _upload(document: dict[str, Any]) -> Upload:
    return Upload(document["Name"], document["Key"], document["Sha256"], document["Size"], None)
