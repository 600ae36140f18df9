"""What would start that was not reviewed: how it differs from the review, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.report import changes, markup
from runner.report.changes import Difference as Line
from runner.report.cleaning import clean, one_line
from runner.report.layout import cells, fold, plural
from runner.report.pull_request.fitting import Group, Part, Rows, fit
from runner.report.pull_request.heading import heading
from runner.report.words import GROUPS, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from runner.report.pull_request.links import Links
    from runner.review import Difference

_INDENT = "      "
_MOST = 30
_WIDTH = 120
_TITLES = {each.key: each.title.lower() for each in GROUPS}
_HEADS = ("Job", "Why it is not covered")


def differences_text(differences: Sequence[Difference], *, digest: str, width: int) -> str:
    """The differences for a log, in plain lines of about `width` columns."""
    lines = [_title(differences)]
    for each in differences[:_MOST]:
        lines += ["", *_job(each, width)]
    if len(differences) > _MOST:
        lines += ["", f"  and {plural(len(differences) - _MOST, 'more job')}"]
    for way in _ways_out(digest):
        lines += ["", *fold(way, width, "")]
    return "".join(f"{line}\n" for line in lines)


def differences_markdown(
    differences: Sequence[Difference], *, digest: str, reason: str, links: Links, limit: int
) -> str:
    """The same as Markdown, in at most `limit` bytes of UTF-8; `reason` is why in a sentence."""
    whole, short = (_table(differences, links, diffs=diffs) for diffs in (True, False))
    first, second = _ways_out(digest, markup.code)
    return fit(
        [
            [heading("apply"), "", f"**Nothing was started: {markup.text(reason)}.**"],
            Part(whole.lines, "how inputs differ", 0, short),
            ["", f"- {first}", f"- {second}"],
        ],
        limit,
        lambda parts: f"Left out for size: {parts}. See the log of {links.run}.",
    )


def _title(differences: Sequence[Difference]) -> str:
    jobs = plural(len(differences), "job")
    return f"The review does not cover {jobs} that would be started"


def _ways_out(digest: str, code: Callable[[str], str] = str) -> tuple[str, str]:
    again = "Have the plan as it is now reviewed: in a pull request, or a new push to an open one."
    by_hand = f"run the workflow by hand with approve-digest {code(digest)}"
    return again, f"Or, if all of it is right, {by_hand}"


def _job(each: Difference, width: int) -> Iterator[str]:
    name, reason = clean(each.job.name), one_line(_reason(each))
    if cells(name) + cells(reason) + 4 <= width:
        yield f"  {name}: {reason}"
    else:
        yield f"  {name}:"
        yield from fold(reason, width, "    ")
    for line in changes.lines(_lines(each), width=width - len(_INDENT)):
        yield f"{_INDENT}{line}"


def _reason(each: Difference) -> str:
    now = _TITLES.get(key_of(each.job), each.job.action.value)
    return f"{each.reason} ({now}: {each.job.reason})" if each.job.reason else each.reason


def _lines(each: Difference) -> list[Line]:
    """Where the work differs from what was reviewed, as far as the mark tells."""
    mark = each.reviewed
    if mark is None:
        return []
    found = []
    if mark.revision is not None and mark.revision != each.job.revision:
        now = one_line(each.job.revision or "not looked up")
        found.append(Line("~", "revision", one_line(mark.revision), now))
    if mark.input is not None:
        found += changes.differences(changes.between(mark.input, each.job.input), late=True)
    return found


def _row(each: Difference, links: Links, *, diffs: bool) -> str:
    lines = changes.lines(_lines(each), width=_WIDTH) if diffs else ()
    name = links.at(each.job.place, markup.code(each.job.name))
    said = [markup.text(_reason(each), 400), *map(markup.code, lines)]
    return markup.row((name, "<br>".join(said)))


def _table(differences: Sequence[Difference], links: Links, *, diffs: bool) -> Rows:
    rows = [_row(each, links, diffs=diffs) for each in differences]

    def more(shown: int) -> str:
        return markup.row((f"and {len(rows) - shown:,} more", ""))

    return Rows(("", *markup.table(_HEADS, ())), [Group(rows, more)])
