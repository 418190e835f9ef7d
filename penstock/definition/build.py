"""Build definitions: the half of compile that loads the project's pipelines, and with them the SageMaker SDK.

It is run as a program in a process of its own (`python -m penstock.definition.build ROOT NAME...`, started by
compile.py), so that what a build sees is the same everywhere: a fixed environment, no credentials, no
modules loaded before, and no network, which an audit hook refuses. It writes one JSON object to stdout:
{"built": [{"name", "pipeline_name", "display_name", "description", "definition", "generated", "functions",
"steps", "sources", "sagemaker"}]}, or {"error": {"what", "where", "remedy"}}. `generated` are the files that
steps make, as {path from the root: document}.
"""

import importlib.util
import json
import os
import re
import sys
import traceback
from collections.abc import Iterable
from importlib import metadata
from importlib.machinery import FileFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from penstock.definition.structure import all_steps
from penstock.errors import PenstockError

# botocore and urllib3 make and bind sockets when they are imported; to reach anything takes one of these.
_NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}

# What steps.placeholders.generated() writes, in JSON: only here it is known which pipeline the file is of.
_GENERATED = re.compile(r'\{\{ generated\(\\"(.+?)\\"\) \}\}')


class _Files:
    """The project's files that a build opens, and the refusal of the network: one audit hook."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.opened: set[str] = set()
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _NETWORK:
            raise PenstockError(
                "building it tries to reach the network",
                remedy="Compile is pure: what depends on an environment is a placeholder, env().",
            )
        if event == "open" and isinstance(arguments[0], str):
            self.opened.add(arguments[0])

    def forget(self) -> None:
        """Start anew for the next pipeline: no opened files, none of the project's modules loaded."""
        self.opened.clear()
        for name, module in list(sys.modules.items()):
            if _is_source(module, self.root):
                del sys.modules[name]

    def sources(self) -> list[str]:
        """The project's files that are loaded as modules or were opened, relative to its root."""
        modules = {
            Path(module.__file__ or "") for module in sys.modules.values() if _is_source(module, self.root)
        }
        # Relative names are relative to the root: that is where a build runs.
        opened = {path for path in (self.root / name for name in self.opened) if _belongs(path, self.root)}
        # What shapes the definition is not only the project: this program is a source too, where it is
        # a file of the project.
        program = {Path(__file__)} if Path(__file__).is_relative_to(self.root) else set()
        found = {path.relative_to(self.root) for path in modules | opened | program if path.is_file()}
        return sorted(path.as_posix() for path in found)


class _FromSource(SourceFileLoader):
    """Loads a module from its source, never from cached bytecode.

    Python takes bytecode for current by the source's size and the second of its change, so the cache of a
    file that was edited twice in a second is wrong; what a build gives has to follow from the content.
    """

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _load_project_from_source(root: Path) -> None:
    def finder(folder: str) -> FileFinder:
        if not _belongs(Path(folder, "module.py"), root):
            raise ImportError(folder)  # for the next hook
        return FileFinder(folder, (_FromSource, [".py"]))

    sys.path_hooks.insert(0, finder)
    sys.path_importer_cache.clear()


def _is_source(module: ModuleType, root: Path) -> bool:
    return bool(getattr(module, "__file__", None)) and _belongs(Path(str(module.__file__)), root)


def _belongs(path: Path, root: Path) -> bool:
    """Whether a file is one of the project's own: not the tool, not the environment, not a cache."""
    if not path.is_relative_to(root):
        return False
    parts = path.relative_to(root).parts
    return bool(parts) and not (
        parts[0] == "penstock"
        or any(part.startswith(".") or part in ("__pycache__", "site-packages") for part in parts)
    )


def build(files: _Files, name: str) -> dict[str, Any]:
    """One pipeline's definition and what goes into its manifest. Raises PenstockError."""
    where = f"pipelines/{name}.py"
    module = _load(files.root, name)
    if not callable(getattr(module, "build", None)):
        raise PenstockError("has no function build()", where=where, remedy="It returns the steps.Pipeline.")
    try:
        pipeline = module.build()
        if not hasattr(pipeline, "definition") or not hasattr(pipeline, "display_name"):
            raise PenstockError(f"build() returns a {type(pipeline).__name__}, and not a steps.Pipeline")
        text = pipeline.definition()
        folder = f"compiled/{name}"
        generated = {f"{folder}/{path}": made for path, made in _extra(pipeline, "generated_files").items()}
        definition = _stable(json.loads(_GENERATED.sub(rf'{{{{ asset(\\"{folder}/\1\\") }}}}', text)))
        functions = _extra(pipeline, "functions")
        steps = _built_steps(pipeline, files.root)
    except (Exception, SystemExit) as error:
        raise _explained(error, files.root, where) from None
    return {
        "name": name,
        "pipeline_name": pipeline.name,
        "display_name": pipeline.display_name,
        "description": pipeline.description,
        "definition": definition,
        "generated": generated,
        "functions": functions,
        "steps": steps,
        "sources": files.sources(),
        "sagemaker": metadata.version("sagemaker"),
    }


def _load(root: Path, name: str) -> ModuleType:
    where = f"pipelines/{name}.py"
    loader = _FromSource(f"pipelines.{name}", str(root / where))
    spec = importlib.util.spec_from_file_location(loader.name, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module
    try:
        loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _explained(error, root, where) from None
    return module


def _extra(pipeline: Any, name: str) -> dict[str, Any]:
    """What a pipeline may bring along besides its definition."""
    extra: dict[str, Any] = getattr(pipeline, name, {})
    return extra


def _built_steps(pipeline: Any, root: Path) -> dict[str, dict[str, Any]]:
    """The line in pipelines/ that builds each step, and what is ignored at it; a step of another make has no
    such line."""
    steps = {}
    for name, step in _extra(pipeline, "built_steps").items():
        path, line = _line_of_project(step["calls"], root)
        if path.startswith("pipelines/"):
            steps[name] = {"file": path, "line": line, "ignore": step["ignore"]}
    return steps


def _stable(definition: dict[str, Any]) -> dict[str, Any]:
    """The definition with each DependsOn in a fixed order, which means nothing and may come from a set."""
    for step in all_steps(definition):
        if "DependsOn" in step:
            step["DependsOn"].sort(key=lambda entry: json.dumps(entry, sort_keys=True))
    return definition


def _explained(error: BaseException, root: Path, where: str) -> PenstockError:
    """A pipeline's error as a user reads it: which line of the project, and what it says."""
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] == "sagemaker":
        return PenstockError(
            "compile needs the SageMaker SDK, which is not installed",
            remedy="Run `pip install 'penstock[compile]'`.",
        )
    place = _place(error, root) or where
    if isinstance(error, PenstockError):
        inner = f"{place}: {error.where}" if error.where else place
        return PenstockError(error.what, where=inner, remedy=error.remedy)
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return PenstockError(
        f"{type(error).__name__}: {text}".strip().removesuffix(":"),
        where=place,
        remedy="Mend that, and compile again.",
    )


def _place(error: BaseException, root: Path) -> str:
    """The line of the project that an error comes from: the pipeline's own, if it passes through one."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        frames = [(error.filename, error.lineno)]
    else:
        frames = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    path, line = _line_of_project(frames, root)
    if isinstance(error, PenstockError) and not path.startswith("pipelines/"):
        return ""  # the line that refuses it: nobody mends that one
    return f"{path}, line {line}" if path else ""


def _line_of_project(frames: Iterable[tuple[str, int]], root: Path) -> tuple[str, int]:
    """The innermost of these lines that is in pipelines/, or if none is, in the project; else ("", 0)."""
    ours = [
        (Path(file).relative_to(root).as_posix(), line) for file, line in frames if _belongs(Path(file), root)
    ]
    pipelines = [frame for frame in ours if frame[0].startswith("pipelines/")]
    return (pipelines or ours or [("", 0)])[-1]


def main(root: str, names: list[str]) -> None:
    # What a pipeline prints must not get into the answer.
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _load_project_from_source(Path(root))
    files = _Files(Path(root))
    try:
        built = []
        for name in names:
            files.forget()
            built.append(build(files, name))
        document: dict[str, Any] = {"built": built}
    except PenstockError as error:
        document = {"error": {"what": error.what, "where": error.where, "remedy": error.remedy}}
    json.dump(document, answer)
    answer.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
