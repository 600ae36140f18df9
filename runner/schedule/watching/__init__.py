"""When executions that run are looked at, and by which call."""

from runner.schedule.watching.paces import Pace, paces
from runner.schedule.watching.watch import Watch

__all__ = ["Pace", "Watch", "paces"]
