"""Answers and options that are checked one by one. Each raises click.BadParameter with the reason.

A prompt shows the reason and asks again; an option ends the command with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from runner import documents, schema, starting
from runner.cli.starting.ground import BRANCH

if TYPE_CHECKING:
    from runner.starting import NewFile

_ROLE = re.compile(r"arn:aws[a-z0-9-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,1100}", re.ASCII)
_RELEASE = re.compile(r"[0-9a-f]{40}")


def region(text: str) -> str:
    """A region of AWS."""
    _by_schema(starting.specs.platform("specs", starting.specs.platform_text(text, None)), text)
    return text


def account_id(text: str) -> str:
    """An account of AWS: 12 digits."""
    if re.fullmatch(r"[0-9]{12}", text, re.ASCII) is None:
        raise click.BadParameter(f"{text!r} is not an AWS account: 12 digits")
    return text


def name(text: str) -> str:
    """The name of a project."""
    file = starting.specs.project("specs", text, starting.specs.AWS, None)
    _by_schema(file, text)
    return text


def role(text: str) -> str:
    """The ARN of a role."""
    if _ROLE.fullmatch(text) is None:
        raise click.BadParameter(
            f"{text!r} is not the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME"
        )
    return text


def branch(text: str) -> str:
    """The name of a branch that means itself in a workflow."""
    if BRANCH.fullmatch(text) is None:
        raise click.BadParameter(f"{text!r} is not a branch's name of letters, digits and . _ / -")
    return text


def release(text: str) -> str:
    """The commit of a release."""
    if _RELEASE.fullmatch(text) is None:
        raise click.BadParameter(f"{text!r} is not a commit: 40 hex digits in lower case")
    return text


def _by_schema(file: NewFile, text: str) -> None:
    """Believe the schema of specs, which is what has to be met in the end."""
    for document in documents.parse(file.text.encode(), file.path).documents:
        for complaint in schema.check(document):
            reason = complaint.message.rpartition(": ")[2]
            way_out = f"; {complaint.help}" if complaint.help else ""
            raise click.BadParameter(f"{reason}{way_out}")
