import gzip

import pytest

from penstock.deployment.samples import upload
from penstock.errors import UsageError

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
