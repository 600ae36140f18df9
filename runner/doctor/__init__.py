"""Whether everything around a project is as it must be: pass, fail or unknown, and the fix."""

from runner.doctor.types import Check, Verdict

__all__ = ["Check", "Verdict"]
