import gzip
from pathlib import Path

import pytest

from penstock.deployment.samples import SHIFTS, batch, shifted, upload
from penstock.errors import UsageError
from penstock.project import Project

ROOT = Path(__file__).parent.parent.parent
LINES = b"a,b\n1,2\n3,4\n5,6\n"


@pytest.fixture
def sampled(project):
    (project.data / "plain.csv").write_bytes(LINES)
    (project.data / "packed.csv.gz").write_bytes(gzip.compress(LINES))
    return project


def test_a_whole_file_is_sent_as_it_is(sampled):
    made = upload(sampled, "packed.csv.gz", None, "p")
    assert made.key == "p/data/packed.csv.gz"
    assert made.open().read() == (sampled.data / "packed.csv.gz").read_bytes()
    assert made.size == (sampled.data / "packed.csv.gz").stat().st_size


def test_a_part_has_the_header_its_rows_and_its_own_name(sampled):
    plain = upload(sampled, "plain.csv", 2, "p")
    assert (plain.key, plain.open().read()) == ("p/data/plain-2.csv", b"a,b\n1,2\n3,4\n")
    packed = upload(sampled, "packed.csv.gz", 2, "p")
    assert packed.key == "p/data/packed-2.csv.gz"
    assert gzip.decompress(packed.open().read()) == b"a,b\n1,2\n3,4\n"
    assert upload(sampled, "packed.csv.gz", 2, "p") == packed


def test_an_unknown_sample_lists_those_there_are(sampled):
    with pytest.raises(UsageError) as caught:
        upload(sampled, "../secret.csv", None, "p")
    assert (
        str(caught.value) == "data/: there is no sample '../secret.csv'\nThere is packed.csv.gz, plain.csv."
    )


def test_a_batch_is_every_ninth_row_without_the_target_and_the_header(sampled):
    rows = b"".join(b'"x, y",%d,target\n' % number for number in range(20))
    (sampled.data / "many.csv").write_bytes(b"text,number,target\n" + rows)
    made = batch(sampled, "many.csv", None, "p")
    assert made.key == "p/data/many-batch.csv"
    assert made.open().read() == b'"x, y",0\n"x, y",9\n"x, y",18\n'
    part = batch(sampled, "many.csv", 9, "p")
    assert (part.key, part.open().read()) == ("p/data/many-9-batch.csv", b'"x, y",0\n')
    assert batch(sampled, "packed.csv.gz", None, "p").open().read() == b"1\n"


def test_a_table_of_its_target_alone_has_no_batch(sampled):
    (sampled.data / "one.csv").write_bytes(b"target\n1\n")
    with pytest.raises(UsageError) as caught:
        batch(sampled, "one.csv", None, "p")
    assert str(caught.value) == "data/one.csv: has one column, and so no features\nAdd some."


def test_a_shifted_copy_differs_in_the_columns_that_are_said_to_shift_alone(sampled):
    header = b"age,hours-per-week,workclass,salary\n"
    (sampled.data / "census.csv").write_bytes(
        header + b"30,40,Private,x\n40,41,Private,y\n50,42,State-gov,x\n"
    )
    made = shifted(sampled, "census.csv", None, "p")
    assert made.key == "p/data/census-shifted.csv.gz"
    assert gzip.decompress(made.open().read()) == (
        header + b"50,,Platform,x\n60,41,Private,y\n70,42,State-gov,x\n"
    )
    assert shifted(sampled, "census.csv", 1, "p").key == "p/data/census-1-shifted.csv.gz"


def test_a_table_without_the_columns_that_shift_has_no_shifted_copy(sampled):
    with pytest.raises(UsageError) as caught:
        shifted(sampled, "plain.csv", None, "p")
    assert str(caught.value) == (
        "data/plain.csv: has none of the columns that are shifted\nThey are age, hours-per-week, workclass."
    )


def test_the_census_has_a_batch_of_some_thousand_rows_and_all_the_columns_that_shift():
    project = Project(ROOT)
    rows = batch(project, "census_income.csv.gz", None, "p").open().read().splitlines()
    assert len(rows) == 5025
    assert {row.count(b",") for row in rows} == {13}
    copy = gzip.decompress(shifted(project, "census_income.csv.gz", 100, "p").open().read()).splitlines()
    assert set(SHIFTS) < set(copy[0].decode().split(","))
    assert len(copy) == 101
