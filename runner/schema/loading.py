"""The schemas that come with Stepfleet, and validators made from them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema.exceptions import ValidationError
from jsonschema.validators import Draft202012Validator, extend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema.protocols import Validator

    from runner.values import Json

_SCHEMA = "stepfleet.schema.json"


def load(name: str) -> dict[str, Any]:
    """Read a schema by its file name, such as `results.schema.json`.

    An installed wheel keeps them in the package, a checkout beside it. Raises OSError.
    """
    package = Path(__file__).parent.parent
    folder = package / "schemas"
    if not folder.is_dir():
        folder = package.parent / "schemas"
    schema: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return schema


@cache
def validator_of(kind: str) -> Callable[[Any], Iterator[ValidationError]]:
    """What finds the errors of documents of one kind.

    References are put in place: resolving them for each document would double its time.
    """
    definitions: dict[str, Any] = load(_SCHEMA)["$defs"]
    return validator_for(definitions[kind], definitions)


def validator_for(
    schema: Any, definitions: Mapping[str, Any]
) -> Callable[[Any], Iterator[ValidationError]]:
    """What finds the errors of data by a schema that refers to definitions."""
    find_errors: Callable[[Any], Iterator[ValidationError]]
    find_errors = _OurValidator(_inlined(schema, definitions)).iter_errors
    return find_errors


_TURNS = 8
"""How deep something may stand within its like until nothing more is said about its inside."""


def _inlined(schema: Any, definitions: Mapping[str, Any], within: tuple[str, ...] = ()) -> Any:
    """The schema with what it refers to in place, and what refers to itself so many times."""
    if isinstance(schema, list):
        return [_inlined(item, definitions, within) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" not in schema:
        return {key: _inlined(value, definitions, within) for key, value in schema.items()}
    name = schema["$ref"].removeprefix("#/$defs/")
    if within.count(name) == _TURNS:
        return {}
    return _inlined(definitions[name], definitions, (*within, name))


# Keywords of which jsonschema's own version says too little, or takes too long.


def _required(
    _: Validator, names: list[str], instance: Json, __: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for name in names:
            if name not in instance:
                yield ValidationError(name)


def _pattern(
    _: Validator, pattern: str, instance: Json, __: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Match as ECMA 262 does, where `$` is the very end, not the place before a last break."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield ValidationError(pattern)


def _unique_items(
    _: Validator, is_unique: bool, instance: Json, __: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Find texts that stand twice; jsonschema compares every pair of other items."""
    if not is_unique or not isinstance(instance, list):
        return
    first: dict[str, int] = {}
    for index, item in enumerate(instance):
        if isinstance(item, str) and first.setdefault(item, index) != index:
            yield ValidationError(item, path=[index], cause=Twice(first[item]))


class Twice(Exception):
    """Where the first of two equal items stands."""

    def __init__(self, first: int) -> None:
        super().__init__(first)
        self.first = first


_OurValidator: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"required": _required, "pattern": _pattern, "uniqueItems": _unique_items},
)
