"""What a pull request changes in the specs, as diffs against its base branch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.report import markup
from runner.report.cleaning import clean
from runner.report.layout import plural
from runner.report.pull_request.fitting import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.diffs import Changed, SpecChanges
    from runner.report.pull_request.fitting import Body
    from runner.report.pull_request.view import PullView

_NAMED = 20
_FENCE = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What changed of one kind: how one and several are called, and when their diffs go."""

    changed: Sequence[Changed]
    one: str
    many: str
    rank: int


def diffs(view: PullView, ranks: tuple[int, int]) -> Iterator[Body]:
    """A folded section of diffs, in which jobs and definitions may be left out for their size.

    The ranks are those of the definitions' diffs and of all others.
    """
    changes = view.changes
    if changes is None or changes.is_empty:
        return
    kinds = (
        _Kind(changes.trust, "trust setting", "trust settings", ranks[1]),
        _Kind(changes.settings, "settings of", "settings", ranks[1]),
        _Kind(changes.jobs, "job", "jobs", ranks[1]),
        _Kind(changes.definitions, "definition", "definitions", ranks[0]),
    )
    yield ["", f"<details><summary>{_title(changes)}</summary>"]
    yield from (_part(kind, view) for kind in kinds if kind.changed)
    yield ["", "</details>"]


def _title(changes: SpecChanges) -> str:
    counts = [
        (changes.jobs, "job"),
        (changes.definitions, "definition"),
        (changes.trust, "trust setting"),
    ]
    parts = [plural(len(changed), word) for changed, word in counts if changed]
    if changes.settings:
        parts.append("other settings" if parts else "settings")
    return f"Changes against the base branch: {', '.join(parts)}"


def _part(kind: _Kind, view: PullView) -> Part:
    lines = [line for each in kind.changed for line in _one(kind.one, each, view)]
    return Part(lines, f"diffs of {kind.many}", kind.rank, ("", _names(kind, view)))


def _names(kind: _Kind, view: PullView) -> str:
    changed = kind.changed
    names = ", ".join(f"{_name(each, view)}{_not(each, view)}" for each in changed[:_NAMED])
    more = f" and {len(changed) - _NAMED:,} more" if len(changed) > _NAMED else ""
    return f"{kind.many.capitalize()}: {names}{more}"


def _not(changed: Changed, view: PullView) -> str:
    return " (not compared)" if view.diffs[changed] is None else ""


def _name(changed: Changed, view: PullView) -> str:
    name = markup.code(changed.name)
    if changed.is_removed:
        return f"{name} (removed)"
    return f"{view.links.at(changed.place, name)}{' (new)' if changed.is_new else ''}"


def _one(word: str, changed: Changed, view: PullView) -> Iterator[str]:
    yield ""
    yield f"{word.capitalize()} {_name(changed, view)}"
    yield ""
    lines = view.diffs[changed]
    if lines is None:
        before, now = (len(clean(text).splitlines()) for text in (changed.before, changed.after))
        yield f"Not compared, as too much differs: {before:,} lines before, {now:,} now"
    else:
        yield from fenced("diff", lines)


def fenced(kind: str, lines: Sequence[str]) -> Iterator[str]:
    """A block of code; its fence is longer than any that stands in it."""
    longest = max((len(run) for line in lines for run in _FENCE.findall(line)), default=2)
    fence = "`" * (longest + 1)
    yield f"{fence}{kind}"
    yield from lines
    yield fence
