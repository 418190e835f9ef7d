"""Truths and predictions of a data set, read for model quality.

Two or three numbers a row are kept: that alone grows with the data.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from penstock.emulator.standins.errors import InputError
from penstock.emulator.standins.model_monitor.arrow import pc
from penstock.emulator.standins.model_monitor.quality import BINARY, PROBLEMS, REGRESSION, Answers
from penstock.emulator.standins.model_monitor.records import TRUTH
from penstock.emulator.standins.model_monitor.sources import Source
from penstock.emulator.standins.model_monitor.types import count_numbers, to_numbers

_DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True)
class Attributes:
    """Which columns are what; as the environment names them (facts/monitor-and-clarify.md, 1)."""

    problem: str
    truth: str
    predicted: str | None
    probability: str | None
    threshold: float


def attributes_of(environment: Mapping[str, str]) -> Attributes:
    """Raises InputError."""
    problem = environment.get("problem_type")
    if problem not in PROBLEMS:
        raise InputError(f"problem_type is {problem!r}; expected one of {', '.join(PROBLEMS)}")
    predicted = environment.get("inference_attribute") or None
    probability = environment.get("probability_attribute") or None
    if predicted is None and (problem != BINARY or probability is None):
        needed = (
            "inference_attribute or probability_attribute" if problem == BINARY else "inference_attribute"
        )
        raise InputError(f"{needed} is not set; name the column of the predictions")
    given = environment.get("probability_threshold_attribute") or str(_DEFAULT_THRESHOLD)
    try:
        threshold = float(given)
    except ValueError:
        raise InputError(f"probability_threshold_attribute is {given!r}; it must be a number") from None
    truth = environment.get("ground_truth_attribute") or TRUTH
    return Attributes(problem, truth, predicted, probability if problem == BINARY else None, threshold)


def read_answers(source: Source, attributes: Attributes) -> Answers:
    """Rows that lack one of the values are left out. Raises InputError."""
    table = _complete(source, attributes)
    if attributes.problem == REGRESSION:
        truth, predicted = (_numbers(table, role, attributes) for role in table)
        return Answers(REGRESSION, truth, predicted)
    scores = _numbers(table, "probability_attribute", attributes) if attributes.probability else None
    truths = _labels(table["ground_truth_attribute"])
    if attributes.predicted is None:
        assert scores is not None
        negative, positive = _both(truths, attributes)
        predictions = np.where(scores > attributes.threshold, positive, negative)
    else:
        predictions = _labels(table["inference_attribute"])
    labels = sorted({*np.unique(truths).tolist(), *np.unique(predictions).tolist()}, key=_order)
    if attributes.problem == BINARY:
        if len(labels) > 2:
            raise InputError(
                f"BinaryClassification needs two labels; ground_truth_attribute {attributes.truth!r} holds "
                f"{_some(truths)}, inference_attribute {attributes.predicted!r} {_some(predictions)}"
            )
        labels = list(_both(np.array(labels), attributes))
    numbers = np.array(sorted(labels))
    places = np.array([labels.index(label) for label in numbers])
    return Answers(
        attributes.problem,
        places[np.searchsorted(numbers, truths)],
        places[np.searchsorted(numbers, predictions)],
        tuple(labels),
        scores,
        # The class that AWS's samples predict, where they call it the best (facts/monitor-and-clarify.md, 5).
        labels.index("1") if "1" in labels else len(labels) - 1,
    )


def _complete(source: Source, attributes: Attributes) -> dict[str, pa.Array]:
    wanted = {
        "ground_truth_attribute": attributes.truth,
        "inference_attribute": attributes.predicted,
        "probability_attribute": attributes.probability,
    }
    first = next(iter(source.batches(careful=True)), None)
    if first is None:
        raise InputError("the data set has no rows; give one with at least one")
    names = first.schema.names
    places = {role: _find(name, role, names) for role, name in wanted.items() if name is not None}
    gathered: dict[str, list[pa.Array]] = {role: [] for role in places}
    for batch in source.batches(careful=True, columns=sorted(set(places.values()))):
        for role, name in places.items():
            if name in batch.schema.names:
                gathered[role].append(batch.column(name))
            else:
                gathered[role].append(pa.nulls(batch.num_rows, pa.string()))
    columns = {role: pa.chunked_array(parts).combine_chunks() for role, parts in gathered.items()}
    complete = pa.array(np.ones(len(columns["ground_truth_attribute"]), dtype=bool))
    for values in columns.values():
        complete = pc.and_(complete, values.is_valid())
    if not pc.any(complete).as_py():
        raise InputError(
            f"no row has values of all of {', '.join(map(repr, places.values()))}: nothing to measure"
        )
    return {role: values.filter(complete) for role, values in columns.items()}


def _find(name: str, role: str, names: list[str]) -> str:
    # A column without a name may be named by its number.
    for candidate in (name, f"_c{name}"):
        if candidate in names:
            return candidate
    raise InputError(f"{role} {name!r} is not in the data; its columns are {', '.join(names)}")


def _numbers(table: dict[str, pa.Array], role: str, attributes: Attributes) -> np.ndarray:
    values = table[role]
    if not pa.types.is_string(values.type):
        return values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    if count_numbers(values)[1] < len(values):
        wrong = next(text for text in values.to_pylist() if not count_numbers(pa.array([text]))[1])
        raise InputError(f"{role}: {wrong!r} is no number; {_named(role, attributes)} must hold numbers")
    return to_numbers(values).to_numpy()


def _named(role: str, attributes: Attributes) -> str:
    name = {
        "ground_truth_attribute": attributes.truth,
        "inference_attribute": attributes.predicted,
        "probability_attribute": attributes.probability,
    }[role]
    return f"the column {name!r}"


def _labels(values: pa.Array) -> np.ndarray:
    """Labels as texts; 1.0 and 1 are one label."""
    encoded = values.cast(pa.string()).dictionary_encode()
    texts = [_plain(text) for text in encoded.dictionary.to_pylist()]
    return np.array(texts)[encoded.indices.to_numpy()]


def _plain(text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else text


def _order(label: str) -> tuple[bool, float, str]:
    """Numbers before texts."""
    try:
        return False, float(label), label
    except ValueError:
        return True, 0.0, label


def _both(labels: np.ndarray, attributes: Attributes) -> tuple[str, str]:
    """The negative and the positive label: 0 and 1, or as they are sorted."""
    found = sorted(np.unique(labels).tolist(), key=_order)
    if len(found) > 2:
        raise InputError(
            f"BinaryClassification needs two labels; ground_truth_attribute {attributes.truth!r} "
            f"holds {_some(labels)}"
        )
    if set(found) <= {"0", "1"}:
        return "0", "1"
    return (found[0], found[1]) if len(found) == 2 else (f"not {found[0]}", found[0])


def _some(labels: np.ndarray) -> str:
    found = sorted(np.unique(labels).tolist(), key=_order)
    return ", ".join(found[:5]) + (" ..." if len(found) > 5 else "")
