"""Clarify's program: a data set and a configuration in, analysis.json and a report out.

    python -m penstock.emulator.standins.clarify.analyze /opt/ml

When the data, the configuration or the model is at fault it says why in output/message and exits with 1.
Order: what needs the model first, then pre-training bias, then the report (facts: monitor-and-clarify.md, 7).
"""

import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import numpy as np
import pandas as pd
from botocore.exceptions import BotoCoreError, ClientError

from penstock.emulator.standins import clarify
from penstock.emulator.standins.clarify import attributions, baselines, bias, dependence, drift
from penstock.emulator.standins.clarify.config import AnalysisConfig, read_config
from penstock.emulator.standins.clarify.dataset import Dataset, column, load
from penstock.emulator.standins.clarify.endpoint import model_behind
from penstock.emulator.standins.clarify.predictor import Predictor, formats
from penstock.emulator.standins.errors import InputError

_SUCCESS = "Completed: SageMaker XAI Analyzer ran successfully"
# Rows explained between two lines of the log.
_TELL_EVERY = 100


def main(ml: Path) -> int:
    output = ml / clarify.OUTPUT
    output.mkdir(parents=True, exist_ok=True)
    message = ml / clarify.MESSAGE
    message.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            said = run(ml, output, Path(scratch))
    except InputError as error:
        print(error, file=sys.stderr)
        message.write_text(str(error), encoding="utf-8")
        return 1
    print(said)
    message.write_text(said, encoding="utf-8")
    return 0


def run(ml: Path, output: Path, scratch: Path) -> str:
    """What the exit message says. Raises InputError."""
    fetch = _Downloads(scratch)
    config = read_config(ml / clarify.CONFIG)
    data = load(config, ml / clarify.DATA, fetch)
    bias.check(config, data)
    baseline = None
    if path := os.environ.get(clarify.BASELINE_VARIABLE):
        baseline = drift.read_baseline(Path(path))
    print(f"the data set has {len(data.table)} rows and {len(data.features)} features", flush=True)
    analysis: dict[str, Any] = {"version": "1.0"}
    explanations: dict[str, Any] = {}
    if config.asks_model:
        explanations = _with_model(config, data, analysis, output, fetch)
    elif config.methods.post_training_bias:
        analysis["post_training_bias_metrics"] = bias.after_training(config, data, _given_labels(data))
    if config.methods.pre_training_bias:
        analysis["pre_training_bias_metrics"] = bias.before_training(config, data)
    if explanations:
        analysis["explanations"] = explanations
    _write(output / clarify.ANALYSIS, analysis)
    if config.methods.report:
        from penstock.emulator.standins.clarify.report import render  # matplotlib is slow to load

        page = render(config.methods.report.title, analysis, len(data.table))
        (output / f"{config.methods.report.name}.html").write_text(page, encoding="utf-8")
    found = drift.violations(analysis, baseline) if baseline else []
    if not found:
        return _SUCCESS
    _write(output / clarify.VIOLATIONS, {"version": "1.0", "violations": found})
    return f"CompletedWithViolations: Job completed successfully with {len(found)} violations."


def _with_model(
    config: AnalysisConfig, data: Dataset, analysis: dict[str, Any], output: Path, fetch: "_Downloads"
) -> dict[str, Any]:
    """Put post-training metrics into `analysis`; the explanations."""
    assert config.predictor
    features = data.table[data.features]
    sent, expected = formats(config, data.features)
    wanted = _dependence_features(config, data)
    baseline = None
    if config.methods.shap:
        baseline = baselines.baseline(config.methods.shap, features, fetch)
    model = os.environ.get(clarify.MODEL_VARIABLE)
    with model_behind(config.predictor, model, sent.content_type, expected.accept) as invoke:
        predictor = Predictor(config, data.features, invoke)
        explained = None
        if config.methods.shap and baseline is not None:
            explained = attributions.explain(
                config.methods.shap,
                data.features,
                predictor.cells(features),
                predictor.cells(baseline),
                predictor.scores,
                predictor.names_of,
                lambda done: _tell(done, len(features)),
            )
            _write_shap(config, data, explained, baseline, output)
            wanted = wanted or explained.top(config.methods.pdp.top_k_features if config.methods.pdp else 0)
        explanations: dict[str, Any] = {"kernel_shap": explained.section()} if explained else {}
        if config.methods.pdp:
            headers = config.predictor.label_headers
            explanations["pdp"] = dependence.partial_dependence(
                features,
                wanted,
                config.methods.pdp.grid_resolution,
                lambda table: predictor.scores(predictor.cells(table)),
                [str(header) for header in headers] if headers else None,
            )
        if config.methods.post_training_bias:
            labels = _given_labels(data) if data.predicted else predictor.labels(predictor.cells(features))
            analysis["post_training_bias_metrics"] = bias.after_training(config, data, labels)
    return explanations


def _dependence_features(config: AnalysisConfig, data: Dataset) -> list[str]:
    """Those that are asked for. Raises InputError for what is no feature."""
    asked = (config.methods.pdp.features if config.methods.pdp else None) or []
    features = data.table[data.features]
    return [column(features, each, "methods.pdp.features") for each in asked]


def _given_labels(data: Dataset) -> np.ndarray:
    return np.asarray(data.table[data.predicted].to_numpy())


def _write_shap(
    config: AnalysisConfig,
    data: Dataset,
    explained: attributions.Attributions,
    baseline: pd.DataFrame,
    output: Path,
) -> None:
    shap = config.methods.shap
    assert shap
    if shap.save_local_shap_values:
        table = explained.table()
        if data.join:
            table[data.join] = data.table[data.join].to_numpy()
        _write_csv(output / clarify.LOCAL_SHAP, table)
    if shap.baseline is None:
        _write_csv(output / clarify.SHAP_BASELINE, baseline)


def _write_csv(file: Path, table: pd.DataFrame) -> None:
    file.parent.mkdir(exist_ok=True)
    table.to_csv(file, index=False)


def _write(file: Path, document: dict[str, Any]) -> None:
    file.write_text(json.dumps(document, indent=4), encoding="utf-8")


def _tell(done: int, rows: int) -> None:
    if done % _TELL_EVERY == 0 or done == rows:
        print(f"explained {done} of {rows} rows", flush=True)


class _Downloads:
    """The files below S3 URIs, as local ones in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, uri: str) -> list[Path]:
        """Raises InputError."""
        place = urlsplit(uri)
        if place.scheme != "s3":
            raise InputError(f"{uri} is no S3 URI")
        try:
            s3 = boto3.client("s3")
            pages = s3.get_paginator("list_objects_v2").paginate(
                Bucket=place.netloc, Prefix=place.path.lstrip("/")
            )
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
            files = []
            for number, key in enumerate(key for key in keys if not key.endswith("/")):
                file = self._folder / f"{len(list(self._folder.iterdir()))}-{number}" / Path(key).name
                file.parent.mkdir()
                s3.download_file(place.netloc, key, str(file))
                files.append(file)
        except (ClientError, BotoCoreError) as error:
            raise InputError(f"{uri} cannot be read: {error}") from None
        if not files:
            raise InputError(f"nothing is at {uri}")
        return files


if __name__ == "__main__":
    # Stopping a job must not leave its endpoint behind: contexts end when the program exits.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(Path(sys.argv[1])))
