"""YAML text to nodes: plain data in which every key and value knows its place.

YAML is read as JSON's data model. This is the only door to yaml.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.errors import Diagnostic, Place
    from runner.values import Scalar


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A scalar. `value` is what JSON's rules make of it, `text` what the author typed.

    `plain` tells that it is not quoted; `ambiguous` that it is plain and YAML 1.1 and 1.2
    read it differently.
    """

    place: Place
    value: Scalar
    text: str
    plain: bool
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class ListNode:
    """A sequence."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping in the author's order. `key_places` holds where each key stands."""

    place: Place
    items: dict[str, Node]
    key_places: dict[str, Place]


Node = ScalarNode | ListNode | MapNode


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document of a file; its root may be of any kind, as the author wrote it."""

    file: str
    root: Node


@dataclass(frozen=True, slots=True)
class Parsed:
    """The documents of one file, and every complaint about its text."""

    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...]
