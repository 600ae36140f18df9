"""The plan: what an apply would do, why, and all that the engine needs to do it.

`machines_of` says what to look up and `make` drafts; `lookbacks` says what to look for among
earlier executions, `pasts_of` reads what was found, and `decide` decides. `to_json` and
`from_json` save and load; `refreshed` makes a draft of a saved plan, and `stale` compares.
"""

from runner.plan.asking import Answers, Questions
from runner.plan.counts import RUN_EVERY_TIME, count, group
from runner.plan.decider import Decided, decide
from runner.plan.decode import from_json
from runner.plan.encode import digest, to_json
from runner.plan.planner import make
from runner.plan.recall import lookbacks, pasts_of
from runner.plan.staleness import Stale, refreshed, stale
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
    "Answers",
    "Decided",
    "InputChange",
    "KnownExecution",
    "LateVariable",
    "Plan",
    "PlannedJob",
    "PlannedParameter",
    "Questions",
    "Stale",
    "count",
    "decide",
    "digest",
    "from_json",
    "group",
    "local_platform",
    "lookbacks",
    "machines_of",
    "make",
    "pasts_of",
    "platforms_of",
    "refreshed",
    "stale",
    "to_json",
]
