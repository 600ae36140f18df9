"""How the questions of one platform go: several at a time, each for a bounded time, none fatal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from runner.errors import CredentialsFailed, ProviderError, Unreachable
from runner.retry import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")
K = TypeVar("K")

SECONDS = 180.0
"""How long a whole examination asks. What was not asked by then is unknown."""

CALL_SECONDS = 20.0
UNREACHABLE_SECONDS = 2.0
THREADS = 8

HOPELESS = (CredentialsFailed, Unreachable)
"""What holds for every other question to the same service too."""


class Asking:
    """Asks with repeats on throttles and faults. `wait` returns True when time is up."""

    def __init__(self, wait: Callable[[float], bool]) -> None:
        self._wait = wait
        self._policy = Policy(
            deadline=CALL_SECONDS, unreachable=UNREACHABLE_SECONDS, longest=5.0, wait=wait
        )

    def ask(self, question: Callable[[], T]) -> T | ProviderError:
        """The answer, or why there is none."""
        if self._wait(0):
            return out_of_time()
        try:
            return self._policy.call(question)
        except ProviderError as error:
            return error

    def each(self, keys: Iterable[K], question: Callable[[K], T]) -> Mapping[K, T | ProviderError]:
        """Ask about each, several at a time. What is hopeless for one is not asked of the rest."""
        lost: list[ProviderError] = []

        def one(key: K) -> T | ProviderError:
            if lost:
                return lost[0]
            answer = self.ask(lambda: question(key))
            if isinstance(answer, HOPELESS):
                lost.append(answer)
            return answer

        known = list(dict.fromkeys(keys))
        with ThreadPoolExecutor(THREADS, thread_name_prefix="doctor") as pool:
            return dict(zip(known, pool.map(one, known), strict=True))


def out_of_time() -> ProviderError:
    """What stands in place of an answer that nobody waited for any more."""
    return ProviderError(
        "the time for all questions was up. The way out: choose fewer jobs with --select"
    )
