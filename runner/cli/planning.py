"""From a loaded project to its plan, with what the platforms say of machines and executions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner import local as embedded
from runner import planning, selection
from runner.cli import collector, environment, recalling
from runner.errors import Invalid, Refused, has_errors
from runner.model import AwsPlatform, LocalPlatform
from runner.plan import Action

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.arns import MachineArn
    from runner.cli.options import Wish
    from runner.cli.project import Loaded
    from runner.cli.providers import Providers
    from runner.cli.saved import Saved
    from runner.memory import Memory
    from runner.model import Platform, StateMachine
    from runner.plan import Plan, Stale
    from runner.provider import MachineFinding
    from runner.values import Json

    Findings = Mapping[str, Mapping[MachineArn, MachineFinding]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A decided plan, with all that was looked up for it and all that it is rendered with.

    `memory` and `findings` are None offline. `stale` is what differs from a saved plan that
    was to be applied, and `starts` names the jobs which that one starts.
    """

    plan: Plan
    memory: Memory | None
    findings: Findings | None
    variables: Mapping[str, Json]
    environment: Mapping[str, str]
    stale: tuple[Stale, ...] = ()
    starts: frozenset[str] | None = None


@collector.resting()
def make(
    loaded: Loaded,
    wish: Wish,
    providers: Providers,
    *,
    offline: bool = False,
    run_id: str | None = None,
    late_environment: frozenset[str] = frozenset(),
    concealed: Mapping[str, frozenset[str]] | None = None,
    withheld: frozenset[str] = frozenset(),
) -> Planned:
    """Plan what was asked for. Raises Invalid, and ProviderError when AWS can't be asked.

    The environment variables in `late_environment` are taken for set, and not read. The values
    of the parameters in `concealed`, by job, and of the variables in `withheld` decide nothing
    that the plan would show.
    """
    spec, graph = loaded.spec, loaded.graph
    selected, concerned = _selected(loaded, wish)
    names = platforms(loaded, wish, withheld)
    used = [each for name in names if isinstance(each := spec.platforms[name], AwsPlatform)]
    accounts = {} if offline else _accounts(used, providers)
    wanted = planning.machines_of(
        spec,
        selected=concerned,
        variables=loaded.variables,
        local=wish.local,
        accounts=accounts,
        withheld=withheld,
    )
    findings = None if offline else _find(spec.platforms, spec.machines, wanted, providers)
    readable = environment.read(spec.project.environment)
    draft, diagnostics = planning.make(
        spec,
        graph=graph,
        selected=selected,
        variables=loaded.variables,
        environment={*readable, *late_environment},
        findings=findings,
        local=wish.local,
        accounts=accounts,
        rerun=_rerun(loaded, wish, selected),
        retry_failed=wish.retry_failed,
        withheld=withheld,
    )
    if draft is None:
        raise Invalid((*loaded.warnings, *diagnostics))
    plan, memory = recalling.decide(
        draft, None if findings is None else providers, run_id=run_id, concealed=concealed
    )
    problems = embedded.check(plan.machines, embedded_machines(plan))
    if has_errors(problems):
        raise Invalid((*loaded.warnings, *problems))
    whole = replace(plan, warnings=(*loaded.warnings, *plan.warnings, *problems))
    return Planned(whole, memory, findings, loaded.variables, readable)


def platforms(
    loaded: Loaded, wish: Wish, withheld: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """The names of the AWS platforms that a plan has to do with, sorted. Raises Refused."""
    return planning.platforms_of(
        loaded.spec,
        selected=_selected(loaded, wish)[1],
        variables=loaded.variables,
        local=wish.local,
        withheld=withheld,
    )


def _selected(loaded: Loaded, wish: Wish) -> tuple[frozenset[str], frozenset[str]]:
    """The jobs that were asked for, and these with all that they need. Raises Refused."""
    jobs, graph = loaded.spec.jobs, loaded.graph
    selected = selection.select(graph, jobs, select=wish.select, exclude=wish.exclude)
    concerned = selected | graph.ancestors_of(*selected)
    return concerned if wish.with_needs else selected, concerned


@collector.resting()
def again(saved: Saved, providers: Providers, *, run_id: str | None = None) -> Planned:
    """Look again at a saved plan: what it would do now, and what of that is not in it.

    Raises Refused, Invalid, and ProviderError when AWS can't be asked.
    """
    old = saved.plan
    _accounts([each for each in old.platforms.values() if isinstance(each, AwsPlatform)], providers)
    wanted: dict[str, list[MachineArn]] = {}
    for job in old.jobs:
        wanted.setdefault(job.platform, []).append(job.machine)
    findings = _find(old.platforms, old.machines, wanted, providers)
    draft, diagnostics = planning.refreshed(old, findings)
    if draft is None:
        raise Invalid(diagnostics)
    draft = replace(draft, variables={name: saved.variables[name] for name in draft.variables})
    plan, memory = recalling.decide(draft, providers, run_id=run_id)
    return Planned(
        plan,
        memory,
        findings,
        saved.variables,
        saved.environment,
        planning.stale(old, plan),
        planning.reviewed(old, plan),
    )


def _accounts(used: Sequence[AwsPlatform], providers: Providers) -> Mapping[str, str]:
    """The accounts of the platforms' credentials, before anything else is asked with them.

    Raises Invalid where one is not the account that its platform is for, and ProviderError.
    """
    accounts = providers.accounts(used)
    wrong = tuple(planning.wrong_accounts(accounts, used))
    if wrong:
        raise Invalid(wrong)
    return accounts


def _rerun(loaded: Loaded, wish: Wish, selected: frozenset[str]) -> frozenset[str]:
    """The jobs to run though they may be up to date. Raises Refused for one not selected."""
    if not wish.rerun:
        return frozenset()
    jobs = loaded.spec.jobs
    wanted = selection.select(loaded.graph, jobs, select=wish.rerun, exclude=(), option="--rerun")
    outside = sorted(wanted - selected)
    if outside and not wanted & selected:
        raise Refused(f"--rerun {outside[0]}: the job is not selected; add it with --select")
    return wanted & selected


def _find(
    platforms: Mapping[str, Platform],
    machines: Mapping[str, StateMachine],
    wanted: Mapping[str, Sequence[MachineArn]],
    providers: Providers,
) -> Findings:
    return {
        name: providers.provider(platforms[name], machines).find_machines(
            sorted(set(arns), key=str)
        )
        for name, arns in wanted.items()
    }


def embedded_machines(plan: Plan) -> set[str]:
    """The names of the state machines that the embedded engine may have to run.

    A job that is skipped as things are may run after all: not one whose machine was not looked
    for, as its spec skips it whatever happens.
    """
    return {
        job.machine.name
        for job in plan.jobs
        if isinstance(plan.platforms[job.platform], LocalPlatform)
        and (job.action is not Action.SKIP or job.revision is not None)
    }
