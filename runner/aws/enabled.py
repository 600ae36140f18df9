"""Regions that an account has to enable before it can call anything there."""

from __future__ import annotations

from runner.arns import partition_of

ALWAYS = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
"""The regions of the partition aws that every account has; those that came later are not.

https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
"""

CODES = frozenset(
    {
        "InvalidClientTokenId",
        "OptInRequired",
        "RegionDisabledException",
        "UnrecognizedClientException",
    }
)
"""The codes with which a region answers that is not enabled."""


def hint(code: str, about: str) -> str:
    """That the region of a call's ARN may not be enabled, as a sentence; empty where it must be."""
    parts = about.split(":")
    region = parts[3] if parts[0] == "arn" and len(parts) > 3 else ""  # noqa: PLR2004 - region's place
    if code not in CODES or not region or region in ALWAYS or partition_of(region) != "aws":
        return ""
    return f"The region {region} has to be enabled in an account before it is used."
