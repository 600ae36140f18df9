"""Which executions a plan asks to be described: in batches, each once, and not too many."""

from __future__ import annotations

from collections import Counter
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from runner.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.plan.types import PlannedJob
    from runner.provider import Execution

Questions: TypeAlias = "Mapping[str, tuple[str, ...]]"
"""ARNs of executions to describe, by the platform's name."""

Answers: TypeAlias = "Mapping[str, Execution | ProviderError]"
"""What was described, by ARN."""

MOST = 300
"""Executions described for one purpose: what the larger regions answer in 20 s, 300 at once."""


class Purpose(Enum):
    """What an execution is described for."""

    NAME = auto()
    CONDITION = auto()
    REQUIRED = auto()
    CARRY = auto()
    SHOW = auto()


class Asking:
    """Questions that wait to be put, and every answer so far."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], Execution | ProviderError] = {}
        self._waiting: dict[str, dict[str, tuple[str, Purpose]]] = {}
        self._asked: Counter[Purpose] = Counter()

    def answer(self, job: PlannedJob, arn: str) -> Execution | ProviderError | None:
        """What was described, None where it was not asked for."""
        return self._answers.get((job.platform, arn))

    def ask(self, purpose: Purpose, job: PlannedJob, arn: str) -> bool:
        """Ask for an execution of a job. False when enough was asked for this purpose."""
        waiting = self._waiting.setdefault(job.platform, {})
        if arn in waiting:
            return True
        if self._asked[purpose] >= MOST:
            return False
        self._asked[purpose] += 1
        waiting[arn] = (job.name, purpose)
        return True

    def batches(self) -> Iterator[tuple[str, Mapping[str, tuple[str, Purpose]]]]:
        """All that waits, as the name of the job and the purpose by ARN, platform by platform.

        The same ARN may mean two executions at two endpoints.
        """
        waiting, self._waiting = self._waiting, {}
        for platform, jobs in sorted(waiting.items()):
            if jobs:
                yield platform, jobs

    def hear(self, platform: str, arn: str, answers: Answers) -> Execution | ProviderError:
        """Keep an answer; one that is missing counts as a failed call."""
        answer = answers.get(arn) or ProviderError("it was left out of the answer")
        self._answers[platform, arn] = answer
        return answer
