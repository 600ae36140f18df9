"""How many looks at executions each platform takes, and whose quota they are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.model import AwsPlatform, LocalPlatform
from runner.quotas import Rate, rates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.model import Platform
    from runner.plan import Plan


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast executions may be looked at.

    `account` names the quota: platforms of the same one share it. `lists` are calls that show
    many executions of a machine, `looks` those that show one. `soon` is the interval, in
    seconds, that does not get longer before an execution is old or there are many.
    """

    account: str
    lists: Rate
    looks: Rate
    soon: float


_LOCAL = Pace("local", Rate(50, 50), Rate(500, 500), soon=0.2)


def paces(plan: Plan) -> Mapping[str, Pace]:
    """The pace of each platform of a plan, by name."""
    return {
        name: _LOCAL if plan.local else _pace(platform) for name, platform in plan.platforms.items()
    }


def _pace(platform: Platform) -> Pace:
    match platform:
        case LocalPlatform():
            return _LOCAL
        case AwsPlatform(region=region, limits=limits):
            allowed = rates(region, share=limits.share, raised=limits.quotas)
            account = f"{platform.endpoint_url or ''} {region} {platform.account_id or ''}"
            return Pace(
                account,
                allowed["ListExecutions"],
                _sum(allowed["DescribeExecution"], allowed["GetExecutionHistory"]),
                soon=1.0,
            )


def _sum(one: Rate, other: Rate) -> Rate:
    """Two operations tell the same, each with a quota of its own."""
    return Rate(one.bucket + other.bucket, one.per_second + other.per_second)
