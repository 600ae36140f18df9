"""YAML text to nodes: plain data in which every key and value knows its place.

YAML is read as JSON's data model. This is the only door to yaml.
"""

from runner.documents.nodes import (
    Document,
    KeyPlaces,
    ListNode,
    MapNode,
    Node,
    Parsed,
    ScalarNode,
    Source,
    find,
    pack,
    place_of_key,
    plain,
)
from runner.documents.places import place_in, places_in
from runner.documents.reading import MAX_BYTES, parse

__all__ = [
    "MAX_BYTES",
    "Document",
    "KeyPlaces",
    "ListNode",
    "MapNode",
    "Node",
    "Parsed",
    "ScalarNode",
    "Source",
    "find",
    "pack",
    "parse",
    "place_in",
    "place_of_key",
    "places_in",
    "plain",
]
