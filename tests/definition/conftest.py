"""A project whose pipelines are small modules: a build loads them, and never the SDK."""

import json
from pathlib import Path

import pytest

from penstock.project import Project

LINE = """\
import json

DEFINITION = {definition!r}


class Line:
    name = "line"
    display_name = "Line"
    description = "A line."

    generated_files = {generated!r}
    functions = {functions!r}
    built_steps = {built}

    def definition(self):
        return json.dumps(DEFINITION)


def build():
    return Line()
"""


def one_step(**step):
    return {
        "Version": "2020-12-01",
        "Parameters": [],
        "Steps": [{"Name": "A", "Type": "Processing", "Arguments": {}, **step}],
    }


class Workshop(Project):
    """A project, and the ways in which tests write pipelines into it."""

    def add(self, name: str, text: str) -> None:
        (self.pipelines / f"{name}.py").write_text(text)

    def add_line(
        self,
        name: str = "line",
        definition: dict | None = None,
        before: str = "",
        generated: dict | None = None,
        functions: dict | None = None,
        built: str = "{}",
    ) -> None:
        line = LINE.format(
            definition=definition or one_step(),
            generated=generated or {},
            functions=functions or {},
            built=built,
        )
        self.add(name, before + line)

    def compiled_json(self, name: str) -> dict:
        return json.loads((self.compiled / name).read_text())

    def files(self) -> list[str]:
        return sorted(path.name for path in self.compiled.iterdir()) if self.compiled.is_dir() else []


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    project = Workshop(tmp_path / "workshop")
    project.pipelines.mkdir(parents=True)
    project.template.write_text("{}")
    return project
