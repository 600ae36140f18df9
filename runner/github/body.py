"""The text of our comment: lines that only we read, how the run goes, and the plan.

    <!-- stepfleet v1 label="prod" -->      whose comment it is; at the very start
    <!-- review:PAYLOAD -->                 what was reviewed
    <!-- run:N -->                          N lines of how the run goes follow, then the plan

Only the first three lines are looked at for these, so that no text further down can feign them.
People edit comments in the browser, which ends lines with CRLF.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from runner.errors import GitHubError

LIMIT = 60_000
"""Bytes of UTF-8. GitHub takes 65,536 characters."""

NO_PLAN = "_The plan is left out here, because it does not fit. The job's summary has it._"
NO_RUN = "_How the run goes is left out here, because it does not fit. The job's summary has it._"

_LABEL = re.compile(r"[A-Za-z0-9._-]{0,40}")
_REVIEW = re.compile(r"[A-Za-z0-9+/=.:]*")
_MARKER_LINE = re.compile(r'<!-- stepfleet v1 label="([A-Za-z0-9._-]{0,40})" -->')
_REVIEW_LINE = re.compile(r"<!-- review:([A-Za-z0-9+/=.:]*) -->")
_RUN_LINE = re.compile(r"<!-- run:([0-9]{1,6}) -->")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Body:
    """A comment's parts. `run` and `plan` are Markdown, without line feeds at their ends."""

    label: str
    review: str = ""
    run: str = ""
    plan: str = ""


def is_label(text: str) -> bool:
    """Tell whether the text may be the label of a comment."""
    return _LABEL.fullmatch(text) is not None


def write(body: Body, limit: int = LIMIT) -> str:
    """The comment's text, in at most `limit` bytes of UTF-8.

    Where it does not fit, the plan is left out as a whole, then how the run goes, and a line
    says so. Raises GitHubError where even the review does not fit, or label or review hold
    characters that they may not have.
    """
    if not is_label(body.label) or not _REVIEW.fullmatch(body.review):
        raise GitHubError("a comment's label or review holds characters that it may not have")
    parts = replace(body, run=_neat(body.run), plan=_neat(body.plan))
    without_plan = replace(parts, plan=NO_PLAN if parts.plan else "")
    without_both = replace(without_plan, run=NO_RUN if parts.run else "")
    for candidate in (parts, without_plan, without_both, replace(parts, run="", plan="")):
        text = _lay_out(candidate)
        if len(text.encode()) <= limit:
            return text
    raise GitHubError(f"a comment of {limit} bytes has no room for what was reviewed")


def read(text: str) -> Body | None:
    """The parts of a comment, None where it is not ours by its first line."""
    lines = _unified(text).split("\n")
    marker = _MARKER_LINE.fullmatch(lines[0].rstrip())
    if marker is None:
        return None
    review = _payload(_REVIEW_LINE, lines, 1)
    count = _payload(_RUN_LINE, lines, 2)
    if review is None or count is None:
        return Body(marker[1], plan=_neat("\n".join(lines[1:])))
    end = 3 + int(count)
    run, plan = "\n".join(lines[3:end]), "\n".join(lines[end:])
    return Body(marker[1], review, _neat(run), _neat(plan))


def _payload(pattern: re.Pattern[str], lines: list[str], at: int) -> str | None:
    found = pattern.fullmatch(lines[at].rstrip()) if at < len(lines) else None
    return None if found is None else found[1]


def _lay_out(body: Body) -> str:
    run = body.run.split("\n") if body.run else []
    head = [
        f'<!-- stepfleet v1 label="{body.label}" -->',
        f"<!-- review:{body.review} -->",
        f"<!-- run:{len(run)} -->",
    ]
    # An empty line ends whatever block of HTML or Markdown the part before it left open.
    return "\n".join([*head, *run, *([""] if run else []), body.plan]).rstrip("\n") + "\n"


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _neat(text: str) -> str:
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _unified(text)).strip("\n")
