"""StartExecution and payloads: names and sizes that Step Functions refuses."""

from __future__ import annotations

import json
from typing import Any

from moto.stepfunctions.exceptions import InvalidName, ValidationException
from moto.stepfunctions.parser import quotas
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_lambda
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from runner.local.patches.base import Patch, replace

MAX_BYTES = 262_144
MAX_NAME = 80
_FORBIDDEN = frozenset(' \t\n\r<>{}[]?*"#%\\^|~`$&,;:/')
_CONTROL = 0x20
_HIGH_CONTROL = range(0x7F, 0xA0)


def _apply() -> None:
    def start_execution(
        self: Any,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        trace_header: str | None = None,
    ) -> Any:
        check_name(name)
        check_input(execution_input)
        return before(self, state_machine_arn, name, execution_input, trace_header)

    before = replace(StepFunctionsParserBackend, "start_execution", start_execution)
    for module in (quotas, state, state_task_service, state_task_lambda):
        replace(module, "is_within_size_quota", is_within_size_quota)


def check_name(name: str | None) -> None:
    """Raise moto's InvalidName for a name that Step Functions refuses."""
    if name is None:
        return
    if not 1 <= len(name) <= MAX_NAME or any(_is_forbidden(each) for each in name):
        raise InvalidName(f"Invalid Name: '{name}'")


def check_input(text: str | None) -> None:
    """Raise moto's ValidationException for input over the limit."""
    if text is not None and len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise ValidationException(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_BYTES}"
        )


def is_within_size_quota(value: Any) -> bool:
    """Tell whether a value's compact JSON fits, in bytes of UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return len(text.encode("utf-8", "replace")) <= MAX_BYTES


def _is_forbidden(character: str) -> bool:
    code = ord(character)
    return character in _FORBIDDEN or code < _CONTROL or code in _HIGH_CONTROL


PATCH = Patch(
    name="limits",
    reason="names are not validated, input over 256 KiB is taken, and a state's output is "
    "measured with the blanks of Python's own JSON",
    apply=_apply,
)
