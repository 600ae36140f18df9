"""From a plan that is ready to its run: what both `apply` and the Action do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runner import __version__, engine, git, report
from runner import local as embedded
from runner.cli import going_on, planning, whereabouts
from runner.errors import Invalid, Refused, has_errors
from runner.model import LocalPlatform
from runner.results import RunInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.cli.console import Console
    from runner.cli.planning import Planned
    from runner.cli.providers import Providers
    from runner.model import OnCancel
    from runner.plan import Plan
    from runner.results import RunResults
    from runner.schedule import Options


@dataclass(frozen=True, slots=True)
class Manner:
    """How a user wants a run to go, and where its results belong."""

    results: Path
    run_id: str | None
    include_inputs: bool
    options: Options


@dataclass(frozen=True, slots=True)
class Ready:
    """A plan that is about to run, how, and as which run."""

    planned: Planned
    manner: Manner
    run_id: str


def take_over(ready: Ready) -> Ready:
    """The same with what an earlier apply of the run left."""
    manner = ready.manner
    wanted = going_on.options(
        manner.options, ready.planned.plan, run_id=ready.run_id, results_path=manner.results
    )
    return replace(ready, manner=replace(manner, options=wanted))


def refuse_embedded(plan: Plan, option: str = "--detach") -> None:
    """Nothing of the embedded engine outlives the apply. Raises Refused."""
    embedded_jobs = [
        job.name
        for job in plan.jobs
        if job.is_selected and isinstance(plan.platforms[job.platform], LocalPlatform)
    ]
    if embedded_jobs:
        raise Refused(
            f"{option}: {report.listed(embedded_jobs)} would run on the embedded engine, which "
            f"ends with the apply: leave {option} out, or select other jobs"
        )


def prepare(plan: Plan) -> None:
    """Have the embedded engine read what it is to run. Raises Refused, or Invalid."""
    machines = planning.embedded_machines(plan)
    if not machines:
        return
    problems = embedded.read(plan.machines, machines)
    if has_errors(problems):
        raise Invalid(problems)


def cancelled_by(plan: Plan, manner: OnCancel) -> Plan:
    """The same plan, of which an interrupt stops or leaves every job, whatever its spec says."""
    return replace(plan, jobs=tuple(replace(job, on_cancel=manner) for job in plan.jobs))


def run(
    ready: Ready,
    *,
    providers: Providers,
    shown: Console,
    on_interrupt: Callable[[], None],
) -> RunResults:
    """Run a plan. `on_interrupt` is called once when the run is to end early."""
    planned, manner, plan = ready.planned, ready.manner, ready.planned.plan
    late = {variable.name for variable in plan.late_variables if variable.sensitive}
    hidden = [planned.variables[name] for name in sorted(late)]
    return engine.run(
        plan,
        run=RunInfo(
            ready.run_id,
            plan.project,
            _commit(),
            version=__version__,
            local=plan.local,
            platforms=whereabouts.of_plan(plan),
        ),
        context={"vars": dict(planned.variables), "env": dict(planned.environment)},
        providers={
            name: providers.provider(platform, plan.machines)
            for name, platform in plan.platforms.items()
        },
        memory=planned.memory,
        options=manner.options,
        secrets=[*hidden, *planned.environment.values()],
        results_path=manner.results,
        include_inputs=manner.include_inputs,
        sinks=shown.sinks,
        view=shown.view,
        on_interrupt=on_interrupt,
    )


def _commit() -> str | None:
    """The commit that is checked out here, if any."""
    try:
        repository = git.repository_of(Path(), Path.cwd())
        return repository.head() if repository else None
    except (OSError, Refused):
        return None
