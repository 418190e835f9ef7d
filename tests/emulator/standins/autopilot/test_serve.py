"""The model server over werkzeug's test client, with a model trained once."""

import csv
import io
import json
import random
from pathlib import Path

import pytest
from werkzeug.test import Client

from penstock.emulator.standins.autopilot import train
from penstock.emulator.standins.autopilot.answers import ClassAnswers, requested_keys
from penstock.emulator.standins.autopilot.serve import Server

# One model serves them all.
pytestmark = pytest.mark.xdist_group("autopilot")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """x decides the class; zip is text that looks like a number."""
    ml = tmp_path_factory.mktemp("ml")
    (ml / "input/config").mkdir(parents=True)
    (ml / "input/data/training").mkdir(parents=True)
    chance = random.Random(1)
    lines = ["x,zip,kind"]
    for _ in range(600):
        x = chance.random()
        lines.append(
            f"{x:.3f},{chance.choice(['0123', '0456', 'none'])},{'big, yes' if x > 0.5 else 'small'}"
        )
    quoted = [line.replace("big, yes", '"big, yes"') for line in lines]
    (ml / "input/data/training/data.csv").write_text("\n".join(quoted))
    config = {
        "TargetAttributeName": "kind",
        "ProblemType": "BinaryClassification",
        "CompletionCriteria": {"MaxCandidates": 1},
        "Channels": {"training": {"ContentType": "text/csv", "CompressionType": "None"}},
    }
    (ml / "input/config/automljob.json").write_text(json.dumps(config))
    assert train.main(ml) == 0
    (candidate,) = json.loads((ml / "output/data/results.json").read_text())["Candidates"]
    return ml / "output/data/candidates" / candidate["Name"] / "model"


def ask(model: Path, body: str, keys: str = "predicted_label", *, batch: bool = False, **headers: str):
    client = Client(Server(model, requested_keys(keys), batch=batch))
    return client.post("/invocations", data=body, content_type="text/csv", headers=headers)


def test_ping_answers(model):
    assert Client(Server(model, ["predicted_label"], batch=False)).get("/ping").status_code == 200


def test_the_default_answer_is_the_label(model):
    answer = ask(model, "0.9,0123\n0.1,0456\n")
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    assert answer.text == '"big, yes"\nsmall'


def test_a_batch_answer_ends_with_a_newline(model):
    assert ask(model, "0.9,0123", batch=True).text == '"big, yes"\n'


def test_keys_come_in_the_order_asked_for(model):
    answer = ask(model, "0.9,0123\n0.1,none\n", " Labels, probability ,probabilities,predicted_label")
    for labels, probability, probabilities, label in csv.reader(io.StringIO(answer.text)):
        assert labels == "['big, yes', 'small']"
        assert float(probability) == max(json.loads(probabilities))
        assert label in ("big, yes", "small")


def test_an_unknown_key_is_nan_with_a_warning(model, capsys):
    assert ask(model, "0.9,0123", "predicted_label,shape").text == '"big, yes",nan'
    assert "WARNING: 'shape' is no key that this model can answer with" in capsys.readouterr().err


def test_a_header_that_repeats_the_columns_is_skipped(model):
    assert ask(model, "x,zip\r\n0.9,0123\r\n").text == '"big, yes"'


def test_text_stays_text_and_missing_numbers_are_missing(model):
    assert len(ask(model, "0.9,0123\n,0456\nwrong,7\n").text.splitlines()) == 3


def test_a_wrong_number_of_columns_is_refused(model):
    for body, line, got in (("0.9\n", 1, 1), ("0.9,0123,1\n", 1, 3), ("0.9,0123\n0.1\n", 2, 1)):
        answer = ask(model, body)
        assert answer.status_code == 400
        assert answer.text == f"the request, line {line}: expected 2 columns, got {got}"


def test_other_content_types_paths_and_origins_are_refused(model):
    client = Client(Server(model, ["predicted_label"], batch=False))
    other = client.post("/invocations", data="{}", content_type="application/json")
    assert (other.status_code, other.text) == (
        415,
        "Content-Type application/json is not supported; send text/csv",
    )
    answer = ask(model, "0.9,0123", Accept="application/json")
    assert (answer.status_code, answer.text) == (
        406,
        "Accept application/json is not supported; take text/csv",
    )
    assert client.get("/models").status_code == 404
    assert client.get("/ping", headers={"Origin": "http://evil.example"}).status_code == 403


def test_an_empty_request_has_an_empty_answer(model):
    assert ask(model, "").text == ""


def test_answers_need_no_more_than_the_probabilities():
    import numpy as np

    answers = ClassAnswers(["a", "b"], np.array([[0.25, 0.75], [0.5, 0.5]], dtype="float32"))
    assert answers.lines(["predicted_label", "probability", "probabilities"]) == [
        'b,0.75,"[0.25, 0.75]"',
        'a,0.5,"[0.5, 0.5]"',
    ]
