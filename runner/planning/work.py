"""What a job is to do, as hashes: by which plans are compared, and by which it is remembered."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from runner import identity, inputs, values
from runner.expressions import Expression
from runner.model import RerunOn

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from runner.identity import NeedOutcome, PublicInput
    from runner.plan.types import PlannedJob
    from runner.values import Json

_DIGITS = 32


def work_of(
    project: str,
    job: PlannedJob,
    jobs: Mapping[str, PlannedJob],
    context: Mapping[str, Json],
    per_run: Collection[str],
) -> str:
    """Hash what a job is to do, as 32 hex digits, whatever the variables in `per_run` are.

    The others that it uses count as a whole: of a value that is not shown, a hash of what an
    expression makes of it would tell one letter after the other. `jobs` holds those that the job
    needs. Raises InputError.
    """
    public = inputs.public(job, context, jobs, symbolic=per_run, rendered=False)
    condition = job.condition.text if isinstance(job.condition, Expression) else job.condition
    parts: list[Json] = [
        project,
        job.name,
        str(job.machine),
        job.revision,
        dict(public.values),
        dict(public.derived),
        dict(public.sensitive),
        _carried(job),
        list(job.needs),
        job.trigger.value,
        condition,
        job.run.value,
        job.rerun_on.value,
    ]
    return hashlib.sha256(values.canonical(parts).encode("ascii")).hexdigest()[:_DIGITS]


def _carried(job: PlannedJob) -> Json:
    """What carried parameters begin with, which is no part of a fingerprint."""
    return {
        each.name: None if each.sensitive else each.template.value
        for each in job.parameters
        if each.carry and each.template is not None
    }


def fingerprints(
    project: str, job: PlannedJob, public: PublicInput, needs: Mapping[str, NeedOutcome]
) -> tuple[str, ...]:
    """The fingerprint of a job's work, and those that earlier schemes gave it."""
    revision = job.revision if job.rerun_on is RerunOn.REVISION else None
    return tuple(
        identity.fingerprint(
            project=project,
            job=job.name,
            machine=str(job.machine),
            public=public,
            needs=needs,
            revision=revision,
            scheme=scheme,
        )
        for scheme in (identity.SCHEME, *identity.EARLIER_SCHEMES)
    )
