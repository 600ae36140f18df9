"""Threads that make calls."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.schedule import Call, Event


class Workers:
    """Up to `size` threads, made as they are needed. Each call's event goes into the inbox.

    They are daemons, unlike those of concurrent.futures, which the interpreter waits for at
    its exit: an Express call may take five more minutes after a run was interrupted.
    """

    def __init__(self, name: str, size: int, inbox: SimpleQueue[Event]) -> None:
        self._name = name
        self._size = size
        self._inbox = inbox
        self._tasks: SimpleQueue[tuple[Call, Callable[[], Event]] | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads = 0

    def submit(self, call: Call, task: Callable[[], Event]) -> None:
        """Have a task done by a thread. Only the owner's thread submits."""
        self._tasks.put((call, task))
        if self._idle.acquire(blocking=False) or self._threads == self._size:
            return
        self._threads += 1
        name = f"{self._name}-{self._threads}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def withdraw(self) -> list[Call]:
        """Take back what no thread has begun."""
        calls: list[Call] = []
        try:
            while True:
                task = self._tasks.get_nowait()
                if task is not None:
                    calls.append(task[0])
        except Empty:
            return calls

    def close(self) -> None:
        """Let threads end once they are idle."""
        for _ in range(self._threads):
            self._tasks.put(None)

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            if task is None:
                return
            self._inbox.put(task[1]())
            self._idle.release()
