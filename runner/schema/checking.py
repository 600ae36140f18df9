"""One document against the schema of its kind, each mistake one complaint with its place."""

from __future__ import annotations

import difflib
from itertools import islice
from typing import TYPE_CHECKING

from runner.documents import MapNode, ScalarNode, plain
from runner.errors import Diagnostic
from runner.schema.complaints import MAX_COMPLAINTS, Fault, explain
from runner.schema.loading import Twice, validator_of
from runner.schema.words import shown

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from runner.documents import Document, Node

KINDS = ("Project", "Platform", "Job", "StateMachine")
_START = "begin with 'apiVersion: stepfleet/v1' and 'kind: ' one of " + ", ".join(KINDS)


def check(document: Document) -> tuple[Diagnostic, ...]:
    """Every complaint about the document's structure, sorted by place."""
    root = document.root
    if not isinstance(root, MapNode):
        message = "a document is a mapping of apiVersion, kind, metadata and spec"
        return (Diagnostic(root.place, message, "not-a-document", _START),)
    kind = root.items.get("kind")
    if kind is None:
        return (_missing_kind(root),)
    if not isinstance(kind, ScalarNode) or kind.text not in KINDS:
        return (_unknown_kind(kind),)
    faults = (_fault(root, error) for error in validator_of(kind.text)(plain(root)))
    found = list(islice(explain(faults), MAX_COMPLAINTS + 1))
    if len(found) > MAX_COMPLAINTS:
        message = f"more than {MAX_COMPLAINTS} problems in this document; the rest is not listed"
        found[-1] = Diagnostic(root.place, message, "too-many-problems", "mend the others first")
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.place))


def _fault(root: MapNode, error: ValidationError) -> Fault:
    return Fault(
        root,
        tuple(error.absolute_path),
        rule=str(error.validator),
        wanted=error.validator_value,
        value=error.instance,
        schema=error.schema,
        said=error.message,
        is_key="propertyNames" in error.absolute_schema_path,
        first=error.cause.first if isinstance(error.cause, Twice) else 0,
    )


def _missing_kind(root: MapNode) -> Diagnostic:
    near = difflib.get_close_matches("kind", islice(root.items, 100), n=1)
    if near:
        message = f"unknown field {shown(near[0])}; the field 'kind' is missing"
        place = root.key_places[near[0]]
        return Diagnostic(place, message, "missing-kind", "did you mean 'kind'?")
    missing = "kind is missing" if "apiVersion" in root.items else "apiVersion and kind are missing"
    return Diagnostic(root.place, missing, "missing-kind", _START)


def _unknown_kind(kind: Node) -> Diagnostic:
    text = kind.text if isinstance(kind, ScalarNode) else "?"
    known = {name.lower(): name for name in KINDS}
    near = difflib.get_close_matches(text[:100].lower(), known, n=1)
    help_text = f"did you mean {known[near[0]]}?" if near else f"one of {', '.join(KINDS)}"
    message = f"kind: {shown(plain(kind))} is no kind of document"
    return Diagnostic(kind.place, message, "unknown-kind", help_text)
