"""Which jobs of a project run which machines of an account."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runner import expressions
from runner.arns import BadArn, resolve_machine
from runner.discovery.types import KnownJob
from runner.expressions import EvaluationError, VariableReference
from runner.model import AwsPlatform

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runner.arns import MachineArn
    from runner.expressions import Template
    from runner.model import Job, Platform, Spec
    from runner.values import Json

_MACHINE = "stateMachine:"


def known_jobs(
    spec: Spec, platform: AwsPlatform, account: str, variables: Mapping[str, Json]
) -> tuple[KnownJob, ...]:
    """The jobs that run on a platform, or may run on it, by name.

    `variables` are those whose values are known. Jobs of the embedded engine, and of another
    platform in the same account and region, may be meant for machines of the same name.
    """
    found: list[KnownJob] = []
    for job in spec.jobs.values():
        name = spec.project.platform if job.platform is None else _text(job.platform, variables)
        if name is None or name == platform.name:
            known = _known(job, platform, account, variables)
            found.append(replace(known, is_here=name is not None))
        elif _stands_in(spec.platforms.get(name), platform, account):
            known = _known(job, platform, account, variables)
            pattern = _pattern_of(known)
            found.append(replace(known, machine=None, pattern=pattern, is_here=False))
    return tuple(found)


def _stands_in(other: Platform | None, platform: AwsPlatform, account: str) -> bool:
    """Tell whether jobs of another platform are likely the same as those of this one."""
    if isinstance(other, AwsPlatform):
        there = (other.region, other.endpoint_url, other.account_id or account)
        return there == (platform.region, platform.endpoint_url, account)
    return other is not None


def _pattern_of(known: KnownJob) -> re.Pattern[str]:
    """What the name of a machine has to match to be taken for the job's."""
    if known.machine is not None:
        return re.compile(re.escape(known.machine.name))
    return known.pattern or re.compile("(?!)")


def _known(
    job: Job, platform: AwsPlatform, account: str, variables: Mapping[str, Json]
) -> KnownJob:
    template = job.state_machine
    on_platform = job.platform is None or job.platform.is_literal
    text = _text(template, variables)
    name, pattern = _reading(template)
    if text is None and name is not None:
        text = name
    return KnownJob(
        name=job.name,
        place=job.place_of("stateMachine"),
        type=job.machine_type,
        machine=None if text is None else _resolved(text, platform, account),
        is_literal=template.is_literal and on_platform,
        pattern=pattern,
    )


def _resolved(text: str, platform: AwsPlatform, account: str) -> MachineArn | None:
    try:
        arn = resolve_machine(text, region=platform.region, account=account)
    except BadArn:
        return None
    return replace(arn, qualifier=None)


def _text(template: Template, variables: Mapping[str, Json]) -> str | None:
    """What a field comes to; None where that depends on a variable without a value."""
    if template.is_literal:
        return str(template.value)
    names = {one.name for one in template.references if isinstance(one, VariableReference)}
    if not names <= variables.keys():
        return None
    try:
        value = expressions.render(template, {"vars": dict(variables)})
    except EvaluationError:
        return None
    return value if isinstance(value, str) else None


def _reading(template: Template) -> tuple[str | None, re.Pattern[str] | None]:
    """The machine's name where no expression is part of it, and else a pattern of its name.

    Only the text before the first expression and behind the last one counts.
    """
    text = template.value
    if template.is_literal or not isinstance(text, str):
        return None, None
    before, after = text.partition("${{")[0], text.rpartition("}}")[2]
    if _MACHINE in after:
        return after.partition(_MACHINE)[2].partition(":")[0], None
    if before.startswith("arn:"):
        before = before.partition(_MACHINE)[2]
    name, colon, _ = before.partition(":")
    if colon:
        return name, None
    end = after.partition(":")[0]
    return None, re.compile(f"{re.escape(name)}.*{re.escape(end)}") if name or end else None


def runs(jobs: Iterable[KnownJob], machine: MachineArn) -> tuple[KnownJob, ...]:
    """The jobs that run a machine, given by its unqualified ARN."""
    return tuple(job for job in jobs if job.machine == machine)


def may_run(jobs: Iterable[KnownJob], machine: MachineArn) -> tuple[KnownJob, ...]:
    """The jobs that may run a machine with other values of variables."""
    return tuple(
        job
        for job in jobs
        if job.machine != machine and job.pattern and job.pattern.fullmatch(machine.name)
    )


def gone(
    jobs: Iterable[KnownJob], listed: Sequence[MachineArn], platform: AwsPlatform, account: str
) -> tuple[KnownJob, ...]:
    """The jobs of the platform whose machines are not in the whole list of an account and a region.

    One that may run on another platform may have its machine there.
    """
    there = set(listed)
    accounts = {account, *(arn.account for arn in there)}
    return tuple(
        job
        for job in jobs
        if job.is_here
        and job.machine is not None
        and job.machine not in there
        and job.machine.region == platform.region
        and job.machine.account in accounts
    )


def unclear(jobs: Iterable[KnownJob]) -> tuple[KnownJob, ...]:
    """The jobs of which nothing tells what they run."""
    return tuple(job for job in jobs if job.machine is None and job.pattern is None)
