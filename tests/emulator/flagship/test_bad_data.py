"""Data that cannot be used fails the execution at its first step, in words that a person can act on."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("flagship")]

FEATURES = (
    "age, fnlwgt, education-num, capital-gain, capital-loss, hours-per-week, workclass, education,"
    " marital-status, occupation, relationship, race, sex, native-country"
)


def without_target(lines):
    return [line.rpartition(",")[0] + "\n" for line in lines]


def one_class(lines):
    return [lines[0], *(line for line in lines if line.endswith("<=50K\n"))]


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        (
            "no-target.csv",
            without_target,
            f"The data has no column 'salary'. Its columns are: {FEATURES}.",
        ),
        (
            "few-rows.csv",
            lambda lines: lines[:100],
            "The data has 99 rows with a value in 'salary', which leaves 64 to train on;"
            " AutoML needs at least 500.",
        ),
        (
            "empty.csv",
            lambda lines: [],
            "There is no data: no S3 object with any content has the URI, or lies below it.",
        ),
        ("one-class.csv", one_class, "'salary' is '<=50K' in all rows: there is nothing to tell apart."),
    ],
)
def test_the_reason_reaches_the_person(name, change, reason, penstock, passed, upload, census_lines):
    uri = upload(name, "".join(change(census_lines)))
    done = penstock("start", "automl_scoring", "--wait", "--output", "json", "-p", f"DataUri={uri}")
    assert done.exit_code == 1
    [step] = done.data["steps"]
    assert (step["name"], step["status"]) == ("PrepareData", "Failed")
    assert step["failure_reason"].startswith("ClientError: EMR step s-")
    assert reason in step["failure_reason"]
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_uri_that_does_not_exist_is_told(penstock, passed):
    uri = "s3://penstock-000000000000-us-east-1/nowhere/data.csv"
    done = penstock("start", "automl_scoring", "--wait", "--output", "json", "-p", f"DataUri={uri}")
    assert done.exit_code == 1
    [step] = done.data["steps"]
    assert "There is no data: no S3 object with any content has the URI" in step["failure_reason"]
