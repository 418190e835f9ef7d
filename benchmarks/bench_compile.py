"""Compile, cold and unchanged, against the SDK's own `Pipeline.definition()` of the same DAG.

Process CPU seconds of whole commands, each in a process of its own.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from measure import ROOT, in_turn, run, table

PIPELINE = "automl_scoring"
SDK = f"from pipelines.{PIPELINE} import build; build().definition()"
PARTS = ("pipelines", "steps", "jobs", "compiled", "environments", "pipeline.json.j2", "pyproject.toml")


def copy_of_the_project(folder: Path) -> Path:
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    return folder


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        project = copy_of_the_project(Path(scratch))
        source = project / "pipelines" / f"{PIPELINE}.py"
        command = [sys.executable, "-m", "scripts.compile", PIPELINE]
        environment = {"AWS_DEFAULT_REGION": "us-east-1", "PYTHONPATH": f"{project}:{ROOT}"}

        def unchanged() -> float:
            return run(command, cwd=project, environment=environment).cpu

        def cold() -> float:
            source.write_text(source.read_text() + "#\n")
            return run(command, cwd=project, environment=environment).cpu

        def sdk() -> float:
            return run([sys.executable, "-c", SDK], cwd=project, environment=environment).cpu

        run(command, cwd=project, environment=environment)
        figures = in_turn(5, unchanged, cold, sdk)
    names = ("penstock compile, unchanged", "penstock compile, cold", "SDK Pipeline.definition()")
    table(
        "compile: CPU seconds of the process (median of 5)",
        ("", "CPU s", "ratio to the SDK"),
        [(name, figure, figure / figures[-1]) for name, figure in zip(names, figures, strict=True)],
    )


if __name__ == "__main__":
    main()
