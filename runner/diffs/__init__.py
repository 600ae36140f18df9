"""What a pull request changes: two valid projects to the differences between them. Pure."""

from runner.diffs.types import Changed, SpecChanges

__all__ = ["Changed", "SpecChanges"]
