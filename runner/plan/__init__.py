"""The plan: what an apply would do, why, and all that the engine needs to do it.

`machines_of` says what to look up, `make` plans, `to_json` and `from_json` save and load.
"""

from runner.plan.counts import RUN_EVERY_TIME, count, group
from runner.plan.decode import from_json
from runner.plan.encode import digest, to_json
from runner.plan.planner import make
from runner.plan.targets import local_platform, machines_of, platforms_of
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
    "count",
    "digest",
    "from_json",
    "group",
    "local_platform",
    "machines_of",
    "make",
    "platforms_of",
    "to_json",
]
