"""Signals that end a run in order."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runner.schedule import Interrupt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def signals(put: Callable[[Interrupt], None]) -> Iterator[None]:
    """While the context lasts, SIGINT and SIGTERM put an Interrupt, and do nothing else.

    `put` must be safe to call between any two instructions, as SimpleQueue's is. Outside of
    the main thread, which alone may handle signals, nothing changes.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        put(Interrupt(signal.Signals(number).name))

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
