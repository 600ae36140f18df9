"""A step's process: what it prints by line, and how a cancel ends it."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Literal

from tests.composite.commands import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

Stream = Literal["stdout", "stderr"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)

WAITS = (7.5, 2.5)
"""Seconds that GitHub's runner waits after SIGINT and after SIGTERM."""

STREAMS_WAIT = 5.0
"""Seconds that it waits, once the process ended, for what still holds its output open."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a step printed."""

    step: str
    stream: Stream
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code, and what signals it was sent."""

    code: int
    signals: tuple[str, ...]


def _heed_signals() -> None:
    """Take no signal as ignored because the shell that began the tests had it so."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def run(
    arguments: Sequence[str],
    *,
    step: str,
    environ: Mapping[str, str],
    folder: Path,
    waits: tuple[float, float],
    on_line: Callable[[Line], bool],
) -> Ended:
    """Run a process to its end; where `on_line` says so, it is cancelled as GitHub's runner does.

    The signals reach the process alone, never its children or its group; only what a kill has to
    end is ended as a whole.
    """
    process = subprocess.Popen(
        arguments,
        preexec_fn=_heed_signals,  # noqa: PLW1509 - it takes no lock
        env=dict(environ),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    found: queue.Queue[Line | None] = queue.Queue()
    readers = [
        Thread(target=_read, args=(process, stream, step, found), daemon=True)
        for stream in ("stdout", "stderr")
    ]
    for reader in readers:
        reader.start()
    sent: list[str] = []
    killer = Thread(target=_cancel, args=(process, waits, sent), daemon=True)
    Thread(target=_reap, args=(process, readers, found), daemon=True).start()
    while (line := found.get()) is not None:
        if on_line(line) and killer.ident is None:
            killer.start()
    if killer.ident is not None:
        killer.join()
    return Ended(process.wait(), tuple(sent))


def _read(
    process: subprocess.Popen[bytes], stream: Stream, step: str, found: queue.Queue[Line | None]
) -> None:
    pipe = process.stdout if stream == "stdout" else process.stderr
    assert pipe
    lines = Lines()
    with pipe:
        while data := os.read(pipe.fileno(), 65536):
            for text in lines.feed(data):
                found.put(Line(step, stream, text))
    for text in lines.end():
        found.put(Line(step, stream, text))


def _reap(
    process: subprocess.Popen[bytes], readers: list[Thread], found: queue.Queue[Line | None]
) -> None:
    process.wait()
    for reader in readers:
        reader.join(STREAMS_WAIT)
    if any(reader.is_alive() for reader in readers):
        _kill(process)
        for reader in readers:
            reader.join()
    found.put(None)


def _cancel(process: subprocess.Popen[bytes], waits: tuple[float, float], sent: list[str]) -> None:
    for number, wait in zip(SIGNALS, waits, strict=True):
        if process.poll() is not None:
            return
        process.send_signal(number)
        sent.append(number.name)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            continue
        return
    sent.append("SIGKILL")
    _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
