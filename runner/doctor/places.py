"""Where calls go: the region, the endpoints of Step Functions and STS, and this machine's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.doctor.credentials import Identity
from runner.doctor.types import Check, failed, passed, unknown
from runner.doctor.words import because, duration
from runner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from runner.errors import ProviderError

MAX_SKEW = 300.0
"""Seconds that a clock may be off: signatures of calls are refused beyond."""


@dataclass(frozen=True, slots=True)
class Reached:
    """An endpoint that answered, whatever it said.

    `ahead` is by how many seconds this computer's clock is ahead of its Date, None where it
    told none. `slack` is how many seconds that may be wrong: the answer's own time. Without
    `is_service` it is something else that answered.
    """

    url: str
    status: int
    ahead: float | None = None
    slack: float = 1.0
    is_service: bool = True


@dataclass(frozen=True, slots=True)
class Unreached:
    """An endpoint from which no answer came."""

    url: str
    problem: ProviderError


Answer = Reached | Unreached


def endpoint(name: str, platform: str, found: Answer | None) -> Check:
    """Whether an endpoint answers at all; a refusal is an answer."""
    if found is None:
        return unknown(name, "boto does not tell where it is", "see `credentials`", platform)
    if isinstance(found, Reached) and not found.is_service:
        return failed(
            name,
            f"something answers at {found.url} that is not Step Functions",
            "check endpointUrl, AWS_ENDPOINT_URL_SFN and AWS_ENDPOINT_URL, and whether a proxy "
            "answers in place of AWS",
            platform,
        )
    if isinstance(found, Reached):
        return passed(name, f"{found.url} answers", platform)
    message, fix = because(found.problem)
    return failed(name, message, fix or "check the network, a proxy or a firewall", platform)


def region(
    platform: str,
    wanted: str,
    known: Collection[str],
    states: Answer | None,
    *,
    has_specs: bool = True,
) -> Check:
    """Whether the region is one where Step Functions is. `known` are those boto knows of.

    A region may be newer than boto: it is real where an endpoint answers under its name.
    """
    name = "region"
    if wanted in known:
        return passed(name, wanted, platform)
    if isinstance(states, Reached) and states.is_service:
        return unknown(
            name,
            f"{wanted} is not among the regions that boto knows of, but {states.url} answers",
            "update boto3 if the region is new",
            platform,
        )
    near = did_you_mean(wanted, known)
    where = "the platform's region" if has_specs else "AWS_REGION, or `region` in your AWS profile"
    fix = f"correct {where}. {near or ''}".rstrip()
    message = f"{wanted} is not a region that boto knows of, nor does an endpoint answer there"
    return failed(name, message, fix, platform)


def no_region(platform: str, asked: str) -> Check:
    """That nobody named a region. `asked` is the one where questions went all the same."""
    return unknown(
        "region",
        f"none is set; what can be asked anywhere was asked in {asked}",
        "set AWS_REGION, or `region` in your AWS profile; in specs each Platform names its own",
        platform,
    )


def region_enabled(
    platform: str,
    wanted: str,
    *,
    here: Identity | ProviderError,
    elsewhere: Identity | ProviderError | None,
) -> Check:
    """Whether the account may use the region: STS takes the credentials `here`.

    `elsewhere` is what STS answered in a region that every account has, None where it was not
    asked.
    """
    name = "region-enabled"
    if isinstance(here, Identity):
        return passed(name, f"STS takes the credentials in {wanted}", platform)
    if isinstance(elsewhere, Identity):
        return failed(
            name,
            f"STS takes the credentials elsewhere, but not in {wanted}",
            f"enable {wanted} for the account, or use credentials that the STS endpoint of a "
            "region gave: those of the global one do not hold in regions that must be enabled",
            platform,
        )
    return unknown(name, "STS told nothing in this region", "see `credentials`", platform)


def clock(answers: Sequence[Answer], platform: str) -> Check:
    """Whether this computer's clock is right enough for AWS to take what it signs."""
    name = "clock"
    told = [
        (each.ahead, each)
        for each in answers
        if isinstance(each, Reached) and each.ahead is not None
    ]
    if not told:
        return unknown(
            name,
            "no endpoint told its time",
            "look again when an endpoint answers",
            platform,
        )
    ahead, answer = max(told, key=lambda each: abs(each[0]))
    if abs(ahead) <= answer.slack:
        return passed(name, f"right to within {max(1, round(answer.slack))} s", platform)
    where = f"{duration(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} {answer.url}"
    if abs(ahead) <= MAX_SKEW:
        return passed(name, where, platform)
    return failed(
        name,
        f"{where}: AWS refuses what is signed more than 5 minutes early or late",
        "set this computer's clock, by NTP for example",
        platform,
    )
