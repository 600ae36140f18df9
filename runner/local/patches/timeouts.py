"""TimeoutSeconds of a machine: on the unshortened clock, and deaf to a stop that came first."""

# ruff: noqa: SLF001 - what is mended lies inside moto

from __future__ import annotations

import threading
from typing import Any

from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramRunning, ProgramTimedOut

from runner.local.patches.base import Patch, replace
from runner.local.run import run_of

EXPRESS_LIMIT = 300.0
"""Seconds that an Express execution may take, whatever its definition says."""


def _apply() -> None:
    replace(Program, "eval", evaluate)
    replace(Environment, "set_timed_out", set_timed_out)


def evaluate(self: Any, env: Any) -> None:
    """Run a program: a branch in the thread that it has, a machine in one that can be left."""
    run = run_of(env)
    if not _enter(self, env):
        return
    if run is None or env.is_frame():
        super(Program, self).eval(env)
        return
    run.root = env
    run.limit = _limit(self, env)
    if run.is_stopped:  # before there was anything to tell of it
        env.set_stop(stop_date=None, cause=None, error=None)
    thread = threading.Thread(
        target=super(Program, self).eval, args=(env,), name="stepfleet-execution", daemon=True
    )
    thread.start()
    thread.join(run.limit)
    if thread.is_alive():
        env.set_timed_out()


def _enter(program: Any, env: Any) -> bool:
    """Name the first state; False where the branch was ended before it began."""
    with env._state_mutex:
        if env._program_state is not None and not env.is_running():
            return False
        env.next_state_name = program.start_at.start_at_name
    return True


def set_timed_out(self: Any) -> None:
    """End the environment by its timeout, unless it has ended already."""
    with self._state_mutex:
        if not isinstance(self._program_state, ProgramRunning):
            return
        self._program_state = ProgramTimedOut()
        for frame in self._frames:
            frame.set_timed_out()
        self.program_state_event.set()
        self.program_state_event.clear()


def _limit(program: Any, env: Any) -> float | None:
    declared = program.timeout_seconds.timeout_seconds if program.timeout_seconds else None
    if env.is_standard_workflow():
        return declared
    return EXPRESS_LIMIT if declared is None else min(declared, EXPRESS_LIMIT)


PATCH = Patch(
    name="timeouts",
    reason="a timed out machine has neither error nor stopDate, a timeout overwrites an end that "
    "came first, Express executions never time out, and a branch that was stopped before it began "
    "ends in an exception that nobody catches",
    apply=_apply,
)
