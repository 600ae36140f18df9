"""Which jobs of a project run which machines of an account."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runner import expressions
from runner.arns import BadArn, resolve_machine
from runner.discovery.types import KnownJob
from runner.expressions import EvaluationError, VariableReference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runner.arns import MachineArn
    from runner.expressions import Template
    from runner.model import AwsPlatform, Job, Spec
    from runner.values import Json

_MACHINE = "stateMachine:"


def known_jobs(
    spec: Spec, platform: AwsPlatform, account: str, variables: Mapping[str, Json]
) -> tuple[KnownJob, ...]:
    """The jobs that run on a platform, or may run on it, by name.

    `variables` are those whose values are known.
    """
    return tuple(
        _known(job, platform, account, variables)
        for job in spec.jobs.values()
        if _is_on(job, spec, platform, variables)
    )


def _is_on(job: Job, spec: Spec, platform: AwsPlatform, variables: Mapping[str, Json]) -> bool:
    if job.platform is None:
        return spec.project.platform == platform.name
    named = _text(job.platform, variables)
    return named is None or named == platform.name


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
    """The jobs whose machines are not in the whole list of an account and a region."""
    there = set(listed)
    accounts = {account, *(arn.account for arn in there)}
    return tuple(
        job
        for job in jobs
        if job.machine is not None
        and job.machine not in there
        and job.machine.region == platform.region
        and job.machine.account in accounts
    )


def unclear(jobs: Iterable[KnownJob]) -> tuple[KnownJob, ...]:
    """The jobs of which nothing tells what they run."""
    return tuple(job for job in jobs if job.machine is None and job.pattern is None)
