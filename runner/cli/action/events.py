"""Which commands are for which events of GitHub: what is not merged never has a say over AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.cli.action.inputs import Command
from runner.errors import Refused

if TYPE_CHECKING:
    from runner.github import Workflow

TARGET = (
    "on pull_request_target a pull request from anyone would run with this repository's secrets: "
    "use on: pull_request"
)
MERGED_ALONE = (
    "command: {command} is for what was merged: run it on push, on schedule or by hand "
    "(workflow_dispatch), and command: plan on pull_request"
)
UNKNOWN = (
    "on {event} what is checked out may be anybody's: plan on pull_request, and apply on push, on "
    "schedule or by hand (workflow_dispatch)"
)
_PROPOSED = ("pull_request", "merge_group")
_MERGED = (
    *("push", "schedule", "workflow_dispatch", "repository_dispatch"),
    *("create", "deployment", "release"),
)


def check(workflow: Workflow, command: Command) -> None:
    """Refuse a command on an event that it is not for. Raises Refused.

    To validate asks nothing of AWS, and is for all of them.
    """
    event = workflow.event
    if event == "pull_request_target":
        raise Refused(TARGET)
    if command is Command.VALIDATE:
        return
    if event in _PROPOSED and command is not Command.PLAN:
        raise Refused(MERGED_ALONE.format(command=command.value))
    if event not in (*_PROPOSED, *_MERGED):
        raise Refused(UNKNOWN.format(event=event))
