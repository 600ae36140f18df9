"""How each job of a run should have ended, worked out from what the service knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema

from runner import schema, values
from runner.model import MachineType, Trigger
from runner.results import INTERRUPT_ERROR, TIMEOUT_ERROR, Status, from_json, to_json
from tests.simulation.lives import lacks_required, left_of
from tests.simulation.referee import any_bad_before, by_a_person, holds

if TYPE_CHECKING:
    from runner.plan import PlannedJob
    from runner.results import JobResult, RunResults
    from tests.simulation.chances import Chances
    from tests.simulation.lives import Change, Life
    from tests.simulation.referee import Referee

VALIDATOR = jsonschema.Draft202012Validator(schema.load("results.schema.json"))


def judge(results: RunResults, referee: Referee) -> None:
    """Complain of a job that ended otherwise than it should have, or of what is left unsaid."""
    jobs = {one.name: one for one in referee.plan.jobs}
    for one in results.jobs:
        _ended_once(one, results)
        _Case(one, jobs[one.name], referee).judge()
    _every_execution_is_told(results, referee)


def is_valid(document: str) -> None:
    """Complain of results that their schema does not allow, or that can't be read again."""
    wrong = next(VALIDATOR.iter_errors(values.parse(document)), None)
    holds(wrong is None, "the results are not valid", wrong.message if wrong else "")
    assert to_json(from_json(document)) == document


class _Case:
    """One job of a run that has ended."""

    def __init__(self, result: JobResult, job: PlannedJob, referee: Referee) -> None:
        self.result, self.job, self.referee = result, job, referee
        self.service, self.client = referee.service, referee.client
        self.interrupted = bool(referee.world.interrupts)
        arn = result.execution_arn
        self.life = self.service.lives.get(arn or "") or self.service.express.get(arn or "")

    def judge(self) -> None:
        status = self.result.status
        self.holds(status.is_success or self.result.reason, "it has no reason")
        match status:
            case Status.SUCCEEDED | Status.UP_TO_DATE:
                self._did_succeed()
            case Status.FAILED:
                self._did_fail()
            case Status.CANCELLED:
                self._was_cancelled()
            case Status.SKIPPED:
                self._was_skipped()
            case Status.UNKNOWN:
                self.holds(self._is_excused(), "it could be known")
            case Status.RUNNING | Status.PENDING:
                self.holds(self._may_be_left, "it was left")
                if status is Status.PENDING and not self._is_express_over_time:
                    self._nothing_began()

    def _did_succeed(self) -> None:
        life = self._known()
        self.holds(self._truth(life) == "SUCCEEDED", "it did not succeed")
        output = life.changes[-1].output
        self.holds(not lacks_required(self.job, output), "it left out what is required")
        wanted = left_of(self.job, output)
        given = self.result.outputs.get("x")
        self.holds(values.canonical(wanted) == values.canonical(given), "it left other outputs")

    def _did_fail(self) -> None:
        if self._is_express_over_time:
            return
        if self.life is None:
            self._nothing_began()
            return
        life, truth = self.life, self._truth(self.life)
        reason = self.result.reason
        failed = truth in ("FAILED", "TIMED_OUT")
        lacking = truth == "SUCCEEDED" and lacks_required(self.job, life.changes[-1].output)
        last = self._last(life)
        person = by_a_person(life, last, self.job)
        sealed = "sealed" in self.client.excused(life.arn)
        timed_out = truth == "ABORTED" and (sealed or not person)
        foreign = "collision" in reason and life not in self.client.lives
        refused = "nothing was started" in reason and life not in self.client.lives
        fair = failed or lacking or timed_out or foreign or refused
        self.holds(fair, "it did not fail")

    def _was_cancelled(self) -> None:
        if self.life is None or self._is_of_earlier_run:
            self.holds(self.interrupted, "nobody cancelled it")
            self._nothing_began()
            return
        self.holds(self._truth(self.life) == "ABORTED", "nobody stopped it")
        error = self.life.changes[-1].error
        self.holds(error != TIMEOUT_ERROR, "a timeout is no cancellation")
        stopped = error == INTERRUPT_ERROR and self.life.stopped_by == self.client.by
        self.holds(not stopped or self.interrupted, "it was stopped for nothing")

    def _was_skipped(self) -> None:
        self._nothing_began()
        if self.referee.options.fail_fast or self.interrupted or self.job.condition is False:
            return
        states = self.referee.states
        needs = [states[name] for name in self.job.needs]
        bad = any(not one.status.is_success for one in needs)
        match self.job.trigger:
            case Trigger.ALL_SUCCEEDED:
                self.holds(bad, "all it needs succeeded")
            case Trigger.ANY_FAILED:
                self.holds(not any_bad_before(states[self.job.name], states), "something failed")
            case Trigger.ALL_FINISHED:
                self.holds(False, "it runs in any case")

    def _is_excused(self) -> bool:
        """Tell whether anything hid the truth about the job."""
        excuses = self._excuses()
        interrupts = self.referee.world.interrupts
        denied = self.service.chances.denied_calls & {"look", "list"}
        is_odd = self.life is not None and self._truth(self.life) == "PAUSED"
        ends = interrupts or self.referee.leaves
        cut = ends and any(words in self.result.reason for words in _CUT_SHORT)
        if self.job.machine_type is MachineType.EXPRESS:
            return bool(is_odd or excuses or interrupts)
        lasting = self._is_locked_out and _lasts(self.service.chances)
        return bool(is_odd or cut or len(interrupts) > 1 or denied or lasting or excuses & _EXCUSES)

    def _excuses(self) -> set[str]:
        """What hid it, by all the names that it has."""
        names = [attempt.name for attempt in self.result.attempts]
        excuses = (self.client.excused(one) for one in [self.result.execution_arn or "", *names])
        return {what for some in excuses for what in some}

    @property
    def _is_express_over_time(self) -> bool:
        """Tell whether it may run on after its timeout, and has no ARN that is known."""
        is_express = self.job.machine_type is MachineType.EXPRESS
        return is_express and "timed out" in self.result.reason

    @property
    def _may_be_left(self) -> bool:
        """Tell whether the run may end before the job has."""
        options = self.referee.options
        is_theirs = options.fail_fast and self.life not in self.client.lives
        leaves = options.detach or self.referee.leaves
        return self.interrupted or leaves or self._is_locked_out or is_theirs

    @property
    def _is_of_earlier_run(self) -> bool:
        """Tell whether nothing was started, and the ARN is that of what was found."""
        not_ours = self.life not in self.client.lives
        return self.result.reason.startswith("not started") and not_ours

    @property
    def _is_locked_out(self) -> bool:
        """Tell whether credentials have failed."""
        return self.service.chances.expires <= self.service.now

    def _nothing_began(self) -> None:
        names = {attempt.name for attempt in self.result.attempts if attempt.arn is None}
        begun = [life.name for life in self.client.lives if life.name in names]
        self.holds(not begun, "something was started", *begun)

    def _known(self) -> Life:
        self.holds(self.life is not None, "there is no such execution")
        assert self.life is not None
        return self.life

    def _truth(self, life: Life) -> str:
        if life.arn in self.service.express:
            return life.changes[-1].status
        return self._last(life).status

    def _last(self, life: Life) -> Change:
        """How it was when this run last had to do with it: others may redrive it after that."""
        now = self.service.now
        told = self.result.attempts[-1].status if self.result.attempts else None
        own = self.client.redriven[life.arn]
        seen = [one for one in life.changes if one.redrives >= own and one.at <= now]
        return next((one for one in reversed(seen) if one.status == told), life.at(now))

    def holds(self, what: object, why: str, *about: object) -> None:
        life = self.life
        told = (self.result.name, self.result.status.value, repr(self.result.reason))
        truth = life.at(self.service.now) if life else None
        holds(what, why, *about, *told, self.result.execution_arn, truth)


_BORNE = 590.0
_CUT_SHORT = (
    "can't be read: the run was interrupted",
    "can't be read: the run was left",
    "its end was not seen",
    "no answer came to its start",
)


def _lasts(chances: Chances) -> bool:
    """Tell whether credentials fail for longer than a run bears."""
    return chances.renewed - chances.expires > _BORNE


_EXCUSES = {
    "gone",
    "sealed",
    "AccessDenied DescribeExecution",
    "AccessDenied StopExecution",
    "CredentialsFailed StopExecution",
    "Transient StopExecution",
    "Throttled StopExecution",
    "Unreachable StopExecution",
    "Transient RedriveExecution",
    "slow",
}


def _ended_once(one: JobResult, results: RunResults) -> None:
    told = [event["event"] for event in results.events if event.get("job") == one.name]
    ends = [event for event in told if event in _ENDINGS]
    holds(len(ends) == 1 and told[-1] == ends[0], "it did not end once", one.name, told)


_ENDINGS = {*(status.value for status in Status if not status.is_open), "left"}


def _every_execution_is_told(results: RunResults, referee: Referee) -> None:
    by_arn = {attempt.arn for one in results.jobs for attempt in one.attempts}
    unknown = {
        one.name
        for one in results.jobs
        if one.type is MachineType.EXPRESS and one.status is not Status.SUCCEEDED
    }
    for life in referee.client.lives:
        job = referee.service.job_of(life.name)
        told = life.arn in by_arn or (job is not None and job.name in unknown)
        is_express = job is not None and job.machine_type is MachineType.EXPRESS
        holds(told or is_express, "an execution is not in the results", life.arn)
        runs = not is_express and life.runs(referee.service.now)
        holds(not runs or _is_told_to_run(life, results, referee), "it runs on unsaid", life.arn)


def _is_told_to_run(life: Life, results: RunResults, referee: Referee) -> bool:
    """Tell whether what runs on is listed, unless another run has it go on."""
    listed = {one.execution_arn for one in results.still_running}
    own = referee.client.redriven[life.arn]
    return life.arn in listed or life.at(referee.service.now).redrives > own
