"""What a pull request changes: two valid projects to the differences between them. Pure."""

from runner.diffs.comparing import PROJECT, between, removed_jobs
from runner.diffs.types import Changed, SpecChanges

__all__ = ["PROJECT", "Changed", "SpecChanges", "between", "removed_jobs"]
