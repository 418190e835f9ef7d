import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.deployment.render import render
from penstock.errors import PenstockError

NAMES = {
    "env": {
        "role": "arn:role",
        "nothing": None,
        "yes": True,
        "count": 3,
        "vpc": {"Subnets": ["a"]},
        "tags": [{"Key": "a", "Value": "b"}],
    },
    "image": lambda name: f"registry/{name}",
}
KNOWN = "Known: env.count, env.nothing, env.role, env.tags, env.vpc, env.yes, image(...)."

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
documents = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ env.role }}", "arn:role"),
        ("{{env.role}}", "arn:role"),
        ("{{ env['role'] }}", "arn:role"),
        ("{{ env.yes }}", True),
        ("{{ env.count }}", 3),
        ("{{ env.vpc }}", {"Subnets": ["a"]}),
        ("{{ env.vpc.Subnets[0] }}", "a"),
        ('{{ image("x") }}', "registry/x"),
        ('{{ image("}}") }}', "registry/}}"),
        ("<{{ env.role }}|{{ env.count }}|{{ env.yes }}>", "<arn:role|3|true>"),
        (" {{ env.count }}", " 3"),
        ("{% if true %}{# no statement #}", "{% if true %}{# no statement #}"),
    ],
)
def test_a_placeholder_becomes_what_it_stands_for(text, value):
    assert render({"a": [text]}, NAMES, "x.json") == {"a": [value]}


def test_null_drops_its_key_and_its_item():
    document = {"a": "{{ env.nothing }}", "b": ["{{ env.nothing }}", 1], "c": None}
    assert render(document, NAMES, "x.json") == {"b": [1], "c": None}


@given(documents.filter(lambda document: "{{" not in repr(document)))
def test_a_document_without_placeholders_stays_as_it_is(document):
    assert render(document, NAMES, "x.json") == document


@given(documents)
def test_a_value_keeps_its_type_and_is_not_rendered_again(value):
    rendered = render(["{{ env.value }}"], {"env": {"value": value}}, "x.json")
    assert rendered == ([] if value is None else [value])


@given(st.text(alphabet=string.printable))
def test_any_text_is_rendered_or_refused(text):
    try:
        render([text], NAMES, "x.json")
    except PenstockError as error:
        assert error.where == "x.json: [0]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ env.rolle }}", "{{ env.rolle }} is not defined\nDid you mean 'env.role'?"),
        ("{{ role }}", "{{ role }} is not defined\nDid you mean 'env.role'?"),
        ("{{ image }}", "{{ image }} is not defined\nDid you mean 'image(...)'?"),
        ("{{ env.__class__ }}", f"{{{{ env.__class__ }}}} is not defined\n{KNOWN}"),
        (
            "{{ range(9) }}",
            "{{ range(9) }} cannot be evaluated: 'range' is undefined\nCorrect the placeholder.",
        ),
        ("{{ 'a' * 9 }}", "{{ 'a' * 9 }} is more than looking up a name\nCorrect the placeholder."),
        (
            "{{ env.role|upper }}",
            "{{ env.role|upper }} is more than looking up a name\nCorrect the placeholder.",
        ),
        (
            "{{ env.tags.copy() }}",
            "{{ env.tags.copy() }} is more than looking up a name\nCorrect the placeholder.",
        ),
        (
            "{{ env.role env }}",
            "{{ env.role env }} cannot be evaluated: expected token 'end of print statement', got 'env'\n"
            "Correct the placeholder.",
        ),
        ("{{ env.role", "a placeholder is not closed in '{{ env.role'\nCorrect the placeholder."),
        (
            "x{{ env.vpc }}",
            "{{ env.vpc }} is a structure, which cannot be a part of a string\nCorrect the placeholder.",
        ),
        (
            "x{{ env.nothing }}",
            "{{ env.nothing }} is null, which cannot be a part of a string\nCorrect the placeholder.",
        ),
    ],
)
def test_what_cannot_be_rendered_says_where(text, message):
    with pytest.raises(PenstockError) as caught:
        render({"Steps": [{"Arguments": {"A": text}}]}, NAMES, "compiled/x.json")
    assert str(caught.value) == f"compiled/x.json: Steps[0].Arguments.A: {message}"


def test_a_placeholder_in_a_key_is_refused():
    with pytest.raises(PenstockError) as caught:
        render({"{{ env.role }}": 1}, NAMES, "x.json")
    assert str(caught.value) == (
        "x.json: {{ env.role }}: a key cannot hold a placeholder\nCorrect the placeholder."
    )
