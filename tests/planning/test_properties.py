"""Any project with any past: a plan says what memory and the engine's own hashes say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from runner import identity, inputs, memory
from runner.identity import NeedOutcome
from runner.memory import LeftFailed, Past, ToStart, UnderWay, UpToDate, Why, Work
from runner.model import Direction, MachineType, RunPolicy, Spec, Trigger
from runner.plan import Action, Plan, PlannedJob, from_json, to_json
from runner.planning import refreshed, stale
from runner.provider import ExecutionStatus, FoundMachine
from tests.plan_factories import decided_with, draft, job, parameter, spec
from tests.planning.ledger import Ledger

SCHEMA = Draft202012Validator(
    json.loads((Path(__file__).parents[2] / "schemas/plan.schema.json").read_text("utf-8"))
)
NAMES = "abcdef"
ENDS = [*["SUCCEEDED"] * 8, "FAILED", "ABORTED", "RUNNING"]
NORMALLY = 6
"""How much likelier each choice is the ordinary one."""


@st.composite
def projects(draw: st.DrawFn) -> Spec:
    """Up to six jobs with needs, triggers, expressions, and policies of every kind."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    jobs = []
    for index, name in enumerate(names):
        before = draw(st.sets(st.sampled_from(names[:index]), max_size=2)) if index else set()
        parameters = [parameter("x", draw(st.integers(1, 2)))]
        if draw(st.booleans()):
            parameters.append(parameter("o"))
        if draw(st.integers(0, 4)) == 0:
            parameters.append(parameter("mark", "0", direction=Direction.INOUT, carry=True))
        if draw(st.integers(0, 9)) == 9:
            parameters.append(parameter("run", "${{ run.id }}"))
        taken = draw(st.sets(st.sampled_from(sorted(before)))) if before else set()
        parameters += [parameter(f"of_{n}", f"${{{{ jobs.{n}.outputs.o }}}}") for n in taken]
        jobs.append(
            job(
                name,
                *parameters,
                needs=before,
                trigger=draw(st.sampled_from([*[Trigger.ALL_SUCCEEDED] * NORMALLY, *Trigger])),
                condition=draw(st.sampled_from([*[None] * NORMALLY, True, False])),
                run=draw(st.sampled_from([*[RunPolicy.ON_CHANGE] * NORMALLY, *RunPolicy])),
            )
        )
    return spec(*jobs)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Plan, Ledger]:
    """A draft, and what earlier applies of it and of its variants left."""
    project = draw(projects())
    some = st.sampled_from([*[frozenset[str]()] * NORMALLY, *({name} for name in project.jobs)])
    express = draw(some)
    plan, diagnostics = draft(
        project,
        rerun=draw(some),
        retry_failed=draw(st.booleans()),
    )
    assert plan is not None, diagnostics
    plan = replace(
        plan,
        jobs=tuple(
            replace(each, machine_type=MachineType.EXPRESS) if each.name in express else each
            for each in plan.jobs
        ),
    )
    ledger = Ledger()
    for _ in range(draw(st.integers(0, 3))):
        variant = _varied(plan, draw(st.sampled_from([0, 0, 0, 1, 2])))
        for each in variant.jobs:
            if each.name not in express and draw(st.integers(0, 9)) < 9:
                ledger.run(variant, each.name, ExecutionStatus(draw(st.sampled_from(ENDS))))
    return plan, ledger


def _varied(plan: Plan, seed: int) -> Plan:
    """The same plan, or with another value of one job."""
    if seed == 0:
        return plan
    index = Random(seed).randrange(len(plan.jobs))
    job = plan.jobs[index]
    parameters = tuple(
        replace(each, template=replace(each.template, value=9))
        if each.name == "x" and each.template
        else each
        for each in job.parameters
    )
    jobs = list(plan.jobs)
    jobs[index] = replace(job, parameters=parameters)
    return replace(plan, jobs=tuple(jobs))


def decided(plan: Plan, ledger: Ledger) -> Plan:
    pasts = {each.name: Past() for each in plan.jobs} | ledger.pasts
    made = decided_with(plan, pasts, ledger.remembered)
    assert made.plan is not None, made.diagnostics
    return made.plan


def outcomes(plan: Plan, job: PlannedJob) -> dict[str, NeedOutcome] | None:
    """How all needs of a job have ended, as an engine tells it; None while one is open."""
    jobs = {each.name: each for each in plan.jobs}
    found = {}
    for name in job.needs:
        need = jobs[name]
        if need.action is Action.UP_TO_DATE and need.execution:
            found[name] = NeedOutcome(need.execution.name, "succeeded")
        elif need.action is Action.SKIP:
            ended = need.execution
            status = "cancelled" if ended and ended.status == "ABORTED" else "failed"
            found[name] = NeedOutcome(ended.name, status) if ended else NeedOutcome("", "skipped")
        else:
            return None
    return found


def verdict_of(plan: Plan, ledger: Ledger, job: PlannedJob) -> memory.Verdict | None:
    """What memory says of the fingerprint that the engine will compute, where it is settled."""
    needs = outcomes(plan, job)
    if needs is None or job.runs_every_time or job.rerun:
        return None
    fingerprint = identity.fingerprint(
        project=plan.project,
        job=job.name,
        machine=str(job.machine),
        public=inputs.public(
            job, {"vars": {}, "project": {"name": "shop"}}, {each.name: each for each in plan.jobs}
        ),
        needs=needs,
    )
    past = ledger.pasts.get(job.name, Past())
    return memory.decide(past, Work((fingerprint,), job.run, retried=plan.retry_failed))


@given(situations())
@settings(max_examples=150, deadline=None)
def test_a_plan_says_what_memory_says_of_the_same_work(situation: tuple[Plan, Ledger]) -> None:
    drafted, ledger = situation
    plan = decided(drafted, ledger)
    for each in plan.jobs:
        verdict = verdict_of(plan, ledger, each)
        match each.action:
            case Action.UP_TO_DATE:
                assert isinstance(verdict, UpToDate)
                assert each.execution is not None
                assert verdict.execution.name == each.execution.name
            case Action.ADOPT:
                assert isinstance(verdict, UnderWay)
            case Action.RETRY:
                assert isinstance(verdict, ToStart)
                assert (verdict.why, verdict.attempt) == (Why.FAILED, each.attempt)
            case Action.RUN if verdict is not None:
                assert isinstance(verdict, ToStart)
                assert verdict.why is not Why.FAILED
            case Action.SKIP if each.execution is not None:
                assert isinstance(verdict, LeftFailed)
            case _:
                assert not isinstance(verdict, UpToDate) or each.action in (
                    Action.SKIP, Action.DECIDE_LATER
                )  # fmt: skip


@given(situations())
@settings(max_examples=100, deadline=None)
def test_what_comes_after_new_work_is_new(situation: tuple[Plan, Ledger]) -> None:
    plan = decided(*situation)
    jobs = {each.name: each for each in plan.jobs}
    for each in plan.jobs:
        goes = [
            name
            for name in each.needs
            if jobs[name].action in (Action.RUN, Action.RETRY, Action.ADOPT)
        ]
        if goes:
            assert each.action in (Action.RUN, Action.DECIDE_LATER, Action.SKIP)
        assert each.reason
        assert len(each.reason) < 200


@given(situations())
@settings(max_examples=100, deadline=None)
def test_every_plan_follows_the_schema_and_survives_being_saved(
    situation: tuple[Plan, Ledger],
) -> None:
    drafted, ledger = situation
    plan = decided(drafted, ledger)
    text = to_json(plan)
    SCHEMA.validate(json.loads(text))
    assert from_json(text) == plan
    assert to_json(decided(drafted, ledger)) == text


@given(situations())
@settings(max_examples=60, deadline=None)
def test_a_loaded_plan_is_decided_like_a_new_one(situation: tuple[Plan, Ledger]) -> None:
    drafted, ledger = situation
    plan = decided(drafted, ledger)
    found = {
        each.machine: FoundMachine(each.machine, each.machine_type, each.revision or "")
        for each in plan.jobs
    }
    again, diagnostics = refreshed(from_json(to_json(plan)), {"aws": found})
    assert again is not None, diagnostics
    assert to_json(decided(again, ledger)) == to_json(plan)
    assert stale(plan, decided(again, ledger)) == ()
