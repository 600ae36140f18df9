"""Looking at a machine again before a late start: who was there since, and has it changed?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from runner import identity, memory
from runner.errors import CAN_PASS
from runner.provider import FoundMachine, Lookback
from runner.schedule import endings
from runner.schedule.events import Note, Recheck
from runner.schedule.jobs import Phase
from runner.schedule.options import Timer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.errors import ProviderError
    from runner.provider import Execution, History
    from runner.schedule.board import Board
    from runner.schedule.events import Rechecked, RecheckFailed
    from runner.schedule.jobs import JobState
    from runner.schedule.machines import Machine

EVERY = 30.0
"""Seconds after which what was seen of a machine is too old for a start."""

_CLOCKS_DIFFER = timedelta(minutes=15)
"""How far the service's clock may be from ours: a call that is signed later is turned away."""

_FIRST_DELAY = 5.0
_PATIENCE = 600.0


def is_due(board: Board, state: JobState) -> bool:
    """Tell whether the job's machine has to be looked at again before the job is started."""
    machine = board.machines.of_job.get(state.name)
    return machine is not None and board.now.seconds - machine.looked_at > EVERY


def wait(board: Board, state: JobState) -> None:
    """Have the job's machine looked at, once for all that wait to be started on it."""
    machine = board.machines.of_job[state.name]
    board.move(state, Phase.CHECKING)
    machine.waiting.append(state)
    if not machine.busy:
        machine.busy = True
        _ask(board, machine)


def ask_again(board: Board, state: JobState) -> None:
    """A look that failed is due again."""
    _ask(board, board.machines.of_job[state.name])


def answered(board: Board, event: Rechecked) -> None:
    """Take how a machine is now, and let those that wait for it go on."""
    machine = board.machines.by_arn[event.platform, event.machine]
    if event.history is not None:
        _merge(board, machine, event.history)
    for arn, found in event.found.items():
        if isinstance(found, FoundMachine):
            machine.revisions[arn] = found.revision
            machine.gone.pop(arn, None)
        else:
            machine.gone[arn] = found.reason
    problem = event.history.problem if event.history else None
    _go_on(board, machine, problem or next(iter(machine.gone.values()), None))


def failed(board: Board, event: RecheckFailed) -> None:
    """Look again later, for a bounded while.

    What can't be looked at at all is not waited for: the name of an execution keeps it from
    being started twice.
    """
    machine = board.machines.by_arn[event.platform, event.machine]
    if isinstance(event.error, CAN_PASS):
        _delay(board, machine, event.error)
    else:
        _go_on(board, machine, str(event.error))


def newcomer(state: JobState) -> Execution | None:
    """An execution of someone newer, which began since this run looked for the first time.

    None where it may as well be of an apply that planned earlier: that one is waited for where
    it still runs, as its end is what this run comes after.
    """
    recalled = state.recalled
    if state.work is None or recalled.before.problem is not None:
        return None
    if state.follows_others and not state.attempts:
        return None
    own = [attempt.arn for attempt in state.attempts if attempt.arn is not None]
    return memory.newcomer(recalled.before, recalled.past, state.work, own)


def _ask(board: Board, machine: Machine) -> None:
    named = dict.fromkeys(state.job.machine for state in machine.open)
    tags = _tags(board, machine)
    board.emit(
        Recheck(
            machine.platform,
            machine.arn,
            tuple(arn for arn in named if not arn.is_pinned),
            _lookback(board, machine, tags) if tags else None,
        )
    )


def _tags(board: Board, machine: Machine) -> Mapping[str, JobState]:
    """The Standard jobs that may yet have to be started, by the tag in their names."""
    if not machine.by_tag:
        standard = (state for state in machine.open if not state.is_express)
        machine.by_tag = {identity.job_tag(board.project, one.name): one for one in standard}
    return {tag: state for tag, state in machine.by_tag.items() if state.phase is not Phase.SETTLED}


def _lookback(board: Board, machine: Machine, tags: Mapping[str, JobState]) -> Lookback:
    ago = timedelta(seconds=board.now.seconds - machine.looked_at)
    return Lookback(
        machine.arn,
        frozenset(tags),
        frozenset(tag for tag, state in tags.items() if state.job.carries),
        since=board.now.wall - ago - _CLOCKS_DIFFER,
    )


def _merge(board: Board, machine: Machine, history: History) -> None:
    """Take what is new, or not what it was, into the pasts of the machine's jobs."""
    states = _tags(board, machine)
    for tag, past in memory.pasts(history, states).items():
        recalled = states[tag].recalled
        known = {one.execution.arn: _standing(one.execution) for one in recalled.past.seen}
        new = [
            one.execution
            for one in past.seen
            if known.get(one.execution.arn) != _standing(one.execution)
        ]
        if new:
            recalled.past = recalled.past.added(*new)


def _standing(execution: Execution) -> tuple[object, int]:
    return (execution.status, execution.redrive_count)


def _waiting(machine: Machine) -> list[JobState]:
    return [state for state in machine.waiting if state.phase is Phase.CHECKING]


def _rest(machine: Machine) -> list[JobState]:
    """End a look; returns those that waited for it."""
    waiting = _waiting(machine)
    machine.busy, machine.trouble_since, machine.waiting = False, None, []
    return waiting


def _go_on(board: Board, machine: Machine, problem: str | None) -> None:
    machine.looked_at = board.now.seconds
    if problem is not None and not machine.reported:
        machine.reported = True
        _note(board, machine, f"{problem}; starts go on")
    for state in _rest(machine):
        board.queue(state)


def _delay(board: Board, machine: Machine, error: ProviderError) -> None:
    now = board.now.seconds
    if machine.trouble_since is None:
        machine.trouble_since = now
        _note(board, machine, str(error))
    waited = now - machine.trouble_since
    waiting = _waiting(machine)
    if waiting and waited < _PATIENCE:
        board.set_timer(waiting[0], Timer.CHECK, max(_FIRST_DELAY, waited / 2))
        return
    why = f"its state machine could not be looked at again for {waited:.0f} s: {error}"
    for state in _rest(machine):
        endings.refuse(board, state, why, "apply again")


def _note(board: Board, machine: Machine, why: str) -> None:
    board.emit(Note("check_failed", reason=why, details={"stateMachine": str(machine.arn)}))
