"""How the questions of one platform go: several at a time, each for a bounded time, none fatal."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
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

ANSWER_SECONDS = 60.0
"""How long one question is waited for with all its repeats: what it asks may hang for ever."""

UNREACHABLE_SECONDS = 2.0
THREADS = 8
_GLANCE = 0.2
"""Seconds after which it is seen that time is up."""

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

    def ask(self, question: Callable[[], T], *, of: str = "what was asked") -> T | ProviderError:
        """The answer, or why there is none. `of` is who has to answer, in words."""
        return self._bounded(partial(self._policy.call, question), of)

    def once(self, question: Callable[[], T]) -> T | ProviderError:
        """The answer to a question that is not repeated."""
        return self._bounded(question, "what was asked")

    def _bounded(self, question: Callable[[], T], of: str) -> T | ProviderError:
        """The answer, if it comes in time. Nobody waits for a question that hangs, not even ^C."""
        if self._wait(0):
            return out_of_time()
        answer: Future[T] = Future()
        threading.Thread(target=_answer, args=(question, answer), daemon=True).start()
        end = time.monotonic() + ANSWER_SECONDS
        while not wait((answer,), min(_GLANCE, ANSWER_SECONDS)).done:
            if self._wait(0):
                return out_of_time()
            if time.monotonic() >= end:
                return Transient(
                    f"{of} does not answer: nothing came within {ANSWER_SECONDS:g} s. The way "
                    "out: try `aws sts get-caller-identity` with the same environment"
                )
        try:
            return answer.result()
        except ProviderError as error:
            return out_of_time() if self._wait(0) else error

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


def _answer(question: Callable[[], T], answer: Future[T]) -> None:
    try:
        answer.set_result(question())
    except BaseException as error:
        # Raised where it is waited for.
        answer.set_exception(error)


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
