import pytest

from penstock.deployment import tags
from penstock.errors import PenstockError


def test_the_marker_lists_the_keys_that_were_put_there():
    wanted = [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}]
    assert tags.marked(wanted) == [*wanted, {"Key": "penstock:tags", "Value": "a b"}]
    assert tags.marked([]) == []


def test_only_what_an_earlier_deploy_put_there_is_removed():
    deployed = {"a": "1", "old": "2", "theirs": "3", "penstock:tags": "a gone old"}
    wanted = {"a": "1", "b": "2", "penstock:tags": "a b"}
    assert tags.to_add(deployed, wanted) == {"b": "2", "penstock:tags": "a b"}
    assert tags.to_remove(deployed, wanted) == ["old"]
    assert tags.to_remove(deployed, {}) == ["a", "old", "penstock:tags"]


def test_the_keys_of_penstock_are_nobody_elses():
    with pytest.raises(PenstockError) as caught:
        tags.marked([{"Key": "penstock:revision", "Value": "1"}])
    assert str(caught.value) == (
        "tags: penstock:tags and penstock:revision, penstock:definition, penstock:commit are Penstock's own\n"
        "Remove them from [tags] in the environment."
    )
