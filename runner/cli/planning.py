"""From a loaded project to its plan, with what the platforms say of its state machines."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner import local as embedded
from runner import plan as plans
from runner import selection
from runner.cli import collector
from runner.errors import Invalid, has_errors
from runner.model import AwsPlatform, LocalPlatform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.arns import MachineArn
    from runner.cli.project import Loaded
    from runner.cli.providers import Providers
    from runner.model import Spec
    from runner.plan import Plan
    from runner.provider import MachineFinding


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asked to plan: which jobs, where, and whether AWS may be asked."""

    select: Sequence[str] = ()
    exclude: Sequence[str] = ()
    local: bool = False
    offline: bool = False


def environment_of(spec: Spec) -> dict[str, str]:
    """The environment variables that expressions may read and that are set."""
    names = spec.project.environment
    return {name: os.environ[name] for name in names if name in os.environ}


@collector.resting()
def make(loaded: Loaded, wish: Wish, providers: Providers) -> Plan:
    """Plan what was asked for. Raises Invalid, and ProviderError when AWS can't be asked."""
    spec = loaded.spec
    selected = selection.select(loaded.graph, spec.jobs, select=wish.select, exclude=wish.exclude)
    names = plans.platforms_of(
        spec, selected=selected, variables=loaded.variables, local=wish.local
    )
    used = [each for name in names if isinstance(each := spec.platforms[name], AwsPlatform)]
    accounts = {} if wish.offline else providers.accounts(used)
    wanted = plans.machines_of(
        spec,
        selected=selected,
        variables=loaded.variables,
        local=wish.local,
        accounts=accounts,
    )
    plan, diagnostics = plans.make(
        spec,
        graph=loaded.graph,
        selected=selected,
        variables=loaded.variables,
        environment=environment_of(spec),
        findings=None if wish.offline else _find(spec, wanted, providers),
        local=wish.local,
        accounts=accounts,
    )
    if plan is None:
        raise Invalid((*loaded.warnings, *diagnostics))
    problems = embedded.check(plan.machines, embedded_machines(plan))
    if has_errors(problems):
        raise Invalid((*loaded.warnings, *problems))
    return replace(plan, warnings=(*loaded.warnings, *plan.warnings, *problems))


def _find(
    spec: Spec, wanted: Mapping[str, Sequence[MachineArn]], providers: Providers
) -> dict[str, Mapping[MachineArn, MachineFinding]]:
    return {
        name: providers.provider(spec.platforms[name], spec.machines).find_machines(arns)
        for name, arns in wanted.items()
    }


def embedded_machines(plan: Plan) -> set[str]:
    """The names of the state machines that the embedded engine would run."""
    return {
        job.machine.name
        for job in plan.jobs
        if isinstance(plan.platforms[job.platform], LocalPlatform)
        and job.action is not plans.Action.SKIP
    }
