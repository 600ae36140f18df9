"""One order of keys, so that the order in which an author wrote them changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.expressions import Template
    from runner.values import Json


def ordered(value: Json) -> Json:
    """The same value with the keys of every object sorted."""
    if isinstance(value, dict):
        return ordered_object(value)
    if isinstance(value, list):
        return [ordered(child) for child in value]
    return value


def ordered_object(mapping: Mapping[str, Json]) -> dict[str, Json]:
    """The same object with its keys sorted, and those of every object in it."""
    return {key: ordered(mapping[key]) for key in sorted(mapping)}


def ordered_template(template: Template | None) -> Template | None:
    """The same template with sorted keys: it sends the same JSON."""
    if template is None or not isinstance(template.value, (dict, list)):
        return template
    return replace(template, value=ordered(template.value))
