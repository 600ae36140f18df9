"""ARNs of state machines, versions, aliases and executions."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.arns import (
    BadArn,
    MachineArn,
    is_express,
    parse_execution,
    parse_machine,
    partition_of,
    resolve_machine,
)

HEAD = "arn:aws:states:us-east-1:123456789012"


@pytest.mark.parametrize(
    ("text", "name", "qualifier", "is_pinned"),
    [
        (f"{HEAD}:stateMachine:orders", "orders", None, False),
        (f"{HEAD}:stateMachine:orders:10", "orders", "10", True),
        (f"{HEAD}:stateMachine:orders:live", "orders", "live", False),
        (f"{HEAD}:stateMachine:orders-ä_1", "orders-ä_1", None, False),
    ],
)
def test_a_machine_a_version_and_an_alias_are_read(
    text: str, name: str, qualifier: str | None, is_pinned: bool
) -> None:
    arn = parse_machine(text)
    assert (arn.name, arn.qualifier, arn.is_pinned) == (name, qualifier, is_pinned)
    assert str(arn) == text
    assert arn.unqualified == f"{HEAD}:stateMachine:{name}"
    assert arn.execution("e-1") == f"{HEAD}:execution:{name}:e-1"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("orders", "is not an ARN"),
        ("arn:aws:states", "is not an ARN"),
        ("arn:aws:lambda:us-east-1:123456789012:function:orders", "service 'lambda'"),
        (f"{HEAD}:execution:orders:e-1", "ARN of 'execution'"),
        (f"{HEAD}:stateMachine:orders/load", "Distributed Map"),
        ("arn:aws:states:us-east-1:12345:stateMachine:orders", "12 digits"),
        ("arn:aws:states:us-east-1::stateMachine:orders", "12 digits"),
        ("arn:aws:states::123456789012:stateMachine:orders", "lacks its region"),
        ("arn:aws:states:123456789012:stateMachine:orders", "lacks its region"),
        ("arn:aws:states:us-east-1:stateMachine:orders", "lacks its account"),
        ("arn:states:us-east-1:123456789012:stateMachine:orders", "lacks its partition"),
        (f"{HEAD}:stateMachine", "lacks its name"),
        (f"{HEAD}:stateMachine:", "lacks its name"),
        ("arn:aws:states:US-EAST-1:123456789012:stateMachine:orders", "is not a region"),
        ("arn:aws:states:us-east-1:١٢٣٤٥٦٧٨٩٠١٢:stateMachine:orders", "12 digits"),
        (f"{HEAD}:stateMachine:orders:0", "'0' is no version"),
        (f"{HEAD}:stateMachine:orders:01", "'01' is no version"),
        (f"{HEAD}:stateMachine:orders:٣", "is no version"),
        (f"{HEAD}:stateMachine:orders:live:2", "is not NAME"),
        (f"{HEAD}:stateMachine:two words", "is not NAME"),
        (f"{HEAD}:stateMachine:" + "x" * 81, "is not NAME"),
        ("arn:aws-moon:states:us-east-1:123456789012:stateMachine:orders", "partitions"),
        ("arn:aws:states:cn-north-1:123456789012:stateMachine:orders", "aws-cn"),
    ],
)
def test_what_is_no_machine_says_what_it_is(text: str, complaint: str) -> None:
    with pytest.raises(BadArn, match=complaint):
        parse_machine(text)


def test_a_complaint_about_a_huge_text_is_short() -> None:
    for read in (parse_machine, parse_execution):
        with pytest.raises(BadArn) as raised:
            read("x:" * 1_000_000)
        assert len(str(raised.value)) < 500
    with pytest.raises(BadArn) as raised:
        parse_machine(f"{HEAD}:stateMachine:" + "x" * 1_000_000)
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("orders", f"{HEAD}:stateMachine:orders"),
        ("orders:live", f"{HEAD}:stateMachine:orders:live"),
        (
            "arn:aws:states:eu-west-1:999999999999:stateMachine:x",
            "arn:aws:states:eu-west-1:999999999999:stateMachine:x",
        ),
    ],
)
def test_a_short_name_is_resolved_where_its_platform_is(text: str, full: str) -> None:
    assert str(resolve_machine(text, region="us-east-1", account="123456789012")) == full


@pytest.mark.parametrize("text", ["orders:0", "orders:01", "orders:٣"])
def test_versions_are_numbered_from_one(text: str) -> None:
    with pytest.raises(BadArn, match="is no version: they are numbered 1, 2, 3"):
        resolve_machine(text, region="us-east-1", account="123456789012")


def test_an_alias_may_begin_with_a_digit() -> None:
    arn = resolve_machine("orders:0-live", region="us-east-1", account="123456789012")
    assert (arn.qualifier, arn.is_pinned) == ("0-live", False)


@pytest.mark.parametrize("text", ["", "a:b:c", "a/b", "a b", ":a", "a:"])
def test_what_is_no_short_name_is_told(text: str) -> None:
    with pytest.raises(BadArn, match="NAME:QUALIFIER"):
        resolve_machine(text, region="us-east-1", account="123456789012")


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-east-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_a_region_lies_in_a_partition(region: str, partition: str) -> None:
    assert partition_of(region) == partition


def test_executions_are_read_and_express_is_told() -> None:
    standard = parse_execution(f"{HEAD}:execution:orders:e-1")
    express = parse_execution(f"{HEAD}:express:orders:e-1:5c1f")
    assert (standard.machine, standard.name, standard.express) == ("orders", "e-1", False)
    assert (express.machine, express.name, express.express) == ("orders", "e-1", True)
    assert standard.machine_arn == express.machine_arn == f"{HEAD}:stateMachine:orders"
    assert is_express(f"{HEAD}:express:orders:e-1:5c1f")
    assert not is_express(f"{HEAD}:execution:express:e-1")


NAMES = st.text(st.sampled_from("abcXYZ019-_ä."), min_size=1, max_size=80)


QUALIFIERS = NAMES.filter(lambda text: not text.isdigit()) | st.integers(min_value=1).map(str)


@given(name=NAMES, qualifier=st.none() | QUALIFIERS)
def test_what_is_written_reads_as_it_was(name: str, qualifier: str | None) -> None:
    arn = MachineArn("aws", "us-east-1", "123456789012", name, qualifier)
    assert parse_machine(str(arn)) == arn


@given(st.text(max_size=200))
def test_any_text_is_an_arn_or_a_complaint(text: str) -> None:
    for read in (parse_machine, parse_execution):
        with contextlib.suppress(BadArn):
            read(text)
