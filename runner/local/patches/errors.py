"""Error names: those of States.* out of branches, and what the wildcards match."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent

from runner.local.patches.base import Patch, replace

_NEVER_BY_WILDCARD = frozenset({"States.DataLimitExceeded", "States.Runtime"})


def _apply() -> None:
    replace(CustomErrorName, "__init__", ErrorName.__init__)
    replace(ErrorEqualsDecl, "_eval_body", _matches)
    for name in ("_log_failure_event_exception", "_log_exception"):
        replace(EvalComponent, name, _silent)


def _matches(self: Any, env: Any) -> None:
    error_name = env.stack.pop()
    name = error_name.error_name if error_name is not None else None
    env.stack.append(any(matches(pattern.error_name, name) for pattern in self.error_names))


def matches(pattern: str, name: str | None) -> bool:
    """Tell whether a name of ErrorEquals stands for this error.

    States.ALL stands for all but States.DataLimitExceeded and States.Runtime, and
    States.TaskFailed for all of those but States.Timeout; each name stands for itself.
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    if pattern == name:
        return True
    if name in _NEVER_BY_WILDCARD:
        return False
    if pattern == "States.TaskFailed":
        return name != "States.Timeout"
    if pattern == "States.Timeout":
        return name == "States.HeartbeatTimeout"
    return pattern == "States.ALL"


def _silent(self: Any, *_: object, **__: object) -> None:
    """Log nothing: a failure that a definition catches is no error of ours."""


PATCH = Patch(
    name="errors",
    reason="an error of States.* that leaves a branch of Parallel or Map becomes States.Runtime, "
    "and States.ALL catches what Step Functions never lets it catch",
    apply=_apply,
)
