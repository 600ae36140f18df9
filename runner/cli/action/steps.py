"""The two steps of action.yml: what each does, and the exit code that it ends with."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from runner.cli import failures
from runner.cli.action import applying, drifting, finishing, planning, validating
from runner.cli.action import state as states
from runner.cli.action.context import Action, folder_of
from runner.cli.action.inputs import Command
from runner.cli.action.state import Result
from runner.cli.exits import Exit
from runner.errors import StepfleetError

if TYPE_CHECKING:
    from pathlib import Path

_COMMANDS = {
    Command.VALIDATE: validating.run,
    Command.PLAN: planning.run,
    Command.APPLY: applying.run,
    Command.DRIFT: drifting.run,
}


def step(name: str) -> int:
    """Do the step `run`, or `finish`, and return its exit code."""
    try:
        if name == "finish":
            finishing.run(os.environ)
            return Exit.DONE
        return _run()
    except (Exception, KeyboardInterrupt) as error:
        code = failures.tell(error)
        # How the action ended was settled before: telling of it fails no job.
        return Exit.DONE if name == "finish" else code


def _run() -> int:
    """Do what was asked for. What ends it early is kept for the step that tells."""
    folder = folder_of(os.environ)
    try:
        action = Action.of(os.environ, folder)
        return _COMMANDS[action.inputs.command](action)
    except Exception as error:
        if not states.read(folder).failure_reason:
            _keep(error, folder)
        raise


def _keep(error: Exception, folder: Path) -> None:
    result = Result.REFUSED if isinstance(error, StepfleetError) else Result.ERROR
    reason = f"{type(error).__name__}: {error}" if result is Result.ERROR else str(error)
    with suppress(OSError):
        known = replace(states.read(folder), result=result.value, failure_reason=reason)
        states.write(known, folder)
