"""What one execution of the embedded engine carries along: its mocks' answers and its time.

Time is counted as if nothing were shortened. A Wait of an hour that takes 36 s at a time
scale of 0.01 puts its hour on the clock of its branch, so that timeouts fire exactly where
they would without the scale.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.model import Mock, StateMachine

SLICE = 5.0
"""Longest uninterrupted sleep, in seconds: how late a lost wake-up may be noticed."""


@dataclass(slots=True)
class Answers:
    """The mocks of one execution. Each call takes the next answer; the last one repeats."""

    mocks: Mapping[str, Sequence[Mock]]
    _calls: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, state: str) -> Mock:
        """The answer for this call of the state. Raises KeyError where it has no mock."""
        answers = self.mocks[state]
        with self._lock:
            call = self._calls.get(state, 0)
            self._calls[state] = call + 1
        return answers[min(call, len(answers) - 1)]


@dataclass(frozen=True, slots=True)
class Settings:
    """How one embedded engine runs what it is given. `machines` is keyed by name."""

    machines: Mapping[str, StateMachine] = field(default_factory=dict)
    time_scale: float = 1.0

    def mocks_of(self, machine: str) -> Mapping[str, Sequence[Mock]]:
        """The mocks of a machine's states."""
        found = self.machines.get(machine)
        return found.mocks if found else {}


class Run:
    """One execution. moto hands it to every environment as its `mock_test_case`.

    `limit` is the machine's timeout in unshortened seconds, None without one.
    """

    def __init__(self, backend: Any, settings: Settings, machine: str) -> None:
        self.backend = backend
        self.settings = settings
        self.answers = Answers(settings.mocks_of(machine))
        self.state_mocked_responses: dict[str, object] = {}
        self.started = time.monotonic()
        self.limit: float | None = None
        self.root: Any = None
        self.is_stopped = False

    def elapsed(self, env: Any) -> float:
        """Unshortened seconds since the start, on the clock of this branch."""
        return time.monotonic() - self.started + skipped(env)

    def pause(self, env: Any, seconds: float) -> None:
        """Sleep so many unshortened seconds, or until the branch ends or the machine times out."""
        left = None if self.limit is None else self.limit - self.elapsed(env)
        if left is None or seconds <= left:
            self._sleep(env, seconds)
            return
        self._sleep(env, max(left, 0.0))
        if env.is_running():
            self.root.set_timed_out()

    def check_limit(self, env: Any) -> None:
        """Time the machine out where the clock of this branch has passed its limit."""
        if self.limit is not None and self.elapsed(env) > self.limit:
            self.root.set_timed_out()

    def _sleep(self, env: Any, seconds: float) -> None:
        scaled = seconds * self.settings.time_scale
        end = time.monotonic() + scaled
        while env.is_running() and (left := end - time.monotonic()) > 0:
            env.program_state_event.wait(min(left, SLICE))
        skip(env, seconds - scaled)


def run_of(env: Any) -> Run | None:
    """The run that an environment belongs to; None outside the embedded engine."""
    found = env.mock_test_case
    return found if isinstance(found, Run) else None


def pause(env: Any, seconds: float) -> None:
    """Sleep within an execution, shortened by its engine's time scale."""
    run = run_of(env) or Run(None, Settings(), "")
    run.pause(env, seconds)


def skipped(env: Any) -> float:
    """Seconds that the branch of this environment did not really sleep."""
    seconds: float = getattr(env, "stepfleet_skipped", 0.0)
    return seconds


def skip(env: Any, seconds: float) -> None:
    """Add to the seconds that the branch did not really sleep."""
    env.stepfleet_skipped = skipped(env) + seconds


def inherit(env: Any, other: Any) -> None:
    """Move a branch's clock on to that of another, where that is ahead."""
    env.stepfleet_skipped = max(skipped(env), skipped(other))
