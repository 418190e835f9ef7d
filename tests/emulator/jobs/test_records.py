from io import BufferedReader, BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.jobs.records import TooLarge, payloads, records

lines = st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), max_size=30)


def cut(content: bytes, *, split: bool = True, single_record: bool = False, limit: int | None = 16):
    return list(
        payloads(BufferedReader(BytesIO(content)), split=split, single_record=single_record, limit=limit)
    )


@given(lines, st.booleans(), st.sampled_from([16, 20, 1000, None]), st.sampled_from([b"\n", b"\r\n"]))
def test_no_record_is_lost_cut_or_reordered(made, single_record, limit, ending):
    content = ending.join(made)
    found = cut(content, single_record=single_record, limit=limit)
    assert [record for payload in found for record in records(payload)] == records(content)
    assert all(limit is None or len(payload) <= limit for payload in found)
    if single_record:
        assert all(len(records(payload)) == 1 for payload in found)


@given(st.binary(max_size=64))
def test_without_a_split_the_whole_is_one_payload(content):
    assert cut(content, split=False, limit=None) == ([content] if content else [])


def test_payloads_are_as_full_as_lines_allow():
    assert cut(b"12345\n" * 5, limit=12) == [b"12345\n12345\n", b"12345\n12345\n", b"12345\n"]


@pytest.mark.parametrize("how", [{}, {"single_record": True}, {"split": False}])
def test_what_does_not_fit_is_refused(how):
    with pytest.raises(TooLarge) as raised:
        cut(b"x" * 17, **how)
    assert str(raised.value) == "a record is larger than the payload limit of 16 bytes (MaxPayloadInMB)"
