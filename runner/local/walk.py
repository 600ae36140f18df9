"""The states of a definition with their paths, in the author's order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.values import Json

_Holder: TypeAlias = "tuple[Json, str, str, tuple[str, ...]]"

MAX_STATES = 10_000
"""States that are looked at; Step Functions takes a definition of 1 MB, which holds fewer."""


@dataclass(frozen=True, slots=True)
class State:
    """One state. `path` is as in StateMachine.places; `language` is the one in force.

    `above` holds the paths of the Map states around it, outermost first.
    """

    name: str
    path: str
    body: Mapping[str, Json]
    language: str
    above: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The state's Type; empty where there is none."""
        kind = self.body.get("Type")
        return kind if isinstance(kind, str) else ""


def states(definition: Json) -> Iterator[State]:
    """Every state, those within Parallel and Map after the state that holds them."""
    todo: list[_Holder] = [(definition, "", _language(definition, "JSONPath"), ())]
    count = 0
    while todo:
        holder, path, language, above = todo.pop(0)
        for state in _direct(holder, path, language, above):
            count += 1
            if count > MAX_STATES:
                return
            yield state
            todo.extend(_below(state))


def _direct(holder: Json, path: str, language: str, above: tuple[str, ...]) -> Iterator[State]:
    found = holder.get("States") if isinstance(holder, dict) else None
    if not isinstance(found, dict):
        return
    for name, body in found.items():
        if isinstance(body, dict):
            own = _language(body, language)
            yield State(name, _join(path, f"States.{name}"), body, own, above)


def _below(state: State) -> Iterator[_Holder]:
    branches = state.body.get("Branches")
    if isinstance(branches, list):
        for index, branch in enumerate(branches):
            path = f"{state.path}.Branches.{index}"
            yield branch, path, _language(branch, state.language), state.above
    for key in ("ItemProcessor", "Iterator"):
        processor = state.body.get(key)
        if isinstance(processor, dict):
            above = (*state.above, state.path)
            yield processor, f"{state.path}.{key}", _language(processor, state.language), above


def _language(holder: Json, outer: str) -> str:
    found = holder.get("QueryLanguage") if isinstance(holder, dict) else None
    return found if isinstance(found, str) else outer


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
