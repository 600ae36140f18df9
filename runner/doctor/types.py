"""Checks of a project's surroundings, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a check came to. Unknown is what can't be told without side effects or permission."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One checked fact: a stable kebab-case `name`, what it is about, and the verdict.

    `subject` is a platform, a machine or a job as people name it; empty for the whole project.
    `message` says what was seen; `fix` the way out of what fails, or how an unknown one can be
    told. A passed check has none.
    """

    name: str
    verdict: Verdict
    message: str
    subject: str = ""
    fix: str | None = None
