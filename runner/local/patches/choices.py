"""Choice: wildcards, missing variables, no match, and what belongs to the default."""

from __future__ import annotations

import re
from typing import Any

from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.state.choice.comparison import (
    comparison_variable,
    variable,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_operator_type import (  # noqa: E501
    ComparisonOperatorType,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.implementations import (  # noqa: E501
    is_operator,
    string_operators,
)
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

from runner.local.patches.base import Patch, replace
from runner.local.patches.failures import failure
from runner.local.patches.waits import read_timestamp


def _apply() -> None:
    replace(string_operators.StringMatches, "_compare", staticmethod(_matches))
    replace(is_operator.IsTimestamp, "string_to_timestamp", staticmethod(read_timestamp))
    replace(comparison_variable.ComparisonVariable, "_eval_body", _compare)
    replace(StateChoice, "_eval_state", _choose)
    _keep_assign("visitChoice_rule_comparison_variable")
    _keep_assign("visitChoice_rule_comparison_composite")
    replace(StateChoice, "_eval_state_output", _output)


def _keep_assign(name: str) -> None:
    def visit(self: Any, ctx: Any) -> Any:
        rule = before(self, ctx)
        if rule.assign is None:
            parts = (self.visit(child) for child in ctx.children)
            rule.assign = next((part for part in parts if isinstance(part, AssignDecl)), None)
        return rule

    before = replace(Preprocessor, name, visit)


def _matches(value: Any, pattern: Any) -> bool:
    return isinstance(value, str) and bool(_wildcard(pattern).fullmatch(value))


def _wildcard(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\\[\\*]|.", pattern, re.DOTALL)
    return re.compile("".join(_part(part) for part in parts), re.DOTALL)


def _part(part: str) -> str:
    if part == "*":
        return ".*"
    return re.escape(part[-1] if part in (r"\*", r"\\") else part)


def _compare(self: Any, env: Any) -> None:
    self.variable.eval(env)
    is_missing = isinstance(env.stack[-1], variable.NoSuchVariable)
    operator = self.comparison_function.operator_type
    if is_missing and operator is not ComparisonOperatorType.IsPresent:
        path = self.variable.string_sampler.literal_value
        cause = f"Invalid path '{path}': The choice state's condition path references nothing"
        raise failure(env, "States.Runtime", cause)
    self.comparison_function.eval(env)


def _choose(self: Any, env: Any) -> None:
    for rule in self.choices_decl.rules:
        rule.eval(env)
        if env.stack.pop() is True:
            env.stack.append((rule.next_stmt.name, False))
            return
    if self.default_state is None:
        cause = f"Failed to transition out of the state '{self.name}': no rule matched"
        raise failure(env, "States.NoChoiceMatched", cause)
    env.stack.append((self.default_state.state_name, True))


def _output(self: Any, env: Any) -> None:
    following, is_default = env.stack.pop()
    if is_default:
        if self.assign_decl:
            self.assign_decl.eval(env=env)
        if self.output:
            self.output.eval(env=env)
    if self._is_language_query_jsonpath():
        self.output_path.eval(env=env)
    env.next_state_name = following


PATCH = Patch(
    name="choices",
    reason="StringMatches reads ? and [ as wildcards, a missing variable compares as false "
    "instead of failing, no match gives States.Runtime, timestamps take no offset, and Assign of a "
    "rule in JSONPath is dropped",
    apply=_apply,
)
