"""A command at a real terminal of its own, which a test reads and types into."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0
"""Seconds without a word after which the command is taken for hung."""

_BEGIN = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.path.insert(0, sys.argv.pop(1))
from runner.cli.main import main
main()
"""


class Terminal:
    """Runs `stepfleet` in a folder between `with` and its end."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._mine, theirs = pty.openpty()
        self._seen = ""
        self.transcript = ""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BEGIN, str(ROOT), *arguments],
            cwd=folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "dumb", "COLUMNS": "200"},
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._mine)

    def expect(self, text: str) -> str:
        """All that was shown since the last look, up to this text. It fails if it never comes."""
        while text not in self._seen:
            if not self._read():
                raise AssertionError(f"{text!r} never came, but:\n{self._seen}")
        before, found, self._seen = self._seen.partition(text)
        return before + found

    def answer(self, question: str, text: str) -> str:
        """Wait for a question, and type a line; what was shown before is returned."""
        shown = self.expect(question)
        shown += self.expect(": ")
        self.type(f"{text}\n")
        return shown

    def type(self, text: str) -> None:
        os.write(self._mine, text.encode())

    def interrupt(self) -> int:
        """Press ^C, and once more while it is not heard; returns the exit code.

        An interpreter that is about to read hears a signal only when the next one comes.
        """
        while True:
            self.type("\x03")
            ready, _, _ = select.select([self._mine], [], [], 2.0)
            while ready and self._read():
                ready, _, _ = select.select([self._mine], [], [], 2.0)
            if ready:
                return self._process.wait(PATIENCE)

    def ended(self) -> tuple[int, str]:
        """The exit code, and all that was still shown."""
        while self._read():
            pass
        return self._process.wait(PATIENCE), self._seen

    def _read(self) -> bool:
        ready, _, _ = select.select([self._mine], [], [], PATIENCE)
        if not ready:
            raise AssertionError(f"nothing came any more after:\n{self._seen}")
        try:
            data = os.read(self._mine, 65536)
        except OSError:
            return False
        text = re.sub(r"\r\n", "\n", data.decode())
        self._seen += text
        self.transcript += text
        return bool(data)
