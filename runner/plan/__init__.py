"""The plan: what an apply would do, why, and all that the engine needs to do it.

`to_json` and `from_json` save and load it. `runner.planning` makes it.
"""

from runner.plan.counts import RUN_EVERY_TIME, count, group
from runner.plan.decode import from_json
from runner.plan.encode import digest, to_json
from runner.plan.types import (
    FORMAT_VERSION,
    KNOWN_AFTER_APPLY,
    SENSITIVE,
    Action,
    InputChange,
    KnownExecution,
    LateVariable,
    Plan,
    PlannedJob,
    PlannedParameter,
    Stale,
)

__all__ = [
    "FORMAT_VERSION",
    "KNOWN_AFTER_APPLY",
    "RUN_EVERY_TIME",
    "SENSITIVE",
    "Action",
    "InputChange",
    "KnownExecution",
    "LateVariable",
    "Plan",
    "PlannedJob",
    "PlannedParameter",
    "Stale",
    "count",
    "digest",
    "from_json",
    "group",
    "to_json",
]
