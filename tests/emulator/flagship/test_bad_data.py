"""Data that cannot be used fails the execution at its first step, in words that a person can act on."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("flagship")]

FEATURES = (
    "age, fnlwgt, education-num, capital-gain, capital-loss, hours-per-week, workclass, education,"
    " marital-status, occupation, relationship, race, sex, native-country"
)


def test_the_reason_reaches_the_person(penstock, passed, upload, census_lines):
    """One of the reasons that tests/jobs/test_prepare_data.py has."""
    lines = [line.rpartition(",")[0] + "\n" for line in census_lines]
    reason = f"The data has no column 'salary'. Its columns are: {FEATURES}."
    uri = upload("no-target.csv", "".join(lines))
    done = penstock("start", "automl_scoring", "--wait", "--output", "json", "-p", f"DataUri={uri}")
    assert done.exit_code == 1
    [step] = done.data["steps"]
    assert (step["name"], step["status"]) == ("PrepareData", "Failed")
    assert step["failure_reason"].startswith("ClientError: EMR step s-")
    assert step["failure_reason"].endswith(f" is FAILED: {reason}")
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_uri_that_does_not_exist_is_told(penstock, passed):
    uri = "s3://penstock-000000000000-us-east-1/nowhere/data.csv"
    done = penstock("start", "automl_scoring", "--wait", "--output", "json", "-p", f"DataUri={uri}")
    assert done.exit_code == 1
    [step] = done.data["steps"]
    assert "There is no data: no S3 object with any content has the URI" in step["failure_reason"]
