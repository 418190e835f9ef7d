"""Pages: nothing lost, nothing twice, and no token taken that was not given."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.paging import page

names = st.lists(st.text(max_size=3), unique=True, max_size=20)


def place(name):
    return (len(name), name)


def walk(items, size, descending, between=lambda items: items):
    seen, token = [], None
    while True:
        shown, token = page(items, place, {"q": 1}, descending=descending, size=size, token=token)
        seen += shown
        if token is None:
            return seen
        items = between(items)


@given(names, st.integers(1, 7), st.booleans())
def test_the_pages_are_the_list_in_order(items, size, descending):
    assert walk(items, size, descending) == sorted(items, key=place, reverse=descending)


@given(names, st.integers(1, 7), st.booleans(), st.data())
def test_what_stays_is_seen_once_whatever_comes_and_goes(items, size, descending, data):
    stays = data.draw(st.sets(st.sampled_from(items))) if items else set()

    def between(current):
        comes = [name for name in data.draw(names) if name not in current]
        return [name for name in current if name in stays] + comes

    comings = 0

    def three_times(current):
        nonlocal comings
        comings += 1
        return between(current) if comings <= 3 else current

    seen = walk(items, size, descending, three_times)
    assert len(seen) == len(set(seen))
    assert stays <= set(seen)


@given(names, st.integers(1, 7))
def test_a_page_has_a_token_exactly_if_there_is_more(items, size):
    shown, token = page(items, place, {}, size=size)
    assert (token is not None) == (len(items) > size)
    assert len(shown) == min(size, len(items))


@given(st.text() | st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode()))
@example(base64.b64encode(b"[" * 100_000).decode())
def test_a_made_up_token_is_refused(token):
    with pytest.raises(ServiceError) as caught:
        page(["a"], place, {}, token=token)
    assert caught.value.code == "ValidationException"
    assert caught.value.message == (
        "Invalid NextToken: it was not returned by this operation for the same filters and order."
    )


def test_a_token_of_another_question_is_refused():
    _, token = page(["a", "b"], place, {"NameContains": "a"}, size=1)
    with pytest.raises(ServiceError):
        page(["a", "b"], place, {"NameContains": "b"}, size=1, token=token)
