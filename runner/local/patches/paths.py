"""JSONPath: one value for a path that names one place, a list for one that names many."""

from __future__ import annotations

import sys
import threading
from functools import lru_cache
from typing import Any

from jsonpath_ng import jsonpath as nodes
from jsonpath_ng.ext.parser import parse as parse_path
from moto.stepfunctions.parser.asl.component.common.path.result_path import ResultPath
from moto.stepfunctions.parser.asl.utils import json_path

from runner.local.patches.base import Patch, replace
from runner.local.patches.failures import failure

_PARSING = threading.Lock()
CACHED = 4096


def _apply() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions.") and hasattr(module, "extract_json"):
            replace(module, "extract_json", extract_json)
    replace(ResultPath, "_eval_body", _put_result)


def extract_json(path: str, data: Any) -> Any:
    """Read a path. Raises moto's NoSuchJsonPathError where it names nothing."""
    expression = parsed(path)
    found = [match.value for match in expression.find(data)]
    if is_definite(expression):
        if not found:
            raise json_path.NoSuchJsonPathError(json_path=path, data=data)
        return found[0]
    if not found and not _root_exists(expression, data):
        raise json_path.NoSuchJsonPathError(json_path=path, data=data)
    return found


def parsed(path: str) -> Any:
    """Parse a path, once for each text."""
    with _PARSING:  # the parser's tables are built anew by each call, and are not its own
        return _parsed(path)


@lru_cache(maxsize=CACHED)
def _parsed(path: str) -> Any:
    return parse_path(path)


def is_definite(expression: Any) -> bool:
    """Tell whether a path names one place at most."""
    match expression:
        case nodes.Root() | nodes.This():
            return True
        case nodes.Index(indices=indices):
            return len(indices) == 1
        case nodes.Fields(fields=fields):
            return len(fields) == 1 and fields[0] != "*"
        case nodes.Child(left=left, right=right):
            return is_definite(left) and is_definite(right)
        case _:
            return False


def _root_exists(expression: Any, data: Any) -> bool:
    """Tell whether the part of a path before its first wildcard names something."""
    while isinstance(expression, nodes.Child | nodes.Descendants):
        expression = expression.left
        if is_definite(expression):
            return bool(expression.find(data))
    return True


def _put_result(self: Any, env: Any) -> None:
    state_input = env.states.get_input()
    if self.result_path_src is None:
        env.stack.clear()
        env.stack.append(state_input)
        return
    result = env.stack.pop()
    keys = _keys(parsed(self.result_path_src))
    try:
        env.stack.append(_put(state_input, keys, result))
    except TypeError as error:
        cause = (
            f"Unable to apply ReferencePath {self.result_path_src} to the state's input: {error}"
        )
        raise failure(env, "States.ResultPathMatchFailure", cause) from error


def _keys(expression: Any) -> list[str | int]:
    match expression:
        case nodes.Child(left=left, right=right):
            return [*_keys(left), *_keys(right)]
        case nodes.Fields(fields=fields):
            return [str(fields[0])]
        case nodes.Index(indices=indices):
            return [int(indices[0])]
        case _:
            return []


def _put(value: Any, keys: list[str | int], result: Any) -> Any:
    if not keys:
        return result
    key, rest = keys[0], keys[1:]
    if isinstance(key, str):
        if not isinstance(value, dict):
            raise TypeError(f"{key} stands below a value that is no object")
        return {**value, key: _put(value.get(key, {}), rest, result)}
    if not isinstance(value, list) or key >= len(value):
        raise TypeError(f"there is no item {key}")
    return [*value[:key], _put(value[key], rest, result), *value[key + 1 :]]


PATCH = Patch(
    name="paths",
    reason="$.items[0].name gives a list, each path is parsed again each time it is read, and a "
    "ResultPath that does not fit its input gives States.Runtime",
    apply=_apply,
)
