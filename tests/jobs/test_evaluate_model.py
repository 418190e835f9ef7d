import json
from math import log

import pytest

KEYS = "predicted_label,probabilities,labels"

SUMMARY = {"target": "bought", "negative_label": "no", "positive_label": "yes"}

# (actual, probability of yes): predicted yes above 0.5
FEW = [("no", 0.1), ("no", 0.4), ("no", 0.6), ("no", 0.2), ("yes", 0.9), ("yes", 0.3), ("yes", 0.8)]
MANY = FEW * 100


def put(job, pairs=FEW, summary=SUMMARY, labels="['no', 'yes']", predictions=None):
    job.put("summary/summary.json", json.dumps(summary))
    job.put("labels/test_labels.csv", "".join(f"{actual}\n" for actual in ["bought", *(a for a, _ in pairs)]))
    if predictions is None:
        predictions = "".join(
            f'{"yes" if score > 0.5 else "no"},"[{1 - score}, {score}]","{labels}"\n' for _, score in pairs
        )
    job.put("predictions/test_features.csv.out", predictions)


def evaluation(job, *arguments):
    ended = job.run("--columns", KEYS, *arguments)
    assert (ended.exit_code, ended.message) == (0, "")
    return json.loads(job.text("out/evaluation.json"))


def values(document, *names):
    metrics = document["binary_classification_metrics"]
    return [pytest.approx(metrics[name]["value"]) for name in names]


def test_what_was_scored_is_a_table_of_numbers(evaluate):
    put(evaluate)
    evaluation(evaluate)
    assert evaluate.text("scored/scored.csv").splitlines()[:4] == [
        "prediction,probability,label",
        "0,0.100000,0",
        "0,0.400000,0",
        "1,0.600000,0",
    ]


def test_two_summaries_are_refused(evaluate):
    put(evaluate)
    evaluate.put("summary/more.json", "{}")
    assert evaluate.refusal("--columns", KEYS) == ("There are 2 summaries of the prepared data, and not one.")


def test_the_metrics_are_those_of_the_model_quality_schema(evaluate):
    put(evaluate)
    document = evaluation(evaluate)
    assert document["version"] == 0.0
    assert document["dataset"] == {"item_count": 7}
    metrics = document["binary_classification_metrics"]
    # outer key actual, inner key predicted
    assert metrics["confusion_matrix"] == {"no": {"no": 3, "yes": 1}, "yes": {"no": 1, "yes": 2}}
    assert values(document, "accuracy", "precision", "recall", "f1") == [5 / 7, 2 / 3, 2 / 3, 2 / 3]
    assert values(document, "f0_5", "f2") == [2 / 3, 2 / 3]
    rates = ["true_positive_rate", "true_negative_rate", "false_positive_rate", "false_negative_rate"]
    assert values(document, *rates) == [2 / 3, 3 / 4, 1 / 4, 1 / 3]
    # 12 pairs of a yes and a no; the yes scores higher in all but 0.3 < 0.4 and 0.3 < 0.6
    assert values(document, "auc") == [10 / 12]
    assert values(document, "log_loss") == [-log(0.9 * 0.6 * 0.4 * 0.8 * 0.9 * 0.3 * 0.8) / 7]
    constant = ["recall", "precision", "accuracy", "f1"]
    always_yes = [1.0, 3 / 7, 3 / 7, 0.6]
    assert values(document, *(f"{name}_best_constant_classifier" for name in constant)) == always_yes
    assert metrics["receiver_operating_characteristic_curve"] == {
        "false_positive_rates": pytest.approx([0, 0, 0, 0.5, 0.5, 1]),
        "true_positive_rates": pytest.approx([0, 1 / 3, 2 / 3, 2 / 3, 1, 1]),
    }
    assert metrics["precision_recall_curve"]["recalls"][0] == 1
    assert metrics["precision_recall_curve"]["precisions"][-1] == 1


def test_what_was_counted_is_told(evaluate):
    put(evaluate)
    assert evaluation(evaluate)["evaluation"] == {
        "target": "bought",
        "positive_label": "yes",
        "negative_label": "no",
        "rows": 7,
        "positive_rows": 3,
        "predicted_positive_rows": 3,
    }


def test_the_calibration_is_by_tenths_of_the_probability(evaluate):
    put(evaluate, [("yes", 0.61), ("no", 0.69), ("yes", 0.95), ("no", 0.05), ("yes", 1.0)])
    calibration = evaluation(evaluate)["calibration"]
    assert calibration["predicted"] == pytest.approx([0.05, 0.65, 0.975])
    assert (calibration["observed"], calibration["rows"]) == ([0, 0.5, 1], [1, 2, 2])


def test_few_rows_have_no_standard_deviation(evaluate):
    put(evaluate)
    metrics = evaluation(evaluate)["binary_classification_metrics"]
    assert metrics["auc"]["standard_deviation"] == "NaN"


def test_many_rows_have_one_that_follows_from_the_seed(evaluate):
    put(evaluate, MANY)
    first, second, other = (evaluation(evaluate, "--seed", seed) for seed in ("0", "0", "1"))
    assert first == second != other
    deviation = first["binary_classification_metrics"]["auc"]["standard_deviation"]
    assert 0 < deviation < 0.05


def test_curves_are_thinned_and_keep_their_ends(evaluate):
    pairs = [("yes" if number % 3 == 0 else "no", number / 5000) for number in range(5000)]
    put(evaluate, pairs)
    metrics = evaluation(evaluate)["binary_classification_metrics"]
    rates = metrics["receiver_operating_characteristic_curve"]
    assert len(rates["true_positive_rates"]) == len(rates["false_positive_rates"]) == 200
    assert (rates["true_positive_rates"][0], rates["true_positive_rates"][-1]) == (0, 1)


def test_the_order_of_the_labels_is_the_models(evaluate):
    put(evaluate)
    expected = evaluation(evaluate)
    swapped = "".join(
        f"{'yes' if score > 0.5 else 'no'},\"[{score}, {1 - score}]\",\"['yes', 'no']\"\n" for _, score in FEW
    )
    put(evaluate, predictions=swapped)
    assert evaluation(evaluate) == expected


def test_the_probability_of_the_predicted_label_will_do(evaluate):
    put(evaluate)
    expected = evaluation(evaluate)["binary_classification_metrics"]["auc"]["value"]
    rows = [("yes", score) if score > 0.5 else ("no", 1 - score) for _, score in FEW]
    put(evaluate, predictions="".join(f"{probability},{label}\n" for label, probability in rows))
    evaluate.run("--columns", "probability,predicted_label")
    document = json.loads(evaluate.text("out/evaluation.json"))
    assert document["binary_classification_metrics"]["auc"]["value"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("data", "model"), [(("0", "1"), ("0.0", "1.0")), (("false", "true"), ("False", "True"))]
)
def test_a_label_is_the_same_in_another_notation(evaluate, data, model):
    pairs = [(data[actual == "yes"], score) for actual, score in FEW]
    rows = [
        f"{model[score > 0.5]},\"[{1 - score}, {score}]\",\"['{model[0]}', '{model[1]}']\"\n"
        for _, score in FEW
    ]
    summary = {"target": "bought", "negative_label": data[0], "positive_label": data[1]}
    put(evaluate, pairs, summary, predictions="".join(rows))
    assert values(evaluation(evaluate), "auc") == [10 / 12]


def test_several_prediction_files_are_read_in_order(evaluate):
    put(evaluate)
    expected = evaluation(evaluate)
    first, *rest = evaluate.text("predictions/test_features.csv.out").splitlines(keepends=True)
    (evaluate.folder / "predictions/test_features.csv.out").unlink()
    evaluate.put("predictions/a.out", first)
    evaluate.put("predictions/b.out", "".join(rest))
    assert evaluation(evaluate) == expected


def test_the_job_is_a_program(evaluate):
    put(evaluate)
    assert evaluate.run_as_program("--columns", KEYS) == evaluate.run("--columns", KEYS)
    put(evaluate, predictions="")
    assert evaluate.run_as_program("--columns", KEYS) == evaluate.run("--columns", KEYS)


def refusal(job, columns=KEYS):
    return job.refusal("--columns", columns)


def test_no_predictions_are_refused(evaluate):
    put(evaluate)
    (evaluate.folder / "predictions/test_features.csv.out").unlink()
    assert refusal(evaluate) == "There are no predictions."


def test_empty_predictions_are_refused(evaluate):
    put(evaluate, predictions="")
    assert refusal(evaluate) == "The predictions are empty."


def test_another_number_of_predictions_is_refused(evaluate):
    put(evaluate)
    text = evaluate.text("predictions/test_features.csv.out").splitlines(keepends=True)
    evaluate.put("predictions/test_features.csv.out", "".join(text[1:]))
    assert refusal(evaluate) == "There are 6 predictions for 7 labels."


def test_another_number_of_columns_is_refused(evaluate):
    put(evaluate, predictions="yes\n" * 7)
    assert refusal(evaluate) == (
        "The predictions have 1 columns, and not the 3 asked for: predicted_label, probabilities, labels."
    )


def test_an_unknown_column_is_refused(evaluate):
    put(evaluate)
    assert refusal(evaluate, "predicted_label,score") == (
        "'score' is not a response key: choose from predicted_label, probability, probabilities, labels."
    )


def test_an_unknown_prediction_is_refused(evaluate):
    put(evaluate)
    text = evaluate.text("predictions/test_features.csv.out").replace("yes,", "maybe,", 1)
    evaluate.put("predictions/test_features.csv.out", text)
    assert refusal(evaluate) == "The prediction of row 3 is 'maybe', neither 'no' nor 'yes'."


def test_an_unreadable_probability_is_refused(evaluate):
    put(evaluate, predictions="yes,high,\"['no', 'yes']\"\n" * 7)
    assert refusal(evaluate) == (
        "The predictions hold a probability that cannot be read: Expecting value: line 1 column 1 (char 0)"
    )


def test_predictions_without_a_label_or_a_probability_are_refused(evaluate):
    put(evaluate, predictions="0.5\n" * 7)
    assert refusal(evaluate, "probability") == "The predictions need predicted_label."
    put(evaluate, predictions="yes\n" * 7)
    assert refusal(evaluate, "predicted_label") == (
        "The predictions need probabilities and labels, or probability."
    )


def test_labels_of_one_class_are_refused(evaluate):
    put(evaluate, [("no", 0.2)] * 5)
    assert refusal(evaluate) == "The test labels are of one class only: there is no AUC."
