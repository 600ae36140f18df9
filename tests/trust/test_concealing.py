"""What the base branch calls sensitive, or never declared, is not to be had by a pull request."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runner import plan as plans
from runner.model import Direction, Job, ParameterType, RunPolicy, Spec
from runner.plan import KNOWN_AFTER_APPLY, SENSITIVE, Action, InputChange, Plan, PlannedJob
from runner.trust import Concealed, conceal, concealed
from tests.plan_factories import aws, job, parameter, planned, spec, variable
from tests.trust import pulls
from tests.trust.pulls import OPEN, SECRET, shown

if TYPE_CHECKING:
    from runner.planning import Decided

LEFT = json.dumps(
    {"token": SECRET, "Token": SECRET, "rows": OPEN, "extra": SECRET, "cursor": SECRET}
)
SENT = json.dumps({"password": SECRET, "day": OPEN, "old": SECRET, "cursor": SECRET})
INOUT = Direction.INOUT


def of(plan: Plan, name: str) -> PlannedJob:
    return next(each for each in plan.jobs if each.name == name)


def made(head: Spec, base: Spec | None) -> Decided:
    """The plan of a pull request, where every job's newest execution holds secrets."""
    return pulls.plan(head, base, sent=lambda _: SENT, left=lambda _: LEFT)


def pull_request(head: Spec, base: Spec | None) -> Plan:
    decided = made(head, base)
    assert decided.plan is not None, decided.diagnostics
    return conceal(decided.plan, concealed(head, base))


def use(name: str, *taken: str, **fields: Any) -> Job:
    """A job that is sent anew what another one's execution left."""
    uses = (parameter(each, f"${{{{ jobs.a.outputs.{each} }}}}") for each in taken)
    return job(name, parameter("anew", "1"), *uses, run=RunPolicy.ALWAYS, **fields)


BASE = spec(job("a", parameter("rows"), parameter("token", sensitive=True)))


def test_what_the_base_branch_declares_is_shown() -> None:
    plan = pull_request(spec(job("a", parameter("rows")), use("b", "rows")), BASE)
    assert of(plan, "a").action is Action.UP_TO_DATE
    assert of(plan, "b").input == {"anew": "1", "rows": OPEN}


@pytest.mark.parametrize("name", ["token", "Token", "extra"])
@pytest.mark.parametrize("base", [BASE, spec(), spec(job("a", machine="other"))])
def test_an_output_that_the_base_branch_calls_sensitive_or_does_not_declare_is_not_shown(
    name: str, base: Spec
) -> None:
    head = spec(
        job("a", parameter(name)),
        use("b", name),
        job("c", parameter("x", f"<${{{{ jobs.a.outputs.{name} }}}}>"), run=RunPolicy.ALWAYS),
    )
    plan = pull_request(head, base)
    assert of(plan, "b").input == {"anew": "1", name: SENSITIVE}
    assert of(plan, "b").input_bytes is None
    assert of(plan, "c").input == {"x": SENSITIVE}
    assert SECRET not in shown(plan)


def _of(job_name: str, output: str) -> str:
    return f"${{{{ jobs.{job_name}.outputs.{output} }}}}"


def test_an_if_that_reads_what_is_concealed_is_decided_later() -> None:
    """Else many of them would tell the value, one question each."""
    guess = f"jobs.a.outputs.extra == '{SECRET}'"
    for condition in (guess, guess.replace("==", "!=")):
        head = spec(job("a", parameter("extra")), job("b", condition=condition))
        found = of(pull_request(head, BASE), "b")
        assert (found.action, found.reason) == (Action.DECIDE_LATER, "its if waits for a")


def test_an_if_that_reads_what_is_known_to_all_is_decided() -> None:
    head = spec(job("a", parameter("rows")), job("b", condition="jobs.a.outputs.rows == 'x'"))
    assert of(pull_request(head, BASE), "b").action is Action.SKIP


@pytest.mark.parametrize(
    ("type_", "begin"), [(ParameterType.INTEGER, 1), (ParameterType.DATE, "2026-11-21")]
)
def test_no_complaint_quotes_a_value_that_does_not_fit(type_: ParameterType, begin: Any) -> None:
    head = spec(
        job("a", parameter("extra"), parameter("c", "0", direction=INOUT, carry=True)),
        job("b", parameter("x", _of("a", "extra"), type=type_), run=RunPolicy.ALWAYS),
        job(
            "cursor",
            parameter("cursor", begin, direction=INOUT, carry=True, type=type_),
            run=RunPolicy.ALWAYS,
        ),
    )
    decided = made(head, BASE)
    assert decided.plan is not None
    assert decided.diagnostics == ()
    assert SECRET not in shown(conceal(decided.plan, concealed(head, BASE)))


def test_what_the_newest_success_left_is_carried_on_unseen() -> None:
    head = spec(
        job("a", parameter("token", "0", direction=INOUT, carry=True), run=RunPolicy.ALWAYS)
    )
    plan = pull_request(head, BASE)
    assert of(plan, "a").input == {"token": SENSITIVE}
    assert SECRET not in shown(plan)


def test_what_a_secret_parameter_was_sent_is_not_told_once_it_is_plain() -> None:
    base = spec(
        job("a", parameter("password", "${{ env.KEY }}"), parameter("day", "x")),
        environment=("KEY",),
    )
    head = spec(
        job("a", parameter("password", "plain"), parameter("day", "y"), run=RunPolicy.ALWAYS)
    )
    found = of(pull_request(head, base), "a")
    assert found.input == {"password": SENSITIVE, "day": "y"}
    assert [(each.parameter, each.before) for each in found.changes if not each.is_gone] == [
        ("day", OPEN)
    ]


def test_a_new_parameter_is_shown_but_not_what_was_sent_of_its_name() -> None:
    base = spec(job("a", parameter("day", "x")))
    head = spec(
        job(
            "a",
            parameter("day", "x"),
            parameter("old", "new"),
            parameter("limit", 5),
            run=RunPolicy.ALWAYS,
        )
    )
    found = of(pull_request(head, base), "a")
    assert found.input == {"day": "x", "old": "new", "limit": 5}
    assert [(each.parameter, each.before, each.now) for each in found.changes] == [
        ("cursor", None, None),
        ("day", OPEN, "x"),
        ("limit", None, 5),
        ("password", None, None),
    ]


def test_that_a_guess_is_right_is_not_told_either() -> None:
    base = spec(
        job("a", parameter("password", "${{ env.KEY }}")),
        environment=("KEY",),
    )
    found = [
        of(
            pull_request(spec(job("a", parameter("password", guess), run=RunPolicy.ALWAYS)), base),
            "a",
        ).changes
        for guess in (SECRET, "wrong")
    ]
    assert found[0] == found[1]


def test_a_job_of_another_project_or_machine_is_another_job() -> None:
    renamed = spec(job("a", parameter("rows")), name="finance")
    moved = spec(job("a", parameter("rows"), machine="other"))
    region = spec(job("a", parameter("rows")), platforms=[aws(region="eu-west-1")])
    elsewhere = spec(job("a", parameter("rows"), platform="aws"))
    for head in (renamed, moved, region):
        assert concealed(head, BASE).parameters["a"] == {"rows"}
    assert concealed(elsewhere, BASE).parameters["a"] == set()


def test_a_machine_that_a_variable_names_is_another_one_with_another_default() -> None:
    def project(default: str) -> Spec:
        return spec(
            job("a", parameter("rows"), machine="${{ vars.m }}"),
            variables=(variable("m", default=default),),
        )

    assert concealed(project("x"), project("x")).parameters["a"] == set()
    assert concealed(project("y"), project("x")).parameters["a"] == {"rows"}


def test_an_input_that_becomes_an_inout_shows_nothing_that_was_left() -> None:
    base = spec(job("a", parameter("x", "1"), parameter("y")))
    head = spec(
        job("a", parameter("x", "1", direction=INOUT), parameter("y", "1", direction=INOUT))
    )
    assert concealed(head, base).parameters["a"] == {"x", "y"}


def test_a_property_that_differs_in_case_is_another_one() -> None:
    base = spec(job("a", parameter("rows")))
    assert concealed(spec(job("a", parameter("Rows"))), base).parameters["a"] == {"Rows"}


def test_a_new_value_that_must_not_be_shown_is_not_shown_as_a_change_either() -> None:
    plan = planned(spec(job("a", parameter("x", SECRET))))
    changed = replace(plan.jobs[0], changes=(InputChange("x", now=SECRET, is_new=True),))
    found = conceal(replace(plan, jobs=(changed,)), Concealed({"a": frozenset({"x"})}))
    assert found.jobs[0].changes == (InputChange("x", now=SENSITIVE, is_new=True),)
    assert SECRET not in shown(found)


def test_a_literal_that_was_sensitive_is_withheld_in_what_is_saved() -> None:
    base = spec(job("a", parameter("key", SECRET, sensitive=True)))
    head = spec(job("a", parameter("key", SECRET)))
    plan = pull_request(head, base)
    assert SECRET not in shown(plan)
    assert json.loads(plans.to_json(plan))["jobs"][0]["parameters"][0]["value"] == {
        "withheld": True
    }


def test_hashes_and_decisions_stay() -> None:
    head = spec(
        job("a", parameter("rows"), parameter("token")),
        job("b", parameter("x", _of("a", "token")), run=RunPolicy.ALWAYS),
    )
    decided = made(head, BASE)
    assert decided.plan is not None
    plan = conceal(decided.plan, concealed(head, BASE))
    same = [
        (each.name, each.action, each.work, each.fingerprint, each.revision) for each in plan.jobs
    ]
    assert same == [
        (each.name, each.action, each.work, each.fingerprint, each.revision)
        for each in planned_as_merged(head).jobs
    ]
    assert conceal(plan, concealed(head, BASE)) == plan


def planned_as_merged(head: Spec) -> Plan:
    """The plan that an apply makes once it is merged."""
    decided = made(head, head)
    assert decided.plan is not None
    return decided.plan


def test_variables_of_the_base_branch_are_taken_out() -> None:
    head = spec(
        job("a", parameter("x", "${{ vars.key }}")), variables=(variable("key", default=SECRET),)
    )
    plan = conceal(planned(head), Concealed({"a": frozenset({"x"})}, {}, frozenset({"key"})))
    assert plan.variables == {}
    assert SECRET not in shown(plan)


def test_of_the_same_specs_nothing_more_is_concealed() -> None:
    base = spec(
        job("a", parameter("rows"), parameter("day", "x"), parameter("c", "0", direction=INOUT)),
        use("b", "rows"),
    )
    found = concealed(base, base)
    assert set().union(*found.parameters.values()) == set()
    assert found.earlier == {"a": {"rows"}, "b": set()}


def test_what_is_left_out_counts_as_not_known() -> None:
    head = spec(job("a", parameter("extra")), use("b", "extra"))
    decided = made(head, BASE)
    assert decided.plan is not None
    assert of(decided.plan, "b").input == {"anew": "1", "extra": KNOWN_AFTER_APPLY}
