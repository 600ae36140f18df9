"""How an apply goes, as it stands above the plan in a pull request's comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.report import markup
from runner.report.layout import plural
from runner.report.pull_request.fitting import Group, Part, Rows, fit
from runner.report.results_markdown import HEADS, cells, failure, linked
from runner.report.results_text import counted, duration, seconds_of, words
from runner.results import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.report.pull_request.fitting import Body
    from runner.report.pull_request.links import Links
    from runner.results import JobResult, RunResults, Status

LIMIT = 20_000
_IN_SIGHT = 20
_REASON = 2_000
_NAMED = 20
_TOLD = 20
_OPEN_ENDS = (RunStatus.DETACHED, RunStatus.INTERRUPTED, RunStatus.RUNNING)
_ENDS = {
    RunStatus.RUNNING: "broke off",
    RunStatus.SUCCEEDED: "succeeded",
    RunStatus.FAILED: "failed",
    RunStatus.DETACHED: "left before all jobs had ended",
    RunStatus.INTERRUPTED: "interrupted",
}


def going_comment(links: Links) -> str:
    """That an apply has begun, and where to watch it."""
    return f"**Applying** in {links.run} …\n"


def ended_comment(command: str, reason: str, links: Links) -> str:
    """That a command, such as apply, ended before it left anything else to tell, and why.

    It is empty where not even the command was known.
    """
    said = markup.text(reason, _REASON)
    name = f"Stepfleet {markup.text(command)}".rstrip()
    return f"**{name}** in {links.run} **ended early**: {said}\n"


def run_comment(results: RunResults, links: Links, *, limit: int = LIMIT) -> str:
    """How an apply went, in at most `limit` bytes of UTF-8: what failed first.

    Left out for its size are first causes, then rows of the table.
    """
    return fit(
        list(_bodies(results, links)),
        limit,
        lambda parts: f"Left out for size: {parts}. See {links.run}.",
    )


def _bodies(results: RunResults, links: Links) -> Iterator[Body]:
    took = duration(seconds_of(results))
    time = f" in {took}" if took else ""
    yield [
        f"### Stepfleet apply of {markup.code(results.run.project)}: {_ENDS[results.status]}",
        "",
        f"**{counted(results)}**{time}, see {links.run}",
    ]
    yield list(_open(results, links))
    for problem in results.problems[:_TOLD]:
        yield Part(["", f"Problem: {markup.text(problem, 500)}"], "problems", 1)
    bad = [job for job in results.jobs if job.status.is_bad]
    for job in reversed(bad[:_TOLD]):
        yield Part(["", *failure(job, links.at(job.place))], "causes of failures", 0)
    if results.jobs:
        yield from _jobs(results.jobs)


def _open(results: RunResults, links: Links) -> Iterator[str]:
    """What goes on without the workflow, and how to see to it."""
    running = results.still_running
    if running:
        names = ", ".join(linked(job) for job in running[:_NAMED])
        more = f" and {len(running) - _NAMED:,} more" if len(running) > _NAMED else ""
        yield ""
        yield f"{plural(len(running), 'execution')} may still run: {names}{more}."
    if running or results.status in _OPEN_ENDS:
        yield ""
        yield (
            f"Nothing is lost: re-run {links.run}, or apply the same commit again, by a schedule"
            " or by hand. That takes over what runs, and starts nothing twice."
        )


def _jobs(jobs: Sequence[JobResult]) -> Iterator[Body]:
    ordered = sorted(jobs, key=lambda job: (not job.status.is_bad, job.status.is_success))
    statuses = dict.fromkeys(job.status for job in ordered)
    groups = [
        _group(status, [job for job in ordered if job.status is status]) for status in statuses
    ]
    table = Rows(markup.table(HEADS, ()), groups)
    if len(jobs) <= _IN_SIGHT:
        yield [""]
        yield table
    else:
        yield ["", f"<details><summary>{plural(len(jobs), 'job')}</summary>", ""]
        yield table
        yield ["", "</details>"]


def _group(status: Status, jobs: Sequence[JobResult]) -> Group:
    def more(shown: int) -> str:
        return markup.row(("", f"and {len(jobs) - shown:,} more", words(status), "", ""))

    return Group([markup.row(cells(job)) for job in jobs], more)
