"""Drift: what an apply would start though nobody changed it, and machines that moved. Pure.

`look` asks for what it needs as it goes on, in as few questions as can be.
"""

from runner.drift.look import look
from runner.drift.types import Answers, Drift, Moved, Questions, Unknown, WouldRun

__all__ = ["Answers", "Drift", "Moved", "Questions", "Unknown", "WouldRun", "look"]
