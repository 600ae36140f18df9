"""Changes of single fields in files of people: bytes are put in or replaced, and none is moved."""

from __future__ import annotations

import codecs
import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from runner import documents
from runner.documents import MapNode, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from runner.documents import Document, Parsed
    from runner.model import MachineType
    from runner.values import Json

FIELD = "stepFunctionsType"
_MACHINE = "stateMachine"
_BREAK = re.compile(r"\r\n|\r|\n")
_VALUE = re.compile(r"(?P<quote>[\"']?)(?:STANDARD|EXPRESS)(?P=quote)(?![^\s,}\]#])")

Splice = tuple[int, int, str]
"""Where in the text it begins and ends, and what stands there from now on."""


def set_types(
    data: bytes, file: str, types: Mapping[str, MachineType]
) -> tuple[bytes, frozenset[str]]:
    """Give jobs of a file the types of their machines: the new bytes, and the jobs done.

    What is not done would change something else too, as where a value is shared by an anchor.
    """
    parsed = documents.parse(data, file)
    after = _all_at_once(data, parsed, types)
    if after is not None:
        return after, frozenset(types)
    if len(types) > 1:
        # The few that stand in the way are found by halves.
        names = list(types)
        half = len(names) // 2
        data, first = set_types(data, file, {name: types[name] for name in names[:half]})
        data, second = set_types(data, file, {name: types[name] for name in names[half:]})
        return data, first | second
    for name, kind in types.items():
        root = _jobs(parsed).get(name)
        ways = () if root is None else _ways(root, kind)
        tried = (_checked(data, parsed, [way], types) for way in ways)
        after = next((one for one in tried if one is not None), None)
    return (data, frozenset()) if after is None else (after, frozenset(types))


def _all_at_once(data: bytes, parsed: Parsed, types: Mapping[str, MachineType]) -> bytes | None:
    """All changes, each in its first way; None unless they come to just what is wanted."""
    splices = [
        next(_ways(root, types[name]), None)
        for name, root in _jobs(parsed).items()
        if name in types
    ]
    known = [splice for splice in splices if splice is not None]
    return _checked(data, parsed, known, types) if len(known) == len(types) else None


def _checked(
    data: bytes, before: Parsed, splices: Sequence[Splice], types: Mapping[str, MachineType]
) -> bytes | None:
    """The spliced bytes, if they say all that was said before, and the types."""
    after = _spliced(data, splices)
    read = documents.parse(after, "")
    if len(read.diagnostics) != len(before.diagnostics):
        return None
    for old, new in zip_longest(before.documents, read.documents):
        if old is None or new is None or _wanted(old, types) != documents.plain(new.root):
            return None
    return after


def _wanted(document: Document, types: Mapping[str, MachineType]) -> Json:
    """What a document is to say."""
    value = documents.plain(document.root)
    name = _job_in(document) or ""
    spec = value.get("spec") if isinstance(value, dict) else None
    if name in types and isinstance(spec, dict):
        spec[FIELD] = types[name].value
    return value


def _spliced(data: bytes, splices: Sequence[Splice]) -> bytes:
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    text = data.removeprefix(mark).decode()
    for begin, end, put in sorted(splices, reverse=True):
        text = f"{text[:begin]}{put}{text[end:]}"
    return mark + text.encode()


def _jobs(parsed: Parsed) -> dict[str, MapNode]:
    return {
        name: document.root
        for document in parsed.documents
        if (name := _job_in(document)) is not None and isinstance(document.root, MapNode)
    }


def _job_in(document: Document) -> str | None:
    kind = documents.find(document.root, ["kind"])
    name = documents.find(document.root, ["metadata", "name"])
    if not isinstance(kind, ScalarNode) or kind.value != "Job":
        return None
    return str(name.value) if isinstance(name, ScalarNode) else None


def _ways(root: MapNode, kind: MachineType) -> Iterator[Splice]:
    """Ways to give a job its type, the nicest first; some may not come to that."""
    spec = root.items.get("spec")
    if not isinstance(spec, MapNode):
        return
    if FIELD in spec.items:
        yield from _replacing(spec.items[FIELD], kind)
    elif _MACHINE in spec.key_positions:
        yield from _adding(spec, kind)


def _replacing(node: object, kind: MachineType) -> Iterator[Splice]:
    if not isinstance(node, ScalarNode):
        return
    begin = node.source.index_of(node.position)
    found = _VALUE.match(node.source.text, begin)
    if found is not None:
        quote = found["quote"]
        yield begin, found.end(), f"{quote}{kind.value}{quote}"


def _adding(spec: MapNode, kind: MachineType) -> Iterator[Splice]:
    source = spec.source
    text = source.text
    key = source.index_of(spec.key_positions[_MACHINE])
    line = max(text.rfind("\n", 0, key), text.rfind("\r", 0, key)) + 1
    if text[source.index_of(spec.position)] == "{":
        quote = text[key] if text[key] in "\"'" else ""
        yield key, key, f"{quote}{FIELD}{quote}: {quote}{kind.value}{quote}, "
        return
    indent = text[line:key]
    if indent.strip(" "):
        return
    value = spec.items[_MACHINE]
    place = source.index_of(value.position)
    end = _BREAK.search(text, max(place, key))
    at = end.start() if end else len(text)
    nearest = end or _BREAK.search(text)
    newline = nearest[0] if nearest else "\n"
    yield at, at, f"{newline}{indent}{FIELD}: {kind.value}"
    yield key, key, f"{FIELD}: {kind.value}{newline}{indent}"
