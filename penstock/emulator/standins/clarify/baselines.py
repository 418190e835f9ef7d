"""The rows that SHAP compares with: given ones, or the middles of clusters of the data set.

Facts: monitor-and-clarify.md, 7, methods.shap. It asks no model.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.cluster import KMeans

from penstock.emulator.standins.clarify.config import Shap
from penstock.emulator.standins.csv_text import parse_csv
from penstock.emulator.standins.errors import InputError


def baseline(shap: Shap, features: pd.DataFrame, fetch: Callable[[str], list[Path]]) -> pd.DataFrame:
    """(rows, m) with the columns of `features`; `fetch` gives the files below an S3 URI.

    Raises InputError.
    """
    names = [str(name) for name in features.columns]
    match shap.baseline:
        case None:
            return clustered(features, shap.num_clusters, shap.seed or 0)
        case str() as uri:
            return pd.concat([_read(file, names) for file in fetch(uri)], ignore_index=True)
        case rows:
            return _table(rows, names)


def clustered(features: pd.DataFrame, clusters: int, seed: int) -> pd.DataFrame:
    """A row for each cluster: the mean of each number, the most frequent of each text.

    Clusters are k-means of the numbers, scaled to the same spread, and the texts as a column for each value.
    """
    numbers = features.select_dtypes("number").columns
    scaled = features[numbers].astype(float).fillna(features[numbers].mean()).fillna(0)
    spread = scaled.std().replace(0, 1).fillna(1)
    points = pd.concat(
        [
            (scaled - scaled.mean()) / spread,
            pd.get_dummies(features.drop(columns=numbers).astype(str)).astype(float),
        ],
        axis="columns",
    )
    count = min(clusters, len(points.drop_duplicates()))
    members = KMeans(count, random_state=seed, n_init=1).fit_predict(points.to_numpy())
    middles = [
        {
            name: group[name].mean() if name in numbers else _most_frequent(group[name])
            for name in features.columns
        }
        for _, group in features.groupby(members)
    ]
    return pd.DataFrame(middles, columns=features.columns)


def _most_frequent(column: pd.Series) -> Any:
    modes = column.mode()
    return modes.iloc[0] if len(modes) else None


def _table(rows: list[Any], names: list[str]) -> pd.DataFrame:
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != len(names):
            got = len(row) if isinstance(row, list) else type(row).__name__
            raise InputError(
                f"methods.shap.baseline, row {number}: expected {len(names)} values, for "
                f"{', '.join(names)}, got {got}"
            )
    if not rows:
        raise InputError("methods.shap.baseline is empty")
    return pd.DataFrame(rows, columns=names)


def _read(file: Path, names: list[str]) -> pd.DataFrame:
    if file.suffix == ".json":
        return _table(json.loads(file.read_bytes()), names)
    content = file.read_bytes()
    header = content.split(b"\n", 1)[0].decode("utf-8", errors="replace").strip().split(",")
    table = parse_csv(content, file.name, header=names, header_lines=int(header == names))
    if table.empty:
        raise InputError(f"{file.name} has no rows")
    return table
