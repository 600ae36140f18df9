"""Intrinsic functions: read and evaluated by a reader of our own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.asl.component.common.string.string_expression import (
    StringIntrinsicFunction,
)
from moto.stepfunctions.parser.asl.parse import preprocessor

from runner.local import intrinsics
from runner.local.intrinsic_functions import Misuse
from runner.local.patches.base import Patch, replace
from runner.local.patches.failures import failure
from runner.local.patches.paths import extract_json
from runner.local.patches.texts import text_of
from runner.local.patches.variables import read


def _apply() -> None:
    replace(preprocessor, "IntrinsicParser", _Reader)
    replace(preprocessor.Preprocessor, "visitString_intrinsic_function", _function)
    replace(StringIntrinsicFunction, "_eval_body", _evaluate)


class _Reader:
    """What moto calls where a definition holds an intrinsic function."""

    @staticmethod
    def parse(text: str) -> tuple[Any, None]:
        """Read a call; moto looks at no more of it than its name, without both its ends."""
        call = intrinsics.parse(text)
        return SimpleNamespace(name=SimpleNamespace(name=call.name[1:-1])), None


def _function(_: Any, ctx: Any) -> Any:
    text = text_of(ctx) or ""
    function, _ = _Reader.parse(text)
    return StringIntrinsicFunction(intrinsic_function_derivation=text, function=function)


def _evaluate(self: Any, env: Any) -> None:
    call = intrinsics.parse(self.intrinsic_function_derivation)
    data = env.stack[-1] if env.stack else env.states.get_input()

    def value(path: str) -> Any:
        if path.startswith("$$"):
            return extract_json(path[1:], env.states.context_object.context_object_data)
        if path[1:2].isalpha() or path[1:2] == "_":
            return read(env, path)
        return extract_json(path, data)

    try:
        env.stack.append(intrinsics.evaluate(call, value))
    except Misuse as error:
        cause = f"Error during {self.intrinsic_function_derivation!r}: {error}"
        raise failure(env, "States.IntrinsicFailure", cause) from error


PATCH = Patch(
    name="functions",
    reason="an intrinsic function that moto can't read whole loses what comes after silently: a "
    "null, a fraction, an escaped quote; States.MathRandom includes its end, and misuse gives "
    "States.Runtime",
    apply=_apply,
)
