"""JSONPath: one value for a path that names one place, a list for one that names many."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.common.path.result_path import ResultPath
from moto.stepfunctions.parser.asl.utils import json_path

from runner.local import jsonpath
from runner.local.patches.base import Patch, replace
from runner.local.patches.failures import failure

if TYPE_CHECKING:
    from collections.abc import Sequence


def _apply() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions.") and hasattr(module, "extract_json"):
            replace(module, "extract_json", extract_json)
    replace(ResultPath, "_eval_body", _put_result)


def extract_json(path: str, data: Any) -> Any:
    """Read a path. Raises moto's NoSuchJsonPathError where it names nothing."""
    try:
        return jsonpath.extract(path, data)
    except jsonpath.NothingThere as error:
        raise json_path.NoSuchJsonPathError(json_path=path, data=data) from error


def _put_result(self: Any, env: Any) -> None:
    state_input = env.states.get_input()
    if self.result_path_src is None:
        env.stack.clear()
        env.stack.append(state_input)
        return
    result = env.stack.pop()
    try:
        env.stack.append(_put(state_input, jsonpath.place(self.result_path_src), result))
    except TypeError as error:
        cause = (
            f"Unable to apply ReferencePath {self.result_path_src} to the state's input: {error}"
        )
        raise failure(env, "States.ResultPathMatchFailure", cause) from error


def _put(value: Any, keys: Sequence[str | int], result: Any) -> Any:
    if not keys:
        return result
    key, rest = keys[0], keys[1:]
    if isinstance(key, str):
        if not isinstance(value, dict):
            raise TypeError(f"{key} stands below a value that is no object")
        return {**value, key: _put(value.get(key, {}), rest, result)}
    if not isinstance(value, list) or not 0 <= key < len(value):
        raise TypeError(f"there is no item {key}")
    return [*value[:key], _put(value[key], rest, result), *value[key + 1 :]]


PATCH = Patch(
    name="paths",
    reason="$.items[0].name gives a list, fields of the names where or é can't be read, each path "
    "is parsed again each time, and a ResultPath that does not fit gives States.Runtime",
    apply=_apply,
)
