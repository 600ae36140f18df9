"""Credentials that stop working in mid-run: waited for a while, then a platform is given up.

They renew themselves in the client library, so a later call may be taken again. Where none is,
nothing more is started on that platform and what runs there is left for the next apply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.errors import (
    CredentialsFailed,
    ProviderError,
    RenewalFailed,
    Throttled,
    Transient,
    Unreachable,
)
from runner.results import Status
from runner.schedule import endings, stops
from runner.schedule.events import (
    CallFailed,
    Interrupt,
    Note,
    Observed,
    Rechecked,
    RecheckFailed,
    Surveyed,
    Withdrawn,
)
from runner.schedule.jobs import Phase, Purpose

if TYPE_CHECKING:
    from runner.schedule.board import Board
    from runner.schedule.events import Event
    from runner.schedule.jobs import JobState
    from runner.values import Json

_TELLS_NOTHING = (Throttled, Unreachable, Transient)
"""What a call may meet before anyone looks at who sent it."""


def heard(board: Board, event: Event) -> None:
    """Take from an answer whether its platform's credentials work. Comes before all else."""
    platform, error = _platform_of(board, event), _error_of(event)
    if platform is None:
        return
    if isinstance(error, CredentialsFailed):
        _failed(board, platform, error)
    elif not isinstance(error, _TELLS_NOTHING):
        board.lapses.work(platform)


def leave(board: Board, event: Event) -> None:
    """Let go of what an answer left to be done on a platform that is given up."""
    platform, lapses = _platform_of(board, event), board.lapses
    if platform is None or platform not in lapses.lost:
        return
    if platform in lapses.swept:
        # Only what was being started is left, and thousands of answers may be to come.
        name = _job_of(event)
        states = [board.jobs[name]] if name is not None else []
    else:
        lapses.swept.add(platform)
        states = [state for state in board.jobs.values() if state.job.platform == platform]
    for state in states:
        _leave_one(board, state)


def _platform_of(board: Board, event: Event) -> str | None:
    """The platform that an answer comes from."""
    if isinstance(event, (Surveyed, Observed, Rechecked, RecheckFailed)):
        return event.platform
    name = _job_of(event)
    return board.jobs[name].job.platform if name is not None else None


def _job_of(event: Event) -> str | None:
    match event:
        case Surveyed() | Observed() | Rechecked() | RecheckFailed() | Withdrawn() | Interrupt():
            return None
        case _:
            return event.job


def _error_of(event: Event) -> ProviderError | None:
    match event:
        case Surveyed(error=error) | RecheckFailed(error=error) | CallFailed(error=error):
            return error
        case Observed(result=ProviderError() as error):
            return error
        case _:
            return None


def _failed(board: Board, platform: str, error: CredentialsFailed) -> None:
    lapses, now = board.lapses, board.now.seconds
    if platform in lapses.lost:
        return
    is_first, waited = lapses.fail(platform, now)
    if is_first:
        _note(board, "credentials_failed", platform, error)
    if lapses.is_over(platform, now):
        code = f" ({error.code})" if error.code else ""
        does = "could not be renewed" if _is_renewal(error) else "do not work any more"
        lapses.lost[platform] = f"{does}{code}"
        what = f"they failed for {waited:.0f} s: nothing more is started on {platform}"
        _note(board, "credentials_lost", platform, error, f"{what}. ")


def _is_renewal(error: CredentialsFailed) -> bool:
    """Tell a renewal that failed from a call that was sent and refused."""
    return isinstance(error, RenewalFailed)


def _note(
    board: Board, event: str, platform: str, error: CredentialsFailed, before: str = ""
) -> None:
    details: dict[str, Json] = {"platform": platform, "renewal": _is_renewal(error)}
    board.emit(Note(event, reason=f"{before}{error}", details=details))


def _leave_one(board: Board, state: JobState) -> None:
    """Settle a job, but for one whose start is under way: its answer is still to come."""
    if state.phase in stops.UNSTARTED:
        _leave_unstarted(board, state)
    elif state.phase is Phase.ENDING and state.ended is not None:
        platform = state.job.platform
        why = f"the credentials of {platform} {board.lapses.lost[platform]}"
        endings.unread(board, state, state.ended, why)
    elif state.phase is Phase.RUNNING:
        _leave_running(board, state)


def _leave_unstarted(board: Board, state: JobState) -> None:
    reading = state.reading
    if reading is not None and reading.purpose is Purpose.ADOPT:
        endings.record_earlier(board, state, reading.execution)
        _leave_running(board, state)
    else:
        stops.settle_unstarted(board, state)


def _leave_running(board: Board, state: JobState) -> None:
    """The way out comes first, as long reasons are cut where they are shown."""
    platform = state.job.platform
    way_out = f"renew the credentials of {platform} and apply again, which adopts it"
    why = f"they {board.lapses.lost[platform]}"
    if state.doubtful:
        what = f"it may run, as the answer to its start was lost: look at {state.arn}"
        board.settle(state, Status.UNKNOWN, f"{what}, {way_out}; {why}")
    else:
        board.settle(state, Status.RUNNING, f"left running: {way_out}; {why}")
