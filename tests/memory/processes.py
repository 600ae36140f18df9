"""Applies in processes of their own, which can be killed, and what they log as they go."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.memory.tools import Done

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.memory.tools import Shop

ROOT = Path(__file__).parents[2]


class Process:
    """`stepfleet apply`, running. `events` are what it has logged."""

    def __init__(self, shop: Shop, results: str, options: tuple[str, ...]) -> None:
        self._shop = shop
        self._results = results
        self._rest: list[str] = []
        self.events: list[dict[str, Any]] = []
        self._told = threading.Condition()
        self._is_over = False
        command = [
            "apply",
            "specs",
            "--log-format",
            "json",
            "--log-level",
            "debug",
            "--results",
            results,
            *options,
        ]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "runner.cli", *command],
            cwd=shop.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, job: str, *events: str) -> None:
        """Wait until it has logged one of these events of a job."""
        with self._told:
            self._told.wait_for(lambda: self._has(job, events) or self._is_over, timeout=60)
        assert self._has(job, events), (events, job, self.events, self._rest)

    def kill(self) -> None:
        """`kill -9`, and wait until it is dead."""
        self._process.kill()
        self._process.wait(60)

    def end(self) -> Done:
        """Wait for its end. What it started is not told apart from what others did."""
        assert self._process.stdout is not None
        out = self._process.stdout.read()
        code = self._process.wait(60)
        self._reader.join(60)
        return Done(code, out, "\n".join(self._rest), results=self._shop.results(self._results))

    def close(self) -> None:
        self.kill()
        self._reader.join(60)
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def _has(self, job: str, events: tuple[str, ...]) -> bool:
        return any(each["event"] in events and each.get("job") == job for each in self.events)

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._told:
                if line.startswith("{"):
                    self.events.append(json.loads(line))
                else:
                    self._rest.append(line)
                self._told.notify_all()
        with self._told:
            self._is_over = True
            self._told.notify_all()


@contextmanager
def applying(shop: Shop, *options: str, results: str) -> Iterator[Process]:
    """An apply in a process; it is killed in the end if it still runs."""
    process = Process(shop, results, options)
    try:
        yield process
    finally:
        process.close()
