"""Who may import whom (the rules of the layout, kept here)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"penstock", "steps", "pipelines", "jobs", "scripts"}

# A folder and the prefixes that nothing in it may import. `except` are the files that may.
FORBIDDEN = {
    "pipelines": ["sagemaker", "penstock", "scripts", "jobs", "boto3"],
    "steps": [
        "pipelines", "penstock.definition", "penstock.deployment", "penstock.emulator", "scripts", "boto3",
    ],
    "jobs": ["penstock", "steps", "pipelines", "scripts", "sagemaker"],
    "penstock/definition": [
        "sagemaker", "pipelines", "steps", "penstock.deployment", "penstock.emulator", "scripts",
    ],
    "penstock/deployment": ["sagemaker", "pipelines", "steps", "penstock.emulator", "scripts"],
    "penstock/report": [
        "sagemaker", "pipelines", "steps", "penstock.emulator", "scripts", "boto3", "matplotlib",
    ],
    "penstock/emulator": [
        "sagemaker", "pipelines", "steps", "scripts",
        "penstock.definition", "penstock.deployment", "penstock.project",
    ],
    "penstock/emulator/sagemaker": ["penstock.emulator.endpoint", "penstock.emulator.jobs", "moto", "boto3"],
    "penstock/emulator/engine": ["penstock.emulator.endpoint", "penstock.emulator.jobs", "moto", "boto3"],
    "penstock/emulator/access": [
        "penstock.emulator.endpoint", "penstock.emulator.engine", "penstock.emulator.jobs",
        "penstock.emulator.sagemaker", "boto3", "werkzeug",
    ],
    "penstock/emulator/functions": ["penstock.emulator.endpoint", "penstock.emulator.engine", "boto3"],
    "penstock/emulator/standins": ["penstock.emulator.endpoint", "penstock.emulator.engine", "moto"],
    "scripts": ["sagemaker", "steps", "pipelines"],
}  # fmt: skip


def imported_by(file: Path) -> set[str]:
    return imports(file.read_text(encoding="utf-8"), ".".join(file.relative_to(ROOT).parent.parts))


def imports(source: str, package: str) -> set[str]:
    """The absolute names of modules that a source imports, at the top or inside functions."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]) if base else ".".join(above)
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return names


def files_of(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_a_folder_imports_nothing_it_must_not_know(folder):
    assert files_of(folder), f"{folder} is empty: the rule checks nothing"
    broken = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files_of(folder)
        for name in imported_by(file)
        for prefix in FORBIDDEN[folder]
        if name == prefix or name.startswith(prefix + ".")
    ]
    assert broken == []


def test_only_the_emulate_command_knows_the_emulator():
    elsewhere = [
        f"{file.relative_to(ROOT)} imports {name}"
        for folder in ("penstock", "steps", "pipelines", "jobs", "scripts")
        for file in files_of(folder)
        if not file.is_relative_to(ROOT / "penstock/emulator") and file != ROOT / "scripts/emulate.py"
        for name in imported_by(file)
        if name == "penstock.emulator" or name.startswith("penstock.emulator.")
    ]
    assert elsewhere == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import sagemaker.core", "sagemaker.core"),
        ("def f():\n    from penstock import emulator", "penstock.emulator"),
        ("from . import events", "penstock.emulator.engine.events"),
        ("from ..jobs.runner import JobRunner", "penstock.emulator.jobs.runner"),
    ],
)
def test_every_form_of_import_is_seen(source, name):
    assert name in imports(source, "penstock.emulator.engine")
