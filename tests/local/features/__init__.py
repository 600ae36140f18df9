"""What works in the embedded engine: the contract suite's cases and the documentation's table."""

from __future__ import annotations

from tests.local.features import (
    branches,
    choices,
    ends,
    failures,
    intrinsics,
    nested,
    paths,
    queries,
)
from tests.local.features.base import Feature, Group

GROUPS: tuple[Group, ...] = (
    paths.GROUP,
    intrinsics.GROUP,
    choices.GROUP,
    ends.GROUP,
    failures.GROUP,
    branches.GROUP,
    queries.GROUP_JSONATA,
    queries.GROUP_VARIABLES,
    nested.GROUP,
)

__all__ = ["GROUPS", "Feature", "Group"]
