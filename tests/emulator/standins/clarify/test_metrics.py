"""Every metric on the worked examples of AWS's documentation, or on few rows counted by hand.

Pages: SageMaker Developer Guide, clarify-post-training-bias-metric-<name>, clarify-data-bias-metric-<name>
(awsdocs/amazon-sagemaker-developer-guide, doc_source).
"""

import math

import numpy as np
import pandas as pd
import pytest

from penstock.emulator.standins.clarify import posttraining, pretraining
from penstock.emulator.standins.clarify.metrics import Undefined
from penstock.emulator.standins.clarify.posttraining import Predicted
from penstock.emulator.standins.clarify.pretraining import Observed

POST = {metric.name: metric.compute for metric in posttraining.METRICS}
PRE = {metric.name: metric.compute for metric in pretraining.METRICS}


def rows(*, tp: int = 0, fp: int = 0, tn: int = 0, fn: int = 0) -> list[tuple[bool, bool]]:
    """(observed, predicted) of so many rows."""
    return [(True, True)] * tp + [(False, True)] * fp + [(False, False)] * tn + [(True, False)] * fn


def predicted(a: list[tuple[bool, bool]], d: list[tuple[bool, bool]]) -> Predicted:
    observed, said = map(np.array, zip(*a, *d, strict=True))
    groups = np.array([False] * len(a) + [True] * len(d))
    return Predicted(groups, observed, said, pd.DataFrame({"x": range(len(groups))}))


# The confusion matrices of the pages -rd and -sd.
MATRICES = predicted(rows(tn=20, fn=5, fp=10, tp=65), rows(tn=18, fn=7, fp=5, tp=20))


@pytest.mark.parametrize(
    ("name", "data", "value"),
    [
        # -ad: 0.7 - 0.5.
        ("AD", predicted(rows(tp=60, fp=10, fn=20, tn=10), rows(tp=40, fp=10, fn=40, tn=10)), 0.2),
        # -dar: 35/70 - 40/100.
        ("DAR", predicted(rows(tp=35, fp=35, tn=1), rows(tp=40, fp=60, tn=1)), 0.1),
        # -dca, example 1: 70 and 20 observed, 60 and 30 predicted: 70/60 - 20/30.
        ("DCA", predicted(rows(tp=60, fn=10, tn=30), rows(tp=20, fp=10, tn=20)), 1 / 2),
        # -dca, example 2: 50/60 - 40/30.
        ("DCA", predicted(rows(tp=50, fp=10, tn=40), rows(tp=30, fn=10, tn=10)), -1 / 2),
        # -dcr, example 1: 40/30 - 50/60.
        ("DCR", predicted(rows(tn=50, fn=10, tp=40), rows(tn=30, fp=10, tp=10)), 1 / 2),
        # -di: half of d and 60 % of a are predicted positive.
        ("DI", predicted(rows(tp=6, tn=4), rows(tp=5, tn=5)), 0.5 / 0.6),
        ("DPPL", predicted(rows(tp=6, tn=4), rows(tp=5, tn=5)), 0.1),
        # -drr: 40/50 - 80/100.
        ("DRR", predicted(rows(tn=80, fn=20), rows(tn=40, fn=10)), 0.0),
        ("DRR", predicted(rows(tn=80, fn=20), rows(tn=45, fn=5)), 0.1),
        ("RD", MATRICES, 65 / 70 - 20 / 27),
        ("SD", MATRICES, 18 / 23 - 20 / 30),
        # -te: 6/8 - 2/5.
        ("TE", predicted(rows(fn=8, fp=6, tp=86), rows(fn=5, fp=2, tn=43)), 0.35),
        # -ge: benefits 1, 1, 2, 0 with mean 1: (0 + 0 + 3 - 1) / 4 / 2.
        ("GE", predicted(rows(tp=1, tn=1), rows(fp=1, fn=1)), 0.25),
        ("GE", predicted(rows(fp=2), rows(fp=2)), 0.0),
        # By counting: no false positive in a, none in d either.
        ("TE", predicted(rows(fn=1, tp=1), rows(fn=2, tn=1)), 0.0),
    ],
)  # fmt: skip
def test_post_training_metrics_are_as_published(name, data, value):
    assert POST[name](data) == pytest.approx(value, abs=1e-12)


def test_the_flip_test_asks_the_nearest_row_of_the_rest_when_rows_are_few():
    # d: 0.1 (predicted no), 10.1 (no), 5.1 (yes); nearest of a: 0 (yes), 10 (yes), 5 (no).
    data = Predicted(
        d=np.array([False, False, False, True, True, True]),
        observed=np.zeros(6, dtype=bool),
        predicted=np.array([True, True, False, False, False, True]),
        features=pd.DataFrame({"x": [0.0, 10.0, 5.0, 0.1, 10.1, 5.1]}),
    )
    # Two would be favored, one would lose: (2 - 1) / 3.
    assert POST["FT"](data) == pytest.approx(1 / 3)


def test_the_flip_test_asks_five_neighbours_of_the_rest_when_rows_are_many():
    # Each of d's two rows (predicted no) has five neighbours in a: three yes for one, two for the other.
    near, far = [0, 1, 2, 3, 4], [100, 101, 102, 103, 104]
    data = Predicted(
        d=np.array([False] * 10 + [True] * 2),
        observed=np.zeros(12, dtype=bool),
        predicted=np.array(
            [True, True, True, False, False] + [True, True, False, False, False] + [False] * 2
        ),
        features=pd.DataFrame({"x": [*near, *far, 2, 102], "kind": ["same"] * 12}),
    )
    assert POST["FT"](data) == 1 / 2


def test_conditional_demographic_disparity_is_the_weighted_mean_of_the_subgroups():
    # Subgroup p: d is 1 of 2 rejected and 1 of 1 accepted; q: d is 1 of 1 rejected and 0 of 2 accepted.
    d = np.array([True, False, True, True, False, False])
    positive = np.array([False, False, True, False, True, True])
    groups = np.array(["p", "p", "p", "q", "q", "q"])
    expected = (3 * (1 / 2 - 1) + 3 * (1 - 0)) / 6
    observed = Observed(d, positive, positive, groups)
    said = Predicted(d, ~positive, positive, pd.DataFrame({"x": d}), groups)
    assert PRE["CDDL"](observed) == pytest.approx(expected)
    assert POST["CDDPL"](said) == pytest.approx(expected)


def test_metrics_of_data_compare_the_shares_of_all_labels():
    # -kolmogorov-smirnov: 40, 40, 20 % against 20, 10, 70 %.
    labels = np.array(["r"] * 4 + ["w"] * 4 + ["a"] * 2 + ["r"] * 2 + ["w"] * 1 + ["a"] * 7)
    data = Observed(np.array([False] * 10 + [True] * 10), labels == "a", labels)
    assert PRE["KS"](data) == pytest.approx(0.5)
    assert PRE["TVD"](data) == pytest.approx(0.5)
    assert PRE["LP"](data) == pytest.approx(math.sqrt(0.2**2 + 0.3**2 + 0.5**2))
    kl = 0.4 * math.log(2) + 0.4 * math.log(4) + 0.2 * math.log(2 / 7)
    assert PRE["KL"](data) == pytest.approx(kl)
    mean = (0.3, 0.25, 0.45)
    js = sum(
        (p * math.log(p / m) + q * math.log(q / m)) / 2
        for p, q, m in zip((0.4, 0.4, 0.2), (0.2, 0.1, 0.7), mean, strict=True)
    )
    assert PRE["JS"](data) == pytest.approx(js)
    assert PRE["DPL"](data) == pytest.approx(-0.5)
    assert PRE["CI"](data) == 0


def test_what_is_divided_by_nothing_is_infinite_and_nothing_by_nothing_undefined():
    assert POST["TE"](predicted(rows(fp=1), rows(fp=1, fn=1))) == math.inf
    with pytest.raises(Undefined, match="infinite in both groups"):
        POST["TE"](predicted(rows(fp=1), rows(fp=1)))
    with pytest.raises(Undefined, match="0 / 0: the groups have no such outcome"):
        POST["RD"](predicted(rows(tn=1), rows(tp=1)))
    with pytest.raises(Undefined, match="every prediction is a false negative"):
        POST["GE"](predicted(rows(fn=1), rows(fn=1)))


def test_there_are_all_metrics_by_name():
    assert list(PRE) == ["CDDL", "CI", "DPL", "JS", "KL", "KS", "LP", "TVD"]
    assert list(POST) == [
        "AD", "CDDPL", "DAR", "DCA", "DCR", "DI", "DPPL", "DRR", "FT", "GE", "RD", "SD", "TE",
    ]  # fmt: skip
