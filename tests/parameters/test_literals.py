"""What an author types is what is sent."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runner import documents, expressions, parameters, values
from runner.documents import MapNode
from runner.parameters import Label, ParameterType

if TYPE_CHECKING:
    from runner.documents import Node
    from runner.errors import Diagnostic
    from runner.values import Json

LABEL = Label("parameters.x")


def node_of(text: str) -> Node | None:
    """The node of a value in a document; None where YAML takes the text otherwise."""
    parsed = documents.parse(f"x: {text}\n".encode("utf-8", "replace"), "f.yaml")
    if parsed.diagnostics or len(parsed.documents) != 1:
        return None
    root = parsed.documents[0].root
    return root.items.get("x") if isinstance(root, MapNode) else None


def sent(text: str, type_: ParameterType | None = None) -> tuple[Json, tuple[Diagnostic, ...]]:
    node = node_of(text)
    assert node is not None, text
    template, problems = parameters.literal(node, type_, LABEL)
    if template is None:
        return None, problems
    return parameters.convert(expressions.render(template, {}), type_), problems


@pytest.mark.parametrize(
    ("text", "json_text"),
    [
        ("5", "5"),
        ("1.50", "1.50"),
        ("-0.0", "-0.0"),
        ("123456789012345678901234567890.12345678901234567890", None),
        ("true", "true"),
        ("null", "null"),
        ("", "null"),
        ("2024-01-31", '"2024-01-31"'),
        ("12:30:99", '"12:30:99"'),
        ("text", '"text"'),
        ('"5"', '"5"'),
        ("'no'", '"no"'),
        ("[1, {a: 2.0}]", '[1,{"a":2.0}]'),
        ("'{\"a\": [1.50]}'", '{"a":[1.50]}'),
        ("' [1]\n'", "[1]"),
        ("'5'", '"5"'),
        ("'null'", '"null"'),
        ("'\"text\"'", '"\\"text\\""'),
        ("$${ {", '"$${ {"'),
    ],
)
def test_without_a_type_yaml_decides(text: str, json_text: str | None) -> None:
    value, problems = sent(text)
    assert problems == ()
    assert values.compact(value) == (json_text or text)


@pytest.mark.parametrize(
    ("type_", "text", "json_text"),
    [
        ("string", "007", '"007"'),
        ("string", "no", '"no"'),
        ("string", "1.50", '"1.50"'),
        ("string", "0x1F", '"0x1F"'),
        ("string", "~", '"~"'),
        ("string", "true", '"true"'),
        ("string", "'{\"a\": 1}'", '"{\\"a\\": 1}"'),
        ("integer", "500", "500"),
        ("integer", '"500"', "500"),
        ("number", "1.50", "1.50"),
        ("boolean", "true", "true"),
        ("date", "2024-01-31", '"2024-01-31"'),
        ("json", "'{\"full\": true}'", '{"full":true}'),
        ("json", "'\"text\"'", '"text"'),
        ("json", "{full: true}", '{"full":true}'),
        ("json", "null", "null"),
        ("json", "", "null"),
        ("json", "1.50", "1.50"),
        ("array", "'[1]'", "[1]"),
        ("object", "{a: 1}", '{"a":1}'),
    ],
)
def test_a_declared_type_decides_from_what_the_author_typed(
    type_: str, text: str, json_text: str
) -> None:
    value, problems = sent(text, ParameterType(type_))
    assert problems == ()
    assert values.compact(value) == json_text


def test_expressions_in_json_text_are_rendered_into_its_values() -> None:
    node = node_of("""'{"a": "${{ vars.x }}", "b": ["is ${{ vars.x }}"]}'""")
    assert node is not None
    for type_ in (None, ParameterType.JSON, ParameterType.OBJECT):
        template, problems = parameters.literal(node, type_, LABEL)
        assert problems == ()
        assert template is not None
        context: dict[str, Json] = {"vars": {"x": '", "injected": "'}}
        rendered = parameters.convert(expressions.render(template, context), type_)
        assert rendered == {"a": '", "injected": "', "b": ['is ", "injected": "']}


def test_what_an_expression_yields_is_not_guessed_at() -> None:
    node = node_of("${{ vars.x }}")
    assert node is not None
    context: dict[str, Json] = {"vars": {"x": '{"a": 1}'}}
    template, _ = parameters.literal(node, None, LABEL)
    assert template is not None
    assert expressions.render(template, context) == '{"a": 1}'
    assert parameters.convert(expressions.render(template, context), ParameterType.JSON) == {"a": 1}


# YAML takes keys of at most 1,024 characters, escapes included.
KEYS = st.text(st.characters(codec="utf-8"), max_size=60)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
        lambda children: (
            st.lists(children, max_size=4) | st.dictionaries(KEYS, children, max_size=4)
        ),
        max_leaves=10,
    )
)
def test_a_value_written_as_json_is_sent_as_it_is(value: Json) -> None:
    text = json.dumps(value)
    assume("${{" not in text and "\\ud" not in text)
    for type_ in (None, ParameterType.JSON):
        if isinstance(value, str) and (type_ is ParameterType.JSON or value.strip()[:1] in "{["):
            continue
        rendered, problems = sent(text, type_)
        assert problems == ()
        assert values.compact(rendered) == values.compact(value)


NUMBERS = st.from_regex(
    re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][-+][0-9]{1,3})?"), fullmatch=True
)


@given(NUMBERS)
def test_a_number_keeps_every_digit_that_was_typed(text: str) -> None:
    for type_ in (None, ParameterType.NUMBER, ParameterType.JSON):
        value, problems = sent(text, type_)
        assert all(problem.code == "ambiguous-scalar" for problem in problems)
        if not problems:
            kept = Decimal(values.compact(value))
            assert (kept.as_tuple() == Decimal(text).as_tuple()) or kept == Decimal(text) == 0


PLAIN = st.text(st.sampled_from("aZ019_.-+:xeEnoyY~ "), min_size=1, max_size=8)


@given(PLAIN)
def test_a_plain_text_declared_as_string_is_sent_letter_by_letter(text: str) -> None:
    node = node_of(text)
    assume(node is not None and isinstance(node, documents.ScalarNode))
    assert isinstance(node, documents.ScalarNode)
    assume(node.text == text and text not in ("null", ""))
    value, problems = sent(text, ParameterType.STRING)
    assert problems == ()
    assert value == text


@given(PLAIN)
def test_a_plain_scalar_of_no_type_is_json_text_or_an_error(text: str) -> None:
    node = node_of(text)
    assume(node is not None and isinstance(node, documents.ScalarNode))
    assert isinstance(node, documents.ScalarNode)
    assume(text.strip())
    value, problems = sent(text)
    if problems:
        assert [problem.code for problem in problems] == ["ambiguous-scalar"]
        assert values.compact(text.strip()) in (problems[0].help or "")
    elif not isinstance(value, str):
        assert values.compact(value) == values.compact(values.parse(text.strip()))
    else:
        assert value == node.text


def test_a_secret_stands_in_no_complaint() -> None:
    for text in ("s3cret", "0x53cret", "1_2", "[s3cret, 0x1F]", "{a: 0x1F}"):
        node = node_of(text)
        assert node is not None
        for type_ in ParameterType:
            _, problems = parameters.literal(node, type_, Label("token", secret=True))
            told = " ".join(f"{problem.message} {problem.help}" for problem in problems)
            assert not re.search("s3cret|53cret|1_2|12|0x1F|31", told.replace("2024-01-31", ""))


HALF = r"\ud800"


@pytest.mark.parametrize(
    ("text", "type_", "column"),
    [
        (f"'\"a{HALF}\"'", ParameterType.JSON, 7),
        (f'\'[{{"a": ["{HALF}"]}}]\'', None, 14),
        (f"'{{\"{HALF}\": 1}}'", ParameterType.OBJECT, 7),
        (f'\'["{HALF}", "${{{{ vars.x }}}}"]\'', ParameterType.ARRAY, 7),
        (f"'${{{{ `\"{HALF}\"` }}}}'", None, 9),
        (f"'${{{{ vars.x.\"{HALF}\" }}}}'", None, 16),
    ],
)
def test_half_of_a_character_is_refused(
    text: str, type_: ParameterType | None, column: int
) -> None:
    (found,) = sent(text, type_)[1]
    assert found.message == f"parameters.x: {HALF} is half of a character"
    assert found.help == "write the character itself"
    assert found.place.column == column


def test_half_of_a_secret_character_is_not_quoted() -> None:
    node = node_of(f"'\"{HALF}\"'")
    assert node is not None
    (found,) = parameters.literal(node, ParameterType.JSON, Label("a", secret=True))[1]
    assert found.message == "a: an escape in it is half of a character"


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        (r"""'"\ud83d\ude00"'""", ParameterType.JSON, '"\\ud83d\\ude00"'),
        (r"""'"\ud800"'""", ParameterType.STRING, r'"\ud800"'),
        (r"""'"\ud800"'""", None, r'"\ud800"'),
    ],
)
def test_whole_characters_and_mere_text_are_no_halves(
    text: str, type_: ParameterType | None, value: str
) -> None:
    node = node_of(text)
    assert node is not None
    template, found = parameters.literal(node, type_, LABEL)
    assert found == ()
    assert template is not None
    assert template.value == value
