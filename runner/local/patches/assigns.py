"""Assign: a state's variables change when the state has ended, not before its Output is read."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField

from runner.local.patches.base import Patch, replace

_PENDING = "stepfleet_assigned"


def _apply() -> None:
    def evaluate(self: Any, env: Any) -> None:
        before(self, env)
        for name, value in env.heap.pop(_PENDING, {}).items():
            env.variable_store.set(variable_identifier=name, variable_value=value)

    before = replace(CommonStateField, "_eval_body", evaluate)
    replace(AssignDecl, "_eval_body", _collect)


def _collect(self: Any, env: Any) -> None:
    values: dict[str, Any] = {}
    for binding in self.declaration_bindings:
        binding.eval(env=env)
        values.update(env.stack.pop())
    env.heap[_PENDING] = values


PATCH = Patch(
    name="assigns",
    reason="Assign changes a variable before the same state's Output reads it, which Step "
    "Functions evaluates side by side",
    apply=_apply,
)
