"""How long and how often calls to GitHub are repeated, and what they are repeated for."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from runner.errors import GitHubError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

T = TypeVar("T")


class NotSent(GitHubError):
    """No connection was made, so the call had no effect."""


class Limited(GitHubError):
    """The call was turned away for its rate, and GitHub asks to wait for `seconds`."""

    def __init__(self, message: str, *, status: int, seconds: float) -> None:
        super().__init__(message, status=status)
        self.seconds = seconds


class Lost(GitHubError):
    """A connection or server fault. The call may have taken effect."""


ANY_FAULT = (NotSent, Limited, Lost)


def _wait_for_nobody(seconds: float) -> bool:
    time.sleep(seconds)
    return False


@dataclass(frozen=True, slots=True)
class Patience:
    """Times in seconds.

    Before repeat n it waits a random time of at most `base * 2 ** (n - 1)` and `longest` (full
    jitter), or as long as GitHub asks to wait. It gives up where the next attempt would begin
    later than `deadline` after the first of all calls that share it.

    `wait` sleeps and returns True when it was cut short, which ends the call at once with its
    last error; `threading.Event.wait` is such a function. `draw` yields numbers in [0, 1).
    """

    deadline: float = 60.0
    base: float = 0.5
    longest: float = 10.0
    wait: Callable[[float], bool] = _wait_for_nobody
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random


class Budget:
    """The time that is left to calls that share one deadline. It counts from the first call."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._until: float | None = None
        self._last: BaseException | None = None

    def left(self) -> float:
        """Seconds until the deadline, below zero after it."""
        now = self._patience.clock()
        if self._until is None:
            self._until = now + self._patience.deadline
        return self._until - now

    def call(self, attempt: Callable[[], T], on: tuple[type[GitHubError], ...]) -> T:
        """Call `attempt` until it returns, raises something else than `on`, or time is up.

        It is called at least once. Raises what the last attempt raised.
        """
        from tenacity import Retrying, retry_if_exception_type  # noqa: PLC0415 - rarely needed

        self.left()
        return Retrying(
            retry=retry_if_exception_type(on),
            wait=self._pause,
            stop=lambda state: state.upcoming_sleep > self.left(),
            before_sleep=self._remember,
            sleep=self._sleep,
            reraise=True,
        )(attempt)

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        share = self._patience.draw()
        if isinstance(error, Limited):
            return error.seconds + share
        ceiling = self._patience.base * 2.0 ** min(state.attempt_number - 1, 30)
        return share * min(self._patience.longest, ceiling)

    def _remember(self, state: RetryCallState) -> None:
        self._last = state.outcome.exception() if state.outcome else None

    def _sleep(self, seconds: float) -> None:
        if self._patience.wait(seconds) and self._last is not None:
            raise self._last
