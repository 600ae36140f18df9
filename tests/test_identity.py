from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.identity import (
    MAX_ATTEMPT,
    MAX_NAME,
    MAX_READ_ATTEMPT,
    Name,
    NeedOutcome,
    PublicInput,
    definition_revision,
    execution_name,
    express_work,
    fingerprint,
    job_tag,
    names_run,
    read_name,
    run_digits,
)
from runner.model import RunPolicy
from runner.values import canonical

if TYPE_CHECKING:
    from runner.values import Json

PUBLIC = PublicInput(
    values={"day": "2024-01-01"},
    derived={"rows": ["${{ jobs.extract.outputs.rows }}"]},
    sensitive={"token": 3},
)
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:load"

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
json_values: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
inputs = st.dictionaries(st.text(max_size=8), json_values, max_size=4)
needs = st.dictionaries(
    st.text(max_size=8),
    st.builds(
        NeedOutcome,
        st.text(max_size=8),
        st.sampled_from(["succeeded", "skipped"]),
        st.integers(0, 3),
    ),
    max_size=3,
)
work = st.fixed_dictionaries(
    {
        "project": st.text(max_size=8),
        "job": st.text(max_size=8),
        "machine": st.text(max_size=8),
        "public": st.builds(
            PublicInput,
            values=inputs,
            derived=inputs,
            sensitive=st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=2),
        ),
        "needs": needs,
    },
    optional={"revision": st.text(max_size=4)},
)


def of(**changes: Any) -> str:
    parts: dict[str, Any] = {
        "project": "shop",
        "job": "load",
        "machine": MACHINE,
        "public": PUBLIC,
        "needs": {"extract": NeedOutcome("extract-1", "succeeded")},
    }
    return fingerprint(**(parts | changes))


def test_a_fingerprint_is_twenty_hex_digits_and_stays_the_same_for_ever() -> None:
    assert of() == "59b4ce027bce7417787f"


@pytest.mark.parametrize(
    "change",
    [
        {"project": "other"},
        {"job": "other"},
        {"machine": f"{MACHINE}:live"},
        {"public": replace(PUBLIC, values={"day": "2024-01-02"})},
        {"public": replace(PUBLIC, values={})},
        {"public": replace(PUBLIC, derived={"rows": ["${{ jobs.extract.outputs.rows + 1 }}"]})},
        {"public": replace(PUBLIC, derived={"lines": PUBLIC.derived["rows"]})},
        {"public": replace(PUBLIC, derived={})},
        {"public": replace(PUBLIC, sensitive={"token": 4})},
        {"public": replace(PUBLIC, sensitive={"secret": 3})},
        {"public": PublicInput(PUBLIC.derived, PUBLIC.values, PUBLIC.sensitive)},
        {"public": PublicInput({**PUBLIC.values, **PUBLIC.derived}, {}, PUBLIC.sensitive)},
        {"scheme": 2},
        {"needs": {"extract": NeedOutcome("extract-2", "succeeded")}},
        {"needs": {"extract": NeedOutcome("extract-1", "failed")}},
        {"needs": {"extract": NeedOutcome("extract-1", "succeeded", redrive_count=1)}},
        {"needs": {}},
        {"revision": "r1"},
    ],
)
def test_each_part_of_the_work_counts(change: dict[str, Any]) -> None:
    assert of(**change) != of()


def test_a_number_counts_as_it_is_spelled() -> None:
    spelled = [
        of(public=PublicInput({"rate": rate})) for rate in (Decimal("1.10"), Decimal("1.1"), 1, "1")
    ]
    assert len(set(spelled)) == len(spelled)


@given(inputs, needs, st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_count(
    values: dict[str, Json], before: dict[str, NeedOutcome], random: Any
) -> None:
    def shuffled(mapping: dict[str, Any]) -> dict[str, Any]:
        items = list(mapping.items())
        random.shuffle(items)
        return dict(items)

    ordered = of(public=PublicInput(values), needs=before)
    assert of(public=PublicInput(shuffled(values)), needs=shuffled(before)) == ordered


@given(work, work)
def test_fingerprints_are_equal_exactly_for_equal_work(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert (fingerprint(**one) == fingerprint(**other)) == (_plain(one) == _plain(other))


def _plain(parts: dict[str, Any]) -> str:
    public = parts["public"]
    outcomes: dict[str, Json] = {
        job: [n.execution, n.status, n.redrive_count] for job, n in parts["needs"].items()
    }
    rest = {key: value for key, value in parts.items() if key not in ("public", "needs")}
    split: Json = [dict(public.values), dict(public.derived), dict(public.sensitive)]
    return canonical({**rest, "p": split, "n": outcomes})


@given(
    st.text(max_size=90),
    st.text(max_size=90),
    work,
    st.none() | st.text(max_size=90),
    st.integers(1, MAX_ATTEMPT),
)
def test_every_name_is_one_that_step_functions_takes(
    project: str, job: str, parts: dict[str, Any], run_id: str | None, attempt: int
) -> None:
    name = execution_name(project, job, fingerprint(**parts), run_id=run_id, attempt=attempt)
    assert re.fullmatch(r"[0-9A-Za-z_-]+", name)
    assert len(name) <= MAX_NAME


identity = st.tuples(
    st.text("ab_é-", max_size=40),
    st.text("ab_é-", max_size=40),
    st.none() | st.text("01", max_size=3),
    st.integers(1, 3),
)


@given(identity, identity)
def test_names_are_equal_exactly_for_equal_identity(
    one: tuple[str, str, str | None, int], other: tuple[str, str, str | None, int]
) -> None:
    names = [
        execution_name(project, job, "f" * 20, run_id=run_id, attempt=attempt)
        for project, job, run_id, attempt in (one, other)
    ]
    assert (names[0] == names[1]) == (one == other)


def test_a_name_reads_as_job_tag_fingerprint_run_and_attempt() -> None:
    job = "load_the_orders_of_yesterday_into_the_lake"
    name = execution_name("shop", job, "0123456789abcdef0123", run_id=None, attempt=2)
    assert re.fullmatch(
        r"load_the_orders_of_yesterday_i-[0-9a-f]{8}-0123456789abcdef0123-0-2", name
    )
    of_run = execution_name("shop", job, "0123456789abcdef0123", run_id="4711", attempt=2)
    assert re.fullmatch(r".{30}-[0-9a-f]{8}-0123456789abcdef0123-[0-9a-f]{8}-2", of_run)


@given(
    st.text(max_size=90),
    st.text(min_size=1, max_size=90),
    st.text("0123456789abcdef", min_size=20, max_size=20),
    st.none() | st.text(max_size=90),
    st.integers(1, MAX_READ_ATTEMPT),
)
def test_what_a_name_was_made_of_is_read_from_it(
    project: str, job: str, work: str, run_id: str | None, attempt: int
) -> None:
    name = execution_name(project, job, work, run_id=run_id, attempt=attempt)
    assert read_name(name) == Name(job_tag(project, job), work, run_digits(run_id), attempt)


@pytest.mark.parametrize("job", ["load", "a-b-c", "é", "-", "0-1-2-3-4", "x-1234abcd", "l" * 63])
def test_a_name_is_read_from_its_end_whatever_stands_before(job: str) -> None:
    name = execution_name("shop", job, "f" * 20, run_id="r", attempt=12)
    read = read_name(name)
    assert read is not None
    assert (read.fingerprint, read.run, read.attempt) == ("f" * 20, run_digits("r"), 12)
    assert name.startswith(f"{read.tag}-")


@given(
    st.text(max_size=85) | st.from_regex(r"[a-z-]{1,9}-[0-9a-f]{7,9}-[0-9a-f]{19,21}-0-\d{1,11}")
)
def test_a_name_that_is_read_is_one_that_could_have_been_made(name: str) -> None:
    read = read_name(name)
    if read is not None:
        assert name == f"{read.tag}-{read.fingerprint}-{read.run}-{read.attempt}"
        assert len(name) <= MAX_NAME
        assert re.fullmatch(r"[0-9A-Za-z_-]+", name)


NAME = "load-12345678-0123456789abcdef0123-0-1"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "11111111-2222-3333-4444-555555555555",
        NAME.removeprefix("load"),
        f"{NAME} ",
        f"{NAME}\n",
        NAME.replace("-0-1", "-0-0"),
        NAME.replace("-0-1", "-0-01"),
        NAME.replace("-0-1", "-0-\u0661"),
        NAME.replace("-0-1", "-1-1"),
        NAME.replace("-0-1", "-0-99999999999"),
        NAME.replace("-0-1", "-0-9999999999"),
        NAME.replace("-0-1", f"-0-{MAX_READ_ATTEMPT + 1}"),
        NAME.replace("abcdef", "ABCDEF"),
        NAME.replace("load", "l" * 31),
        NAME.replace("load", "l\u00e4d"),
    ],
)
def test_a_name_that_others_gave_is_left_alone(name: str) -> None:
    assert read_name(NAME) is not None
    assert read_name(name) is None


def test_after_every_attempt_that_is_read_there_is_a_next() -> None:
    read = read_name(NAME.replace("-0-1", f"-0-{MAX_READ_ATTEMPT}"))
    assert read is not None
    following = read.attempt + 1
    assert execution_name("shop", "load", "f" * 20, run_id=None, attempt=following)


def test_a_job_is_known_by_its_own_characters_beside_the_digits() -> None:
    assert re.fullmatch(
        r"load_the_orders_of_yesterday_i-[0-9a-f]{8}",
        job_tag("shop", "load_the_orders_of_yesterday_into_the_lake"),
    )
    tags = {job_tag(project, job) for project in ("shop", "shop2") for job in ("load", "loads")}
    assert len(tags) == 4


def test_a_run_stands_in_names_as_eight_digits_or_as_none() -> None:
    assert run_digits(None) == "0"
    assert re.fullmatch(r"[0-9a-f]{8}", run_digits("4711"))
    assert run_digits("") != run_digits(None)


def test_a_definition_has_a_revision_of_its_own() -> None:
    assert definition_revision({"a": 1, "b": 2}) == definition_revision({"b": 2, "a": 1})
    assert definition_revision({"a": 1}) != definition_revision({"a": "1"})


@pytest.mark.parametrize("attempt", [0, -1, MAX_ATTEMPT + 1])
def test_an_attempt_outside_the_bounds_is_refused(attempt: int) -> None:
    with pytest.raises(ValueError, match="attempt"):
        execution_name("shop", "load", "f" * 20, run_id=None, attempt=attempt)


def test_the_run_stands_in_the_name_of_what_runs_every_time() -> None:
    assert names_run(RunPolicy.ALWAYS, express=False)
    assert names_run(RunPolicy.ON_CHANGE, express=True)
    assert names_run(RunPolicy.ONCE, express=False, rerun=True)
    assert not names_run(RunPolicy.ON_CHANGE, express=False)
    assert not names_run(RunPolicy.ONCE, express=False)


def work_of(**changes: Any) -> str:
    parts: dict[str, Any] = {
        "execution": "check-1",
        "machine": MACHINE,
        "public": PublicInput({"day": 1}),
        "outputs": {"rows": 5},
    }
    return express_work(**(parts | changes))


def test_an_express_need_counts_by_machine_input_and_outputs_not_by_its_name() -> None:
    assert work_of(execution="check-2") == work_of()
    changes: list[dict[str, Any]] = [
        {"machine": f"{MACHINE}:1"},
        {"public": PublicInput({"day": 2})},
        {"public": PublicInput({"day": 1}, {"rows": ["${{ jobs.a.outputs.rows }}"]})},
        {"public": PublicInput({"day": 1}, {}, {"token": 1})},
        {"outputs": {"rows": 6}},
        {"revision": "r2"},
    ]
    assert all(work_of(**change) != work_of() for change in changes)


def test_an_express_need_without_outputs_counts_as_changed() -> None:
    assert work_of(outputs={}, execution="check-2") != work_of(outputs={}, execution="check-1")
