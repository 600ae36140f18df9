"""Wait states and the waits of Retry: time scale, time zone, and an end when the branch ends."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.retry.max_attempts_decl import (
    MaxAttemptsOutcome,
)
from moto.stepfunctions.parser.asl.component.common.retry.retrier_decl import (
    RetrierDecl,
    RetrierOutcome,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import (
    timestamp,
    wait_function,
)

from runner.local.patches.base import Patch, replace
from runner.local.run import pause

_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})")


def _apply() -> None:
    replace(wait_function.WaitFunction, "_wait_interval", _wait_interval)
    replace(timestamp.Timestamp, "_from_timestamp_string", staticmethod(read_timestamp))
    replace(timestamp.Timestamp, "_get_wait_seconds", _seconds_until)
    replace(RetrierDecl, "_eval_body", _retry)


def read_timestamp(text: object) -> dt.datetime | None:
    """Read a timestamp of RFC 3339 with an upper-case T; None where it is none."""
    if not isinstance(text, str) or not _TIMESTAMP.fullmatch(text):
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def _wait_interval(self: Any, env: Any, wait_seconds: float) -> None:
    if wait_seconds > 0:
        pause(env, wait_seconds)


def _seconds_until(self: Any, env: Any) -> float:
    self.string.eval(env=env)
    text = env.stack.pop()
    moment = read_timestamp(text)
    if moment is None:
        raise FailureEventException(self._create_failure_event(env, text))
    return (moment - dt.datetime.now(tz=dt.UTC)).total_seconds()


def _retry(self: Any, env: Any) -> None:
    self.error_equals.eval(env)
    if not env.stack.pop():
        env.stack.append(RetrierOutcome.Skipped)
        return
    self.max_attempts.eval(env=env)
    if env.stack.pop() is MaxAttemptsOutcome.EXHAUSTED:
        env.stack.append(RetrierOutcome.Failed)
        return
    for step in (
        self.interval_seconds,
        self.backoff_rate,
        self.max_delay_seconds,
        self.jitter_strategy,
    ):
        step.eval(env=env)
    pause(env, env.stack.pop())
    env.stack.append(RetrierOutcome.Executed)


PATCH = Patch(
    name="waits",
    reason="a Wait until a timestamp is off by the local time zone and takes no offsets or "
    "fractions, and the wait of a Retry can't be interrupted",
    apply=_apply,
)
