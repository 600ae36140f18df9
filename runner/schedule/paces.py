"""How many looks at executions each platform takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.model import AwsPlatform, LocalPlatform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.model import Platform
    from runner.plan import Plan

_DESCRIBES = 10.0
_DESCRIBES_IN_LARGE_REGIONS = 15.0
_LARGE_REGIONS = ("us-east-1", "us-west-2", "eu-west-1")
"""DescribeExecution calls per second that AWS grants an account, by region."""

_LOCAL_LOOKS = 500.0


def paces(plan: Plan) -> Mapping[str, float]:
    """Looks per second that each platform takes."""
    return {
        name: _LOCAL_LOOKS if plan.local else _pace(platform)
        for name, platform in plan.platforms.items()
    }


def _pace(platform: Platform) -> float:
    match platform:
        case LocalPlatform():
            return _LOCAL_LOOKS
        case AwsPlatform(region=region, limits=limits):
            large = region in _LARGE_REGIONS
            return limits.share * (_DESCRIBES_IN_LARGE_REGIONS if large else _DESCRIBES)
