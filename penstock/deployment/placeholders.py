"""The placeholders of a project's definition that its environments have nothing for, as findings of check.

What a placeholder may stand for is for rendering to say, so each environment is tried. No call is made.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from penstock.definition.check.document import Document
from penstock.definition.check.finding import Finding
from penstock.definition.compiled import Compiled
from penstock.deployment.environments import Environment
from penstock.deployment.functions.wanted import is_enabled
from penstock.deployment.render import unrendered
from penstock.deployment.request import names_for
from penstock.project import Project
from penstock.service_model import Path, format_path

_CODE = "PS217"


def check(project: Project, compiled: Compiled, environments: Sequence[Environment]) -> list[Finding]:
    """What any of the environments cannot render, in the definition and in the functions it brings along.

    Those that cannot are named, unless all cannot.
    """
    missing: dict[tuple[Path, str, str], list[str]] = defaultdict(list)
    for environment in environments:
        names = names_for(project, compiled.manifest, environment)
        for found in _unrendered(compiled, names):
            missing[found].append(environment.name)
    steps = Document(compiled.definition, compiled=True).steps

    def finding(path: Path, message: str, remedy: str, where: list[str]) -> Finding:
        around = [step.name for step in steps if path[: len(step.path)] == step.path]
        some = f" (in {', '.join(where)})" if len(where) < len(environments) else ""
        return Finding(_CODE, path, f"{message}{some}", around[-1] if around else None, remedy)

    return [finding(*found, where) for found, where in missing.items()]


def _unrendered(compiled: Compiled, names: dict[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """Each as its path in the definition, a message and a suggestion."""
    for path, error in unrendered(compiled.definition, names):
        yield path, error.what, error.remedy
    for name, function in sorted(compiled.manifest.functions.items()):
        found = unrendered(asdict(function), names)
        unknown = any(path == ("enabled",) for path, _ in found)
        if unknown or is_enabled(function, names, name):
            for path, error in found:
                # A function is of the manifest: it has no place in the definition.
                yield (), f"function {name}, {format_path(path)}: {error.what}", error.remedy
