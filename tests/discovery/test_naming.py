"""Names of jobs and files from names of machines."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.arns import BadArn, MachineArn, parse_machine
from runner.discovery.naming import FileNames, job_name, names_for

JOB = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
HEAD = "arn:aws:states:us-east-1:123456789012:stateMachine:"


def arn(name: str, region: str = "us-east-1") -> MachineArn:
    return MachineArn("aws", region, "123456789012", name)


def is_machine(name: str) -> bool:
    try:
        return parse_machine(HEAD + name).qualifier is None
    except BadArn:
        return False


MACHINES = st.text(min_size=1, max_size=80).filter(is_machine) | st.from_regex(
    r"[aAbB]{1,2}[-_.]?[aAbB]?", fullmatch=True
)


@pytest.mark.parametrize(
    ("machine", "job"),
    [
        ("orders-extract", "orders_extract"),
        ("Orders.Extract", "Orders_Extract"),
        ("--a--b--", "a_b"),
        ("2026-load", "machine_2026_load"),
        ("café", "cafe"),
        ("..", "machine_[0-9a-f]{8}"),
        ("数", "machine_[0-9a-f]{8}"),
        ("x" * 80, "x{54}_[0-9a-f]{8}"),
    ],
)
def test_a_job_is_named_as_its_machine_is(machine: str, job: str) -> None:
    assert re.fullmatch(job, job_name(machine))


@given(MACHINES)
def test_every_machine_gives_a_valid_job_name(machine: str) -> None:
    assert JOB.fullmatch(job_name(machine))
    assert JOB.fullmatch(names_for([arn(machine)], [job_name(machine)])[arn(machine)])


@given(st.sets(MACHINES, max_size=8), st.sets(MACHINES.map(job_name), max_size=4), st.randoms())
def test_names_are_told_apart_whatever_the_case_and_the_order(
    machines: set[str], taken: set[str], random: object
) -> None:
    arns = [arn(name) for name in sorted(machines)]
    named = names_for(arns, taken)
    folded = [name.casefold() for name in (*named.values(), *taken)]
    assert len({*named.values()}) == len(named)
    assert len(set(folded)) == len({*named.values()}) + len({name.casefold() for name in taken})
    assert names_for(arns[::-1], taken) == named


def test_who_is_called_just_so_keeps_the_name_that_others_would_have_too() -> None:
    named = names_for([arn("a-b"), arn("a_b"), arn("a.b")], [])
    assert named[arn("a_b")] == "a_b"
    assert re.fullmatch("a_b_[0-9a-f]{8}", named[arn("a-b")])
    assert re.fullmatch("a_b_[0-9a-f]{8}", named[arn("a.b")])


def test_a_name_that_a_job_has_is_not_given_again() -> None:
    (name,) = names_for([arn("orders")], ["ORDERS"]).values()
    assert re.fullmatch("orders_[0-9a-f]{8}", name)


def test_machines_of_one_name_in_two_regions_are_told_apart() -> None:
    assert len(set(names_for([arn("a"), arn("a", "eu-west-1")], []).values())) == 2


def test_a_file_name_that_is_taken_is_not_given_whatever_its_case() -> None:
    names = FileNames(["Orders.yaml"])
    first, second = names.new("orders", ".yaml", "x"), names.new("ORDERS", ".yaml", "x")
    assert re.fullmatch(r"orders_[0-9a-f]{8}\.yaml", first)
    assert first.casefold() != second.casefold()
    assert names.new("other", ".yaml", "x") == "other.yaml"


@pytest.mark.parametrize("name", ["CON", "nul", "Aux", "prn", "com1", "LPT9"])
@pytest.mark.parametrize("ending", [".yaml", ".asl.json"])
def test_no_file_is_called_as_windows_calls_a_device(name: str, ending: str) -> None:
    marked = FileNames([]).new(name, ending, "x")
    assert re.fullmatch(rf"{name}_[0-9a-f]{{8}}{re.escape(ending)}", marked)
    assert FileNames([]).new(f"{name}s", ending, "x") == f"{name}s{ending}"
