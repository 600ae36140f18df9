"""The schedule: what may start now, what an ended job unlocks or skips, when to look again.

It decides and touches nothing: events come in with the moment they happen at, effects go out.
It has no clock and no randomness, so the same events give the same effects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from runner.plan import Action
from runner.results import Status
from runner.schedule import (
    checking,
    credentials,
    endings,
    launching,
    leaving,
    reading,
    redrives,
    remembering,
    sights,
    starts,
    stops,
)
from runner.schedule.board import Board
from runner.schedule.events import (
    CallFailed,
    ExpressEnded,
    Interrupt,
    Observed,
    Operation,
    ReadBack,
    Rechecked,
    RecheckFailed,
    Redriven,
    StartAnswered,
    StopAnswered,
    Surveyed,
    Withdrawn,
)
from runner.schedule.jobs import Phase
from runner.schedule.needs import RUN, said, weigh_condition, weigh_needs
from runner.schedule.options import Closed, Timer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.memory import Memory
    from runner.plan import Plan
    from runner.schedule.events import AboutOne, Effect, Event, Now
    from runner.schedule.jobs import JobState
    from runner.schedule.needs import Verdict
    from runner.schedule.options import Options
    from runner.values import Json


class Schedule:
    """Runs a plan's jobs in their order, as a machine of events and effects.

    `context` holds `vars` and `env` for expressions, `memory` what was found of earlier runs:
    None where nothing is remembered. Raises Refused for a plan that lacks a
    job which another needs. A driver calls `begin` once, then `handle` for every event and
    `tick` whenever `wake_at` has come, and performs every effect in its order, until
    `is_finished`.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        run_id: str,
        context: Mapping[str, Json],
        options: Options,
        now: Now,
        memory: Memory | None = None,
    ) -> None:
        self._board = Board(
            plan, memory=memory, run_id=run_id, context=context, options=options, now=now
        )
        bounds = [bound for bound in (options.max_parallel, plan.concurrency) if bound is not None]
        self._room = min(bounds, default=len(plan.jobs))

    @property
    def jobs(self) -> Mapping[str, JobState]:
        """Every job's state by name, in the plan's order: to read, not to change."""
        return self._board.jobs

    @property
    def is_finished(self) -> bool:
        """Tell whether every job has settled."""
        return self._board.open == 0

    @property
    def is_interrupted(self) -> bool:
        """Tell whether the run was asked to end."""
        return self._board.interrupted

    @property
    def is_ending(self) -> bool:
        """Tell whether the run was asked to end, or its time is up."""
        return self._board.interrupted or self._board.leaving

    def wake_at(self) -> float | None:
        """When `tick` is wanted at the latest, in seconds of the run's clock."""
        board = self._board
        times = [board.next_timer(), board.watch.next_due(), board.leave_at]
        return min((time for time in times if time is not None), default=None)

    def begin(self, now: Now) -> list[Effect]:
        """Start what needs nothing."""
        self._board.now = now
        for state in list(self._board.jobs.values()):
            if state.open_needs == 0:
                self._unlock(state)
        return self._effects()

    def tick(self, now: Now) -> list[Effect]:
        """Let time pass."""
        self._board.now = now
        for state, timer in self._board.timers_due():
            self._timer(state, timer)
        if leaving.is_due(self._board):
            self._leave()
        return self._effects()

    def handle(self, event: Event, now: Now) -> list[Effect]:
        """Take one event."""
        self._board.now = now
        credentials.heard(self._board, event)
        self._take(event)
        credentials.leave(self._board, event)
        return self._effects()

    def _take(self, event: Event) -> None:
        match event:
            case Surveyed():
                sights.surveyed(self._board, event)
            case Observed():
                sights.observed(self._board, event)
            case Interrupt():
                stops.interrupt(self._board, event.signal)
            case Withdrawn():
                stops.withdrawn(self._board, event.starts)
            case Rechecked():
                checking.answered(self._board, event)
            case RecheckFailed():
                checking.failed(self._board, event)
            case ReadBack() | CallFailed(operation=Operation.READ):
                self._about_earlier(event)
            case StartAnswered() | ExpressEnded() | Redriven() | StopAnswered() | CallFailed():
                self._about_one(event)
            case _:
                assert_never(event)

    def _about_one(self, event: AboutOne) -> None:
        """Take what came of a call about one execution, unless that attempt is over."""
        board = self._board
        state = board.jobs[event.job]
        if _is_of_express(event):
            board.express_answered()
        if state.attempt != event.attempt:
            return
        if _is_of_stop(event):
            stops.heard(board, state, event.error if isinstance(event, CallFailed) else None)
        if not state.is_active:
            return
        starting = state.phase is Phase.STARTING
        match event:
            case StartAnswered() if starting:
                starts.answered(board, state, event.outcome)
            case ExpressEnded() if starting:
                state.executions += 1
                endings.execution_ended(board, state, event.execution)
            case Redriven():
                redrives.answered(board, state)
            case CallFailed(operation=Operation.REDRIVE):
                redrives.failed(board, state, event.error)
            case CallFailed(operation=Operation.START | Operation.EXPRESS) if starting:
                starts.failed(board, state, event.error)
            case _:
                return

    def _about_earlier(self, event: ReadBack | CallFailed) -> None:
        """Take what came of describing an execution of another run."""
        state = self._board.jobs[event.job]
        if state.phase is not Phase.READING:
            return
        match event:
            case ReadBack(execution=execution):
                remembering.read_back(self._board, state, execution)
            case CallFailed(error=error):
                remembering.not_read(self._board, state, error)

    def _timer(self, state: JobState, timer: Timer) -> None:
        match timer:
            case Timer.RETRY if state.phase is Phase.BACKING_OFF and redrives.is_held(state):
                redrives.hold(self._board, state)
            case Timer.RETRY if state.phase is Phase.BACKING_OFF:
                if state.trouble_since is None and not state.to_redrive:
                    state.attempt = remembering.next_number(state)
                self._board.queue(state)
            case Timer.READ if state.phase is Phase.READING:
                reading.ask_again(self._board, state)
            case Timer.CHECK if state.phase is Phase.CHECKING:
                checking.ask_again(self._board, state)
            case Timer.DEADLINE:
                stops.deadline_passed(self._board, state)
            case Timer.STOP if state.phase is Phase.RUNNING:
                stops.ask_again(self._board, state)
            case Timer.GIVE_UP:
                stops.gave_up(self._board, state)
            case Timer.UNSEEN if state.phase is Phase.RUNNING and state.doubtful:
                stops.leave(self._board, state, "not seen in time")
            case _:
                return

    def _leave(self) -> None:
        """The run's time is up. What needs something that is left running says so."""
        leaving.let_go(self._board)
        self._propagate()
        leaving.close(self._board)

    def _effects(self) -> list[Effect]:
        board = self._board
        self._propagate()
        while board.closed is None and board.active < self._room:
            state = board.next_ready()
            if state is None:
                break
            launching.launch(board, state)
            self._propagate()
        for effect in board.watch.due(board.now.seconds):
            board.emit(effect)
        return board.take_effects()

    def _propagate(self) -> None:
        """Pass on that jobs have settled, to those that need them."""
        board = self._board
        while board.settled:
            need = board.settled.popleft()
            if need.status.is_bad and board.options.fail_fast and board.closed is None:
                why = f"not started: {said(need)}, and the run fails fast"
                stops.close(board, Closed(Status.SKIPPED, why))
            bad = need.status.is_bad or need.ancestor_failed
            follows_others = need.follows_others
            for state in board.dependents[need.name]:
                state.open_needs -= 1
                state.after_others = state.after_others or follows_others
                if bad:
                    state.failures[need.name] = need.as_need(board.run_id)
                if state.open_needs == 0 and state.phase is Phase.WAITING:
                    self._unlock(state)

    def _unlock(self, state: JobState) -> None:
        """Decide about a job whose needs have all settled.

        What the plan skips waits for them too: a need may have turned out otherwise than the
        plan took it for, and a handler behind it has to know of their failures.
        """
        board = self._board
        if _is_planned_skip(state) and state.job.revision is None:
            # The spec and the variables alone skip it: there may be no such machine.
            board.settle(state, Status.SKIPPED, state.job.reason)
            return
        needs = [board.jobs[name] for name in state.job.needs]
        still = next((need for need in needs if need.status.is_open), None)
        if still is not None:
            what = "still runs" if still.status is Status.RUNNING else "has not run"
            reason = f"{still.name} {what}: apply again to go on from there"
            board.settle(state, Status.PENDING, reason)
            return
        verdict = weigh_needs(state.job.trigger, needs)
        if verdict is RUN:
            verdict = weigh_condition(state.job, board.context_of(state))
        if verdict is RUN:
            remembering.take_turn(board, state)
        else:
            board.settle(state, verdict.status, _reason(state, verdict))


def _is_planned_skip(state: JobState) -> bool:
    """Tell whether the plan skips a job, for another reason than a failure that is left."""
    return state.job.action is Action.SKIP and state.job.execution is None


def _reason(state: JobState, verdict: Verdict) -> str:
    """Why a job does not run: in the plan's words where the plan was right."""
    planned = _is_planned_skip(state) and not state.ancestor_failed
    return state.job.reason if planned and verdict.status is Status.SKIPPED else verdict.reason


def _is_of_express(event: Event) -> bool:
    match event:
        case ExpressEnded() | CallFailed(operation=Operation.EXPRESS):
            return True
        case _:
            return False


def _is_of_stop(event: Event) -> bool:
    match event:
        case StopAnswered() | CallFailed(operation=Operation.STOP):
            return True
        case _:
            return False
