"""Fakes through the real seams: a scripted provider, a world in virtual time, quick plans."""

from tests.fakes.plans import inout, input_, job, machine, output, plan
from tests.fakes.provider import (
    ABORTED,
    EPOCH,
    FAILED,
    FOREVER,
    ODD,
    SUCCEEDED,
    TIMED_OUT,
    FakeExecution,
    FakeProvider,
    Fault,
    Outcome,
    Script,
    answers,
    lost_answer,
)
from tests.fakes.runs import Ran, again, look, run, together
from tests.fakes.world import Turns, VirtualWorld

__all__ = [
    "ABORTED",
    "EPOCH",
    "FAILED",
    "FOREVER",
    "ODD",
    "SUCCEEDED",
    "TIMED_OUT",
    "FakeExecution",
    "FakeProvider",
    "Fault",
    "Outcome",
    "Ran",
    "Script",
    "Turns",
    "VirtualWorld",
    "again",
    "answers",
    "inout",
    "input_",
    "job",
    "look",
    "lost_answer",
    "machine",
    "output",
    "plan",
    "run",
    "together",
]
