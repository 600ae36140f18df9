"""What an author writes is what is read: values in, the same values out."""

from __future__ import annotations

import json
from decimal import Decimal

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runner import values
from runner.documents import MapNode, ScalarNode, parse, plain
from runner.documents.scalars import resolve

NOT_IN_YAML = "\ufeff\u2028\u2029\ufffe\uffff"
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=NOT_IN_YAML))
CLEAR_TEXT = TEXT.filter(lambda text: resolve(text) == (text, False))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False).map(lambda number: Decimal(str(number)))
    | TEXT
)
JSON = st.recursive(
    SCALARS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXT, children, max_size=4),
    max_leaves=12,
)
CLEAR = st.recursive(
    st.none() | st.booleans() | st.integers() | CLEAR_TEXT,
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(CLEAR_TEXT, parts, max_size=4),
    max_leaves=12,
)


def read(text: str) -> values.Json:
    parsed = parse(text.encode(), "f")
    assert parsed.diagnostics == ()
    (document,) = parsed.documents
    return plain(document.root)


@settings(deadline=None)
@given(JSON)
def test_json_is_yaml_and_means_the_same(value: values.Json) -> None:
    text = values.compact(value)
    assert values.compact(read(f"- {text}")) == f"[{values.compact(values.parse(text))}]"


@settings(deadline=None)
@given(CLEAR)
def test_what_another_writer_makes_of_a_value_is_read_as_that(value: values.Json) -> None:
    assert read(yaml.safe_dump([value], allow_unicode=True)) == [value]


@given(TEXT)
def test_quoted_text_is_read_as_it_is(text: str) -> None:
    assert read(json.dumps([text], ensure_ascii=False)) == [text]
    assert read("- '" + text.replace("'", "''") + "'") == [text]


@given(st.text(alphabet="abyesnoYNtruefalsn0123456789._-+:~x ", min_size=1, max_size=8))
def test_a_plain_value_that_all_readers_agree_on_is_what_the_author_typed(text: str) -> None:
    parsed = parse(f"a: {text}".encode(), "f")
    if not parsed.documents or parsed.diagnostics:
        return
    root = parsed.documents[0].root
    assert isinstance(root, MapNode)
    node = root.items["a"]
    if isinstance(node, ScalarNode) and not node.ambiguous:
        expected = yaml.safe_load(f"a: {text}")["a"]
        as_text = isinstance(expected, (str, int, float)) or expected is None
        if as_text and not isinstance(node.value, str):
            assert node.value == (Decimal(node.text) if isinstance(expected, float) else expected)
