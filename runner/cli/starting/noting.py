"""What is to be said besides the files: what a person has to add to files that are kept."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runner import iam
from runner.cli.starting import deciding
from runner.starting import hooks, recognising, workflows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.cli.starting.answers import Answers
    from runner.cli.starting.ground import Ground

_WAIT = "          wait-minutes: 330\n"


def notes(answers: Answers, ground: Ground, job: str | None) -> Iterator[str]:
    """The notes of a start. `job` is one of the project that runs the first job's machine."""
    if answers.branch is not None and not workflows.is_writable(ground.specs):
        yield (
            f"No workflows: in the pattern of a workflow the folder {ground.specs} would mean "
            "something else. Give it a name of letters, digits and . _ -"
        )
    elif answers.branch is not None and not answers.is_branch_known:
        yield from _branch(answers.branch, ground)
    yield from _roles(answers, ground)
    there = ground.hooks() if answers.has_hook else None
    if there is not None and not recognising.has_hook(there, ground.specs):
        yield f"Add to {hooks.PATH}, below `repos`:\n\n{hooks.entry(ground.specs)}"
    if job is not None:
        yield f"No job: {job} runs this state machine already"


def _branch(branch: str, ground: Ground) -> Iterator[str]:
    if ground.odd_branch is not None and not all(map(ground.workflow, ("plan", "apply"))):
        yield (
            f"The workflows are for the branch {branch}: the name {ground.odd_branch} would mean "
            "something else in a workflow's pattern. Put yours in, below `branches`"
        )


def lacking_roles(answers: Answers, ground: Ground) -> Iterator[tuple[str, str]]:
    """Command and path of each workflow that takes no role, as no job ran on AWS before."""
    there = ground.platform()
    has_own = there is not None and iam.trusting_role(there.auth) is not None
    if has_own or not deciding.needs_roles(answers, ground):
        return
    for command in ("plan", "apply"):
        path = ground.workflow(command)
        if path is not None and not recognising.takes_credentials(ground.text_of(path)):
            yield command, path


def _roles(answers: Answers, ground: Ground) -> Iterator[str]:
    for command, path in lacking_roles(answers, ground):
        role = deciding.role_name(answers.platform, command)
        if answers.roles is not None:
            role = answers.roles.plan if command == "plan" else answers.roles.apply
        shown = os.path.relpath(ground.top / path)
        yield (
            f"{shown} takes no role in AWS, which jobs on AWS need. Add below the "
            f"`permissions` of its job with `command: {command}`:\n\n"
            "      id-token: write # the AWS role\n\n"
            f"and below the `command: {command}` itself:\n\n"
            f"          aws-role: {role}\n{_WAIT if command == 'apply' else ''}"
        )
