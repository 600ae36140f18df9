"""Variables in JSONPath states: read from the store, not by way of a JSONata that is missing."""

from __future__ import annotations

import re
from typing import Any

from moto.stepfunctions.parser.asl.component.common.string.string_expression import (
    StringVariableSample,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison import comparison_func
from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.factory import (
    OperatorFactory,
)
from moto.stepfunctions.parser.asl.eval.variable_store import NoSuchVariable

from runner.local.patches.base import Patch, replace
from runner.local.patches.failures import failure
from runner.local.patches.paths import extract_json

_SAMPLE = re.compile(r"\$(?P<name>[A-Za-z_][\w]*)(?P<rest>.*)", re.DOTALL)


def _apply() -> None:
    replace(StringVariableSample, "_eval_body", _sample)
    replace(comparison_func.ComparisonFuncStringVariableSample, "_eval_body", _compare)


def _sample(self: Any, env: Any) -> None:
    env.stack.append(read(env, self.expression))


def read(env: Any, expression: str) -> Any:
    """The value that `$name` or `$name` with a path stands for."""
    found = _SAMPLE.fullmatch(expression)
    if found is None:
        raise failure(env, "States.Runtime", f"{expression} names no variable")
    try:
        value = env.variable_store.get(found["name"])
    except NoSuchVariable as error:
        cause = f"the variable ${found['name']} has no value"
        raise failure(env, "States.Runtime", cause) from error
    return extract_json(f"${found['rest']}", value) if found["rest"] else value


def _compare(self: Any, env: Any) -> None:
    wanted = read(env, self.string_variable_sample.expression)
    operator = OperatorFactory.get(self.operator_type)
    variable = env.stack.pop()
    env.stack.extend([wanted, variable])
    operator.eval(env=env, value="$")
    del env.stack[-2]


PATCH = Patch(
    name="variables",
    reason="a JSONPath state reads variables by JSONata, which is not there",
    apply=_apply,
)
