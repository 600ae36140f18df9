"""How the jobs of a run stand by now, and how to stop what it left running. Pure.

A results file says how they were, and `complete` what its journal adds. `trace` tells what has to
be asked about each, `tell` and `stopping` make of the answers what is shown. Whatever a results
file says may come from anyone: an ARN that can't be an execution of its job is not asked about
and not stopped.
"""

from runner.standing.asking import Asked, Lost, Settled, Trail, trace
from runner.standing.earlier import not_ended, own_names
from runner.standing.journal import complete, needs_journal
from runner.standing.stopping import (
    NO_ANSWER,
    Choice,
    Left,
    Result,
    Stopped,
    Stops,
    Target,
    choose,
    conclude,
    is_named,
    is_unknown,
    without_errors,
)
from runner.standing.telling import JobStanding, Standing, tell, without_causes

__all__ = [
    "NO_ANSWER",
    "Asked",
    "Choice",
    "JobStanding",
    "Left",
    "Lost",
    "Result",
    "Settled",
    "Standing",
    "Stopped",
    "Stops",
    "Target",
    "Trail",
    "choose",
    "complete",
    "conclude",
    "is_named",
    "is_unknown",
    "needs_journal",
    "not_ended",
    "own_names",
    "tell",
    "trace",
    "without_causes",
    "without_errors",
]
