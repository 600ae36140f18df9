"""Jobs that a pull request removes while an execution of theirs still runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runner import diffs, graph, report
from runner.cli import planning, project
from runner.cli.options import Wish
from runner.cli.project import Loaded
from runner.errors import Invalid, StepfleetError, has_errors

if TYPE_CHECKING:
    from runner.cli.action.context import Action
    from runner.cli.action.proposing import Proposal
    from runner.cli.providers import Providers
    from runner.model import Spec


def removed_and_running(
    action: Action, proposal: Proposal, providers: Providers
) -> tuple[str, ...]:
    """A note on removed jobs that run: merging stops none of them."""
    base = proposal.base
    if base is None or proposal.offline:
        return ()
    removed = diffs.removed_jobs(base, proposal.loaded.spec)
    if not removed:
        return ()
    try:
        running = _running(_as_on_base(action, base), removed, providers)
    except StepfleetError as error:
        return (f"Whether {report.listed(list(removed))} still run can't be told: {error}",)
    if not running:
        return ()
    verb = "is removed and still runs" if len(running) == 1 else "are removed and still run"
    return (f"{report.listed(running)} {verb}: merging does not stop it",)


def _as_on_base(action: Action, base: Spec) -> Loaded:
    """The base branch's project with the values that this workflow gives. Raises Invalid."""
    declared = {variable.name for variable in base.project.variables}
    values, problems = project.values_of(
        base.project,
        options={
            name: value for name, value in action.inputs.variables.items() if name in declared
        },
        var_files=(),
        root=Path.cwd(),
    )
    if has_errors(problems):
        raise Invalid(problems)
    needs = {name: job.needs for name, job in base.jobs.items()}
    return Loaded(base, graph.build(needs), values, ())


def _running(loaded: Loaded, removed: tuple[str, ...], providers: Providers) -> list[str]:
    """The removed jobs whose newest execution has not ended. Raises StepfleetError."""
    # With what they need: else a need that is not up to date would refuse the plan.
    wish = Wish(select=tuple(f"+{name}" for name in removed))
    memory = planning.make(loaded, wish, providers).memory
    pasts = memory.pasts if memory is not None else {}
    return [
        name
        for name in removed
        if name in pasts and (newest := pasts[name].newest) is not None and newest.may_change
    ]
