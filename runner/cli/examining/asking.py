"""How the questions of one platform go: several at a time, each for a bounded time, none fatal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from runner.errors import CredentialsFailed, ProviderError, Throttled, Transient, Unreachable
from runner.retry import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")
K = TypeVar("K")

SECONDS = 180.0
"""How long a whole examination asks. What was not asked by then is unknown."""

CALL_SECONDS = 10.0
"""How long a call is repeated that is throttled or gets no answer."""

UNREACHABLE_SECONDS = 2.0
THREADS = 8

HOPELESS = (CredentialsFailed, Unreachable)
"""What holds for every other question to the same service too."""

_UNANSWERED = (Transient, Throttled)
_MOST_UNANSWERED = 3
"""Questions in a row that may come to nothing before the rest of them is not asked."""


class Asking:
    """Asks with repeats on throttles and faults. `wait` returns True when time is up.

    `seconds` is how long one call is repeated.
    """

    def __init__(self, wait: Callable[[float], bool]) -> None:
        self._wait = wait
        self.seconds = CALL_SECONDS
        self._policy = Policy(
            deadline=self.seconds, unreachable=UNREACHABLE_SECONDS, longest=5.0, wait=wait
        )

    def ask(self, question: Callable[[], T]) -> T | ProviderError:
        """The answer, or why there is none."""
        if self._wait(0):
            return out_of_time()
        try:
            return self._policy.call(question)
        except ProviderError as error:
            return out_of_time() if self._wait(0) else error

    def once(self, question: Callable[[], T]) -> T | ProviderError:
        """The answer to a question that is not repeated."""
        try:
            return question()
        except ProviderError as error:
            return error

    def each(self, keys: Iterable[K], question: Callable[[K], T]) -> Mapping[K, T | ProviderError]:
        """Ask about each, several at a time. What is hopeless for one is not asked of the rest."""
        hope = _Hope()

        def one(key: K) -> T | ProviderError:
            if hope.lost is not None:
                return hope.lost
            answer = self.ask(lambda: question(key))
            hope.hear(answer)
            return answer

        known = list(dict.fromkeys(keys))
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="doctor")
        try:
            return dict(zip(known, pool.map(one, known), strict=True))
        finally:
            # Whoever interrupts waits for no call that is under way.
            pool.shutdown(wait=False, cancel_futures=True)


class _Hope:
    """Whether it is of any use to go on asking. `lost` is why not; any thread may write it."""

    def __init__(self) -> None:
        self.lost: ProviderError | None = None
        self._unanswered = 0

    def hear(self, answer: object) -> None:
        """Take from an answer whether the next question is worth asking."""
        self._unanswered = self._unanswered + 1 if isinstance(answer, _UNANSWERED) else 0
        is_over = self._unanswered >= _MOST_UNANSWERED
        if isinstance(answer, ProviderError) and (is_over or isinstance(answer, HOPELESS)):
            self.lost = answer


def out_of_time() -> ProviderError:
    """What stands in place of an answer that nobody waited for any more."""
    return ProviderError(
        "the time for all questions was up. The way out: choose fewer jobs with --select"
    )
