"""A value that is not to be shown can't be read from anything that a pull request's plan says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import plan as plans
from runner.model import ParameterType, RunPolicy, Spec
from runner.plan import SENSITIVE, Action
from runner.trust import conceal, concealed, trusted
from tests.plan_factories import complaints, job, parameter, planned, spec, variable
from tests.trust import pulls

if TYPE_CHECKING:
    from runner.plan import Plan
    from runner.planning import Decided
    from runner.values import Json

BASES = {
    "sensitive on the base branch": spec(variables=(variable("key", sensitive=True),)),
    "not declared there": spec(),
    "no valid base": None,
}
QUESTIONS = [
    "starts_with(vars.key, 'h')",
    "starts_with(vars.key, 'h') && 'bad' || '2'",
    "starts_with(vars.key, 'h') && abs(vars.key) || '2'",
    "abs(vars.key)",
    "vars.key",
    "length(vars.key) > `5` && 'long' || '2'",
]
VALUES: list[Json] = ["hunter2", "other", "", 5, ["h"], "h" * 400_000]
TYPES = [None, ParameterType.INTEGER, ParameterType.BOOLEAN, ParameterType.JSON]


def asking(question: str, type_: ParameterType | None, run: RunPolicy) -> Spec:
    """A project that would tell something of `vars.key` in every way that there is."""
    text = f"${{{{ {question} }}}}"
    return spec(
        job("a", parameter("x", text, type=type_), run=run),
        job("b", condition=f"{question} == `true`", run=run),
        job("c", parameter("y", f"<{text}>"), needs=["b"], run=run),
        job("d", parameter("z", {"deep": [text, "open"]}, sensitive=True), needs=["a"]),
        variables=(variable("key", required=True),),
    )


def made(head: Spec, base: Spec | None, value: Json) -> tuple[Decided, Plan | None]:
    """The plan where the workflow gives `key`, and as it is shown."""
    nothing = json.dumps({"x": "2"})
    found = pulls.plan(
        head, base, sent=lambda _: nothing, left=lambda _: nothing, given={"key": value}
    )
    hidden = trusted(head, base).hidden({"key"})
    shown = conceal(found.plan, concealed(head, base, hidden)) if found.plan else None
    return found, shown


@given(
    st.builds(
        asking, st.sampled_from(QUESTIONS), st.sampled_from(TYPES), st.sampled_from([*RunPolicy])
    ),
    st.sampled_from([*BASES.values()]),
    st.tuples(st.sampled_from(VALUES), st.sampled_from(VALUES)),
)
def test_a_plan_says_the_same_whatever_the_value_is(
    head: Spec, base: Spec | None, two: tuple[Json, Json]
) -> None:
    told = []
    for value in two:
        decided, shown = made(head, base, value)
        assert decided.diagnostics == ()
        assert shown is not None
        told.append(
            pulls.shown(replace(shown, jobs=tuple(replace(each, work="") for each in shown.jobs)))
        )
    assert told[0] == told[1]


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
def test_no_hash_tells_what_an_expression_makes_of_the_value(base: Spec | None) -> None:
    """Else a hash of each letter's job would tell which letter it is."""

    def works(value: str) -> set[str]:
        head = asking("starts_with(vars.key, 'h')", None, RunPolicy.ON_CHANGE)
        _, shown = made(head, base, value)
        assert shown is not None
        return {each.work for each in shown.jobs if each.name in "ac"}

    is_in_hash = base is not BASES["sensitive on the base branch"]
    assert works("hunter2").isdisjoint(works("house")) is is_in_hash


@pytest.mark.parametrize("base", [spec(), None])
def test_the_work_with_a_new_variable_is_what_it_is_after_the_merge(base: Spec | None) -> None:
    head = asking("vars.key", None, RunPolicy.ON_CHANGE)
    _, shown = made(head, base, True)
    assert shown is not None
    merged = planned(head, variables={"key": True})
    works = {each.name: each.work for each in merged.jobs}
    assert {each.name: each.work for each in shown.jobs} == works
    assert all(works.values())


def test_what_only_stands_in_the_specs_is_shown() -> None:
    head = spec(
        job("a", parameter("x", "${{ vars.key }}"), condition="vars.key == 'mine'"),
        variables=(variable("key", default="mine"),),
    )
    found = pulls.plan(head, spec(), sent=lambda _: "{}", left=lambda _: "{}")
    assert found.plan is not None
    assert found.plan.jobs[0].input == {"x": "mine"}
    assert found.plan.variables == {"key": "mine"}
    assert trusted(head, spec()).hidden(()) == frozenset()


def test_a_job_that_ran_is_decided_later_where_a_value_is_not_to_be_shown() -> None:
    """That its work is done already would tell what the value is."""
    head = asking("vars.key", None, RunPolicy.ON_CHANGE)
    _, shown = made(head, spec(), "hunter2")
    assert shown is not None
    first, second = shown.jobs[:2]
    assert (first.action, first.fingerprint) == (Action.DECIDE_LATER, None)
    assert first.reason == "runs only if what it makes of key is new"
    assert first.input == {"x": SENSITIVE}
    assert second.reason == "its if waits for the sensitive variable key"
    assert [each.name for each in shown.late_variables] == ["key"]
    assert "hunter2" not in plans.to_json(shown)


@pytest.mark.parametrize("field", ["machine", "platform", "trace_header"])
def test_a_new_variable_is_not_used_where_all_can_see_it(field: str) -> None:
    head = spec(job("a", **{field: "${{ vars.key }}"}), variables=(variable("key", required=True),))
    found = [
        complaints(head, variables={"key": value}, withheld=trusted(head, None).withheld({"key"}))
        for value in ("aws", "hunter2")
    ]
    assert found[0] == found[1]
    assert [each.code for each in found[0]] == ["new-in-the-open"]
