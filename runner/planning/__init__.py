"""Planning: from a valid project, or a saved plan, to what an apply would do with each job. Pure.

`machines_of` says what to look up and `make` drafts; `lookbacks` says what to look for among
earlier executions, `pasts_of` reads what was found, and `decide` decides. `refreshed` makes a
draft of a saved plan, `stale` compares, and `reviewed` says what may be started; `misplaced`
says which machines of a saved plan their platforms may not run.
"""

from runner.planning.asking import Answers, Questions
from runner.planning.decider import Decided, decide
from runner.planning.planner import make
from runner.planning.recall import lookbacks, pasts_of
from runner.planning.staleness import misplaced, refreshed, reviewed, stale, work_at
from runner.planning.targets import local_platform, machines_of, platforms_of, wrong_accounts

__all__ = [
    "Answers",
    "Decided",
    "Questions",
    "decide",
    "local_platform",
    "lookbacks",
    "machines_of",
    "make",
    "misplaced",
    "pasts_of",
    "platforms_of",
    "refreshed",
    "reviewed",
    "stale",
    "work_at",
    "wrong_accounts",
]
