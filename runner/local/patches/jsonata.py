"""JSONata, which moto has cut out: evaluated by jsonata-python, with values bound, not pasted."""

# ruff: noqa: SLF001 - what is mended lies inside moto

from __future__ import annotations

import copy
import hashlib
import json
import random
import uuid
from typing import TYPE_CHECKING, Any

import jsonata
from jsonata.jexception import JException
from jsonata.utils import Utils
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata

from runner.local.patches.base import Patch, replace
from runner.local.patches.failures import evaluation_failure

if TYPE_CHECKING:
    from collections.abc import Callable

TIME_LIMIT = 5_000
"""Milliseconds that one expression may take."""

DEPTH_LIMIT = 500
"""Nested evaluations of one expression, well below Python's own limit."""

_RANDOM = random.SystemRandom()
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384"} | {
    "SHA-512": "sha512"
}
_MAX_RANGE = 1000


class _Unusable(ValueError):
    """An expression that Step Functions refuses, or one without a result."""


def _apply() -> None:
    replace(StringJSONata, "_eval_body", _evaluate)


def _evaluate(self: Any, env: Any) -> None:
    bindings = {"states": env.states._states_data, **_variables(env.variable_store)}
    try:
        result = evaluate(self.expression, bindings)
    except (JException, _Unusable, ArithmeticError, TypeError, ValueError, RecursionError) as error:
        cause = f"The JSONata expression '{self.expression}' failed: {error}"
        raise evaluation_failure(env, cause) from error
    env.stack.append(result)


def evaluate(expression: str, bindings: dict[str, Any]) -> Any:
    """Evaluate one expression without its `{% %}`.

    Raises JException, or ValueError where the result is undefined or is no JSON.
    """
    program = jsonata.Jsonata(expression)
    program.set_output_convert_nulls(False)
    program.environment.set_runtime_bounds(TIME_LIMIT, DEPTH_LIMIT)
    for name, function in _FUNCTIONS.items():
        program.register_lambda(name, function)
    program.register_lambda("eval", _no_eval)
    bound = {name: _bound(value) for name, value in bindings.items()}
    result = program.evaluate(None, bound)
    if result is None:
        raise _Unusable("it returned nothing (undefined)")
    return _plain(result)


def _bound(value: Any) -> Any:
    return Utils.NULL_VALUE if value is None else copy.deepcopy(value)


def _plain(value: Any) -> Any:
    if value is None or value is Utils.NULL_VALUE:
        return None
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    raise _Unusable(f"it returned what is no JSON: {type(value).__name__}")


def _variables(store: Any) -> dict[str, Any]:
    return {**store._outer_scope, **store._inner_scope}


def _no_eval(*_: object) -> None:
    raise _Unusable("Step Functions has no $eval; use $parse")


def _partition(array: Any, size: Any) -> Any:
    if array is None or size is None:
        return None
    items = array if isinstance(array, list) else [array]
    if not isinstance(size, int) or size < 1:
        raise _Unusable("$partition needs a size of at least 1")
    return [items[start : start + size] for start in range(0, len(items), size)]


def _range(first: int, last: int, step: int) -> list[int]:
    if not step:
        raise _Unusable("$range needs a step other than 0")
    numbers = list(range(first, last + (1 if step > 0 else -1), step))
    if len(numbers) > _MAX_RANGE:
        raise _Unusable(f"$range gives at most {_MAX_RANGE} numbers")
    return numbers


def _hash(text: Any, algorithm: Any) -> str:
    if algorithm not in _HASHES:
        raise _Unusable(f"$hash knows {', '.join(_HASHES)}")
    data = text if isinstance(text, str) else json.dumps(text, separators=(",", ":"))
    return hashlib.new(_HASHES[algorithm], data.encode(), usedforsecurity=False).hexdigest()


def _random(seed: Any = None) -> float:
    return _RANDOM.random() if seed is None else random.Random(seed).random()  # noqa: S311


def _uuid() -> str:
    return str(uuid.uuid4())


def _parse(text: Any) -> Any:
    if text is None:
        return None
    value = json.loads(text)
    return Utils.NULL_VALUE if value is None else value


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "partition": _partition,
    "range": _range,
    "hash": _hash,
    "random": _random,
    "uuid": _uuid,
    "parse": _parse,
}

PATCH = Patch(
    name="jsonata",
    reason="the evaluator of JSONata is None, and values are pasted into expressions unquoted",
    apply=_apply,
)
