"""A state machine that is kept in Git as lines: its type, its mocks, and its definition as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.diffs import lines
from runner.model import MockError, MockResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.model import Mock, StateMachine
    from runner.values import Json


def pair(base: StateMachine | None, head: StateMachine | None) -> tuple[str, str]:
    """A definition's lines before and after; empty where it isn't there."""
    return _text(base), _text(head)


def _text(machine: StateMachine | None) -> str:
    return "".join(f"{line}\n" for line in _lines(machine)) if machine else ""


def _lines(machine: StateMachine) -> Iterator[str]:
    yield f"type: {machine.type.value}"
    if machine.description:
        yield from lines.of("description", machine.description)
    for state, mocks in sorted(machine.mocks.items()):
        yield from lines.of("mocks", {state: [_mock(mock) for mock in mocks]})
    yield from lines.pretty(machine.definition)


def _mock(mock: Mock) -> Json:
    match mock:
        case MockResult(result):
            return {"result": result}
        case MockError(error, cause):
            return {"error": error, "cause": cause} if cause else {"error": error}
