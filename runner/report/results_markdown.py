"""A run's results as Markdown for a job's summary or a comment, within a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.report import markup
from runner.report.results_text import SIGNS, counted, duration, note, seconds_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.results import JobResult, RunResults

MAX_BYTES = 60_000
_CAUSE = 1_000
_FAILURES = 20
_NOTE = 200
HEADS = ("", "Job", "Status", "Took", "")


def results_markdown(results: RunResults, *, limit: int = MAX_BYTES) -> str:
    """Show how a run went within `limit` bytes of UTF-8: what failed first, then every job.

    What does not fit is counted: rows of jobs that went well go before those of failures.
    """
    ordered = sorted(results.jobs, key=lambda job: not job.status.is_bad)
    for failures in (_FAILURES, 3, 0):
        whole = _text(results, ordered, failures)
        if _size(whole) <= limit:
            return whole
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high + 1) // 2
        if _size(_text(results, ordered[:middle], 0)) <= limit:
            low = middle
        else:
            high = middle - 1
    return _text(results, ordered[:low], 0)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _text(results: RunResults, shown: Sequence[JobResult], failures: int) -> str:
    took = duration(seconds_of(results))
    lines = [
        f"### Stepfleet run of {markup.code(results.run.project)}: {results.status.value}",
        "",
        f"**{counted(results)}**" + (f" in {took}" if took else ""),
    ]
    for problem in results.problems[:_FAILURES]:
        lines += ["", f"Problem: {markup.text(problem)}"]
    bad = [job for job in shown if job.status.is_bad]
    for job in bad[:failures]:
        lines += ["", *failure(job, markup.code(str(job.place)))]
    if shown:
        lines += ["", *markup.table(HEADS, (cells(job) for job in shown))]
    if len(shown) < len(results.jobs):
        lines += ["", f"and {len(results.jobs) - len(shown):,} more jobs"]
    return "".join(f"{line}\n" for line in lines)


def cells(job: JobResult) -> tuple[str, str, str, str, str]:
    """A job in a row below `HEADS`, its name linked to the execution."""
    sign, _ = SIGNS[job.status]
    name = linked(job)
    said = markup.code(note(job), _NOTE)
    return f"`{sign}`", name, words(job.status), duration(job.seconds), said


def linked(job: JobResult) -> str:
    """A job's name, linked to the execution that counts."""
    url = job.newest.monitor_url if job.newest else None
    name = markup.code(job.name)
    return markup.link(name, url) if url else name


def failure(job: JobResult, place: str) -> Iterator[str]:
    """What is known of a job that failed, folded; `place` is where it stands, in Markdown."""
    newest = job.newest
    error = f": {markup.code(newest.error)}" if newest and newest.error else ""
    body = [markup.text(job.reason), "", place]
    if newest is not None and newest.cause:
        body += ["", markup.block(newest.cause, _CAUSE)]
    yield from markup.details(f"{linked(job)} {words(job.status)}{error}", body)
