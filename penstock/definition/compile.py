"""Compile: from pipelines/NAME.py to compiled/NAME.json, its manifest, and the files that its steps generate.

Pure: the same sources give the same bytes on every machine. What is unchanged, by the content of the sources
and assets that the manifest names, is not built again, and then the SageMaker SDK is not loaded.
"""

import difflib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import penstock
from penstock.definition import compiled
from penstock.definition.compiled import Asset, BuiltStep, Compiled, Function, Manifest
from penstock.definition.structure import assets, functions
from penstock.errors import PenstockError
from penstock.project import Project

# What a Python interpreter may need to start at all; nothing else of the user's environment reaches a build.
_KEPT = ("PATH", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")

_FIXED = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
    # The SDK wants a region when it is imported, and looks for credentials: here, at the machine's metadata
    # service and in the user's files. None of it gets into a definition.
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True)
class Outcome:
    """What compile did, or with `check` would do, with one pipeline.

    `status` is unchanged, created or updated; `difference` a unified diff of the files that change.
    """

    name: str
    status: str
    difference: str = ""


def compile_pipelines(project: Project, names: Sequence[str] = (), *, check: bool = False) -> list[Outcome]:
    """Bring compiled/ up to date for these pipelines (default: all); with `check`, only say what differs.

    Raises UsageError for an unknown pipeline and PenstockError for one that cannot be built; then nothing
    is written.
    """
    for name in names:
        compiled.require_pipeline(project, name)
    chosen = list(dict.fromkeys(names)) or compiled.pipeline_names(project)
    outdated = [name for name in chosen if not _is_current(project, name)]
    fresh = {built.manifest.name: built for built in build(project, outdated)}
    outcomes = [
        _outcome(project, fresh[name]) if name in fresh else Outcome(name, "unchanged") for name in chosen
    ]
    if not check:
        for outcome in outcomes:
            if outcome.status != "unchanged":
                write(project, fresh[outcome.name])
    return outcomes


def orphans(project: Project) -> list[str]:
    """The files in compiled/, relative to the root, that belong to no pipeline."""
    names = compiled.pipeline_names(project)
    files = sorted([*project.compiled.glob("*.json"), *project.compiled.glob("*/**/*.json")])
    owners = {file: file.relative_to(project.compiled).parts[0] for file in files}
    return [
        project.relative(file)
        for file, owner in owners.items()
        if owner.removesuffix(".json").removesuffix(".assets") not in names
    ]


def build(project: Project, names: Sequence[str]) -> list[Compiled]:
    """Build these pipelines anew, in a process of their own. Raises PenstockError."""
    if not names:
        return []
    code = Path(penstock.__file__).parent.parent
    paths = [str(project.root), str(code), *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    process = subprocess.run(
        [sys.executable, "-m", "penstock.definition.build", str(project.root), *names],
        cwd=project.root,
        env={**kept, **_FIXED, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    if process.returncode < 0:
        raise PenstockError(
            f"the build was killed by signal {-process.returncode}",
            where=", ".join(f"pipelines/{name}.py" for name in names),
            remedy="Building needs about 0.3 GB of memory; run it again.",
        )
    if process.returncode:
        raise RuntimeError(f"the build of {', '.join(names)} ended with exit code {process.returncode}")
    answer = json.loads(process.stdout)
    if error := answer.get("error"):
        raise PenstockError(error["what"], where=error["where"], remedy=error["remedy"])
    return [_compiled(project, built) for built in answer["built"]]


def write(project: Project, built: Compiled) -> None:
    """Replace the files; whoever reads meanwhile, or after a crash, finds each of them whole."""
    replacements = []
    try:
        for path, text in _texts(project, built).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.{os.getpid()}")
            replacements.append((temporary, path))
            temporary.write_text(text, encoding="utf-8", newline="\n")
        for temporary, path in replacements:
            temporary.replace(path)
    finally:
        for temporary, _ in replacements:
            temporary.unlink(missing_ok=True)
    for path in _left_over(project, built):
        path.unlink()


def _compiled(project: Project, built: dict[str, Any]) -> Compiled:
    definition = built["definition"]
    generated = {path: compiled.canonical(document) for path, document in built["generated"].items()}
    module = f"pipelines/{built['name']}.py"
    steps = {name: BuiltStep(**step) for name, step in built["steps"].items()}
    lines = {f"step {name}": step.place for name, step in steps.items()}
    manifest = Manifest(
        name=built["name"],
        pipeline_name=built["pipeline_name"],
        display_name=built["display_name"],
        description=built["description"],
        definition_sha256=hashlib.sha256(compiled.canonical(definition).encode()).hexdigest(),
        sagemaker=built["sagemaker"],
        sources={path: compiled.file_sha256(project.root / path) or "" for path in built["sources"]},
        assets={
            path: _generated_asset(generated[path])
            if path in generated
            else _asset(project, path, f"{lines.get(place, module)}: {place}")
            for path, place in assets(definition).items()
        },
        functions={
            name: _function(project, settings, f"{module}: function {name}")
            for name, settings in built["functions"].items()
        },
        steps=steps,
    )
    for name, place in functions(definition).items():
        _require_function(name, manifest, f"{lines.get(place, module)}: {place}")
    made = Compiled(definition, manifest, generated)
    # Here and not above: what is unchanged needs none of the rules.
    from penstock.definition.deployable import require_deployable

    require_deployable(project, made)
    return made


def _generated_asset(text: str) -> Asset:
    content = text.encode()
    return Asset(hashlib.sha256(content).hexdigest(), len(content))


def _function(project: Project, settings: dict[str, Any], where: str) -> Function:
    sha256 = compiled.source_sha256(project.root / settings["source"])
    if sha256 is None:
        raise PenstockError(
            f"its code {settings['source']} does not exist",
            where=where,
            remedy="Give the path of a file or a folder from the project's root.",
        )
    return Function(**settings, sha256=sha256)


def _require_function(name: str, manifest: Manifest, where: str) -> None:
    if name not in manifest.functions:
        raise PenstockError(
            f"refers to function {name!r}, which the pipeline does not bring along",
            where=where,
            remedy="Give the step the Function itself, or add it to the pipeline's functions.",
        )


def _asset(project: Project, path: str, where: str) -> Asset:
    file = project.root / path
    sha256 = compiled.file_sha256(file)
    if sha256 is None:
        problem = "is a folder, and an asset is a file" if file.is_dir() else "does not exist"
        raise PenstockError(
            f"the asset {path} {problem}", where=where, remedy="Give its path from the project's root."
        )
    return Asset(sha256, file.stat().st_size)


def _texts(project: Project, built: Compiled) -> dict[Path, str]:
    """All that compile writes for a pipeline. The manifest is last: a crash before it leaves it stale."""
    name = built.manifest.name
    definition, manifest = compiled.written(built)
    return {
        **{project.root / path: text for path, text in built.generated.items()},
        compiled.definition_path(project, name): definition,
        compiled.manifest_path(project, name): manifest,
    }


def _left_over(project: Project, built: Compiled) -> list[Path]:
    """Files that an earlier compile generated, and this one does not."""
    present = (project.compiled / built.manifest.name).rglob("*")
    expected = _texts(project, built)
    return sorted(path for path in present if path.is_file() and path not in expected)


def _is_current(project: Project, name: str) -> bool:
    try:
        known = compiled.read(project, name)
        if known is None or compiled.stale(project, name) or compiled.edited(project, name):
            return False
    except PenstockError:  # not what compile writes
        return False
    try:
        return metadata.version("sagemaker") == known.manifest.sagemaker
    except metadata.PackageNotFoundError:
        return True


def _outcome(project: Project, built: Compiled) -> Outcome:
    name = built.manifest.name
    differences = []
    existed = False
    texts = _texts(project, built) | dict.fromkeys(_left_over(project, built), "")
    for path, text in texts.items():
        old = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        existed = existed or bool(old)
        place = project.relative(path)
        differences.append(
            "".join(
                difflib.unified_diff(
                    old.splitlines(keepends=True),
                    text.splitlines(keepends=True),
                    place,
                    f"{place} (compiled)",
                )
            )
        )
    difference = "".join(differences)
    status = "unchanged" if not difference else "updated" if existed else "created"
    return Outcome(name, status, difference)
