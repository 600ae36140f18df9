"""Which values of a pull request's plan are none of its business.

Whoever opens a pull request may write any specs, and its plan reads what earlier executions
were sent and handed on. So the pull request has no say in what of that is shown: only what the
base branch declares, and does not call sensitive, is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runner import graph
from runner.expressions import VariableReference
from runner.model import Direction
from runner.planning.preview import tainted
from runner.trust.settings import sensitive_variables, with_secrets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from runner.expressions import Template
    from runner.model import Job, Parameter, Project, Spec
    from runner.planning.preview import Tainted
    from runner.values import Json


@dataclass(frozen=True, slots=True)
class Concealed:
    """What must not be shown of a plan, by job and by parameter.

    `parameters` are those whose values must not be shown at all. Of those in `earlier` it is
    what earlier executions were sent, besides. `variables` are those whose values must not be
    shown.
    """

    parameters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    earlier: Mapping[str, frozenset[str]] = field(default_factory=dict)
    variables: frozenset[str] = frozenset()


def concealed(head: Spec, base: Spec | None, hidden: Collection[str] = ()) -> Concealed:
    """What of a plan of `head` must not be shown, as `base` says.

    That is what the base branch calls sensitive, or derives from such, whatever the pull
    request says of it; the variables in `hidden`; what executions left that the base branch does
    not declare, as nobody has said that it may be seen; and all that derives from these.
    Executions are found by the names of project and job and by the state machine, so a job
    counts as declared only where these are the same. A new job counts as not declared: it may be
    an old one come back.
    """
    secret = sensitive_variables(base).union(hidden)
    project = with_secrets(head.project, secret)
    old = _tainted(base.project, base.jobs) if base else {}
    twins = {name: _twin(head, job, base) for name, job in head.jobs.items()}
    jobs = {
        name: _with_secrets(job, old.get(name, frozenset()), twins[name])
        for name, job in head.jobs.items()
    }
    return Concealed(
        _tainted(project, jobs),
        {name: _not_sent(job, twins[name]) for name, job in jobs.items()},
        secret,
    )


def _tainted(project: Project, jobs: Mapping[str, Job]) -> Tainted:
    order = graph.build({name: job.needs for name, job in jobs.items()}).order
    return tainted(project, (jobs[name] for name in order))


def _twin(head: Spec, job: Job, base: Spec | None) -> Job | None:
    """The base's job of which this one finds the executions; None where it may find others'."""
    twin = base.jobs.get(job.name) if base else None
    if base is None or twin is None or _where(base, twin) != _where(head, job):
        return None
    return twin


def _where(spec: Spec, job: Job) -> Json:
    """What says by which names and where a job's executions are found."""
    variables = {each.name: each.default for each in spec.project.variables}
    names = {
        reference.name
        for template in (job.state_machine, job.platform)
        for reference in (template.references if template else ())
        if isinstance(reference, VariableReference)
    }
    platform = spec.project.platform if job.platform is None else job.platform.value
    may_be = [platform] if platform in spec.platforms else [*spec.platforms]
    return [
        spec.project.name,
        _value(job.state_machine),
        [[name, variables.get(name)] for name in sorted(names)],
        platform,
        [[name, each.region] for name, each in sorted(spec.platforms.items()) if name in may_be],
    ]


def _value(template: Template | None) -> Json:
    return template.value if template else None


def _with_secrets(job: Job, secret: frozenset[str], twin: Job | None) -> Job:
    """The job with all sensitive that may not be shown for its own sake."""
    folded = {name.casefold() for name in secret}
    return replace(
        job,
        parameters=tuple(
            replace(
                each,
                sensitive=each.sensitive
                or each.name.casefold() in folded
                or (_is_left(each) and not _declares(twin, each)),
            )
            for each in job.parameters
        ),
    )


def _is_left(parameter: Parameter) -> bool:
    """Tell whether its value may be what an execution left."""
    return parameter.is_taken or parameter.carry


def _declares(twin: Job | None, parameter: Parameter) -> bool:
    """Tell whether the base's job takes this very property, and as little of it."""
    return any(
        each.name == parameter.name
        and each.is_taken
        and (each.direction is Direction.INOUT or parameter.direction is Direction.OUTPUT)
        for each in (twin.parameters if twin else ())
    )


def _not_sent(job: Job, twin: Job | None) -> frozenset[str]:
    """The parameters that the base's job does not send."""
    sent = {each.name for each in twin.parameters if each.is_sent} if twin else set()
    return frozenset(each.name for each in job.parameters) - sent
