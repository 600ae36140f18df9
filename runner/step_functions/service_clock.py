"""The service's own time, as its answers tell it, which may differ from this machine's by minutes.

Each answer has a Date, in whole seconds, so one alone tells the time to a second. What many
answers tell together is far closer: none of them can be ahead of the service.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SLOW = 0.9995
"""How fast this machine's clock may go at the least, as it is being set right: what an answer
told is worth less the longer it is ago.
"""

_SET_BACK = 5.0
"""Seconds by which an answer that took long may be behind. More, and the clock was set back."""


class ServiceClock:
    """Tells the least that the service's clock may show, from any thread.

    `clock` tells seconds of this machine.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ahead: float | None = None

    def hear(self, parsed: Mapping[str, Any], **_: object) -> None:
        """Take the time from an answer: a handler of the client library's `after-call`."""
        told = _date_of(parsed)
        if told is None:
            return
        with self._lock:
            ahead = told - self._clock() * _SLOW
            if self._ahead is None or not ahead <= self._ahead <= ahead + _SET_BACK:
                self._ahead = ahead

    def age(self, started_at: datetime | None) -> float | None:
        """Seconds for which what started then has existed, at the least.

        None where the service has told no time.
        """
        if started_at is None:
            return None
        began = started_at.timestamp()
        with self._lock:
            if self._ahead is None:
                return None
            here = self._clock() * _SLOW
            # What has started did so before now, and starts are told to the millisecond.
            self._ahead = max(self._ahead, began - here)
            return self._ahead + here - began


def _date_of(parsed: Mapping[str, Any]) -> float | None:
    """The time of an answer that is no fault: those may come from something in between."""
    told = parsed.get("ResponseMetadata", {})
    said = told.get("HTTPHeaders", {}).get("date")
    if not said or told.get("HTTPStatusCode") != HTTPStatus.OK:
        return None
    try:
        date = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
