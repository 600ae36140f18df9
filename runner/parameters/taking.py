"""Filling a job's outputs from what its execution left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from runner import values
from runner.parameters.conversion import convert
from runner.parameters.types import Direction, Misfit, ParameterType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.values import Json


class Takeable(Protocol):
    """What taking needs to know of a parameter."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def direction(self) -> Direction: ...  # noqa: D102
    @property
    def type(self) -> ParameterType | None: ...  # noqa: D102
    @property
    def sensitive(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Taken:
    """What an execution's output gives to a job's output and inout parameters.

    `missing` are those that no property matches; `misfits` those that one matches without
    fitting, with the reason. Both in the order of the parameters.
    """

    outputs: dict[str, Json]
    missing: tuple[str, ...] = ()
    misfits: tuple[tuple[str, str], ...] = ()


def take(parameters: Sequence[Takeable], output: str | None) -> Taken:
    """Fill the output and inout parameters from an execution's output, a JSON text.

    Each takes the property of its exact name, else the only one that differs in case. Only
    an object at the root has properties. Two properties that differ from the name in case
    alone are a misfit: neither is taken, and so is everything of a text that is not strict
    JSON. A value of type `json` is taken as it is.
    """
    try:
        properties = _properties(output)
    except values.NotJson as error:
        why = f"the output can't be read: {error}"
        wanted = (each.name for each in parameters if each.direction is not Direction.INPUT)
        return Taken({}, misfits=tuple((name, why) for name in wanted))
    folded: dict[str, list[str]] = {}
    for key in properties:
        folded.setdefault(key.casefold(), []).append(key)
    outputs: dict[str, Json] = {}
    missing: list[str] = []
    misfits: list[tuple[str, str]] = []
    for parameter in parameters:
        if parameter.direction is Direction.INPUT:
            continue
        name = parameter.name
        keys = [name] if name in properties else folded.get(name.casefold(), [])
        if not keys:
            missing.append(name)
        elif len(keys) > 1:
            both = " and ".join(repr(key) for key in sorted(keys))
            misfits.append((name, f"the output has {both}, but no {name!r}"))
        else:
            try:
                outputs[name] = _typed(properties[keys[0]], parameter.type)
            except Misfit as error:
                misfits.append((name, error.public if parameter.sensitive else error.message))
    return Taken(outputs, tuple(missing), tuple(misfits))


def _properties(output: str | None) -> dict[str, Json]:
    if output is None:
        return {}
    value = values.parse(output)
    return value if isinstance(value, dict) else {}


def _typed(value: Json, type_: ParameterType | None) -> Json:
    return value if type_ is ParameterType.JSON else convert(value, type_)
