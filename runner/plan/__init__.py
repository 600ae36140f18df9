"""The plan: what an apply would do, why, and all that the engine needs to do it."""

from runner.plan.types import (
    FORMAT_VERSION,
    KNOWN_AFTER_APPLY,
    SENSITIVE,
    Action,
    Plan,
    PlannedJob,
    PlannedParameter,
)

__all__ = [
    "FORMAT_VERSION",
    "KNOWN_AFTER_APPLY",
    "SENSITIVE",
    "Action",
    "Plan",
    "PlannedJob",
    "PlannedParameter",
]
