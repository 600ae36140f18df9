"""What was reviewed in a pull request, and how a plan differs from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.plan import PlannedJob
    from runner.values import Json

DIGITS = 24
"""Hex digits of a mark. Who chooses two works to have the same 96 bits has to try 2 ** 48 times."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A job that the reviewed plan may start, by a short hash of its work and how it is run.

    The rest is for people, and there as far as there was room: the job's name, its action in
    that plan, its state machine's revision, and its input as it was shown.
    """

    work: str
    job: str | None = None
    action: str | None = None
    revision: str | None = None
    input: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """What the comment of a pull request says was reviewed.

    `head` is the pull request's commit that was planned, `base` the one of the base branch that
    it was planned upon, empty where that is not known, and `digest` that of the whole plan.
    `marks` is None where there was no room for them: then the digest alone tells.
    """

    head: str
    digest: str
    marks: tuple[Mark, ...] | None
    base: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A job that would be started and that is not marked as reviewed, and why in words.

    `reviewed` is the mark of the job of that name, where it is known.
    """

    job: PlannedJob
    reason: str
    reviewed: Mark | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A plan beside its review: the jobs that may be started, and those that would be all the same.

    Where there are differences nothing is started.
    """

    starts: frozenset[str]
    differences: tuple[Difference, ...] = ()
