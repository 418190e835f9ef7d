"""A definition by what a person calls it: a pipeline of the project, a JSON file of any origin, or stdin.

What comes out is a JSON object of any form, which is what a check takes; `with_steps` is for what walks over
its steps (structure.py). It knows nothing else of the grammar.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.definition.compiled import Manifest, canonical, load, pipeline_names
from penstock.definition.structure import BRANCHES
from penstock.errors import PenstockError, UsageError
from penstock.project import Project

STDIN = "-"

# Definitions have a depth of about 20. What reads them goes down by recursion, which Python ends at 1000.
_DEEPEST = 200


@dataclass(frozen=True)
class Document:
    """`name` is the file's as it was given, `compiled/NAME.json`, or `stdin`; `text` is the JSON as it stands
    there. Only a pipeline of the project has a manifest."""

    name: str
    text: str
    definition: dict[str, Any]
    manifest: Manifest | None = None


def read(wanted: str) -> Document:
    """The definition that `wanted` means: `-` is stdin, what ends in `.json` or has a `/` is a file. The file
    of a compiled definition means its pipeline.

    Raises UsageError if there is no such pipeline or file, PenstockError for one that is stale or is no JSON
    object.
    """
    if wanted == STDIN:
        return parsed("stdin", sys.stdin.read())
    wanted = _pipeline_of(Path(wanted)) or wanted
    if wanted.endswith(".json") or "/" in wanted:
        try:
            return parsed(wanted, Path(wanted).read_text(encoding="utf-8"))
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise UsageError(
                "there is no such file",
                where=wanted,
                remedy="Name a pipeline, a JSON file, or - for standard input.",
            ) from None
        except UnicodeDecodeError as error:
            raise _not_json(wanted, str(error)) from None
    compiled = load(Project.find(), wanted)
    text = canonical(compiled.definition)
    return Document(f"compiled/{wanted}.json", text, compiled.definition, compiled.manifest)


def _pipeline_of(file: Path) -> str | None:
    """The pipeline of this project whose compiled definition a file is."""
    if file.suffix != ".json" or file.parent.name != "compiled":
        return None
    try:
        project = Project.find()
    except UsageError:
        return None
    is_own = file.resolve().parent == project.compiled and file.stem in pipeline_names(project)
    return file.stem if is_own else None


def parsed(name: str, text: str) -> Document:
    """The JSON object that a text is. Raises PenstockError, with `name` as the place, if it is none."""
    try:
        definition = json.loads(text, parse_constant=_no_number)
    except ValueError as error:
        raise _not_json(name, str(error)) from None
    except RecursionError:
        raise _no_definition(name, "it is nested too deeply") from None
    if not isinstance(definition, dict):
        raise _no_definition(name, "it is not an object")
    if _is_deeper(definition, _DEEPEST):
        raise _no_definition(name, "it is nested too deeply")
    return Document(name, text, definition)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def only_pipeline() -> str:
    """The project's pipeline if it has one; raises UsageError if it has none, or several."""
    names = pipeline_names(Project.find())
    if len(names) != 1:
        raise UsageError(
            "which pipeline?",
            remedy=f"Name one of {', '.join(names)}, or a file."
            if names
            else "pipelines/ has no module yet.",
        )
    return names[0]


def with_steps(document: Document) -> Document:
    """The document, if its steps can be walked over: each with a name and a type, nested where steps nest.
    Raises PenstockError."""
    if not isinstance(document.definition.get("Steps"), list):
        raise _no_definition(document.name, "it has no list of Steps")
    _require_steps(document.name, document.definition["Steps"], "Steps")
    return document


def _require_steps(name: str, steps: Any, path: str) -> None:
    if not isinstance(steps, list):
        raise _no_step(name, path, "is not a list of steps")
    for index, step in enumerate(steps):
        place = f"{path}[{index}]"
        if not isinstance(step, dict):
            raise _no_step(name, place, "is not an object")
        for member in ("Name", "Type"):
            if not isinstance(step.get(member), str) or not step[member]:
                raise _no_step(name, place, f"has no {member}")
        if not _is_depends_on(step.get("DependsOn", [])):
            raise _no_step(name, f"{place}.DependsOn", "is not a list of steps' names")
        arguments = step.get("Arguments", {})
        if not isinstance(arguments, dict):
            raise _no_step(name, f"{place}.Arguments", "is not an object")
        for branch in BRANCHES:
            if branch in arguments:
                _require_steps(name, arguments[branch], f"{place}.Arguments.{branch}")


def _is_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [
            item
            for outer in level
            if isinstance(outer, dict | list)
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)


def _is_depends_on(value: Any) -> bool:
    """Names, or objects with a Step and a Trigger (facts/pipeline-execution.md, 1.3)."""
    return isinstance(value, list) and all(
        isinstance(entry, str) or (isinstance(entry, dict) and isinstance(entry.get("Step"), str))
        for entry in value
    )


def _not_json(name: str, why: str) -> PenstockError:
    return PenstockError(f"is not JSON: {why}", where=name, remedy="Give a pipeline definition.")


def _no_definition(name: str, why: str) -> PenstockError:
    return PenstockError(
        f"is not a pipeline definition: {why}",
        where=name,
        remedy="Give the document that CreatePipeline takes as PipelineDefinition.",
    )


def _no_step(name: str, path: str, what: str) -> PenstockError:
    return PenstockError(what, where=f"{name}: {path}", remedy="Correct the definition.")
