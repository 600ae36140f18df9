"""What the comment about a pull request is made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from runner.report.pull_request.comparing import compared
from runner.report.pull_request.kinds import Kinds, kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.diffs import Changed, SpecChanges
    from runner.plan import Plan
    from runner.report.pull_request.links import Links


@dataclass(frozen=True)
class PullView:
    """A plan of a pull request, with all that is shown beside it.

    What is secret in `plan` and `changes` is concealed already. `head` is the commit that was
    planned, `changes` None where the base branch's specs are not known. `notes` are warnings
    about the pull request as a whole, in plain text. `is_reviewed` tells that merging starts
    only what the comment marks as reviewed.
    """

    plan: Plan
    label: str
    head: str
    digest: str
    links: Links
    changes: SpecChanges | None = None
    notes: tuple[str, ...] = ()
    is_reviewed: bool = True

    @cached_property
    def kinds(self) -> Kinds:
        """The plan's jobs, sorted once for the comment and the summary."""
        return kinds(self.plan)

    @cached_property
    def diffs(self) -> Mapping[Changed, Sequence[str] | None]:
        """What the specs change, compared once for both; None for what would take too long."""
        found = self.changes
        if found is None:
            return {}
        return compared([*found.trust, *found.settings, *found.jobs, *found.definitions])
