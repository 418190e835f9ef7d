"""A revision: all that a deploy leaves in AWS, as data, and named by the SHA-256 of what it says.

It is made from the project (choose.py), or read from the bucket, where each deploy leaves it (kept.py).
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from penstock.definition.compiled import Compiled
from penstock.deployment import assets
from penstock.deployment.assets import Upload
from penstock.deployment.environments import Environment
from penstock.deployment.functions.wanted import Wanted
from penstock.deployment.functions.wanted import of_manifest as functions_of_manifest
from penstock.deployment.request import Request, build, compact, names_for
from penstock.deployment.wording import SHORT
from penstock.project import Project

_FORMAT = 1
_UNKNOWN = "unknown"  # in a key, the commit that nobody knew


class OtherFormat(ValueError):
    """A revision that another version of Penstock wrote. Its text is that version's format."""


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
        key = f"{folder(environment, self.pipeline)}{self.id}/{commit or _UNKNOWN}.json"
        record = Upload(f"revision {self.id[:SHORT]}", key, self.id, len(self.content), self.content)
        return [*(item.code for item in self.functions), record]


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


def parsed(content: bytes, commit: str) -> Revision:
    """The revision whose `content` this is.

    Raises OtherFormat, or ValueError, TypeError, KeyError or RecursionError for what is no revision.
    """
    document = json.loads(content)
    if document["Format"] != _FORMAT:
        raise OtherFormat(document["Format"])
    functions = [
        Wanted(item["Name"], item["Configuration"], _upload(item["Code"]), item["Tags"], item["Queue"])
        for item in document["Functions"]
    ]
    uploads = [_upload(item) for item in document["Uploads"]]
    return Revision(document["Request"], functions, uploads, commit)


def folder(environment: Environment, pipeline: str) -> str:
    """Where the bucket has a pipeline's revisions: `<its digest>/<commit>.json` below it."""
    return f"{environment.prefix}/revisions/{pipeline}/"


def commit_of(file_name: str) -> str:
    """The commit that a kept revision's file is named by; empty if nobody knew it."""
    commit = file_name.removesuffix(".json")
    return "" if commit == _UNKNOWN else commit


def _of_upload(upload: Upload) -> dict[str, Any]:
    return {"Name": upload.name, "Key": upload.key, "Sha256": upload.sha256, "Size": upload.size}


def _upload(document: dict[str, Any]) -> Upload:
    return Upload(document["Name"], document["Key"], document["Sha256"], document["Size"], None)
