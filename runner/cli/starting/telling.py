"""What was written and what was kept, and what a person does next, with the exact commands."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli.starting import noting
from runner.cli.starting.answers import Example
from runner.model import ProfileAuth
from runner.report import clean
from runner.starting import workflows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.cli.starting.answers import Answers
    from runner.cli.starting.files import Chosen
    from runner.cli.starting.ground import Ground


_EXAMPLES = {workflows.EXAMPLE_ROLES.plan, workflows.EXAMPLE_ROLES.apply}


def preview(chosen: Chosen, ground: Ground) -> str:
    """The files that would be written."""
    return "".join(f"  {_shown(file.path, ground)}\n" for file in chosen.new)


def written(chosen: Chosen, ground: Ground) -> str:
    """What became of each file, and what is to be said besides."""
    lines = [
        *(f"wrote  {_shown(file.path, ground)}" for file in chosen.new),
        *_kept_project(ground),
        *(f"kept   {_shown(path, ground)}" for path in chosen.kept),
    ]
    if not lines:
        lines = ["nothing to write"]
    return "\n".join((*lines, *(f"\n{clean(note.rstrip())}" for note in chosen.notes), ""))


def _kept_project(ground: Ground) -> Iterator[str]:
    if ground.has_project and ground.spec is not None:
        yield f"kept   {_shown(ground.specs, ground)}: the project {ground.spec.project.name}"


def next_steps(answers: Answers, chosen: Chosen, ground: Ground) -> str:
    """The commands that lead to the first reviewed run, in their order."""
    steps = [*_moving(ground), *_commands(answers, ground), *_saving(chosen, ground)]
    width = max(len(what) for what, _ in steps)
    lines = [f"  {what:<{width}}  {command}" for what, command in steps]
    by_hand = [f"  - {each}" for each in _by_hand(answers, chosen, ground)]
    more = ["", "By hand:", *by_hand] if by_hand else []
    return "\n".join(("", "Next:", *lines, *more, ""))


def _moving(ground: Ground) -> Iterator[tuple[str, str]]:
    if ground.folder != Path.cwd():
        yield "go there", f"cd {_quoted(ground.folder, Path.cwd())}"


def _commands(answers: Answers, ground: Ground) -> Iterator[tuple[str, str]]:
    yield "check the specs", "stepfleet validate"
    platform = answers.platform
    if isinstance(answers.job, Example) or platform is None:
        yield "see what would start", "stepfleet plan --local"
        yield "run it here", "stepfleet apply --local"
        return
    auth = platform.auth
    before = f"AWS_PROFILE={shlex.quote(auth.profile)} " if isinstance(auth, ProfileAuth) else ""
    yield "find more jobs", f"{before}stepfleet discover --write specs/jobs --infer-parameters"
    yield "see what is missing", f"{before}stepfleet doctor"
    yield "see what would start", f"{before}stepfleet plan"
    if answers.roles is not None:
        yield from _policies(ground.slug or "ORG/REPO", before)


def _policies(slug: str, before: str) -> Iterator[tuple[str, str]]:
    trust = f"stepfleet iam-policy --trust github --repo {slug}"
    yield "who may take roles", f"{before}{trust} --pull-request"
    yield "", f"{before}{trust} --environment production"
    yield "what roles may do", f"{before}stepfleet iam-policy --with-switched-off --write policies"


def _saving(chosen: Chosen, ground: Ground) -> Iterator[tuple[str, str]]:
    if not chosen.new:
        return
    tops = dict.fromkeys(_committed(file.path, ground) for file in chosen.new)
    paths = " ".join(_quoted(ground.top / path, ground.folder) for path in tops)
    commands = [f"git add {paths}", "git commit -m 'Start with Stepfleet'"]
    if not ground.in_repository:
        commands.insert(0, "git init")
    for number, command in enumerate(commands):
        yield "" if number else "keep it in git", command


def _committed(path: str, ground: Ground) -> str:
    """What git is told to add: the folder of the specs, and each other file."""
    return ground.specs if path.startswith(f"{ground.specs}/") else path


def _by_hand(answers: Answers, chosen: Chosen, ground: Ground) -> Iterator[str]:
    for file in chosen.new:
        where = clean(os.path.relpath(ground.top / file.path, ground.folder))
        if file.path.startswith(f"{ground.specs}/") and "\n  if: false" in file.text:
            yield f"look at {where}, give its parameters their values, and take out `if: false`"
    yield from _account(answers, ground)
    written = [file for file in chosen.new if file.path.startswith(f"{workflows.FOLDER}/")]
    is_lacking = any(noting.lacking_roles(answers, ground))
    if is_lacking or (answers.roles is not None and (written or answers.job is not None)):
        yield (
            "make the roles that the workflows name, from what iam-policy prints and "
            "writes; write policies again when jobs are added"
        )
    if written or is_lacking:
        yield from _own_account(answers)
    if not written:
        return
    if any(workflows.NO_RELEASE in file.text for file in written):
        yield "put the commit of a Stepfleet release in place of the forty zeros in the workflows"
    yield "make an environment `production` with reviewers in the repository's settings on GitHub"


def _account(answers: Answers, ground: Ground) -> Iterator[str]:
    """The account, where the Platform is there already or is written without one."""
    there, seen = ground.platform(), answers.platform
    if seen is None or (there.account_id if there is not None else seen.account_id) is not None:
        return
    number = seen.account_id
    entry = f'`accountId: "{number}"`' if number else '`accountId: "…"`, your 12 digits,'
    yield (
        f"write {entry} into the spec of the Platform {seen.name}, "
        "so that nothing starts in another account"
    )


def _own_account(answers: Answers) -> Iterator[str]:
    """The account in the roles of workflows, where it is one of the documentation's."""
    platform, roles = answers.platform, answers.roles
    is_known = platform is not None and platform.account_id is not None
    if not is_known and roles is not None and {roles.plan, roles.apply} & _EXAMPLES:
        yield "put your own account into the ARNs of the roles in the workflows"


def _shown(path: str, ground: Ground) -> str:
    return clean(os.path.relpath(ground.top / path, Path.cwd()))


def _quoted(path: Path, start: Path) -> str:
    way = os.path.relpath(path, start)
    return shlex.quote(f"./{way}" if way.startswith("-") else way)
