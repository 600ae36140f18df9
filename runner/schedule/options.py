"""How a run goes, and the few words that all of the schedule shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.results import Attempt, Status

AFTER_INTERRUPT = 5.0
"""Seconds for which the end of what was stopped, or what it left, is waited for."""

AFTER_LEAVING = 60.0
"""The same for what is in doubt, or being stopped, when the run's time is up."""

LEFT = "left running: the run does not wait"

EXPRESS_CALLS = 256
"""Express calls that may be out at once. Each takes its place until it is answered, though its

job may have settled long before: whoever makes the call waits for as long.
"""


@dataclass(frozen=True, slots=True)
class Options:
    """How a run goes. `max_parallel` None is no bound of its own.

    With `fail_fast`, nothing is started once a job has failed; what runs is left to end, as
    half-done executions are worth less than ended ones. With `detach`, nothing is waited for, and
    `leave_after` is the number of seconds after which a run goes on like that: what runs is left
    running, and nothing more is started.
    With `reviewed`, the plan was saved and read by someone: what it does not start is not
    started, and neither is anything on a machine whose revision moved since. `starts` names
    what it starts, where the plan that runs was decided anew and takes some of that for done,
    or under way; with None that plan tells itself.

    `own` are the names of executions that an earlier apply of the same run started, and `left`,
    by job, those that it did not see end.
    """

    max_parallel: int | None = None
    fail_fast: bool = False
    detach: bool = False
    leave_after: float | None = None
    reviewed: bool = False
    starts: frozenset[str] | None = None
    own: frozenset[str] = frozenset()
    left: Mapping[str, Attempt] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closed:
    """No more starts. What had none settles with this status and reason.

    Where the next apply `tries_again`, so does what waits for its next attempt.
    """

    status: Status
    reason: str
    tries_again: bool = False


class Timer(Enum):
    """What happens to a job at a given moment."""

    RETRY = auto()
    READ = auto()
    CHECK = auto()
    DEADLINE = auto()
    STOP = auto()
    GIVE_UP = auto()
    UNSEEN = auto()
