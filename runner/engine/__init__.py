"""The engine: runs a plan, tells how it goes, and ends in order when it is interrupted."""

from runner.engine.calls import perform
from runner.engine.interrupts import signals
from runner.engine.ledger import Ledger, Record
from runner.engine.reporter import Reporter, View
from runner.engine.run import drive, run
from runner.engine.world import Clock, SystemClock, ThreadWorld, World
from runner.results import RunInfo
from runner.schedule import Options

__all__ = [
    "Clock",
    "Ledger",
    "Options",
    "Record",
    "Reporter",
    "RunInfo",
    "SystemClock",
    "ThreadWorld",
    "View",
    "World",
    "drive",
    "perform",
    "run",
    "signals",
]
