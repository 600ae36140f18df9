"""Reading definitions with the embedded engine itself, before anything starts."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from runner import values
from runner.errors import Diagnostic, Place
from runner.local import intrinsics, jsonpath, loading
from runner.local.check import reachable
from runner.local.definition import prepare
from runner.local.intrinsic_functions import Misuse
from runner.local.walk import states

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from runner.local.walk import State
    from runner.model import StateMachine
    from runner.values import Json

CODE = "unreadable-definition"
WAY_OUT = (
    "compare it with https://docs.aws.amazon.com/step-functions/latest/dg/concepts-states.html"
)

_INNER = ("States", "Branches", "ItemProcessor", "Iterator", "Comment", "Resource", "Result")
_PATHS = ("InputPath", "OutputPath", "ResultPath", "ItemsPath", "Variable")


def read(machines: Mapping[str, StateMachine], used: Collection[str]) -> tuple[Diagnostic, ...]:
    """Tell what the engine can't read of the used machines and of the children they name.

    Imports the engine, which costs a third of a second. Raises Refused where it is missing
    or is not a tested version.
    """
    loading.load()
    return tuple(problem for machine in reachable(machines, used) for problem in _machine(machine))


def _machine(machine: StateMachine) -> Iterator[Diagnostic]:
    found = list(states(machine.definition))
    problem = why_unreadable(prepare(machine))
    if problem:
        culprit = _culprit(machine, found)
        where = culprit or machine.place
        yield Diagnostic(where, f"the engine can't read the definition: {problem}", CODE, WAY_OUT)
        return
    for state in found:
        for text, why in _texts(state):
            place = machine.places.get(state.path, machine.place)
            yield Diagnostic(
                place, f"the state {state.name!r}: the engine can't read {text!r}: {why}", CODE
            )


def why_unreadable(definition: str) -> str | None:
    """Why the engine can't read a prepared definition; None where it can."""
    parser = importlib.import_module("moto.stepfunctions.parser.asl.parse.asl_parser")
    try:
        parser.AmazonStateLanguageParser.parse(definition)
    except Exception as error:
        return str(error) or type(error).__name__
    return None


def _culprit(machine: StateMachine, found: Collection[State]) -> Place | None:
    """Where the one state stands that can't be read even by itself; inner ones before outer."""
    for state in sorted(found, key=lambda one: -len(one.path)):
        alone: Json = {
            "QueryLanguage": state.language,
            "StartAt": state.name,
            "States": {state.name: dict(state.body)},
        }
        if why_unreadable(values.compact(alone)):
            return machine.places.get(state.path, machine.place)
    return None


def _texts(state: State) -> Iterator[tuple[str, str]]:
    """The paths and expressions of a state that can't be read, each with the reason."""
    for key, text in _strings(dict(state.body)):
        why = _jsonata(text) if state.language == "JSONata" else _jsonpath(key, text)
        if why is not None:
            yield text, why


def _strings(value: Json, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, list):
        for child in value:
            yield from _strings(child, key)
    elif isinstance(value, dict):
        for name, child in value.items():
            if name not in _INNER:
                yield from _strings(child, name)


def _jsonata(text: str) -> str | None:
    if not (text.startswith("{%") and text.endswith("%}")):
        return None
    library: Any = importlib.import_module("jsonata")
    try:
        library.Jsonata(text[2:-2].strip())
    except Exception as error:
        return str(error)
    return None


def _jsonpath(key: str, text: str) -> str | None:
    if key.endswith(".$") and not text.startswith("$"):
        return _function(text)
    is_path = key.endswith((".$", "Path")) or key in _PATHS
    if not is_path or not text.startswith("$"):
        return None
    bare = text.removeprefix("$") if text.startswith("$$") else text
    if bare[1:2].isalpha() or bare[1:2] == "_":
        bare = "$" + bare.lstrip("$").lstrip(_WORD)
    try:
        jsonpath.parse(bare)
        if key == "ResultPath":
            jsonpath.place(bare)
    except jsonpath.BadPath as error:
        return str(error)
    return None


def _function(text: str) -> str | None:
    try:
        intrinsics.parse(text)
    except Misuse as error:
        return f"it is neither a path nor a call of an intrinsic function: {error}"
    return None


_WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
