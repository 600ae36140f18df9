"""Where each part of a definition stands: keys of objects and arrays, and scalars themselves."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import TYPE_CHECKING, TypeAlias

from runner.documents import ListNode, MapNode, ScalarNode, pack
from runner.errors import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.documents import Node, Source
    from runner.values import Json

Path: TypeAlias = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class _Open:
    """An object or array that is being read, and the path of its next value."""

    __slots__ = ("is_object", "key", "key_place", "path")

    def __init__(self, path: Path, *, is_object: bool) -> None:
        self.path = path
        self.is_object = is_object
        self.key: str | int | None = None if is_object else 0
        self.key_place: Place | None = None


def of_json(text: str, file: str) -> dict[Path, Place]:
    """The places in a text that is known to be JSON.

    YAML readers stumble over JSON's surrogate pairs and tabs, so that it is read by itself.
    """
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    found: dict[Path, Place] = {}
    stack: list[_Open] = []
    for token in _TOKEN.finditer(text):
        mark = token[0]
        line = bisect_right(starts, token.start())
        place = Place(file, line, token.start() - starts[line - 1] + 1)
        top = stack[-1] if stack else None
        if mark in ("}", "]"):
            stack.pop()
        elif mark == "," and top is not None:
            top.key = top.key + 1 if isinstance(top.key, int) else None
        elif top is not None and top.is_object and top.key is None:
            top.key, top.key_place = json.loads(mark), place
        elif mark != ":":
            _value(mark, place, stack, found)
    return found


def _value(mark: str, place: Place, stack: list[_Open], found: dict[Path, Place]) -> None:
    top = stack[-1] if stack else None
    path: Path = () if top is None or top.key is None else (*top.path, top.key)
    opens = mark in ("{", "[")
    found[path] = top.key_place if opens and top is not None and top.key_place else place
    if opens:
        stack.append(_Open(path, is_object=mark == "{"))


def of_node(root: Node) -> dict[Path, Place]:
    """The places of what was read as YAML."""
    found: dict[Path, Place] = {(): root.place}
    todo: list[tuple[Path, Node]] = [((), root)]
    while todo:
        path, parent = todo.pop()
        for key, place, child in _children(parent):
            found[(*path, key)] = child.place if isinstance(child, ScalarNode) else place
            todo.append(((*path, key), child))
    return found


def _children(node: Node) -> Iterator[tuple[str | int, Place, Node]]:
    match node:
        case MapNode(items=entries):
            for key, child in entries.items():
                yield key, node.key_places[key], child
        case ListNode(items=items):
            for index, item in enumerate(items):
                yield index, item.place, item
        case ScalarNode():
            return


def node_of(value: Json, places: Mapping[Path, Place], source: Source, path: Path = ()) -> Node:
    """What was read as JSON, as if it had been read as YAML; `places` are those of the source."""
    place = places[path]
    position = pack(place.line, place.column)
    if isinstance(value, dict):
        nodes = {key: node_of(each, places, source, (*path, key)) for key, each in value.items()}
        return MapNode(source, position, nodes, {key: nodes[key].position for key in nodes})
    if isinstance(value, list):
        items = enumerate(value)
        nodes_of = (node_of(each, places, source, (*path, index)) for index, each in items)
        return ListNode(source, position, tuple(nodes_of))
    return ScalarNode(source, position, value, str(value), plain=False)
