"""One job's decision: its trigger and `if`, then its needs, then what is remembered of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from runner import identity, inputs, memory
from runner.errors import Diagnostic, NotFound
from runner.expressions import Expression, JobReference
from runner.memory import Past, Work
from runner.model import Direction, LocalPlatform, MachineType, RunPolicy, Trigger
from runner.plan.types import Action
from runner.planning import wording
from runner.planning.asking import Purpose
from runner.planning.earlier import carried_on, handed_on, lacks
from runner.planning.gate import Decision, gate, open_jobs, runs_if
from runner.planning.verdicts import (
    UNKNOWN_RUN,
    Weighed,
    behind,
    is_whole,
    left_out,
    may_be_done,
    run_in_name,
    under_way,
    weighed,
    withheld_from,
)
from runner.planning.work import fingerprints
from runner.provider import Execution

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from datetime import datetime

    from runner.errors import ProviderError
    from runner.plan.types import Plan, PlannedJob
    from runner.planning.asking import Answers, Asking, Questions
    from runner.values import Json

_PROBES = 5
"""Attempts of one job whose names are tried one after the other, where no list shows them."""

_DECISIVE = (Purpose.CONDITION, Purpose.REQUIRED)
"""What decisions rest on."""

_GOES_FIRST = (Action.RUN, Action.RETRY, Action.ADOPT)


class Judge:
    """Decides jobs in the order of their needs, and holds what was found out for it."""

    def __init__(
        self,
        plan: Plan,
        pasts: Mapping[str, Past] | None,
        run_id: str | None,
        asking: Asking,
        concealed: Mapping[str, frozenset[str]],
    ) -> None:
        self.jobs = {job.name: job for job in plan.jobs}
        self.pasts = dict(pasts or {})
        self.weighed: dict[str, Weighed] = {}
        self.decisions: dict[str, Decision] = {}
        self.diagnostics: dict[str, Diagnostic] = {}
        self.asking = asking
        self.offline = pasts is None
        self.context: dict[str, Json] = {
            "vars": dict(plan.variables),
            "project": {"name": plan.project},
        }
        if run_id is not None:
            self.context["run"] = {"id": run_id}
        self._plan = plan
        self._run_id = run_id
        self._concealed = concealed
        self._read_by_ifs = frozenset(_read_by_ifs(plan))
        self._probes: Counter[str] = Counter()

    def judge(self, job: PlannedJob) -> bool:
        """Decide a job whose needs are decided. True where an answer is waited for.

        Then it is to be decided again once the answer was heard.
        """
        self.diagnostics.pop(job.name, None)
        made = gate(job, self.decisions, self.context, self.jobs)
        if isinstance(made, Diagnostic):
            self.diagnostics[job.name] = made
            made = Decision(Action.RUN, "")
        newest = self.past(job).newest
        found = Weighed(made, newest=newest.execution if newest else None) if made else None
        found, waits = self._ask(job, found or self._recall(job))
        if not found.decision.has_failed and self._after_a_failure(job):
            found = replace(found, decision=replace(found.decision, has_failed=True))
        concealed = self._concealed.get(job.name)
        if concealed:
            found = replace(found, decision=replace(found.decision, concealed=concealed))
        self.weighed[job.name] = found
        self.decisions[job.name] = found.decision
        return waits

    def _after_a_failure(self, job: PlannedJob) -> bool:
        return any(self.decisions[need].has_failed for need in job.needs)

    def past(self, job: PlannedJob) -> Past:
        """What is remembered of a job; nothing where nothing is."""
        if self.offline or self._forgets(job):
            return Past()
        unknown = Past(complete=False, problem="they were not looked up")
        return self.pasts.get(job.name, unknown)

    def carried(self, job: PlannedJob) -> Mapping[str, Json] | None:
        """What is carried on of the carried parameters, None where it isn't known.

        Raises InputError where it does not fit.
        """
        if self._forgets(job):
            return {}
        concealed = self._concealed.get(job.name, frozenset())
        if any(each.carry and each.name in concealed for each in job.parameters):
            return None
        past = self.past(job)
        source = past.source
        if source is None:
            return {} if is_whole(past) and not self.offline else None
        if source.may_change:
            return None
        answer = self.asking.answer(job, source.execution.arn)
        return carried_on(job, answer) if isinstance(answer, Execution) else None

    def put(self) -> Generator[Questions, Answers, None]:
        """Put every question that waits."""
        for platform, jobs in self.asking.batches():
            answers = yield {platform: tuple(jobs)}
            for arn, (name, purpose) in jobs.items():
                answer = self.asking.hear(platform, arn, answers)
                self._learn(name, arn, answer, purpose)

    def _learn(
        self, name: str, arn: str, answer: Execution | ProviderError, purpose: Purpose
    ) -> None:
        """Take an answer. What a decision rests on is decided anew when it was forgotten.

        What is only shown decides nothing, and a watermark never goes back to an older one.
        """
        past = self.pasts.get(name, Past())
        if isinstance(answer, Execution):
            self.pasts[name] = past.added(answer)
        elif purpose in _DECISIVE and isinstance(answer, NotFound):
            old = [one for one in past.seen if self._is_old(one.execution)]
            is_forgotten = any(one.execution.arn == arn for one in old)
            self.pasts[name] = past.without(arn) if is_forgotten else past

    def _is_old(self, execution: Execution) -> bool:
        """Tell whether it ended so long before other executions that it can't be out of sight."""
        ended, now = execution.stopped_at, memory.latest(self.pasts.values())
        return ended is not None and now is not None and now - ended > memory.LATELY

    def _forgets(self, job: PlannedJob) -> bool:
        """Tell whether nothing is ever remembered of a job."""
        is_local = isinstance(self._plan.platforms[job.platform], LocalPlatform)
        return is_local or job.machine_type is MachineType.EXPRESS

    def _recall(self, job: PlannedJob) -> Weighed:
        """The decision for a job that trigger and `if` let run."""
        if self.offline or self._forgets(job):
            return Weighed(Decision(Action.RUN, self._unremembered(job)))
        past = self.past(job)
        run = run_in_name(job, self._run_id)
        work = Work((), job.run, run, self._plan.retry_failed)
        if may_be_done(job, past, run, run_is_known=self._run_id is not None):
            held = self._held(job, past)
            if held is not None:
                return held
        if self._is_settled(job, run):
            try:
                work = replace(
                    work,
                    fingerprints=self._fingerprints(job),
                    not_before=self._not_before(job),
                )
            except inputs.InputError as error:
                self.diagnostics[job.name] = bad_value(job, error)
        hidden = withheld_from(job, self._plan.variables)
        if hidden and past.newest is not None and not work.is_of_run:
            reason = f"runs only if what it makes of {wording.names(hidden)} is new"
            decision = Decision(Action.DECIDE_LATER, reason, open=(job.name,))
            return Weighed(decision, newest=past.newest.execution)
        may_fail = any(self.decisions[need].may_fail for need in job.needs)
        found = weighed(job, past, work, memory.decide(past, work), may_fail=may_fail)
        return self._doubted(job, past, found)

    def _doubted(self, job: PlannedJob, past: Past, found: Weighed) -> Weighed:
        """Say where work is taken for done by its name alone, as newer work may be out of sight."""
        is_done = found.decision.action is Action.UP_TO_DATE and job.run is RunPolicy.ON_CHANGE
        if not is_done or not self._probes[job.name]:
            return found
        reason = f"{found.decision.reason}; {wording.out_of_sight(past.rows)}"
        return replace(found, decision=replace(found.decision, reason=reason))

    def _unremembered(self, job: PlannedJob) -> str:
        if job.run is RunPolicy.ALWAYS:
            return wording.EVERY_RUN
        if job.machine_type is MachineType.EXPRESS:
            return wording.EXPRESS
        return wording.OFFLINE if self.offline else wording.REMEMBERS_NOTHING

    def _is_settled(self, job: PlannedJob, run: str) -> bool:
        """Tell whether the fingerprint is known before anything runs."""
        if run == UNKNOWN_RUN or (job.holds_run_id and self._run_id is None):
            return False
        if withheld_from(job, self._plan.variables):
            return False
        return all(self.decisions[need].outcome is not None for need in job.needs)

    def _fingerprints(self, job: PlannedJob) -> tuple[str, ...]:
        outcomes = {}
        for need in job.needs:
            outcome = self.decisions[need].outcome
            if outcome is None:
                raise ValueError(f"{need} has no outcome")
            outcomes[need] = outcome
        public = inputs.public(job, self.context, self.jobs)
        return fingerprints(self._plan.project, job, public, outcomes)

    def _not_before(self, job: PlannedJob) -> datetime | None:
        """When the newest execution of its needs began. Express ones begin in every run."""
        needs = (self.jobs[name] for name in job.needs)
        return memory.not_before(
            (found.started_at, need.platform == job.platform)
            for need in needs
            if not self._forgets(need) and (found := self.decisions[need.name].execution)
        )

    def _held(self, job: PlannedJob, past: Past) -> Weighed | None:
        """The decision for a job with needs of which it isn't known how they will end."""
        needs = {need: self.decisions[need] for need in job.needs}
        going = [name for name, need in needs.items() if need.action in _GOES_FIRST]
        blind = [name for name in going if not self._tells(self.jobs[name])]
        newest = past.newest.execution if past.newest else None
        if blind:
            reason = f"after {wording.names(blind)}{behind(under_way(past))}"
            follows = all(self._runs_every_time(self.jobs[name]) for name in blind)
            decision = Decision(Action.RUN, reason)
            return Weighed(decision, execution=newest, newest=newest, follows=follows)
        if going:
            reason = f"runs only if what {wording.names(going)} (Express) hands on is new"
            decision = Decision(Action.DECIDE_LATER, reason, open=(job.name,))
            return Weighed(decision, newest=newest)
        still_open = open_jobs(needs)
        if not still_open:
            return None
        reason = runs_if(still_open)
        if job.trigger is not Trigger.ALL_SUCCEEDED:
            reason = f"runs only if what becomes of {wording.names(still_open)} is new"
        return Weighed(
            Decision(Action.DECIDE_LATER, reason, open=still_open),
            newest=newest,
        )

    def _tells(self, job: PlannedJob) -> bool:
        """Tell whether what a job hands on tells, whether what needs it is new: Express only."""
        return job.machine_type is MachineType.EXPRESS and any(
            each.direction is not Direction.INPUT and not each.sensitive for each in job.parameters
        )

    def _runs_every_time(self, job: PlannedJob) -> bool:
        return job.runs_every_time or self.weighed[job.name].follows

    def _ask(self, job: PlannedJob, found: Weighed) -> tuple[Weighed, bool]:
        """What is still to be known of a job, and whether it is waited for."""
        decision = found.decision
        if decision.action is Action.UP_TO_DATE:
            return self._ask_outputs(job, found)
        if found.fingerprint is not None and self._is_hidden(job, found):
            return self._probe(job, found)
        source = self.past(job).source
        if decision.action.may_start and job.is_selected and job.carries and source is not None:
            return found, self._wants(Purpose.CARRY, job, source.execution.arn)
        return found, False

    def _ask_outputs(self, job: PlannedJob, found: Weighed) -> tuple[Weighed, bool]:
        execution = found.decision.execution
        if not job.has_outputs or execution is None:
            return replace(found, decision=replace(found.decision, outputs={})), False
        if any(each.required for each in job.parameters if each.direction is not Direction.INPUT):
            return self._ask_required(job, found, execution)
        return self._ask_for_if(job, found, execution)

    def _ask_required(
        self, job: PlannedJob, found: Weighed, execution: Execution
    ) -> tuple[Weighed, bool]:
        """Ask whether a success left all that it had to: else it counts as a failed attempt.

        Where that can't be told, the job may yet fail.
        """
        if self._wants(Purpose.REQUIRED, job, execution.arn):
            return found, True
        answer = self.asking.answer(job, execution.arn)
        if not isinstance(answer, Execution):
            doubted = replace(found, decision=replace(found.decision, may_fail=True))
            return self._ask_for_if(job, doubted, execution)
        lacking = lacks(job, answer)
        if not lacking:
            return self._ask_for_if(job, found, execution)
        self.pasts[job.name] = self.past(job).lacking(execution.arn, lacking)
        return self._ask(job, self._recall(job))

    def _ask_for_if(
        self, job: PlannedJob, found: Weighed, execution: Execution
    ) -> tuple[Weighed, bool]:
        waits = job.name in self._read_by_ifs and self._wants(Purpose.CONDITION, job, execution.arn)
        return replace(found, decision=self._read(job, found.decision)), waits

    def read(self, name: str) -> Decision:
        """The decision for a job, with its outputs where they were asked for by now."""
        decision = self._read(self.jobs[name], self.decisions[name])
        self.decisions[name] = decision
        return decision

    def _read(self, job: PlannedJob, decision: Decision) -> Decision:
        if decision.outputs is not None or not decision.hands_on or decision.execution is None:
            return decision
        answer = self.asking.answer(job, decision.execution.arn)
        if not isinstance(answer, Execution):
            return decision
        return replace(decision, outputs=handed_on(job, answer))

    def _wants(self, purpose: Purpose, job: PlannedJob, arn: str) -> bool:
        """Ask, unless the answer is there already or enough was asked."""
        return self.asking.answer(job, arn) is None and self.asking.ask(purpose, job, arn)

    def _is_hidden(self, job: PlannedJob, found: Weighed) -> bool:
        """Tell whether the very execution of this work may be one that no list reached."""
        past = self.past(job)
        if is_whole(past) or run_in_name(job, self._run_id) == UNKNOWN_RUN:
            return False
        if found.decision.action not in (Action.RUN, Action.RETRY, Action.SKIP):
            return False
        return not past.seen or job.run is RunPolicy.ONCE or self._probes[job.name] > 0

    def _probe(self, job: PlannedJob, found: Weighed) -> tuple[Weighed, bool]:
        """Ask for the execution by the name that the next attempt would have."""
        past = self.past(job)
        attempts = (
            one.name.attempt for one in past.seen if one.name.fingerprint == found.fingerprint
        )
        run = run_in_name(job, self._run_id)
        name = identity.execution_name(
            self._plan.project,
            job.name,
            found.fingerprint or "",
            run_id=self._run_id if run != identity.run_digits(None) else None,
            attempt=found.attempt or 1 + max(attempts, default=0),
        )
        arn = job.machine.execution(name)
        if self.asking.answer(job, arn) is not None or self._probes[job.name] >= _PROBES:
            return found, False
        if self.asking.ask(Purpose.NAME, job, arn):
            self._probes[job.name] += 1
            return found, True
        later = Decision(Action.DECIDE_LATER, left_out(past), open=(job.name,))
        return replace(found, decision=later, attempt=None), False


def bad_value(job: PlannedJob, error: inputs.InputError) -> Diagnostic:
    """The complaint about a value that shows only once it is known, at the job's place."""
    way_out = "mend the expression, or the values that it uses"
    return Diagnostic(job.place, f"{job.name}: {error}", "bad-value", way_out)


def _read_by_ifs(plan: Plan) -> Iterator[str]:
    """The jobs whose outputs an `if` reads."""
    for job in plan.jobs:
        if isinstance(job.condition, Expression):
            for reference in job.condition.references:
                if isinstance(reference, JobReference) and reference.field == "outputs":
                    yield reference.job
