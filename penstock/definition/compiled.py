"""Compiled definitions as they lie in `compiled/`: what they are, and whether they still hold.

`compiled/NAME.json` is the definition with its placeholders, `compiled/NAME.assets.json` the manifest: what
the definition was built from and which files it needs. Everything that follows compiling (check, render,
deploy) starts from `load`. This module reads files and compares content; it knows nothing of how a
definition is built, and imports neither the SageMaker SDK nor the project's pipelines.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from penstock.errors import PenstockError, UsageError
from penstock.project import Project


@dataclass(frozen=True)
class Asset:
    """A file that the definition needs, addressed by its content. `size` is in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Function:
    """A Lambda function that the pipeline brings along: its code, and how it is configured.

    `source` is a Python file, or a folder of files, relative to the project's root, and `sha256` the digest
    of its content (`source_sha256`). `timeout` is in seconds, `memory` in MB. `role`, the values of
    `environment`, `queue` and `enabled` may hold placeholders. `queue` is the ARN of the SQS queue whose
    messages invoke the function, None if there is none; a function that is not `enabled` is not deployed.
    """

    source: str
    sha256: str
    handler: str
    description: str
    runtime: str = "python3.11"
    timeout: int = 600
    memory: int = 256
    role: str = "{{ env.function_role }}"
    environment: dict[str, str] = field(default_factory=dict)
    queue: str | None = None
    enabled: bool | str = True


@dataclass(frozen=True)
class BuiltStep:
    """Where a step is built, a line of a file in `pipelines/`, and the rules of `penstock check` that are
    ignored at it, each with the reason."""

    file: str
    line: int
    ignore: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """As failures name it: `pipelines/scoring.py, line 57`."""
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True)
class Manifest:
    """What one definition was built from, and what it needs.

    `name` is the module in `pipelines/`, and the name that commands take; `pipeline_name` is the name that
    SageMaker knows the pipeline by (PipelineName allows no underscore). `sources` maps each project file
    that the build loaded to the SHA-256 of its content, `assets` each file that the definition refers to;
    all paths are relative to the project's root, with `/`. `functions` go by the name that
    `function("NAME")` refers to, `steps` by the step's. `sagemaker` is the version of
    the SDK that wrote the definition.
    """

    name: str
    pipeline_name: str
    display_name: str
    description: str
    definition_sha256: str
    sagemaker: str
    sources: dict[str, str]
    assets: dict[str, Asset]
    functions: dict[str, Function] = field(default_factory=dict)
    steps: dict[str, BuiltStep] = field(default_factory=dict)


@dataclass(frozen=True)
class Compiled:
    """A definition whose environment values are still placeholders, and its manifest.

    `generated` are the texts of the assets that were built with it, by their paths; what was read from
    `compiled/` has none, as they are files like any other.
    """

    definition: dict[str, Any]
    manifest: Manifest
    generated: dict[str, str] = field(default_factory=dict)


def canonical(document: dict[str, Any]) -> str:
    """The one way in which a document of `compiled/` is written: sorted keys, two spaces, a last newline."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def written(compiled: Compiled) -> tuple[str, str]:
    """The texts of `NAME.json` and `NAME.assets.json`."""
    return canonical(compiled.definition), canonical(asdict(compiled.manifest))


def pipeline_names(project: Project) -> list[str]:
    """The pipelines that the project has: the modules of `pipelines/`, sorted."""
    modules = project.pipelines.glob("*.py")
    return sorted(module.stem for module in modules if not module.stem.startswith("_"))


def require_pipeline(project: Project, name: str) -> None:
    """Raises UsageError, which lists the pipelines there are, if `name` is none of them."""
    names = pipeline_names(project)
    if name not in names:
        known = f"pipelines/ has {', '.join(names)}." if names else "pipelines/ has no module yet."
        raise UsageError(f"there is no pipeline {name!r}", remedy=known)


def definition_path(project: Project, name: str) -> Path:
    return project.compiled / f"{name}.json"


def manifest_path(project: Project, name: str) -> Path:
    return project.compiled / f"{name}.assets.json"


def load(project: Project, name: str) -> Compiled:
    """The compiled definition of pipeline `name`, if it is what its sources say.

    Raises UsageError for an unknown pipeline, and PenstockError for one that was never compiled, is stale
    (a source or an asset changed since), or whose file was edited by hand.
    """
    require_pipeline(project, name)
    compiled = read(project, name)
    if compiled is None:
        raise PenstockError(f"{name} was never compiled", remedy=f"Run `penstock compile {name}`.")
    changed = stale(project, name)
    if changed:
        raise PenstockError(
            f"is stale: {_listed(changed)} changed since it was compiled",
            where=f"compiled/{name}.json",
            remedy=f"Run `penstock compile {name}` and review the difference.",
        )
    if edited(project, name):
        raise PenstockError(
            "is not what compile wrote: it was edited by hand, or a compile was interrupted",
            where=f"compiled/{name}.json",
            remedy=f"Change pipelines/{name}.py instead, and run `penstock compile {name}`.",
        )
    return compiled


def read(project: Project, name: str) -> Compiled | None:
    """What `compiled/` holds for `name`, stale or not; None if either file is missing.

    Raises PenstockError if a file is not what compile writes.
    """
    definition = _read_object(definition_path(project, name))
    manifest = _read_object(manifest_path(project, name))
    if definition is None or manifest is None:
        return None
    try:
        assets = {path: Asset(**asset) for path, asset in manifest.pop("assets").items()}
        functions = {name: Function(**item) for name, item in manifest.pop("functions").items()}
        steps = {name: BuiltStep(**item) for name, item in manifest.pop("steps").items()}
        return Compiled(definition, Manifest(**manifest, assets=assets, functions=functions, steps=steps))
    except (AttributeError, KeyError, TypeError):
        raise PenstockError(
            "is not a manifest that this version of Penstock wrote",
            where=f"compiled/{name}.assets.json",
            remedy=f"Run `penstock compile {name}` to write it anew.",
        ) from None


def stale(project: Project, name: str) -> list[str]:
    """The sources, assets and functions' code, sorted, that are not what `compiled/NAME` was built from.

    Empty when it still holds, and when it was never compiled (`read` tells that).
    """
    compiled = read(project, name)
    if compiled is None:
        return []
    manifest = compiled.manifest
    recorded = manifest.sources | {path: asset.sha256 for path, asset in manifest.assets.items()}
    changed = {path for path, sha256 in recorded.items() if file_sha256(project.root / path) != sha256}
    for function in manifest.functions.values():
        if source_sha256(project.root / function.source) != function.sha256:
            changed.add(function.source)
    return sorted(changed)


def edited(project: Project, name: str) -> bool:
    """Whether `compiled/NAME.json` differs from what compile wrote."""
    compiled = read(project, name)
    return compiled is not None and (
        file_sha256(definition_path(project, name)) != compiled.manifest.definition_sha256
    )


def file_sha256(path: Path) -> str | None:
    """The SHA-256 of a file's content in hexadecimal, None if there is no such file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def source_files(source: Path) -> dict[str, Path]:
    """The files of a function's code, by their names inside the function, sorted.

    A file is itself; a folder is all that is below it but for caches and hidden files. Empty if there is
    no such file or folder.
    """
    if source.is_file():
        return {source.name: source}
    files = {path.relative_to(source): path for path in source.rglob("*") if path.is_file()}
    return {
        name.as_posix(): files[name]
        for name in sorted(files)
        if not any(part.startswith(".") or part == "__pycache__" for part in name.parts)
    }


def source_sha256(source: Path) -> str | None:
    """The digest of a function's code: of the file, or of the names and contents of a folder's files.

    None if there is nothing.
    """
    if source.is_file():
        return file_sha256(source)
    files = source_files(source)
    lines = [f"{name} {file_sha256(path)}\n" for name, path in files.items()]
    return hashlib.sha256("".join(lines).encode()).hexdigest() if files else None


def _read_object(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        name = path.name.removesuffix(".json").removesuffix(".assets")
        raise PenstockError(
            f"is not JSON: {error}",
            where=f"compiled/{path.name}",
            remedy=f"Run `penstock compile {name}` to write it anew.",
        ) from None
    return document if isinstance(document, dict) else {}


def _listed(paths: Iterable[str]) -> str:
    *others, last = paths
    return f"{', '.join(others)} and {last}" if others else last
