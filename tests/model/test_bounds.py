"""Hostile values: many faults in one value cost little and fill no screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner import documents, model

if TYPE_CHECKING:
    from runner.errors import Diagnostic

HEAD = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {name: shop}
spec: {platform: here}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: here}
spec: {type: local}
---
apiVersion: stepfleet/v1
kind: Job
metadata: {name: a}
spec:
"""
MANY = 10_000


def problems(spec: str) -> tuple[Diagnostic, ...]:
    parsed = documents.parse((HEAD + spec).encode(), "f")
    assert parsed.diagnostics == ()
    _, found = model.build(parsed.documents, read_file=lambda _: b"")
    return found


def varied(text: str, count: int = MANY) -> str:
    return "".join(text.format(number) for number in range(count))


@pytest.mark.parametrize(
    "spec",
    [
        '  stateMachine: m\n  parameters: {a: "' + "<'${{ x }}'" * MANY + '"}',
        '  stateMachine: m\n  parameters: {a: {value: [{b: "' + "${{ x }}" * MANY + '"}]}}',
        "  stateMachine: m\n  parameters: {a: {value: [" + "'${{ x }}'," * MANY + "]}}",
        '  stateMachine: m\n  parameters: {a: "' + varied("${{{{ vars.x{} }}}}") + '"}',
        "  stateMachine: m\n  parameters: {a: {value: [" + varied("'${{{{ vars.x{} }}}}',") + "]}}",
        '  stateMachine: "m' + "${{ x }}" * MANY + '"',
        '  stateMachine: "m' + varied("${{{{ env.x{} }}}}") + '"',
        '  stateMachine: "m' + varied("${{{{ vars.x{} }}}}") + '"',
    ],
    ids=["text", "nested", "list", "names", "names in a list", "early", "late", "early names"],
)
def test_of_many_wrong_expressions_in_one_value_twenty_are_listed(spec: str) -> None:
    found = problems(spec)
    assert len(found) == 21
    assert [each.code for each in found].count("too-many-problems") == 1
    (more,) = [each for each in found if each.code == "too-many-problems"]
    assert "more than 20 wrong expressions" in more.message
    assert more.help == "mend the others first"
    assert len({each.place for each in found}) == 21


def test_twenty_wrong_expressions_are_all_listed() -> None:
    found = problems('  stateMachine: m\n  parameters: {a: "' + "${{ x }}" * 20 + '"}')
    assert len(found) == 20
    assert all(each.code == "expression" for each in found)


def test_a_fault_that_aliases_repeat_is_told_once() -> None:
    many = ", ".join(["*x"] * MANY)
    text = f"  stateMachine: m\n  parameters: {{a: {{value: [&x '${{{{ x }}}}', {many}]}}}}"
    (found,) = problems(text)
    assert (str(found.place), found.message) == ("f:16:36", "parameters.a[0]: unknown name 'x'")
