"""Data from files against one of the schemas that describe our own documents."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from runner.schema.loading import load, validator_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema.exceptions import ValidationError

    from runner.values import Json

_LONGEST = 200


def first_fault(name: str, instance: Json) -> str | None:
    """Where data does not follow the schema of that file name, and which rule; None if it does.

    What the data holds is not repeated: it may be of any size, and from anyone.
    """
    error = next(_validator(name)(instance), None)
    if error is None:
        return None
    return f"{error.json_path[:_LONGEST]} breaks the rule {error.validator!r}"


@cache
def _validator(name: str) -> Callable[[Any], Iterator[ValidationError]]:
    schema = load(name)
    return validator_for(schema, schema["$defs"])
