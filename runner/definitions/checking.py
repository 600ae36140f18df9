"""Is the structure of a definition whole? Every complaint about it, at its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from runner.definitions.reading import LANGUAGES, language_of, machines, processor_of
from runner.errors import Diagnostic, Related, Severity
from runner.suggestions import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from runner.definitions.reading import Machine, Path, State
    from runner.errors import Place
    from runner.values import Json

    PlaceOf: TypeAlias = Callable[[Path], Place]

MAX_STATE_NAME = 80

_SHOWN: Final = 100

_TYPES: Final = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
_WITH_NEXT: Final = frozenset({"Task", "Pass", "Wait", "Parallel", "Map"})
_WITH_RETRY: Final = frozenset({"Task", "Parallel", "Map"})
_MACHINE_FIELDS: Final = ("Comment", "QueryLanguage", "StartAt", "TimeoutSeconds", "Version")
_ONLY_JSONPATH: Final = (
    "InputPath",
    "Parameters",
    "ResultSelector",
    "ResultPath",
    "OutputPath",
    "ItemsPath",
    "SecondsPath",
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "MaxConcurrencyPath",
    "ErrorPath",
    "CausePath",
)
_ONLY_JSONATA: Final = ("Arguments", "Output", "Items")
_WAITS: Final = {
    "JSONPath": ("Seconds", "SecondsPath", "Timestamp", "TimestampPath"),
    "JSONata": ("Seconds", "Timestamp"),
}


def check(definition: Json, place_of: PlaceOf) -> tuple[Diagnostic, ...]:
    """Everything in the structure that Step Functions would not take, sorted by place.

    `place_of` tells where a part of the definition stands, given its path.
    """
    found = _Checker(place_of, [])
    if not isinstance(definition, dict):
        found.error((), "a definition is an object", "write StartAt and States")
        return tuple(found.problems)
    names: dict[str, Path] = {}
    for machine in machines(definition):
        found.machine(machine)
        found.names(machine, names)
    return tuple(sorted(found.problems, key=lambda problem: (problem.place, problem.message)))


@dataclass(frozen=True, slots=True)
class _Checker:
    """Collects complaints about one definition."""

    place_of: PlaceOf
    problems: list[Diagnostic]

    def error(
        self,
        path: Path,
        message: str,
        way_out: str | None,
        severity: Severity = Severity.ERROR,
        related: tuple[Related, ...] = (),
    ) -> None:
        """Note a complaint about the part at the path."""
        where = f"{_label(path)}: " if path else ""
        self.problems.append(
            Diagnostic(
                self.place_of(path),
                f"definition: {where}{message}",
                "definition",
                way_out,
                severity,
                related,
            )
        )

    def machine(self, machine: Machine) -> None:
        """Check one level: where it starts, its states, and that each can be reached."""
        self._language(machine.value, machine.path)
        if not machine.states:
            self._missing(machine.value, machine.path, "States", "an object of states by name")
            return
        for name, state in machine.states.items():
            path = (*machine.path, "States", name)
            if isinstance(state, dict):
                self._state(state, path, machine)
            elif name in _MACHINE_FIELDS:
                self.error(path, f"{name} is no state", "move it up, beside States")
            else:
                self.error(path, "a state is an object", "write Type and what belongs to it")
        if self._start(machine):
            self._reach(machine)

    def names(self, machine: Machine, seen: dict[str, Path]) -> None:
        """Check that names are short, and stand once in the whole definition."""
        for name in machine.states:
            path = (*machine.path, "States", name)
            if not 1 <= len(name) <= MAX_STATE_NAME:
                message = f"its name has {len(name)} characters"
                self.error(path, message, f"write 1 to {MAX_STATE_NAME}")
            first = seen.setdefault(name, path)
            if first != path:
                other = Related(self.place_of(first), "the first stands here")
                message = "another state of this definition has this name"
                way_out = "give each state a name of its own, in branches and Maps too"
                self.error(path, message, way_out, related=(other,))

    def _start(self, machine: Machine) -> bool:
        start = machine.value.get("StartAt")
        if not isinstance(start, str):
            self._missing(machine.value, machine.path, "StartAt", "the name of the first state")
            return False
        return self._target((*machine.path, "StartAt"), start, machine)

    def _target(self, path: Path, target: Json, machine: Machine) -> bool:
        if isinstance(target, str) and target in machine.states:
            return True
        scope = "here" if machine.path else "in the definition"
        hint = did_you_mean(target, machine.states) if isinstance(target, str) else None
        way_out = hint or "name a state of the same States object"
        shown = repr(target[:_SHOWN]) if isinstance(target, str) else "this"
        self.error(path, f"there is no state {shown} {scope}", way_out)
        return False

    def _reach(self, machine: Machine) -> None:
        start = machine.value["StartAt"]
        reached: set[Json] = set()
        todo: list[Json] = [start]
        while todo:
            name = todo.pop()
            state = machine.states.get(name) if isinstance(name, str) else None
            if name in reached or not isinstance(state, dict):
                continue
            reached.add(name)
            todo += [target for _, target in _targets(state) if isinstance(target, str)]
        for name in machine.states:
            if name not in reached and isinstance(machine.states[name], dict):
                path = (*machine.path, "States", name)
                message = f"no way leads to it from {str(start)[:_SHOWN]!r}"
                self.error(path, message, "name it in a Next, or take it out", Severity.WARNING)

    def _state(self, state: State, path: Path, machine: Machine) -> None:
        kind = state.get("Type")
        if not isinstance(kind, str):
            self._missing(state, path, "Type", f"one of {', '.join(_TYPES)}")
            return
        if kind not in _TYPES:
            hint = did_you_mean(kind, _TYPES) or f"there is {', '.join(_TYPES)}"
            self.error((*path, "Type"), f"there is no type of state {kind[:_SHOWN]!r}", hint)
            return
        self._language(state, path)
        language = language_of(state, machine.language)
        self._fields_oflanguage_of(state, path, language)
        self._end(state, kind, path)
        self._by_kind(state, kind, path, language)
        self._handlers(state, kind, path)
        for below, target in _targets(state):
            self._target((*path, *below), target, machine)

    def _language(self, value: State, path: Path) -> None:
        found = value.get("QueryLanguage", "JSONPath")
        if found not in LANGUAGES:
            message = f"there is no query language {str(found)[:_SHOWN]!r}"
            self.error((*path, "QueryLanguage"), message, "write JSONPath or JSONata")

    def _fields_oflanguage_of(self, state: State, path: Path, language: str) -> None:
        foreign = _ONLY_JSONPATH if language == "JSONata" else _ONLY_JSONATA
        other = "JSONPath" if language == "JSONata" else "JSONata"
        for key in foreign:
            if key in state:
                message = f"{key} is a field of {other}, but this state's language is {language}"
                self.error((*path, key), message, f"write QueryLanguage: {other}, or another field")

    def _end(self, state: State, kind: str, path: Path) -> None:
        if kind not in _WITH_NEXT:
            for key in ("Next", "End"):
                if key in state:
                    self.error((*path, key), f"a {kind} state has no {key}", "take it out")
            return
        end = state.get("End", False)
        if not isinstance(end, bool):
            self.error((*path, "End"), "End is a boolean", "write true")
        elif end and "Next" in state:
            self.error((*path, "End"), "it has both Next and End", "keep one of them")
        elif not end and "Next" not in state:
            self._missing(state, path, "Next", "the state that follows, or End: true")

    def _by_kind(self, state: State, kind: str, path: Path, language: str) -> None:
        if kind == "Task" and not _is_text(state.get("Resource")):
            self._missing(state, path, "Resource", "the ARN of what it calls")
        elif kind == "Wait":
            self._wait(state, path, language)
        elif kind == "Parallel" and not _is_list(state.get("Branches")):
            self._missing(state, path, "Branches", "a list of at least one {StartAt, States}")
        elif kind == "Map" and not isinstance(state.get(processor_of(state)), dict):
            self._missing(state, path, "ItemProcessor", "the {StartAt, States} for each item")
        elif kind == "Choice":
            self._choice(state, path, language)

    def _wait(self, state: State, path: Path, language: str) -> None:
        fields = _WAITS[language]
        given = [key for key in fields if key in state]
        if not given:
            self._missing(state, path, fields[0], f"one of {', '.join(fields)}")
        elif len(given) > 1:
            self.error(path, f"it has {' and '.join(given)}", "keep one of them")

    def _choice(self, state: State, path: Path, language: str) -> None:
        choices = state.get("Choices")
        if not _is_list(choices) or not isinstance(choices, list):
            self._missing(state, path, "Choices", "a list of at least one rule")
            return
        for index, rule in enumerate(choices):
            below = (*path, "Choices", index)
            if not isinstance(rule, dict):
                self.error(below, "a rule is an object", "write a condition and Next")
                continue
            if "Next" not in rule:
                self._missing(rule, below, "Next", "the state that follows")
            wanted = ("Condition",) if language == "JSONata" else ("Variable", "And", "Or", "Not")
            if not any(key in rule for key in wanted):
                self._missing(rule, below, wanted[0], f"one of {', '.join(wanted)}")

    def _handlers(self, state: State, kind: str, path: Path) -> None:
        for key in ("Retry", "Catch"):
            if key not in state:
                continue
            handlers = state[key]
            if kind not in _WITH_RETRY:
                self.error((*path, key), f"a {kind} state has no {key}", "take it out")
            elif not isinstance(handlers, list):
                self.error((*path, key), f"{key} is a list", "write a list of objects")
            else:
                for index, handler in enumerate(handlers):
                    last = index == len(handlers) - 1
                    self._handler(handler, key, (*path, key, index), last=last)

    def _handler(self, handler: Json, key: str, path: Path, *, last: bool) -> None:
        if not isinstance(handler, dict):
            self.error(path, f"what stands in {key} is an object", "write ErrorEquals")
            return
        errors = handler.get("ErrorEquals")
        if not isinstance(errors, list) or not errors or not all(map(_is_text, errors)):
            self._missing(handler, path, "ErrorEquals", "a list of error names")
        elif "States.ALL" in errors and (len(errors) > 1 or not last):
            message = "States.ALL must stand alone, in the last of the list"
            self.error((*path, "ErrorEquals"), message, "move it to an object at the end")
        if key == "Catch" and "Next" not in handler:
            self._missing(handler, path, "Next", "the state that handles the error")

    def _missing(self, value: State, path: Path, key: str, what: str) -> None:
        """Complain about a field that is absent, or present and of the wrong kind."""
        if key in value:
            self.error((*path, key), f"{key} is not what it should be", f"write {what}")
            return
        other = nearest(key, [name for name in value if name.casefold() == key.casefold()])
        way_out = f"write {key} for {other}" if other else f"add {key}: {what}"
        self.error(path, f"{key} is missing", way_out)


def _targets(state: State) -> Iterator[tuple[Path, Json]]:
    """Every state that this one names as the next, and where."""
    for key in ("Next", "Default"):
        if key in state and (key == "Next" or state.get("Type") == "Choice"):
            yield (key,), state[key]
    for key in ("Choices", "Catch"):
        rules = state.get(key)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict) and "Next" in rule:
                yield (key, index, "Next"), rule["Next"]


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and bool(value)


def _is_list(value: Json) -> bool:
    return isinstance(value, list) and bool(value)


def _label(path: Iterable[str | int]) -> str:
    return ".".join(map(str, path))
