"""Step Functions' own calls as Task states write them: keys begin with capitals."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXTS = ("input", "output", "cause", "error", "name", "taskToken", "traceHeader")


def request(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a Task as the API takes them; an object under a text becomes JSON."""
    lowered = {key[:1].lower() + key[1:]: value for key, value in parameters.items()}
    for key in _TEXTS:
        if key in lowered and not isinstance(lowered[key], str):
            lowered[key] = json.dumps(lowered[key], ensure_ascii=False, separators=(",", ":"))
    return lowered


def response(answer: Any, date: Callable[[dt.datetime], Any]) -> Any:
    """The answer of the API as a Task's result."""
    if isinstance(answer, dict):
        return {
            key[:1].upper() + key[1:]: response(value, date)
            for key, value in answer.items()
            if key != "ResponseMetadata"
        }
    if isinstance(answer, list):
        return [response(item, date) for item in answer]
    return date(answer) if isinstance(answer, dt.datetime) else answer


def milliseconds(moment: dt.datetime) -> int:
    """A date as the optimised integration gives it."""
    return round(moment.timestamp() * 1000)
