"""What makes two executions the same work: fingerprints and execution names. Pure.

A name is derived from what an execution does, so Step Functions itself remembers what has
run and refuses to run it twice:

    <job, at most 30>-<8 hex of project and job>-<fingerprint>-<8 hex of the run id, or 0>-<attempt>

Numbers count as they are spelled, since that is how they are sent: 1.10 is not 1.1. The order
of keys does not count.

What a job takes from other jobs enters by their executions' names, which settle it, and not by
its value: so what is up to date can be told without reading a single output.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner.model import RunPolicy
from runner.values import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.values import Json

SCHEME = 1
"""Raised when the same work would get another fingerprint than before."""

EARLIER_SCHEMES: tuple[int, ...] = ()
"""Schemes whose names are still looked up, newest first: an upgrade alone starts nothing."""

MAX_NAME = 80
MAX_ATTEMPT = 10**10 - 1
"""What has room in a name."""

MAX_READ_ATTEMPT = 10**6
"""A name with a higher attempt is nobody's. So one that others made can't use up the numbers."""

_JOB_CHARACTERS = 30
_TAG_DIGITS = 8
_FINGERPRINT_DIGITS = 20
_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z_-]")
_NAME = re.compile(
    r"(?P<tag>[0-9A-Za-z_-]{1,30}-[0-9a-f]{8})-(?P<fingerprint>[0-9a-f]{20})"
    r"-(?P<run>[0-9a-f]{8}|0)-(?P<attempt>[1-9][0-9]{0,6})"
)


@dataclass(frozen=True, slots=True)
class PublicInput:
    """What of an execution's input may enter a hash.

    `values` holds the parameters that are neither sensitive nor carried and refer to no other
    job; `derived` those that do, each as it is written, with the values of all else that it
    refers to and the declarations of the outputs. `sensitive` holds those that are sensitive,
    by name, with the revision that the spec gives them; of those that are carried only the
    names count.
    """

    values: Mapping[str, Json] = field(default_factory=dict)
    derived: Mapping[str, Json] = field(default_factory=dict)
    sensitive: Mapping[str, int] = field(default_factory=dict)
    carried: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NeedOutcome:
    """How a need ended.

    `execution` is the name of its execution, for an Express need what `express_work` gives,
    and where nothing ran what `failures_before` gives. `status` is the status in the results,
    such as `succeeded`.
    """

    execution: str
    status: str
    redrive_count: int = 0


def fingerprint(
    *,
    project: str,
    job: str,
    machine: str,
    public: PublicInput,
    needs: Mapping[str, NeedOutcome],
    revision: str | None = None,
    scheme: int = SCHEME,
) -> str:
    """Hash what a job would do, as 20 hex digits.

    `machine` is the ARN as resolved, qualifier included; `needs` is by job; `revision` is the
    machine's, and given only for a job with `rerunOn: revision`.
    """
    parts: list[Json] = [scheme, project, job, machine, *_public(public), _needs(needs)]
    if revision is not None:
        parts.append(revision)
    return _hash(parts, _FINGERPRINT_DIGITS)


def execution_name(
    project: str, job: str, fingerprint: str, *, run_id: str | None, attempt: int
) -> str:
    """The name of one attempt at the work of a fingerprint.

    `run_id` is None unless `names_run` says that the run stands in the name. Attempts count
    from 1. Two jobs that share the first 30 characters, or two projects that share a job's
    name, differ in the 8 digits that follow.
    """
    if not 1 <= attempt <= MAX_ATTEMPT:
        raise ValueError(f"attempt {attempt} is not between 1 and {MAX_ATTEMPT}")
    return f"{job_tag(project, job)}-{fingerprint}-{run_digits(run_id)}-{attempt}"


@dataclass(frozen=True, slots=True)
class Name:
    """What the name of an execution says: whose work, which, of which run, which attempt."""

    tag: str
    fingerprint: str
    run: str
    attempt: int


def read_name(name: str) -> Name | None:
    """Read the name of an execution; None for one that was not made here."""
    found = _NAME.fullmatch(name)
    if found is None or int(found["attempt"]) > MAX_READ_ATTEMPT:
        return None
    return Name(found["tag"], found["fingerprint"], found["run"], int(found["attempt"]))


def run_digits(run_id: str | None) -> str:
    """How a run stands in names: 8 hex digits of its id, or 0 for None."""
    return _hash([run_id], _TAG_DIGITS) if run_id is not None else "0"


def job_tag(project: str, job: str) -> str:
    """The part of its executions' names by which a job of a project is known.

    With the job's own characters beside the 8 hex digits: among ten thousand jobs, two may
    well share the digits.
    """
    shown = _NOT_IN_NAMES.sub("_", job[:_JOB_CHARACTERS])
    return f"{shown}-{_hash([project, job], _TAG_DIGITS)}"


def names_run(run: RunPolicy, *, express: bool, rerun: bool = False) -> bool:
    """Tell whether the run's id stands in the name, so that each run starts an execution."""
    return express or rerun or run is RunPolicy.ALWAYS


def failures_before(failures: Mapping[str, NeedOutcome]) -> str:
    """What a job counts as that did not run, for the jobs that need it: empty without failures.

    `failures` are its needs that failed, or that a failure came before. So what handles a
    failure runs again for the second one, whatever was skipped in between.
    """
    return _hash([_needs(failures)], _FINGERPRINT_DIGITS) if failures else ""


def express_work(
    *,
    execution: str,
    machine: str,
    public: PublicInput,
    outputs: Mapping[str, Json],
    revision: str | None = None,
) -> str:
    """What an Express execution counts as for the jobs that need it.

    Express runs in every apply, so its name is always new. `outputs` are the declared outputs
    that are not sensitive: while machine, input and outputs stay the same, what follows is the
    same work. With no such output it can't be told, and the new name says that it changed.
    """
    if not outputs:
        return execution
    parts: list[Json] = [machine, *_public(public), dict(outputs)]
    if revision is not None:
        parts.append(revision)
    return _hash(parts, _FINGERPRINT_DIGITS)


def definition_revision(definition: Json) -> str:
    """The revision of a machine that is made from its definition, as the embedded engine does."""
    return f"definition-{_hash([definition], _FINGERPRINT_DIGITS)}"


def _public(public: PublicInput) -> list[Json]:
    carried: list[Json] = [*sorted(public.carried)]
    return [dict(public.values), dict(public.derived), dict(public.sensitive), carried]


def _needs(needs: Mapping[str, NeedOutcome]) -> Json:
    return {job: [need.execution, need.redrive_count, need.status] for job, need in needs.items()}


def _hash(parts: list[Json], digits: int) -> str:
    return hashlib.sha256(canonical(parts).encode("ascii")).hexdigest()[:digits]
