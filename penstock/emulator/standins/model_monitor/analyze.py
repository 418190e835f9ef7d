"""The analyzer: a data set in; statistics, constraints and violations out.

    python -m penstock.emulator.standins.model_monitor.analyze /opt/ml

Reads what to do from its environment (facts/monitor-and-clarify.md, 1). statistics.json and constraints.json
are always those of the data set; constraint_violations.json is written when a baseline is given and violated.
The outcome is said in output/message; when the customer's data or settings are at fault, that says where,
what, and what to do, and the exit code is 1.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.emulator.standins.errors import InputError
from penstock.emulator.standins.model_monitor import constraints, quality, violations
from penstock.emulator.standins.model_monitor import statistics as data_quality
from penstock.emulator.standins.model_monitor.ahead import ahead
from penstock.emulator.standins.model_monitor.answers import Attributes, attributes_of, read_answers
from penstock.emulator.standins.model_monitor.dataset import open_dataset
from penstock.emulator.standins.model_monitor.drift import CHI_SQUARED, L_INFINITY
from penstock.emulator.standins.model_monitor.profile import NotFinite, Profile, profile
from penstock.emulator.standins.model_monitor.scripts import Preprocessor, postprocess
from penstock.emulator.standins.model_monitor.sources import MistypedColumn, Source, parse_format

CONSTRAINTS, STATISTICS, VIOLATIONS = "constraints.json", "statistics.json", "constraint_violations.json"

NO_VIOLATIONS = "Completed: Job completed successfully with no violations."
WITH_VIOLATIONS = "CompletedWithViolations: Job completed successfully with {} violations."


@dataclass(frozen=True)
class Baseline:
    """The documents to check against, as far as they are given."""

    constraints: dict[str, Any] | None
    statistics: dict[str, Any] | None

    @property
    def given(self) -> bool:
        return bool(self.constraints or self.statistics)

    @property
    def names(self) -> list[str] | None:
        """Of the features, for data that do not name theirs."""
        features = (self.constraints or self.statistics or {}).get("features")
        return [feature["name"] for feature in features] if features else None


@dataclass(frozen=True)
class Analysis:
    statistics: dict[str, Any]
    constraints: dict[str, Any]
    violations: list[dict[str, str]]


def main(ml: Path, environment: Mapping[str, str]) -> int:
    message = ml / "output" / "message"
    message.parent.mkdir(parents=True, exist_ok=True)
    try:
        output = Path(environment.get("output_path") or ml / "processing" / "output")
        found = analyze(environment)
        write(found, output)
        if script := environment.get("post_analytics_processor_script"):
            postprocess(script)
    except InputError as error:
        print(error, file=sys.stderr)
        message.write_text(str(error), encoding="utf-8")
        return 1
    count = len(found.violations)
    said = WITH_VIOLATIONS.format(count) if count else NO_VIOLATIONS
    print(said)
    message.write_text(said, encoding="utf-8")
    return 0


def analyze(environment: Mapping[str, str]) -> Analysis:
    """Raises InputError."""
    for name in ("dataset_source", "dataset_format"):
        if not environment.get(name):
            raise InputError(f"the environment variable {name} is not set")
    script = environment.get("record_preprocessor_script")
    judged = environment.get("analysis_type") == "MODEL_QUALITY"
    attributes = attributes_of(environment) if judged else None
    problem = attributes.problem if attributes else None
    baseline = Baseline(
        _read_baseline(environment, "baseline_constraints", CONSTRAINTS, problem),
        _read_baseline(environment, "baseline_statistics", STATISTICS, problem),
    )
    source = open_dataset(
        Path(environment["dataset_source"]),
        parse_format(environment["dataset_format"]),
        preprocessor=Preprocessor(script) if script else None,
        names=baseline.names,
        judged=judged,
    )
    if attributes:
        return analyze_model_quality(source, attributes, baseline)
    return analyze_data_quality(source, baseline, _drift_method(environment))


def analyze_data_quality(
    source: Source, baseline: Baseline, categorical_drift_method: str | None = None
) -> Analysis:
    """Raises InputError."""
    statistics = data_quality.statistics(profile_source(source))
    suggested = constraints.suggest(statistics, categorical_drift_method)

    def count_values(name: str, rule: violations.Rule) -> int:
        batches = source.batches(careful=True, columns=[name])
        return sum(rule(batch.column(name).drop_null()) for batch in batches if name in batch.schema.names)

    found: list[dict[str, str]] = []
    if baseline.given:
        wanted = baseline.constraints or constraints.suggest(
            baseline.statistics or {}, categorical_drift_method
        )
        found = violations.check(statistics, wanted, baseline.statistics, count_values)
    return Analysis(statistics, suggested, found)


def profile_source(source: Source) -> Profile:
    """Raises InputError."""
    try:
        found = profile(ahead(source.batches()))
    except (MistypedColumn, NotFinite):
        found = profile(ahead(source.batches(careful=True)))
    if not found.rows:
        raise InputError("the data set has no rows; give one with at least one")
    return found


def analyze_model_quality(source: Source, attributes: Attributes, baseline: Baseline) -> Analysis:
    """Raises InputError."""
    statistics = quality.statistics(read_answers(source, attributes))
    suggested = quality.suggest(statistics)
    found: list[dict[str, str]] = []
    if baseline.given:
        wanted = baseline.constraints or quality.suggest(baseline.statistics or {})
        found = quality.check(statistics, wanted)
    return Analysis(statistics, suggested, found)


def write(analysis: Analysis, folder: Path) -> None:
    """Write the documents; where nothing is violated there is no file of violations."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / STATISTICS, analysis.statistics)
    _write(folder / CONSTRAINTS, analysis.constraints)
    (folder / VIOLATIONS).unlink(missing_ok=True)
    if analysis.violations:
        _write(folder / VIOLATIONS, {"violations": analysis.violations})


def _write(file: Path, document: dict[str, Any]) -> None:
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _drift_method(environment: Mapping[str, str]) -> str | None:
    method = environment.get("categorical_drift_method") or None
    if method not in (None, L_INFINITY, CHI_SQUARED):
        raise InputError(f"categorical_drift_method is {method!r}; expected {L_INFINITY} or {CHI_SQUARED}")
    return method


def _read_baseline(
    environment: Mapping[str, str], variable: str, name: str, problem: str | None
) -> dict[str, Any] | None:
    """Of data quality, or of the model quality of a kind of problem."""
    given = environment.get(variable)
    if not given:
        return None
    file = Path(given) / name if Path(given).is_dir() else Path(given)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{variable} {given}: there is no such file; check its S3 URI") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{variable} {given} cannot be read as JSON: {error}") from None
    if flaw := _flaw(document, name, problem):
        kind = f"model quality ({problem})" if problem else "data quality"
        raise InputError(f"{variable} {given} is no {name} of {kind}: {flaw}")
    checked: dict[str, Any] = document
    return checked


def _flaw(document: Any, name: str, problem: str | None) -> str | None:
    """What keeps a document from being a baseline."""
    section = "features"
    if problem:
        section = quality.section(problem, "constraints" if name == CONSTRAINTS else "metrics")
    entries = document.get(section) if isinstance(document, dict) else None
    if not isinstance(entries, dict if problem else list):
        return f"it has no {section}"
    needed = {"name"}
    if problem:
        needed = {"threshold", "comparison_operator"} if name == CONSTRAINTS else set()
    for entry in entries.values() if isinstance(entries, dict) else entries:
        if missing := sorted(needed - set(entry if isinstance(entry, dict) else ())):
            return f"an entry of its {section} has no {missing[0]}"
    return None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), os.environ))
