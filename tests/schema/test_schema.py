"""The schema itself: valid, complete for editors, and the same for them and for us."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from runner import schema
from runner.documents import parse, plain
from runner.model.projects import READABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = schema.load("stepfleet.schema.json")
DEFINITIONS: dict[str, Any] = SCHEMA["$defs"]


def subschemas(part: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every schema of a field, an item or a definition."""
    yield path, part
    for name, field in part.get("properties", {}).items():
        yield from subschemas(field, f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(part.get(keyword), dict):
            yield from subschemas(part[keyword], f"{path}.{keyword}")


FIELDS = [
    pytest.param(part, id=path)
    for name, definition in DEFINITIONS.items()
    for path, part in subschemas(definition, name)
    if "$ref" not in part
]


def test_it_is_a_schema_of_draft_2020_12() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("part", FIELDS)
def test_an_editor_has_something_to_say_about_every_field(part: dict[str, Any]) -> None:
    assert part["title"]
    assert part["description"].endswith(".")
    assert part["examples"]


@pytest.mark.parametrize("part", FIELDS)
def test_examples_and_defaults_follow_the_schema(part: dict[str, Any]) -> None:
    validator = Draft202012Validator({**part, "$defs": DEFINITIONS})
    values = part["examples"] + ([part["default"]] if "default" in part else [])
    assert [error.message for value in values for error in validator.iter_errors(value)] == []


@pytest.mark.parametrize("part", FIELDS)
def test_a_pattern_says_what_it_wants(part: dict[str, Any]) -> None:
    if "pattern" in part:
        assert part["patternErrorMessage"].startswith("is not ")


@pytest.mark.parametrize("kind", schema.KINDS)
def test_the_examples_of_a_kind_are_documents(kind: str) -> None:
    for example in DEFINITIONS[kind]["examples"]:
        assert list(Draft202012Validator(SCHEMA).iter_errors(example)) == []
        (document,) = parse(json.dumps(example).encode(), "f").documents
        assert schema.check(document) == ()


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{kind: Job}",
        "{apiVersion: stepfleet/v1, kind: Jobb, metadata: {name: a}, spec: {}}",
        "{apiVersion: stepfleet/v1, kind: Job, metadata: {name: a}, spec: {}}",
        "{apiVersion: stepfleet/v1, kind: Job, metadata: {name: a}, spec: {stateMachine: x}}",
        "{apiVersion: stepfleet/v1, kind: Job, metadata: {name: a}, spec: {stateMachine: x}, a: 1}",
        "{apiVersion: stepfleet/v1, kind: Platform, metadata: {name: a}, spec: {type: local}}",
        "{apiVersion: stepfleet/v1, kind: Platform, metadata: {name: a}, spec: {type: l}}",
        "{apiVersion: stepfleet/v1, kind: Project, metadata: {name: a}, spec: {}}",
        "{apiVersion: stepfleet/v1, kind: Project, metadata: {name: a}, spec: {x: 1}}",
        "{apiVersion: stepfleet/v1, kind: StateMachine, metadata: {name: a}, spec: {}}",
    ],
)
def test_an_editor_and_the_check_agree(text: str) -> None:
    (document,) = parse(text.encode(), "f").documents
    accepted = Draft202012Validator(SCHEMA).is_valid(plain(document.root))
    assert (schema.check(document) == ()) is accepted


def test_what_may_be_read_of_the_environment_is_one_rule() -> None:
    project = DEFINITIONS["Project"]["properties"]["spec"]["properties"]["environment"]
    plan = schema.load("plan.schema.json")["properties"]["environment"]
    assert project["items"]["pattern"] == plan["items"]["pattern"] == READABLE


def test_schemas_are_found_in_a_checkout() -> None:
    root = Path(__file__).parent.parent.parent
    assert json.loads((root / "schemas" / "stepfleet.schema.json").read_text()) == SCHEMA


def test_an_unknown_schema_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        schema.load("nothing.json")
