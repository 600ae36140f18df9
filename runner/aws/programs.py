"""Programs that print credentials: waited for so long and no longer, and not believed blindly."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from runner.aws.codes import plain
from runner.errors import CredentialsFailed

OPENING = 180.0
"""Seconds for the first credentials: a person may have to log in meanwhile."""

RENEWAL = 50.0
"""Seconds for later ones; less than all of a renewal may take, so that this is what is told."""

_REAPING = 1.0


@dataclass(slots=True)
class Programs:
    """Starts what `credential_process` names, for so many seconds each at most.

    `running` holds what has not answered yet, and may be shared.
    """

    seconds: float = OPENING
    running: set[Program] = field(default_factory=set)

    def start(self, command: list[str], **options: Any) -> Program:
        """In place of Popen, of which the client library uses what is here."""
        return Program(command, self.seconds, self.running, **options)


class Program(subprocess.Popen[bytes]):
    """One program, which is among the `running` until it has answered or was ended."""

    def __init__(
        self, command: list[str], seconds: float, running: set[Program], **options: Any
    ) -> None:
        self._seconds = seconds
        self._running = running
        self._name = f"the program {plain(command[0])!r} of `credential_process`"
        super().__init__(command, **options)
        running.add(self)

    def communicate(
        self, input: bytes | None = None, timeout: float | None = None
    ) -> tuple[bytes, bytes]:
        """What it printed, which is credentials. Raises CredentialsFailed."""
        try:
            printed, said = super().communicate(input, timeout or self._seconds)
        except subprocess.TimeoutExpired:
            self._let_go()
            raise CredentialsFailed(
                f"{self._name} does not answer in {self._seconds:g} s. The way out: try it by "
                "itself; it may wait for a login, or for somebody who answers"
            ) from None
        finally:
            if self.poll() is not None:
                self._running.discard(self)
        fault = f"ended with {self.returncode}" if self.returncode else _fault(printed)
        if fault is not None:
            # Nothing of what it said: that may hold what is to be kept secret.
            raise CredentialsFailed(f"{self._name} {fault}. The way out: try it by itself")
        return printed, said

    def end(self) -> None:
        """Kill it. Whoever waits for its answer hears of that."""
        self.kill()
        with suppress(subprocess.TimeoutExpired):
            self.wait(_REAPING)

    def _let_go(self) -> None:
        """Kill it, and let go of what programs of its own may still hold open."""
        self.kill()
        for pipe in (self.stdout, self.stderr):
            if pipe is not None:
                pipe.close()
        self.end()


def _fault(printed: bytes) -> str | None:
    """Why a text is not credentials as such programs print them; nothing of it is told."""
    try:
        told: Any = json.loads(printed)
    except (ValueError, RecursionError):
        return "prints what is no JSON"
    if not isinstance(told, dict):
        return "prints what is no JSON object"
    if told.get("Version") != 1:
        return "prints no `Version` 1, which is the one that there is"
    for name in ("AccessKeyId", "SecretAccessKey"):
        if not _is_text(told.get(name)):
            return f"prints no {name} that is a text of one line"
    for name in ("SessionToken", "AccountId"):
        if told.get(name) is not None and not _is_text(told[name]):
            return f"prints a {name} that is no text of one line"
    end = told.get("Expiration")
    return None if end is None or _is_time(end) else "prints an Expiration, an end that is no time"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value.isascii() and value.isprintable()


def _is_time(value: Any) -> bool:
    from botocore.utils import parse_timestamp  # noqa: PLC0415 - brings the client library in

    try:
        return isinstance(value, str) and parse_timestamp(value) is not None
    except (ValueError, RuntimeError, OverflowError):
        return False
