"""What is remembered of a job, as an action with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from runner import identity
from runner.expressions import VariableReference
from runner.identity import NeedOutcome
from runner.inputs import is_sent
from runner.memory import LeftFailed, ToStart, UnderWay, UpToDate, Why
from runner.model import MachineType, RunPolicy
from runner.plan.types import Action
from runner.planning import wording
from runner.planning.gate import Decision
from runner.results import status_left

if TYPE_CHECKING:
    from collections.abc import Collection

    from runner.memory import Past, Seen, Verdict, Work
    from runner.plan.types import PlannedJob
    from runner.provider import Execution

UNKNOWN_RUN = "?"
"""How a run whose id is not known stands in names: like none that there is."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A job's decision, and what it rests on.

    `fingerprint` and `attempt` are those of the execution to come, where they are known.
    `execution` is the earlier one that decides, `newest` the job's newest. With `follows` the
    job runs because one that runs in every apply runs before it.
    """

    decision: Decision
    fingerprint: str | None = None
    attempt: int | None = None
    execution: Execution | None = None
    newest: Execution | None = None
    follows: bool = False


def run_in_name(job: PlannedJob, run_id: str | None) -> str:
    """How the run stands in the names of a job's executions."""
    express = job.machine_type is MachineType.EXPRESS
    if not identity.names_run(job.run, express=express, rerun=job.rerun):
        return identity.run_digits(None)
    return UNKNOWN_RUN if run_id is None else identity.run_digits(run_id)


def is_whole(past: Past) -> bool:
    """Tell whether no earlier execution of the job can have been missed."""
    return past.complete and past.problem is None


def may_be_done(job: PlannedJob, past: Past, run: str, *, run_is_known: bool) -> bool:
    """Tell whether any earlier execution can be of the work, whatever the work is."""
    if run == UNKNOWN_RUN or (job.holds_run_id and not run_is_known):
        return False
    if run != identity.run_digits(None):
        return any(one.name.run == run for one in past.seen)
    return bool(past.seen) or not is_whole(past)


def weighed(
    job: PlannedJob, past: Past, work: Work, verdict: Verdict, *, may_fail: bool
) -> Weighed:
    """The action that a verdict comes to. `may_fail` tells of the jobs before it."""
    fingerprint = work.fingerprints[0] if work.fingerprints else None
    newest = past.newest.execution if past.newest else None
    match verdict:
        case UpToDate(execution):
            decision = Decision(
                Action.UP_TO_DATE,
                _done(job, work, execution),
                may_fail=may_fail,
                outcome=NeedOutcome(execution.name, "succeeded", execution.redrive_count),
                execution=execution,
            )
            return Weighed(decision, fingerprint, None, execution, newest)
        case UnderWay(execution):
            reason = f"already running since {wording.day(execution.started_at)}"
            return Weighed(Decision(Action.ADOPT, reason), fingerprint, None, execution, newest)
        case LeftFailed(execution):
            decision = Decision(
                Action.SKIP,
                f"{_failed(past, execution)}, and is not tried again",
                may_fail=may_fail,
                has_failed=True,
                outcome=NeedOutcome(
                    execution.name, status_left(execution).value, execution.redrive_count
                ),
                execution=execution,
            )
            return Weighed(decision, fingerprint, None, execution, newest)
        case ToStart():
            return _to_start(job, past, work, verdict)
        case _:
            assert_never(verdict)


def _to_start(job: PlannedJob, past: Past, work: Work, verdict: ToStart) -> Weighed:
    execution = verdict.newest
    if verdict.why is Why.FAILED:
        execution = next((one.execution for one in past.seen if _is_of(one, work)), execution)
    action = Action.RETRY if verdict.why is Why.FAILED else Action.RUN
    reason = _why(job, past, verdict, execution) + behind(verdict.after)
    fingerprint, attempt = None, None
    if work.fingerprints:
        fingerprint, attempt = work.fingerprints[0], verdict.attempt
    return Weighed(Decision(action, reason), fingerprint, attempt, execution, verdict.newest)


def _is_of(one: Seen, work: Work) -> bool:
    same_run = one.name.run == work.run or not work.is_of_run
    return same_run and one.name.fingerprint in work.fingerprints


def behind(execution: Execution | None) -> str:
    """That an execution of other work has to end first, at the end of a reason."""
    return f", once {execution.name} of other work has ended" if execution else ""


def under_way(past: Past) -> Execution | None:
    """The newest execution of the job that still runs."""
    return next((one.execution for one in past.seen if one.may_change), None)


def _done(job: PlannedJob, work: Work, execution: Execution) -> str:
    reason = f"succeeded on {wording.day(execution.stopped_at or execution.started_at)}"
    if work.is_of_run:
        return f"{reason}, in this run"
    return f"run: once, {reason}" if job.run is RunPolicy.ONCE else reason


def _failed(past: Past, execution: Execution) -> str:
    seen = next((one for one in past.seen if one.execution.arn == execution.arn), None)
    if seen is not None and seen.lacks:
        return f"its execution {seen.lacks}"
    return wording.failed(execution, seen.name.attempt if seen else 1)


def _why(job: PlannedJob, past: Past, verdict: ToStart, execution: Execution | None) -> str:
    if job.holds_run_id and verdict.why is not Why.FAILED:
        return wording.HOLDS_RUN_ID
    match verdict.why:
        case Why.EVERY_RUN:
            return wording.RERUN if job.rerun else wording.EVERY_RUN
        case Why.FAILED if execution is not None:
            return _failed(past, execution)
        case Why.CHANGED if execution is not None:
            return f"changed since {wording.day(execution.started_at)}{_unseen(job, past)}"
        case Why.REVERTED if execution is not None:
            began = wording.day(execution.started_at)
            return f"changed back: other work ran on {began}"
        case _:
            return _never(past)


def _never(past: Past) -> str:
    if past.problem is not None:
        return f"earlier executions can't be seen: {past.problem}"
    if not past.complete:
        return f"never run among the newest {past.rows:,} executions of its state machine"
    return wording.NEVER


def _unseen(job: PlannedJob, past: Past) -> str:
    """That an earlier success may have been missed, where any counts."""
    if job.run is not RunPolicy.ONCE or is_whole(past):
        return ""
    return f", of the newest {past.rows:,} executions of its state machine"


def left_out(past: Past) -> str:
    """Why a job with an incomplete past can't be decided before its turn."""
    if past.problem is not None:
        return f"runs only if it never did: earlier executions can't be seen: {past.problem}"
    return (
        "runs only if it never did: it is not among the newest "
        f"{past.rows:,} executions of its state machine"
    )


def withheld_from(job: PlannedJob, shown: Collection[str]) -> list[str]:
    """The variables in a job's fingerprint that are not among those whose values are shown."""
    found = {
        reference.name
        for each in job.parameters
        if is_sent(each) and not each.sensitive and not each.carry and each.template
        for reference in each.template.references
        if isinstance(reference, VariableReference)
    }
    return sorted(found.difference(shown))
