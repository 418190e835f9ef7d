"""Predictions for rows of a data set, asked of a model behind a function that carries bytes.

It knows formats and labels; where the model runs it does not know.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from penstock.emulator.standins.clarify.answers import AnswerFormat
from penstock.emulator.standins.clarify.config import CSV, PARQUET, AnalysisConfig
from penstock.emulator.standins.clarify.requests import RequestFormat
from penstock.emulator.standins.errors import InputError

Invoke = Callable[[bytes], bytes]
"""Sends a request's body to the model and returns its answer's."""


class Predictor:
    """`columns` are the features that the model gets, in order."""

    def __init__(self, config: AnalysisConfig, columns: list[str], invoke: Invoke) -> None:
        """Raises InputError."""
        self._requests, self._answers = formats(config, columns)
        assert config.predictor
        self._headers = config.predictor.label_headers
        self._threshold = config.probability_threshold
        self._invoke = invoke

    def cells(self, table: pd.DataFrame) -> np.ndarray:
        """(n, m) the features of a table as scores() and labels() take them."""
        return self._requests.cells(table)

    def scores(self, cells: np.ndarray) -> np.ndarray:
        """(n, scores). Raises InputError."""
        parts = [
            self._answers.scores(self._invoke(body), rows) for rows, body in self._requests.bodies(cells)
        ]
        if len({part.shape[1] for part in parts}) > 1:
            raise InputError("the model answered with lists of scores of different lengths")
        return np.concatenate(parts)

    def labels(self, cells: np.ndarray) -> np.ndarray:
        """(n,) the label that the model predicts for each row. Raises InputError.

        It is at the configured place; without one it follows from the scores: the header of the highest, or
        for one score, 1 where it is above the threshold and else 0.
        """
        if self._answers.label is not None:
            found = [
                label
                for rows, body in self._requests.bodies(cells)
                for label in self._answers.labels(self._invoke(body), rows)
            ]
            return np.array(
                [each[0] if isinstance(each, list) and each else each for each in found], dtype=object
            )
        scores = self.scores(cells)
        if scores.shape[1] == 1:
            return (scores[:, 0] > self._threshold).astype(int)
        headers = self._checked_headers(scores.shape[1])
        if headers is None:
            raise InputError(
                f"the model answered with {scores.shape[1]} scores: "
                "predictor.label_headers must name their labels"
            )
        return np.array(headers, dtype=object)[scores.argmax(axis=1)]

    def names_of(self, scores: int) -> list[str]:
        """The scores' names: the label headers, else label0, label1 and so on (facts, 8)."""
        headers = self._checked_headers(scores)
        return [f"label{place}" for place in range(scores)] if headers is None else headers

    def _checked_headers(self, scores: int) -> list[str] | None:
        if self._headers is not None and len(self._headers) != scores:
            raise InputError(
                f"predictor.label_headers has {len(self._headers)} names, "
                f"the model answered with {scores} scores"
            )
        return None if self._headers is None else [str(header) for header in self._headers]


def formats(config: AnalysisConfig, columns: list[str]) -> tuple[RequestFormat, AnswerFormat]:
    """Raises InputError."""
    settings = config.predictor
    assert settings
    # Rows of Parquet go to a model as CSV.
    content = settings.content_type or (CSV if config.dataset_type == PARQUET else config.dataset_type)
    return (
        RequestFormat(content, columns, settings.content_template, settings.record_template),
        AnswerFormat(settings.accept_type or content, settings.label, settings.probability),
    )
