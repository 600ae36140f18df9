"""The specs of a pull request, with what decides about trust taken from its base branch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runner import diffs, git, sources, trust
from runner.cli import planning, project
from runner.errors import Refused

if TYPE_CHECKING:
    from runner.cli.action.context import Action
    from runner.cli.project import Loaded
    from runner.diffs import SpecChanges
    from runner.github import PullRequest
    from runner.model import Spec
    from runner.plan import Plan
    from runner.trust import Concealed

NO_BASE = "The base branch has no specs yet"
BROKEN_BASE = "The specs of the base branch are not valid"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A valid project as it may be planned, and what was kept from it.

    `base` are the base branch's specs, None where there are none, or none that are valid; the
    other fields are of a pull request alone. `offline` tells that a platform is not trusted
    yet, so that nothing may be looked up. `late` are names of the environment that may be
    read after the merge, `concealed` is what is not to be shown, and `withheld` names the
    variables on whose values nothing that is shown may depend. `base_commit` is the base
    branch's commit.
    """

    loaded: Loaded
    base: Spec | None = None
    changes: SpecChanges | None = None
    notes: tuple[str, ...] = ()
    offline: bool = False
    late: frozenset[str] = frozenset()
    concealed: Concealed | None = None
    withheld: frozenset[str] = frozenset()
    base_commit: str = ""

    def shown(self, plan: Plan) -> Plan:
        """The plan as it may be shown and saved."""
        if self.concealed is None:
            return plan
        return trust.conceal(plan, self.concealed)


def propose(action: Action) -> Proposal:
    """Read the specs, and of a pull request those of its base branch. Raises Invalid, Refused."""
    inputs, pull_request = action.inputs, action.workflow.pull_request
    found = project.read(inputs.paths)
    complete = partial(project.complete, options=inputs.variables, var_files=inputs.var_files)
    head = found.spec
    if head is None or pull_request is None:
        return Proposal(complete(found))
    repository = _repository(action)
    base_commit, base, notes = _base(action, repository, pull_request)
    trusted = trust.trusted(head, base)
    loaded = replace(complete(replace(found, spec=trusted.guarded)), spec=trusted.spec)
    given = project.given_to(
        head.project,
        options=inputs.variables,
        var_files=[path for path in inputs.var_files if not _is_committed(repository, path)],
        root=found.root,
    )
    hidden, withheld = trusted.hidden(given), trusted.withheld(given)
    used = planning.platforms(loaded, action.wish, withheld)
    unknown = tuple(name for name in trusted.unknown if name in used)
    return Proposal(
        loaded,
        base=base,
        changes=diffs.between(base, head),
        notes=(*notes, *_unknown(unknown), *_secret(trusted.kept_sensitive), *_hidden(hidden)),
        offline=bool(unknown),
        late=frozenset(trusted.late_environment),
        concealed=trust.concealed(head, base, hidden),
        withheld=withheld,
        base_commit=base_commit,
    )


def _repository(action: Action) -> git.Repository:
    cwd = Path.cwd()
    repository = git.repository_of(cwd / action.inputs.paths[0], cwd)
    if repository is None:
        raise Refused(
            "the specs lie in no git repository, so what the base branch trusts can't be known: "
            "use actions/checkout before"
        )
    return repository


def _is_committed(repository: git.Repository, path: Path) -> bool:
    """Tell whether a file is what the commit says, so that whoever sees the specs sees it."""
    whole = Path.cwd() / path
    try:
        there = repository.read(repository.head(), whole)
        return sources.read_below(repository.root, whole) == there
    except (OSError, ValueError, Refused):
        return False


def _base(
    action: Action, repository: git.Repository, pull_request: PullRequest
) -> tuple[str, Spec | None, tuple[str, ...]]:
    """The base branch's commit, its project, and what there is to say about it."""
    cwd, paths = Path.cwd(), action.inputs.paths
    commit = git.base_of(repository, head=pull_request.head, base=pull_request.base)
    found = repository.sources(commit, paths, cwd=cwd)
    if not found.files:
        return commit, None, (NO_BASE,)
    base = project.build(found, lambda name: repository.read(commit, cwd / name))
    return commit, base.spec, () if base.spec is not None else (BROKEN_BASE,)


def _unknown(platforms: tuple[str, ...]) -> tuple[str, ...]:
    if not platforms:
        return ()
    are = "is" if len(platforms) == 1 else "are"
    note = (
        f"{', '.join(platforms)} {are} not trusted before the merge, as the base branch does not "
        "have it: the plan was made without looking anything up on AWS"
    )
    return (note,)


def _secret(variables: tuple[str, ...]) -> tuple[str, ...]:
    if not variables:
        return ()
    stay = "stays" if len(variables) == 1 else "stay"
    note = (
        f"{', '.join(variables)} {stay} sensitive before the merge: the work of the jobs that "
        "take it is another after it, so a person has to approve them by the plan's digest"
    )
    return (note,)


def _hidden(variables: frozenset[str]) -> tuple[str, ...]:
    if not variables:
        return ()
    names = ", ".join(sorted(variables))
    note = (
        f"What the workflow gives {names} is not shown before the merge, as the base branch does "
        "not declare it"
    )
    return (note,)
