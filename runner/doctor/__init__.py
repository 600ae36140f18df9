"""Whether everything around a project is as it must be: pass, fail or unknown, and the fix.

Functions from facts to checks. Who gathers the facts reads, and changes nothing.
"""

from runner.doctor.types import AREAS, Area, Check, Verdict

__all__ = ["AREAS", "Area", "Check", "Verdict"]
