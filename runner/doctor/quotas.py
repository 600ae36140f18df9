"""Quotas: whether the stated ones are the account's, and what the share of them means here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.doctor.types import Check, failed, passed, unknown
from runner.doctor.words import because, duration
from runner.errors import AccessDenied, ProviderError
from runner.quotas import published, rates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.quotas import Rate

_ROWS_OF_A_LIST = 1000
_STATED_PATH = "limits.quotas"
_ALLOW = "allow servicequotas:ListServiceQuotas to whoever runs this"


@dataclass(frozen=True, slots=True)
class Told:
    """What Service Quotas tells of an operation; None for what it did not."""

    bucket: float | None = None
    per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """How a platform's quotas are used: by what share, and by how many jobs of which kind."""

    region: str
    share: float
    stated: Mapping[str, Rate]
    standard_jobs: int
    express_jobs: int = 0


def stated(platform: str, use: Use, found: Mapping[str, Told] | ProviderError) -> Iterator[Check]:
    """Whether what the platform states is what the account has.

    Operations of which it states nothing have the published quotas.
    """
    name = "quotas-stated"
    if isinstance(found, ProviderError):
        message, fix = because(found)
        is_denied = isinstance(found, AccessDenied)
        how = _ALLOW if is_denied else fix or "look again when it can be asked"
        yield unknown(name, message, how, platform)
        return
    checks = list(_each(platform, use, found))
    yield from checks
    if not checks:
        amount = f"{len(use.stated)} stated" if use.stated else "none stated"
        yield passed(name, f"{amount}; Service Quotas tells no other", platform)


def _each(platform: str, use: Use, found: Mapping[str, Told]) -> Iterator[Check]:
    assumed = {**published(use.region), **use.stated}
    for operation, rate in sorted(assumed.items()):
        told = found.get(operation)
        if told is None or (told.bucket is None and told.per_second is None):
            if operation in use.stated:
                yield unknown(
                    "quotas-stated",
                    f"{operation}: Service Quotas tells nothing of it",
                    "look at AWS Support's answer to your request",
                    platform,
                )
            continue
        yield from _compared(platform, use, operation, rate, told)


def _compared(platform: str, use: Use, operation: str, rate: Rate, told: Told) -> Iterator[Check]:
    """A quota that is assumed too high turns calls away; one too low only takes longer."""
    bucket = rate.bucket if told.bucket is None else told.bucket
    speed = rate.per_second if told.per_second is None else told.per_second
    what = "stated" if operation in use.stated else "published"
    ours = f"{rate.bucket:g} and {rate.per_second:g} a second"
    theirs = f"{bucket:g} and {speed:g} a second"
    entry = f"{operation}: {{bucketSize: {bucket:g}, refillPerSecond: {speed:g}}}"
    if bucket < rate.bucket or speed < rate.per_second:
        message = f"{operation}: {ours} are {what}, and the account has {theirs}"
        yield failed("quotas-stated", message, f"write {_STATED_PATH}: {{{entry}}}", platform)
    elif bucket > rate.bucket or speed > rate.per_second:
        message = f"{operation}: the account has {theirs}, more than the {ours} {what}"
        yield passed("quotas-stated", f"{message}; {_STATED_PATH} may say so", platform)


def share(platform: str, use: Use) -> Check:
    """What the share of the quotas means for as many jobs as there are."""
    allowed = rates(use.region, share=use.share, raised=use.stated)
    starts, looks = allowed["StartExecution"], allowed["DescribeExecution"]
    lists = allowed["ListExecutions"]
    name, head = "quotas-share", f"{use.share:.0%} of the quotas"
    if not use.standard_jobs:
        return passed(name, f"{head}; there is no Standard job to start", platform)
    number = use.standard_jobs
    start = max(0.0, (number - starts.bucket) / starts.per_second)
    look = number / looks.per_second
    jobs = "1 Standard job" if number == 1 else f"{number:,} Standard jobs"
    begun = f"started within {duration(start)}" if start >= 1 else "started at once"
    return passed(
        name,
        f"{head}: {jobs} can be {begun}, and each looked at every {_every(look)} when all run "
        f"(by lists, {lists.per_second * _ROWS_OF_A_LIST:,.0f} executions a second)",
        platform,
    )


def _every(seconds: float) -> str:
    return "second" if seconds <= 1 else duration(seconds)
