"""Complaints about references, each where the reference stands in a value."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from runner import expressions
from runner.documents import ListNode, MapNode, ScalarNode, places_in
from runner.errors import Diagnostic
from runner.parameters import MAX_FAULTS, too_many_faults

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from runner.documents import Node
    from runner.errors import Place
    from runner.expressions import Reference
    from runner.parameters import Label

    Complaint: TypeAlias = tuple[str, str, str | None]


def complain(
    node: Node, label: Label, complaints: Iterable[tuple[Reference, Complaint]]
) -> Iterator[Diagnostic]:
    """A diagnostic for each reference in a value, given message, code and way out.

    More than MAX_FAULTS are not looked for.
    """
    found = dict(islice(complaints, MAX_FAULTS + 1))
    if not found:
        return
    places = _places(node, found.keys())
    for number, (reference, (message, code, way_out)) in enumerate(found.items()):
        place = places.get(reference, node.place)
        if number == MAX_FAULTS:
            yield too_many_faults(place, label)
        else:
            yield Diagnostic(place, f"{label.text}: {message}", code, way_out)


def _places(node: Node, wanted: Collection[Reference]) -> dict[Reference, Place]:
    """Where in a value references first stand, as far as that can be told."""
    places: dict[Reference, Place] = {}
    seen: set[int] = set()
    for scalar in _scalars(node):
        if not isinstance(scalar.value, str) or scalar.position in seen:
            continue
        seen.add(scalar.position)
        offsets = expressions.locate(scalar.value, wanted - places.keys())
        order = sorted(offsets, key=lambda reference: offsets[reference])
        where = places_in(scalar, [offsets[reference] for reference in order])
        places.update(zip(order, where, strict=True))
        if len(places) == len(wanted):
            break
    return places


def _scalars(node: Node) -> Iterator[ScalarNode]:
    match node:
        case ScalarNode():
            yield node
        case ListNode(items=items):
            for item in items:
                yield from _scalars(item)
        case MapNode(items=entries):
            for item in entries.values():
                yield from _scalars(item)
