"""What a suggestion takes for the word that was meant."""

import pytest

from penstock.definition.check.step_types import STEP_TYPES
from penstock.definition.check.suggest import did_you_mean


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("processing", "Processing"),
        ("TrainingStep", "Training"),
        ("CreateModel", "Model"),
        ("RegisterModelStep", "RegisterModel"),
        ("HyperparameterTuning", "Tuning"),
        ("BatchTransform", "Transform"),
        ("EMRs", "EMR"),
    ],
)
def test_a_step_type_by_another_name(word, meant):
    assert did_you_mean(word, STEP_TYPES) == f"Did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("ProcessingOutputs", ["ProcessingInputs", "ProcessingOutputConfig"], "ProcessingOutputConfig"),
        ("m5.xlarge", ["ml.m5.large", "ml.m5.xlarge", "ml.r5.xlarge"], "ml.m5.xlarge"),
        ("THROTTLING", ["Step.SERVICE_FAULT", "Step.THROTTLING"], "Step.THROTTLING"),
        ("trian", ["test", "train"], "train"),
    ],
)
def test_what_begins_alike_or_holds_the_word_is_nearer_than_what_shares_more_letters(word, known, meant):
    assert did_you_mean(word, known) == f"Did you mean {meant!r}?"


def test_of_few_words_all_are_told_if_none_is_near():
    assert did_you_mean("Median", ["MaxBy", "MinBy"]) == "Known: MaxBy, MinBy."


def test_of_many_words_none_is_told():
    assert did_you_mean("Choice", STEP_TYPES) == ""
