"""What has to be asked about each job of a run, as far as its results file can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from runner import identity
from runner.arns import BadArn, parse_execution, parse_machine
from runner.model import MachineType
from runner.results import Status

if TYPE_CHECKING:
    from runner.results import Attempt, JobResult, PlatformInfo, RunResults

ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})
"""The service's words for executions that have ended."""

MAY_CHANGE = frozenset({Status.RUNNING, Status.PENDING, Status.UNKNOWN})

_EMBEDDED = (
    "it ran on the embedded engine, which remembers nothing: "
    "what runs there ends with the apply that started it"
)
_EXPRESS = "an Express execution can be neither looked up nor stopped; it lasts at most 5 minutes"


@dataclass(frozen=True, slots=True)
class Settled:
    """The results file says all: how the job ended, or that nothing of it was started."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An execution to ask about.

    `is_seen` is False where the results tell only that it was about to be started.
    """

    platform: str
    arn: str
    is_seen: bool = True


@dataclass(frozen=True, slots=True)
class Lost:
    """The job had not ended, and nobody can be asked about it, for this reason.

    With `is_refused`, it is the results file that can't be believed.
    """

    reason: str
    is_refused: bool = False


Trail: TypeAlias = "Settled | Asked | Lost"


def trace(results: RunResults) -> dict[str, Trail]:
    """What has to be asked about each job, by its name."""
    return {job.name: _trail(job, results) for job in results.jobs}


def _trail(job: JobResult, results: RunResults) -> Trail:
    newest = job.newest
    if newest is None or not _may_change(job, newest):
        return Settled()
    platform = results.run.platforms.get(job.platform)
    if platform is not None and platform.type == "local":
        return Lost(_EMBEDDED)
    if platform is None or platform.region is None:
        reason = f"the results file does not say where the platform {job.platform} is"
        return Lost(reason, is_refused=True)
    if job.type is MachineType.EXPRESS:
        return Lost(_EXPRESS)
    return _asked(job, newest, platform, results.run.project)


def _may_change(job: JobResult, newest: Attempt) -> bool:
    """Tell whether an execution may run on: also one that an apply left, and the next did not

    come to, as it failed or was interrupted before.
    """
    if job.status is Status.RUNNING:
        return True
    if newest.status in ENDED:
        return False
    return job.status in MAY_CHANGE or newest.status is not None


def _asked(job: JobResult, attempt: Attempt, platform: PlatformInfo, project: str) -> Asked | Lost:
    try:
        arn = _arn_of(job, attempt)
        _check(arn, job, attempt, platform, project)
    except BadArn as error:
        return Lost(f"{error}: it is neither asked about nor stopped", is_refused=True)
    return Asked(job.platform, arn, is_seen=attempt.status is not None)


def _arn_of(job: JobResult, attempt: Attempt) -> str:
    """The ARN of an execution, also of one of which only the name is known yet."""
    return attempt.arn or parse_machine(job.machine).execution(attempt.name)


def _check(
    text: str, job: JobResult, attempt: Attempt, platform: PlatformInfo, project: str
) -> None:
    """Raise BadArn for what can't be an execution that a run made for this job."""
    arn = parse_execution(text)
    if arn.express:
        raise BadArn(f"{text} is of an Express execution, and the job is not")
    if arn.region != platform.region:
        raise BadArn(f"{text} is not in {platform.region}, the region of {job.platform}")
    if platform.account_id is not None and arn.account != platform.account_id:
        raise BadArn(f"{text} is not in {platform.account_id}, the account of {job.platform}")
    if arn.machine_arn != parse_machine(job.machine).unqualified:
        raise BadArn(f"{text} is not of the job's state machine")
    name = identity.read_name(arn.name)
    is_ours = name is not None and name.tag == identity.job_tag(project, job.name)
    if arn.name != attempt.name or not is_ours:
        raise BadArn(f"{text} does not have a name that the job's executions have")
