"""What of a pull request deserves a warning, most of all what merging can't undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.report import markup
from runner.report.pull_request.fitting import Group, Rows
from runner.report.words import grouped_warnings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.report.pull_request.view import PullView

_NAMED = 8
_TEXT = 500


def warnings(view: PullView, *, most: int | None = None) -> Sequence[str] | Rows:
    """An alert with a line for each warning; jobs with the same one share its line.

    Beyond `most` they are counted.
    """
    lines = [f"> - {line}" for line in _lines(view)]
    if not lines:
        return ()

    def more(shown: int) -> str:
        return f"> - and {len(lines) - shown:,} more"

    return Rows(("", "> [!WARNING]"), [Group(lines, more)]).with_at_most(most or len(lines))


def _lines(view: PullView) -> Iterator[str]:
    yield from (markup.text(note, _TEXT) for note in view.notes)
    yield from _of_trust(view)
    jobs = {job.name: job for job in view.plan.jobs}
    for text, names in grouped_warnings(view.plan).items():
        places = [(name, jobs[name].place) for name in names[:_NAMED]]
        linked = ", ".join(view.links.at(place, markup.code(name)) for name, place in places)
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        yield f"{linked}{more}: {markup.text(text, _TEXT)}"
    for warning in view.plan.warnings:
        yield f"{view.links.at(warning.place)}: {markup.text(warning.message, _TEXT)}"


def _of_trust(view: PullView) -> Iterator[str]:
    """What decides where executions may run counts from the base branch until the merge."""
    for changed in view.changes.trust if view.changes else ():
        name = view.links.at(changed.place, markup.code(changed.name))
        yield (
            f"{name}: account, auth, endpoint, allow or environment names change here. That holds"
            " once it is merged; this plan uses those of the base branch"
        )
