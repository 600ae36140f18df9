"""The context object: times as the texts that Step Functions gives."""

from __future__ import annotations

import datetime as dt
from typing import Any

from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.backend.execution import Execution

from runner.local.patches.base import Patch, replace


def _apply() -> None:
    def get_start_execution_details(self: Any) -> Any:
        details = before(self)
        details.start_time = iso(self.start_date)
        return details

    def entered(**fields: Any) -> Any:
        now = dt.datetime.now(tz=dt.UTC)
        return state_data(**{**fields, "EnteredTime": iso(now)})

    before = replace(Execution, "get_start_execution_details", get_start_execution_details)
    state_data = replace(state, "StateData", entered)


def iso(moment: dt.datetime) -> str:
    """A moment as in the context object: 2024-05-06T07:08:09.123Z."""
    text = moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


PATCH = Patch(
    name="contexts",
    reason="Execution.StartTime is a Python date, which breaks the output that it gets into, and "
    "State.EnteredTime is written otherwise than by Step Functions",
    apply=_apply,
)
