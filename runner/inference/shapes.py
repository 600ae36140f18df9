"""What a value in the flow may be: a part of the input, and what states have put over it.

A shape tells which parts of the execution's input a value *may* be; a value that comes from
elsewhere has no source. Shapes only grow while they are joined, so following a loop ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain, islice, starmap
from typing import TYPE_CHECKING, Final, TypeAlias

from runner.parameters import ParameterType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Key: TypeAlias = "str | int | None"
"""A field's name, an item's index, or None for any item of an array."""

Source: TypeAlias = "tuple[()] | tuple[Key] | tuple[Key, ParameterType | None]"
"""A place in the input: all of it, a property, or what lies below a property.

What lies below comes with the type that reaching it shows the property to have, if it does.
"""

_MAX_DEPTH: Final = 5
_MAX_FIELDS: Final = 300
_MAX_SIZE: Final = 2_000
_MAX_SOURCES: Final = 100


@dataclass(frozen=True, slots=True)
class Field:
    """What stands at a key. `is_sure` tells that it is there on every way."""

    shape: Shape
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Shape:
    """A value: it may be a part of the input, with the fields put over what was there.

    `size` counts the shapes in it, itself included, and `depth` how far they nest.
    """

    sources: frozenset[Source] = frozenset()
    fields: Mapping[Key, Field] = field(default_factory=dict)
    type: ParameterType | None = None
    size: int = field(default=1, compare=False)
    depth: int = field(default=0, compare=False)

    def at(self, key: Key, shows: ParameterType | None = None) -> Shape:
        """What stands at a key of the value. `shows` is the type that only such a value has."""
        found = self.fields.get(key)
        if found is not None and key is not None:
            return found.shape
        derived = Shape(frozenset(_below(source, key, shows) for source in self.sources))
        if isinstance(key, str):
            return derived
        items = [each.shape for name, each in self.fields.items() if _is_item(name, key)]
        return join_all((*items, derived) if derived.sources else items) if items else derived

    def has_whole_input(self) -> bool:
        """Tell whether it may be, or hold, all of the input."""
        return () in self.sources or any(
            each.shape.has_whole_input() for each in self.fields.values()
        )


UNKNOWN: Final = Shape()


def typed(kind: ParameterType) -> Shape:
    """A value of which only the type is known."""
    return Shape(type=kind)


def built(
    fields: Iterable[tuple[Key, Field]],
    kind: ParameterType | None = ParameterType.OBJECT,
    sources: frozenset[Source] = frozenset(),
) -> Shape:
    """A value with the fields, within the bounds of depth and size."""
    kept = {
        key: each if each.shape.depth < _MAX_DEPTH else Field(_cut(each.shape), each.is_sure)
        for key, each in islice(fields, _MAX_FIELDS)
    }
    if sum(each.shape.size for each in kept.values()) > _MAX_SIZE:
        kept = {key: Field(_flat(each.shape), each.is_sure) for key, each in kept.items()}
    size = 1 + sum(each.shape.size for each in kept.values())
    depth = 1 + max((each.shape.depth for each in kept.values()), default=-1)
    return Shape(sources, kept, kind, size, depth)


def put(base: Shape, path: tuple[Key, ...], value: Shape) -> Shape:
    """The base with the value at the path; the value itself where the path is empty."""
    if not path:
        return value
    inner = put(base.at(path[0]), path[1:_MAX_DEPTH], value)
    if len(path) > _MAX_DEPTH:
        inner = _flat(inner)
    return over(base, {path[0]: Field(inner)}, ParameterType.OBJECT)


def over(base: Shape, fields: Mapping[Key, Field], kind: ParameterType | None) -> Shape:
    """The base with the fields in place of its own of those names."""
    own = ((key, each) for key, each in base.fields.items() if key not in fields)
    return built(chain(own, fields.items()), kind, base.sources)


def merged(first: Shape, second: Shape) -> Shape:
    """An object with the properties of both, the second's where both have one."""
    fields = dict(first.fields)
    for key, each in first.fields.items():
        if key not in second.fields and second.sources:
            fields[key] = Field(join(each.shape, second.at(key)), each.is_sure)
    for key, each in second.fields.items():
        is_sure = each.is_sure or (key in first.fields and first.fields[key].is_sure)
        shape = each.shape if each.is_sure else join(each.shape, first.at(key))
        fields[key] = Field(shape, is_sure)
    return built(fields.items(), ParameterType.OBJECT, first.sources | second.sources)


def join(one: Shape, other: Shape) -> Shape:
    """What may be either."""
    if one is other or one == other:
        return one
    keys = chain(one.fields, (key for key in other.fields if key not in one.fields))
    kind = one.type if one.type is other.type else None
    sources = one.sources | other.sources
    if len(sources) > _MAX_SOURCES:
        sources = one.sources
    return built(((key, _join_field(one, other, key)) for key in keys), kind, sources)


def join_all(shapes: Iterable[Shape]) -> Shape:
    """What may be any of them; unknown where there are none."""
    found = list(shapes)
    while len(found) > 1:
        # By pairs: many small ones that are joined one by one would be copied again and again.
        last = found[-1:] if len(found) % 2 else []
        found = [*starmap(join, zip(found[::2], found[1::2], strict=False)), *last]
    return found[0] if found else UNKNOWN


def _join_field(one: Shape, other: Shape, key: Key) -> Field:
    first, second = one.fields.get(key), other.fields.get(key)
    if first is not None and second is not None:
        return Field(join(first.shape, second.shape), first.is_sure and second.is_sure)
    found, lacking = (first, other) if first is not None else (second, one)
    if found is None:
        return Field(UNKNOWN, is_sure=False)
    if not lacking.sources:
        return Field(found.shape, is_sure=False)
    # An input of that name is less likely than that there is none, so the type stays.
    shape = replace(join(found.shape, lacking.at(key)), type=found.shape.type)
    return Field(shape, is_sure=False)


def _below(source: Source, key: Key, shows: ParameterType | None) -> Source:
    match source:
        case ():
            return (key,)
        case (name,):
            return (name, shows)
        case _:
            return source


def _is_item(name: Key, key: Key) -> bool:
    """Tell whether a field may be what an index, or any index, asks for."""
    return name is None or (key is None and isinstance(name, int))


def _cut(shape: Shape) -> Shape:
    """The shape without what nests deepest in it."""
    if shape.depth < _MAX_DEPTH:
        return shape
    fields = ((key, Field(_less(each.shape), each.is_sure)) for key, each in shape.fields.items())
    return built(fields, shape.type, shape.sources)


def _less(shape: Shape) -> Shape:
    if shape.depth <= 1:
        return _flat(shape)
    fields = ((key, Field(_less(each.shape), each.is_sure)) for key, each in shape.fields.items())
    return built(fields, shape.type, shape.sources)


def _flat(shape: Shape) -> Shape:
    return Shape(shape.sources, {}, shape.type)
