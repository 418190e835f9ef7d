"""The trainer on its own: what it refuses and in which words, what it infers, and that it repeats itself."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from penstock.emulator.standins.autopilot import portfolio, train
from penstock.emulator.standins.autopilot.problem import BINARY, MULTICLASS, REGRESSION, infer
from penstock.emulator.standins.errors import InputError

pytestmark = pytest.mark.xdist_group("autopilot")


@pytest.fixture
def ml(tmp_path: Path) -> Path:
    for folder in ("input/config", "input/data/training", "output"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def rows(count: int = 600, header: str = "x,colour,y") -> list[str]:
    chance = random.Random(3)
    made = [header]
    for _ in range(count):
        x = chance.random()
        made.append(f"{x:.4f},{chance.choice(['red', 'green'])},{'yes' if x > 0.5 else 'no'}")
    return made


def put(ml: Path, content: str | bytes, name: str = "data.csv", channel: str = "training") -> None:
    folder = ml / "input" / "data" / channel
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def run(ml: Path, channels: dict[str, Any] | None = None, **config: Any) -> str:
    """What the trainer says when it refuses; empty when it does not."""
    about = {"ContentType": "text/csv;header=present", "CompressionType": "None"}
    given = {
        "TargetAttributeName": "y",
        "CompletionCriteria": {"MaxCandidates": 1},
        "Channels": {name: {**about, **more} for name, more in (channels or {"training": {}}).items()},
        **config,
    }
    (ml / "input/config/automljob.json").write_text(json.dumps(given))
    code = train.main(ml)
    failure = ml / "output" / "failure"
    assert code == (1 if failure.exists() else 0)
    return failure.read_text() if failure.exists() else ""


def results(ml: Path) -> dict[str, Any]:
    return json.loads((ml / "output/data/results.json").read_text())


def test_too_few_rows(ml):
    put(ml, "\n".join(rows(499)))
    assert run(ml) == "the training data has 499 rows; Autopilot needs at least 500"


def test_an_empty_file(ml):
    put(ml, "\n")
    assert run(ml) == "data.csv is empty"


def test_a_header_and_nothing_else(ml):
    put(ml, "x,colour,y\n")
    assert run(ml) == "the training data has 0 rows; Autopilot needs at least 500"


def test_one_class_only(ml):
    put(ml, "\n".join(line.replace(",no", ",yes") for line in rows()))
    assert run(ml) == "the target column 'y' has one value only (yes); there is nothing to learn"


def test_a_line_that_is_too_short(ml):
    lines = rows()
    lines[41] = "0.5,red"
    put(ml, "\n".join(lines))
    assert run(ml) == "data.csv, line 42: expected 3 columns, got 2"


def test_a_line_that_is_too_long(ml):
    lines = rows()
    lines[41] += ",more"
    put(ml, "\n".join(lines))
    assert run(ml) == "data.csv, line 42: expected 3 columns, got 4"


def test_every_line_longer_than_the_header(ml):
    put(ml, "\n".join(rows(header="x,y")))
    assert run(ml) == "data.csv, line 2: expected 2 columns, got 3"


def test_no_utf8(ml):
    put(ml, "\n".join(rows()).replace("red", "röd").encode("latin-1"))
    assert run(ml).startswith("data.csv is not UTF-8 (byte ")


def test_files_with_different_columns(ml):
    put(ml, "\n".join(rows()), "a.csv")
    put(ml, "\n".join(rows(header="x,hue,y")), "b.csv")
    assert run(ml) == "b.csv: its columns (x, hue, y) are not those of a.csv (x, colour, y)"


def test_compression_that_is_not_as_said(ml):
    put(ml, gzip.compress("\n".join(rows()).encode()))
    assert run(ml) == "data.csv is compressed with gzip, but CompressionType is None"


def test_a_content_type_that_is_not_read(ml):
    put(ml, "\n".join(rows()))
    assert run(ml, {"training": {"ContentType": "application/json"}}) == (
        "ContentType 'application/json' is not one that Autopilot reads: "
        "text/csv;header=present or x-application/vnd.amazon+parquet"
    )


def test_a_parquet_file_that_is_none(ml):
    put(ml, "\n".join(rows()))
    told = run(ml, {"training": {"ContentType": "x-application/vnd.amazon+parquet"}})
    assert told.startswith("data.csv is no Parquet file: ")


def test_an_objective_that_does_not_fit(ml):
    put(ml, "\n".join(rows()))
    assert run(ml, ProblemType="BinaryClassification", Objective="RMSE") == (
        "the objective metric RMSE does not fit BinaryClassification; "
        "choose one of Accuracy, AUC, BalancedAccuracy, F1, Precision, Recall"
    )


def test_regression_of_words(ml):
    put(ml, "\n".join(rows()))
    assert run(ml, ProblemType="Regression") == (
        "the target column 'y' is not numeric, as Regression needs it"
    )


def test_binary_classification_of_three_classes(ml):
    lines = rows()
    lines[1] = "0.1,red,perhaps"
    put(ml, "\n".join(lines))
    assert run(ml, ProblemType="BinaryClassification") == (
        "the target column 'y' has 3 classes; BinaryClassification needs 2"
    )


def test_algorithms_that_are_not_here(ml):
    put(ml, "\n".join(rows()))
    assert run(ml, Algorithms=["catboost"]) == (
        "none of the algorithms catboost is installed on this machine; "
        "choose among lightgbm, xgboost, linear-learner, randomforest, extra-trees"
    )


def test_a_feature_specification_that_names_no_column(ml):
    put(ml, "\n".join(rows()))
    (ml / "input/config/feature_specification.json").write_text('{"FeatureAttributeNames": ["size"]}')
    assert run(ml) == "the feature specification names 'size', which is no feature column of the data"


@pytest.mark.long
def test_the_same_data_gives_the_same_candidates_and_archives(ml, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    for folder in ("input/config", "output"):
        (other / folder).mkdir(parents=True)
    (other / "input/data").mkdir()
    for place in (ml, other):
        put(place, "\n".join(rows()))
        assert run(place, ProblemType="BinaryClassification", Algorithms=["lightgbm", "fastai"]) == ""
    first, second = (
        {
            **found,
            "Candidates": [
                {
                    **candidate,
                    "Metrics": [
                        datum
                        for datum in candidate["Metrics"]
                        if datum["StandardMetricName"] != "InferenceLatency"
                    ],
                }
                for candidate in found["Candidates"]
            ],
        }
        for found in (results(ml), results(other))
    )
    assert first == second
    assert first["MetricName"] == "F1"
    assert first["PartialFailures"] == [
        "fastai is not installed on this machine; no candidate was trained with it"
    ]


def test_regression_with_a_validation_channel_parquet_and_a_feature_specification(ml):
    chance = random.Random(5)
    table = pd.DataFrame({"x": [chance.random() for _ in range(600)], "code": range(600)})
    table["y"] = 10 * table["x"]
    for channel, part in (("training", table[:500]), ("validation", table[500:])):
        folder = ml / "input" / "data" / channel
        folder.mkdir(exist_ok=True)
        part.to_parquet(folder / "part.parquet")
    specification = {"FeatureAttributeNames": ["x"], "FeatureDataTypes": {"x": "numeric"}}
    (ml / "input/config/feature_specification.json").write_text(json.dumps(specification))
    parquet = {"ContentType": "x-application/vnd.amazon+parquet"}
    assert run(ml, {"training": parquet, "validation": parquet}, Algorithms=["xgboost"]) == ""
    found = results(ml)
    assert (found["ProblemType"], found["MetricName"], found["Minimized"]) == ("Regression", "MSE", True)
    (candidate,) = found["Candidates"]
    names = {datum["StandardMetricName"] for datum in candidate["Metrics"]}
    assert names == {"MAE", "MSE", "R2", "RMSE", "InferenceLatency"}
    insights = json.loads((ml / "output/data" / candidate["ModelInsights"] / "statistics.json").read_text())
    assert insights["dataset"]["item_count"] == 100
    assert set(insights["regression_metrics"]) == {"mae", "mse", "rmse", "r2"}
    assert insights["regression_metrics"]["mae"]["standard_deviation"] == "NaN"
    columns = ml / "output/data/candidates" / candidate["Name"] / "model/columns.json"
    assert json.loads(columns.read_text()) == {"x": "number"}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (["a", "b", "a"], BINARY),
        ([0, 1, 1], BINARY),
        ([1.5, 2.5], BINARY),
        ([True, False], BINARY),
        (["a", "b", "c"], MULTICLASS),
        (list(range(20)), MULTICLASS),
        (list(range(21)), REGRESSION),
        ([1.5, 2.5, 3.0], REGRESSION),
    ],
)
def test_the_problem_type_is_inferred_from_the_values(values, problem):
    assert infer(pd.Series(values)) is problem


def test_a_portfolio_has_as_many_models_as_asked_for():
    assert portfolio.choose(None, 10)[0].size == 4
    assert portfolio.choose(None, 1)[0].ensemble is False
    three, refused = portfolio.choose(None, 3)
    assert (three.size, three.ensemble, sorted(three.hyperparameters)) == (3, True, ["GBM", "XGB"])
    assert refused == []
    with pytest.raises(InputError):
        portfolio.choose(["nn-torch"], 5)
