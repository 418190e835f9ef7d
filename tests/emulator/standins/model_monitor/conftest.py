"""Running the analyzer's program in this process, on files of a temporary /opt/ml."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from penstock.emulator.standins.model_monitor.analyze import main

DATA = Path(__file__).parent / "data"
HEADER, NO_HEADER = {"csv": {"header": True}}, {"csv": {"header": False}}


@pytest.fixture
def analyze(tmp_path):
    """analyze(data, format, **environment): data are the content of one file, or a path; the answer has the
    exit code, the message, and the documents that were written (None if not)."""

    def run(data, form=HEADER, *, name="data.csv", **environment):
        source = data
        if not isinstance(data, Path):
            source = tmp_path / "input" / name
            source.parent.mkdir(exist_ok=True)
            source.write_bytes(data if isinstance(data, bytes) else data.encode())
        for variable, value in environment.items():
            if isinstance(value, dict):
                file = tmp_path / f"{variable}.json"
                file.write_text(json.dumps(value))
                environment[variable] = str(file)
        output = tmp_path / "processing" / "output"
        code = main(
            tmp_path,
            {
                "dataset_source": str(source),
                "dataset_format": json.dumps(form),
                "output_path": str(output),
                **{key: str(value) for key, value in environment.items()},
            },
        )

        def document(file):
            return json.loads((output / file).read_text()) if (output / file).exists() else None

        return SimpleNamespace(
            code=code,
            message=(tmp_path / "output" / "message").read_text(),
            statistics=document("statistics.json"),
            constraints=document("constraints.json"),
            violations=(document("constraint_violations.json") or {}).get("violations"),
        )

    return run


@pytest.fixture
def features(analyze):
    """The features' statistics by name."""

    def run(*arguments, **options):
        found = analyze(*arguments, **options)
        assert found.code == 0, found.message
        return {feature["name"]: feature for feature in found.statistics["features"]}

    return run
