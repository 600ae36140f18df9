"""Which jobs may start now, and what a finished job unlocks or skips. Pure."""

from runner.schedule.board import EXPRESS_CALLS, Options
from runner.schedule.core import Schedule
from runner.schedule.events import (
    Call,
    CallFailed,
    Effect,
    Event,
    ExpressEnded,
    Interrupt,
    Note,
    Now,
    Observe,
    Observed,
    Operation,
    RunExpress,
    Start,
    StartAnswered,
    Stop,
    StopAnswered,
    Withdrawn,
    WithdrawStarts,
)
from runner.schedule.jobs import JobState, Phase

__all__ = [
    "EXPRESS_CALLS",
    "Call",
    "CallFailed",
    "Effect",
    "Event",
    "ExpressEnded",
    "Interrupt",
    "JobState",
    "Note",
    "Now",
    "Observe",
    "Observed",
    "Operation",
    "Options",
    "Phase",
    "RunExpress",
    "Schedule",
    "Start",
    "StartAnswered",
    "Stop",
    "StopAnswered",
    "WithdrawStarts",
    "Withdrawn",
]
