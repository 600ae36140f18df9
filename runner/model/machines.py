"""StateMachine documents: definitions that stand inline or in a file, and mocks."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner import definitions, values
from runner.documents import Document, ListNode, MapNode, ScalarNode, Source, parse, plain
from runner.errors import Diagnostic, Place
from runner.model import keys
from runner.model.definition_places import node_of, of_json, of_node
from runner.model.fields import Fields
from runner.model.types import MachineType, MockError, MockResult, StateMachine
from runner.parameters import HALF_HELP, offer
from runner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from runner.documents import Node
    from runner.model.definition_places import Path
    from runner.model.headings import Heading
    from runner.model.scope import Problems
    from runner.model.types import Mock
    from runner.values import Json

    ReadFile = Callable[[str], bytes]

_JSON_PLACE = re.compile(r" at line (\d+) column (\d+)$")


@dataclass(frozen=True, slots=True)
class _Definition:
    """A definition and where each part of it stands."""

    value: Json
    file: str
    places: Mapping[Path, Place]

    def place_of(self, path: Path) -> Place:
        """Where a part stands, or the nearest part that there is on the way to it."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, Place(self.file))


def build(heading: Heading, read_file: ReadFile, problems: Problems) -> StateMachine | None:
    """Make a state machine; None where its definition can't be read."""
    spec = heading.spec
    definition = _definition(heading, read_file, problems)
    if definition is None:
        return None
    unclear = {problem.place for problem in problems if problem.code == "ambiguous-scalar"}
    problems += [
        problem
        for problem in definitions.check(definition.value, definition.place_of)
        if problem.place not in unclear
    ]
    tasks = definitions.task_states(definition.value)
    return StateMachine(
        name=heading.name,
        type=spec.choice("type", MachineType.STANDARD),
        place=heading.start,
        definition=definition.value,
        definition_file=definition.file,
        places=_object_places(definition),
        mocks=_mocks(spec.below("mocks"), tasks, problems),
        description=heading.description,
    )


def _definition(heading: Heading, read_file: ReadFile, problems: Problems) -> _Definition | None:
    node = heading.spec.get("definition")
    if isinstance(node, MapNode):
        problems += _ambiguities(node)
        return _Definition(plain(node), heading.file, of_node(node))
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str) or not node.value:
        return None
    file = posixpath.normpath(posixpath.join(posixpath.dirname(heading.file), node.value))
    try:
        data = read_file(file)
    except (OSError, ValueError) as error:
        problems.append(
            Diagnostic(
                node.place,
                f"definition: {error}",
                "definition-file",
                "write a path relative to this file, below the project's folder",
            )
        )
        return None
    return _read(data, file, problems)


def _read(data: bytes, file: str, problems: Problems) -> _Definition | None:
    """Read a definition as JSON where it is JSON, else as YAML."""
    is_json = file.endswith(".json")
    try:
        text = data.decode("utf-8-sig")
        value = values.parse(text)
    except UnicodeDecodeError:
        is_json = False
    except values.NotJson as error:
        if is_json:
            problems.append(_not_json(str(error), file))
            return None
    else:
        places = of_json(text, file)
        found = [*_half(text, value, file), *_keys(text, value, places, file)]
        problems += found
        return None if found else _Definition(value, file, places)
    return _read_yaml(data, file, problems)


def _keys(text: str, value: Json, places: Mapping[Path, Place], file: str) -> Iterator[Diagnostic]:
    if keys.may_hold_any(text):
        yield from keys.refuse([Document(file, node_of(value, places, Source(file, text)))])


def _read_yaml(data: bytes, file: str, problems: Problems) -> _Definition | None:
    parsed = parse(data, file)
    found = [*keys.refuse(parsed.documents)]
    if found:
        # What else is to be said of the definition may repeat the key.
        problems += found
        return None
    problems += parsed.diagnostics
    if len(parsed.documents) != 1:
        if not parsed.diagnostics:
            count = len(parsed.documents)
            message = f"a definition is one document, but this file holds {count}"
            problems.append(Diagnostic(Place(file), message, "definition-file", "keep one"))
        return None
    root = parsed.documents[0].root
    problems += _ambiguities(root)
    return _Definition(plain(root), file, of_node(root))


def _half(text: str, value: Json, file: str) -> Iterator[Diagnostic]:
    """The complaint about half of a character, which only an escape in JSON can write."""
    escape = values.lone_surrogate(value) if "\\u" in text else None
    if escape is None:
        return
    before = text[: max(text.lower().find(escape), 0)].split("\n")
    place = Place(file, len(before), len(before[-1]) + 1)
    message = f"definition: {escape} is half of a character"
    yield Diagnostic(place, message, "bad-escape", HALF_HELP)


def _not_json(reason: str, file: str) -> Diagnostic:
    found = _JSON_PLACE.search(reason)
    place = Place(file, int(found[1]), int(found[2])) if found else Place(file)
    message = f"the definition is not JSON: {_JSON_PLACE.sub('', reason)}"
    return Diagnostic(place, message, "definition-file", "mend it, or name the file .yaml")


def _ambiguities(node: Node) -> Iterator[Diagnostic]:
    match node:
        case ScalarNode():
            if node.ambiguous:
                message = f"definition: YAML's versions differ about {node.text!r}"
                yield Diagnostic(node.place, message, "ambiguous-scalar", offer(node.text))
        case ListNode(items=items):
            for item in items:
                yield from _ambiguities(item)
        case MapNode(items=entries):
            for item in entries.values():
                yield from _ambiguities(item)


def _object_places(definition: _Definition) -> dict[str, Place]:
    """The dotted path of each object in the definition, and where it stands."""
    found: dict[str, Place] = {}
    todo: list[tuple[Path, Json]] = [((), definition.value)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict):
            found[".".join(map(str, path))] = definition.place_of(path)
            todo += [((*path, key), child) for key, child in value.items()]
        elif isinstance(value, list):
            todo += [((*path, index), child) for index, child in enumerate(value)]
    return found


def _mocks(
    fields: Fields, tasks: Mapping[str, bool], problems: Problems
) -> dict[str, tuple[Mock, ...]]:
    found = {}
    for name, node in fields.items():
        if not tasks.get(name):
            what = "is no Task state" if name in tasks else "is no state of the definition"
            names = [state for state, is_task in tasks.items() if is_task]
            problems.append(
                Diagnostic(
                    fields.place_of(name),
                    f"mocks.{name}: {name!r} {what}",
                    "unknown-state",
                    did_you_mean(name, names) or "name a Task state",
                )
            )
        answers = node.items if isinstance(node, ListNode) else (node,)
        made = tuple(mock for answer in answers if (mock := _mock(answer)) is not None)
        if made:
            found[name] = made
    return found


def _mock(node: Node) -> Mock | None:
    fields = Fields.of(node, node.place)
    result, error = fields.get("result"), fields.text("error")
    if error is not None:
        return MockError(error, fields.text("cause") or "")
    return MockResult(plain(result)) if result is not None else None
