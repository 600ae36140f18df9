"""What a pull request changes in the specs, as diffs against its base branch."""

from __future__ import annotations

import re
from difflib import unified_diff
from typing import TYPE_CHECKING

from runner.report import markup
from runner.report.cleaning import clean
from runner.report.layout import plural
from runner.report.pull_request.fitting import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.diffs import Changed, SpecChanges
    from runner.report.pull_request.fitting import Body
    from runner.report.pull_request.links import Links

_NAMED = 20
_MOST_LINES = 10_000
"""Lines of one thing before and after: more are not compared, as that may take minutes."""

_FENCE = re.compile(r"`{3,}")


def diffs(changes: SpecChanges | None, links: Links, ranks: tuple[int, int]) -> Iterator[Body]:
    """A folded section of diffs, in which jobs and definitions may be left out for their size.

    The ranks are those of the definitions' diffs and the jobs' diffs.
    """
    if changes is None or changes.is_empty:
        return
    yield ["", f"<details><summary>{_title(changes)}</summary>"]
    yield from _kind("trust setting", changes.trust, links, ranks[1])
    yield from _kind("job", changes.jobs, links, ranks[1])
    yield from _kind("definition", changes.definitions, links, ranks[0])
    yield ["", "</details>"]


def _title(changes: SpecChanges) -> str:
    counts = [
        (changes.jobs, "job"),
        (changes.definitions, "definition"),
        (changes.trust, "trust setting"),
    ]
    parts = [plural(len(changed), word) for changed, word in counts if changed]
    return f"Changes against the base branch: {', '.join(parts)}"


def _kind(word: str, changed: Sequence[Changed], links: Links, rank: int) -> Iterator[Part]:
    if changed:
        lines = [line for each in changed for line in _one(word, each, links)]
        yield Part(lines, f"diffs of {word}s", rank, ("", _names(word, changed, links)))


def _names(word: str, changed: Sequence[Changed], links: Links) -> str:
    names = ", ".join(_name(each, links) for each in changed[:_NAMED])
    more = f" and {len(changed) - _NAMED:,} more" if len(changed) > _NAMED else ""
    return f"{word.capitalize()}s: {names}{more}"


def _name(changed: Changed, links: Links) -> str:
    name = markup.code(changed.name)
    if changed.is_removed:
        return f"{name} (removed)"
    return f"{links.at(changed.place, name)}{' (new)' if changed.is_new else ''}"


def _one(word: str, changed: Changed, links: Links) -> Iterator[str]:
    yield ""
    yield f"{word.capitalize()} {_name(changed, links)}"
    yield ""
    before, after = clean(changed.before).splitlines(), clean(changed.after).splitlines()
    if len(before) + len(after) > _MOST_LINES:
        yield f"{len(before):,} lines before, {len(after):,} now: too many to be compared here"
        return
    lines = list(unified_diff(before, after, lineterm=""))[2:]
    yield from fenced("diff", lines)


def fenced(kind: str, lines: Sequence[str]) -> Iterator[str]:
    """A block of code; its fence is longer than any that stands in it."""
    longest = max((len(run) for line in lines for run in _FENCE.findall(line)), default=2)
    fence = "`" * (longest + 1)
    yield f"{fence}{kind}"
    yield from lines
    yield fence
