"""Executions that others started, made when they are looked at: a million takes no memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Other:
    """One of them. It ended when it began; `number` counts down from -1, the newest."""

    name: str
    time: float
    number: int

    @property
    def place(self) -> tuple[float, float]:
        """Where it stands in a list."""
        return self.time, float(self.number)

    def row(self, machine_arn: str, arn: str) -> dict[str, Any]:
        return {
            "executionArn": arn,
            "stateMachineArn": machine_arn,
            "name": self.name,
            "status": Crowd.status,
            "startDate": self.time,
            "stopDate": self.time,
            "redriveCount": 0,
        }


class Crowd:
    """`count` of them, one every `every` seconds, the newest at `last`."""

    status = "SUCCEEDED"

    def __init__(self, count: int, last: float, every: float) -> None:
        self._count = count
        self._last = last
        self._every = every

    def before(self, time: float, number: float) -> Iterator[Other]:
        """Those that come after (time, number) in a list, newest first."""
        for index in range(self._first_by(time), self._count):
            other = Other(f"other-{self._count - index}", self._time_of(index), -1 - index)
            if (other.time, other.number) < (time, number):
                yield other

    def _time_of(self, index: int) -> float:
        return self._last - index * self._every

    def _first_by(self, time: float) -> int:
        """An index at or a little before the first one that is not newer than `time`."""
        if self._every <= 0 or time >= self._last:
            return 0
        return max(0, int((self._last - time) / self._every) - 1)
