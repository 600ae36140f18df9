"""Definitions to infer from, and what is inferred in a form that reads well."""

from __future__ import annotations

from typing import Any

from runner.inference import Inferred, infer

LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function:f"


def chain(*states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A machine whose states A, B, C… follow each other; one that says how it goes on does so."""
    names = [chr(ord("A") + index) for index in range(len(states))]
    follow: list[dict[str, Any]] = [*({"Next": name} for name in names[1:]), {"End": True}]
    own = {"Next", "End", "Choices"}
    bodies = [
        state if own & state.keys() or state["Type"] in ("Succeed", "Fail") else {**state, **after}
        for state, after in zip(states, follow, strict=True)
    ]
    return {"StartAt": "A", "States": dict(zip(names, bodies, strict=True)), **fields}


def passes(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", **fields}


def reads(path: str, **fields: Any) -> dict[str, Any]:
    """A state that reads a path, and leaves the document as it is."""
    return passes(Parameters={"read.$": path}, ResultPath=None, **fields)


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": LAMBDA, **fields}


def jsonata(*states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return chain(*states, QueryLanguage="JSONata", **fields)


def inputs(definition: Any) -> dict[str, str | None]:
    """The inferred inputs with their types; an optional one's name ends in a question mark."""
    return {
        f"{each.name}?" if each.is_optional else each.name: each.type
        for each in infer(definition).inputs
    }


def outputs(definition: Any) -> dict[str, str | None]:
    """The inferred outputs with their types; a name that is not certain ends in a question mark."""
    return {
        each.name if each.is_certain else f"{each.name}?": each.type
        for each in infer(definition).outputs
    }


def notes(definition: Any) -> tuple[str, ...]:
    found: Inferred = infer(definition)
    return found.notes
