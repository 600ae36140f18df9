"""No complaint shows a credential, whatever became of the document that it is about."""

from __future__ import annotations

import pytest

from runner import documents, model

KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HEAD = "apiVersion: stepfleet/v1\nkind: Project\nmetadata: {name: shop}\nspec: {}\n---\n"


def told(text: str) -> list[str]:
    """All complaints about a text beside a project, as they are shown."""
    parsed = documents.parse(f"{HEAD}{text}".encode(), "f")
    _, problems = model.build(parsed.documents, read_file=lambda _: b"{}", partial=True)
    shown = model.conceal((*parsed.diagnostics, *problems), parsed.documents)
    return [each.message for each in shown]


@pytest.mark.parametrize(
    "text",
    [f"{KEY}: 1\n{KEY}: 2\n", f"a: *{KEY}\n", f"a: !{KEY} x\n", f"a: '{KEY}\n"],
)
def test_a_document_that_can_not_be_read_is_told_without_its_keys(text: str) -> None:
    messages = told(text)
    assert messages
    assert KEY not in "".join(messages)


def test_the_complaint_about_a_private_key_is_told_to_its_end() -> None:
    text = (
        "apiVersion: stepfleet/v1\nkind: Job\nmetadata: {name: a}\nspec: {stateMachine: m, "
        "parameters: {p: {type: integer, value: '-----BEGIN PRIVATE KEY-----'}}}\n"
    )
    assert "parameters.p: '***' is not an integer" in told(text)


def test_a_secret_key_behind_its_name_is_refused_without_a_sign_between() -> None:
    text = (
        "apiVersion: stepfleet/v1\nkind: Job\nmetadata: {name: a}\nspec: {stateMachine: m, "
        f"parameters: {{p: 'aws configure set aws_secret_access_key {SECRET}'}}}}\n"
    )
    assert any("it looks like an AWS secret access key" in each for each in told(text))


def test_no_text_takes_long_to_be_told_from_a_path() -> None:
    word = "1234/1234/1234/1234/1234/1234/1234/aBc1+"
    rows = ", ".join(f"secret{number}: '{word}'" for number in range(2000))
    text = (
        "apiVersion: stepfleet/v1\nkind: Job\nmetadata: {name: a}\nspec: {stateMachine: m, "
        f"parameters: {{{rows}}}}}\n"
    )
    # With a pattern that tries every way to split them it would be half an hour.
    assert len([each for each in told(text) if "looks like" in each]) == 2000
