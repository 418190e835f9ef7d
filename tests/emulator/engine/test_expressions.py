import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.engine.expressions import EvaluationError, Scope, evaluate, stringify
from penstock.emulator.engine.model import PropertyFile
from penstock.emulator.engine.references import (
    PathError,
    find_references,
    format_path,
    parse_path,
    parse_reference,
    read_path,
)

SCALARS = st.one_of(st.text(), st.integers(), st.booleans(), st.floats(allow_nan=False))
JSON = st.recursive(
    st.one_of(SCALARS, st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(min_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)
# Keys that a path can spell: not empty, and not both kinds of quotes at once.
KEYS = st.text(min_size=1).filter(lambda key: not ("'" in key and '"' in key))
PATHS = st.lists(st.one_of(KEYS, st.integers(0, 50)), min_size=1, max_size=6).map(tuple)


def scope_of(**members):
    def no_step(name):
        raise EvaluationError(f"step {name} has not run, so it has no properties")

    def read_object(uri):
        raise FileNotFoundError(uri)

    values = {"parameters": {}, "properties": no_step, "property_file": no_step, "read_object": read_object}
    return Scope(**{**values, **members})


def refusal(value, **members):
    with pytest.raises(EvaluationError) as caught:
        evaluate(value, scope_of(**members), "Arguments.X")
    return str(caught.value)


@given(JSON)
def test_what_holds_no_expression_stays_as_it_is(value):
    assert evaluate(value, scope_of()) == value


@given(SCALARS)
def test_a_parameter_keeps_its_type(value):
    result = evaluate({"A": [{"Get": "Parameters.P"}]}, scope_of(parameters={"P": value}))
    assert result == {"A": [value]}
    assert type(result["A"][0]) is type(value)


@given(st.text(), st.lists(SCALARS))
def test_a_join_writes_its_values_with_the_separator_between(on, values):
    parameters = {f"P{index}": value for index, value in enumerate(values)}
    gets = [{"Get": f"Parameters.{name}"} for name in parameters]
    joined = evaluate({"Std:Join": {"On": on, "Values": gets}}, scope_of(parameters=parameters))
    assert joined == evaluate({"Std:Join": {"On": on, "Values": values}}, scope_of())
    assert joined == on.join(stringify(value) for value in values)


@given(st.lists(SCALARS, min_size=1), st.integers(0, 5))
def test_nested_joins_are_one_join(values, cut):
    inner = {"Std:Join": {"On": "/", "Values": values[:cut]}}
    rest = values[cut:]
    nested = {"Std:Join": {"On": "/", "Values": [inner, *rest] if values[:cut] else rest}}
    assert evaluate(nested, scope_of()) == "/".join(stringify(value) for value in values)


def test_a_join_needs_no_separator_and_writes_booleans_in_lower_case():
    assert evaluate({"Std:Join": {"Values": ["a", True, 1, 0.5, False]}}, scope_of()) == "atrue10.5false"


def test_a_variable_may_change_between_two_evaluations():
    ticks = iter("ab")
    scope = scope_of(variables={"CurrentDateTime": lambda: next(ticks)})
    expression = {"Get": "Execution.CurrentDateTime"}
    assert [evaluate(expression, scope), evaluate(expression, scope)] == ["a", "b"]


@given(PATHS)
def test_a_path_reads_back_as_it_was_written(path):
    assert parse_path(format_path(path)) == path


@given(JSON, st.data())
def test_every_place_of_a_document_can_be_reached_by_its_path(document, data):
    path, value = [], document
    while isinstance(value, dict | list) and value:
        if isinstance(value, dict):
            keys = [key for key in value if not ("'" in key and '"' in key)]
            if not keys:
                break
            part = data.draw(st.sampled_from(keys))
        else:
            part = data.draw(st.integers(0, len(value) - 1))
        path.append(part)
        value = value[part]
    if path:
        assert read_path(document, parse_path(format_path(tuple(path)))) == value


@given(st.text())
def test_any_text_is_a_path_or_is_refused(text):
    try:
        assert parse_path(format_path(parse_path(text))) == parse_path(text)
    except PathError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a.b[0]['c']", ("a", "b", 0, "c")),
        ('a["b.c"].d', ("a", "b.c", "d")),
        ("[3]", (3,)),
        ("binary_classification_metrics.auc.value", ("binary_classification_metrics", "auc", "value")),
        ("a['it[0]']", ("a", "it[0]")),
    ],
)
def test_published_paths(text, path):
    assert parse_path(text) == path


@pytest.mark.parametrize(
    ("text", "rest"), [("a..b", "..b"), (".a", ".a"), ("a[", "["), ("a[b]", "[b]"), ("a]", "]"), ("a.", ".")]
)
def test_what_is_no_path_is_refused(text, rest):
    with pytest.raises(PathError, match=rf"^'{re.escape(text)}' is not a path: cannot read it from "):
        parse_path(text)


def test_an_empty_path_is_refused():
    with pytest.raises(PathError, match=r"^a path must not be empty$"):
        parse_path("")


@pytest.mark.parametrize(
    ("items", "member"),
    [
        ([{"OutputName": "a"}, {"OutputName": "b"}], "OutputName"),
        ([{"InputName": "a"}, {"InputName": "b"}], "InputName"),
        ([{"MetricName": "a", "Value": 1}, {"MetricName": "b", "Value": 2}], "MetricName"),
        ([{"ChannelName": "a"}, {"ChannelName": "b"}], "ChannelName"),
    ],
)
def test_a_list_is_read_by_name(items, member):
    assert read_path({"L": items}, parse_path(f"L['b'].{member}")) == "b"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a.x", "there is no x in a, which has b, c"),
        ("x", "there is no x, which has a"),
        ("a.b[5]", "there is no [5] in a.b, a list of 2 items: one, two"),
        ("a.b['three']", "there is no three in a.b, a list of 2 items: one, two"),
        ("a.c.d", "there is no d in a.c, which is 'text'"),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_ends(path, message):
    document = {"a": {"b": [{"OutputName": "one"}, {"OutputName": "two"}], "c": "text"}}
    with pytest.raises(PathError) as caught:
        read_path(document, parse_path(path))
    assert str(caught.value) == message


def test_references_are_found_with_their_places():
    value = {"A": [{"Get": "Parameters.P"}], "B": {"Std:Join": {"Values": [{"Get": "Steps.S.X"}]}}, "Get": 1}
    assert list(find_references(value)) == [
        ("A[0]", "Parameters.P"),
        ("B.Std:Join.Values[0]", "Steps.S.X"),
    ]


def test_a_property_file_is_told_from_a_property():
    assert parse_reference("Steps.S.PropertyFiles.F").property_file == "F"
    assert parse_reference("Steps.S.ProcessingJobArn").property_file is None


def json_get(**operand):
    return {"Std:JsonGet": operand}


def files_of(objects, uri="s3://bucket/out/"):
    def read_object(name):
        if name not in objects:
            raise FileNotFoundError(name)
        return objects[name]

    output = {"OutputName": "report", "S3Output": {"S3Uri": uri}}
    return {
        "properties": lambda step: {"ProcessingOutputConfig": {"Outputs": [output]}},
        "property_file": lambda step, name: PropertyFile(name, "report", "/a/evaluation.json"),
        "read_object": read_object,
    }


PROPERTY_FILE = {"Get": "Steps.Evaluate.PropertyFiles.Report"}
DOCUMENT = json.dumps({"m": [{"auc": 0.5}], "n": {"x.y": True}}).encode()


def test_json_is_read_from_a_property_file_and_from_an_object():
    files = files_of({"s3://bucket/out/a/evaluation.json": DOCUMENT, "s3://b/1.json": DOCUMENT})
    scope = scope_of(**files, parameters={"N": 1})
    assert evaluate(json_get(PropertyFile=PROPERTY_FILE, Path="m[0].auc"), scope) == 0.5
    uri = {"Std:Join": {"Values": ["s3://b/", {"Get": "Parameters.N"}, ".json"]}}
    assert evaluate(json_get(S3Uri=uri, Path="n['x.y']"), scope) is True


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"Get": "Parameters.Q"},
            "Arguments.X: cannot resolve Parameters.Q: there is no parameter Q",
        ),
        (
            {"Get": "Steps.Train.ModelArtifacts"},
            "Arguments.X: cannot resolve Steps.Train.ModelArtifacts: step Train has not run, so it has no "
            "properties",
        ),
        (
            {"A": [{"Get": "Execution.ProcessingJobName"}]},
            "Arguments.X.A[0]: cannot resolve Execution.ProcessingJobName: there is no execution variable "
            "ProcessingJobName",
        ),
        (
            {"Get": "ForEach.CurrentItem"},
            "Arguments.X: cannot resolve ForEach.CurrentItem: it is known inside a ForEach step only",
        ),
        (
            {"Get": "Steps.A.PropertyFiles.F"},
            "Arguments.X: cannot resolve Steps.A.PropertyFiles.F: a property file can be read with "
            "Std:JsonGet only",
        ),
        (
            {"Std:Join": {"On": "", "Values": ["a", {"b": 1}]}},
            'Arguments.X.Std:Join.Values[1]: {"b": 1} is no string, number or Boolean to join',
        ),
        (
            json_get(S3Uri="s3://b/k", Path="a"),
            "Arguments.X.Std:JsonGet: there is no object s3://b/k",
        ),
    ],
)
def test_an_expression_without_a_value_says_where_and_what(value, message):
    assert refusal(value) == message


@pytest.mark.parametrize(
    ("content", "path", "message"),
    [
        (None, "m", "there is no object {file}"),
        (
            b"{",
            "m",
            "{file} is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (DOCUMENT, "m[0].f1", "cannot read m[0].f1 from {file}: there is no f1 in m[0], which has auc"),
    ],
)
def test_a_property_file_that_cannot_be_read_is_named(content, path, message):
    uri = "s3://bucket/out/a/evaluation.json"
    file = f"{uri} (property file Report, output report of step Evaluate)"
    objects = {} if content is None else {uri: content}
    said = refusal(json_get(PropertyFile=PROPERTY_FILE, Path=path), **files_of(objects))
    assert said == "Arguments.X.Std:JsonGet: " + message.format(file=file)


def test_a_property_file_of_a_job_without_that_output_is_named():
    files = {**files_of({}), "properties": lambda step: {"ProcessingOutputConfig": {"Outputs": []}}}
    assert refusal(json_get(PropertyFile=PROPERTY_FILE, Path="m"), **files) == (
        "Arguments.X.Std:JsonGet.PropertyFile: property file Report of step Evaluate: there is no report in "
        "ProcessingOutputConfig.Outputs, a list of 0 items"
    )
