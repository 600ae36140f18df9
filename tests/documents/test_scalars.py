"""What a plain scalar means, and when readers of YAML disagree about it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from runner.documents import MapNode, ScalarNode, parse
from runner.documents.scalars import is_text_in_yaml, resolve
from runner.values import MAX_DIGITS, Scalar

AMBIGUOUS = """
    ~ Null NULL True TRUE False FALSE yes Yes YES no No NO on On ON off Off OFF y Y n N
    010 007 08 -010 +1 1_000 0x1F -0x1F 0o17 0b11 00
    1:30 190:20:30 1:30.5 .5 -.5 +1.5 5. 1e3 1E3 1.5e3 12e03 1_0.5 01.5
    .inf -.inf +.INF .Inf .nan .NaN .NAN
""".split()  # noqa: SIM905 - a table reads better

PLAIN_TEXT = """
    a null- nul nay one Yess offf 1.2.3 10.0.0.1 v1 1a 0x 0xG 0o8 0b2 - . .. -. + ._ _1 1:61 09:30
    1:2a e3 1e 1e+ .in nan inf NaN 2026-01-01 12-34 + -- 1,000 0.0.1 ${{ <x>
""".split()  # noqa: SIM905 - a table reads better


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_what_readers_disagree_about_is_ambiguous(text: str) -> None:
    assert resolve(text)[1]


@pytest.mark.parametrize(
    "text", [text for text in AMBIGUOUS if not re.match(r"1\.?\d*e|12e|1E", text)]
)
def test_what_yaml_alone_takes_for_something_else_is_text(text: str) -> None:
    assert resolve(text)[0] == text


@pytest.mark.parametrize("text", PLAIN_TEXT)
def test_text_is_text(text: str) -> None:
    assert resolve(text) == (text, False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("null", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-0", 0),
        ("123456789012", 123456789012),
        ("1.10", Decimal("1.10")),
        ("0.5e-3", Decimal("0.0005")),
    ],
)
def test_what_all_readers_agree_on_is_not_ambiguous(text: str, value: Scalar) -> None:
    assert resolve(text) == (value, False)


@given(st.integers())
def test_an_integer_is_read_as_it_is_written(number: int) -> None:
    assert resolve(str(number)) == (number, False)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_loses_no_digit(number: Decimal) -> None:
    value, _ = resolve(str(number).lower().replace("e+", "e"))
    assert isinstance(value, (int, Decimal))
    assert Decimal(value).as_tuple() == number.as_tuple() or value == number == 0


NUMBER_LIKE = st.text(alphabet="0123456789+-._eExXobB:aAfF", min_size=1, max_size=8)


def yaml_1_1(text: str) -> object:
    """PyYAML's reading, which is YAML 1.1's."""
    try:
        return yaml.safe_load(f"- {text}")[0]
    except (yaml.YAMLError, ValueError):
        return text


@given(NUMBER_LIKE.filter(lambda text: not text.startswith("-") or text[1:2].isalnum()))
def test_a_number_of_yaml_1_1_is_a_number_of_json_or_ambiguous(text: str) -> None:
    reading = yaml_1_1(text)
    value, is_ambiguous = resolve(text)
    if isinstance(reading, (int, float)) and not is_ambiguous:
        assert isinstance(value, (int, Decimal))
        assert abs(float(value) - reading) <= abs(reading) * 1e-9


@pytest.mark.parametrize("text", ["9" * (MAX_DIGITS + 1), "0." + "1" * (MAX_DIGITS + 1)])
def test_a_number_of_too_many_digits_is_an_error(text: str) -> None:
    (complaint,) = parse(f"a: {text}".encode(), "f").diagnostics
    assert complaint.code == "long-number"
    assert str(complaint.place) == "f:1:4"
    assert "at most 4,000" in complaint.message


def test_an_exponent_beyond_all_bounds_is_an_error() -> None:
    (complaint,) = parse(b"a: 1e99999999999999999999", "f").diagnostics
    assert complaint.code == "long-number"


def test_quoted_scalars_are_text_that_nobody_doubts() -> None:
    root = parse(b"a: 'no'\nb: \"0x1F\"\nc: |-\n  yes\n", "f").documents[0].root
    assert isinstance(root, MapNode)
    for node, text in zip(root.items.values(), ("no", "0x1F", "yes"), strict=True):
        assert isinstance(node, ScalarNode)
        assert (node.value, node.text, node.plain, node.ambiguous) == (text, text, False, False)


def test_a_plain_scalar_keeps_what_the_author_typed() -> None:
    root = parse(b"007", "f").documents[0].root
    assert isinstance(root, ScalarNode)
    assert (root.value, root.text, root.plain, root.ambiguous) == ("007", "007", True, True)


@pytest.mark.parametrize("text", ["1", "1.5", "0x1F", "0o7", ".5", "~", "null", "True", ".inf", ""])
def test_some_plain_scalars_are_no_text_and_so_no_keys(text: str) -> None:
    assert not is_text_in_yaml(text)


@pytest.mark.parametrize("text", ["a", "on", "y", "no", "1a", "-", "nul", "2026-01-01", "t", "f"])
def test_other_plain_scalars_may_be_keys(text: str) -> None:
    assert is_text_in_yaml(text)
