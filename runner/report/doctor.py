"""What a doctor found, as a table with fixes, and as JSON by `doctor.schema.json`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner.doctor import AREAS, Verdict
from runner.report.cleaning import clean, one_line
from runner.report.layout import GAP, Style, cells, fold, listed, pad, paint, plural
from runner.values import compact, well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runner.doctor import Area, Check
    from runner.values import Json

FORMAT_VERSION = 1

_SIGNS = {
    Verdict.PASS: ("✓", Style.GREEN),
    Verdict.FAIL: ("✗", Style.RED),
    Verdict.UNKNOWN: ("?", Style.YELLOW),
}
_NAMED = 6
_NAMES = max(map(len, AREAS))
_HEAD = "  x "


@dataclass(frozen=True, slots=True)
class _Row:
    """Checks that are told together: one, or many that come to the same."""

    name: str
    verdict: Verdict
    text: str
    fix: str | None


def doctor_text(
    checks: Sequence[Check], *, project: str | None, colour: bool = False, width: int = 100
) -> str:
    """Show the checks by what they are about, with the fix below each that did not pass."""
    lines = [paint(clean(project or "no project"), Style.BOLD, colour=colour)]
    for area in _areas(checks):
        some = [each for each in checks if AREAS[each.name] is area]
        if some:
            lines += ["", paint(area.value, Style.BOLD, colour=colour)]
            for row in _rows(some):
                lines += _lines(row, colour=colour, width=width)
    lines += ["", _counts(checks, colour=colour)]
    return "".join(f"{line}\n" for line in lines)


def _areas(checks: Iterable[Check]) -> list[Area]:
    """The areas as they are shown: credentials not known to work come first."""
    hangs = any(each.name == _FIRST and each.verdict is not Verdict.PASS for each in checks)
    return sorted(dict.fromkeys(AREAS.values()), key=lambda area: hangs and area != AREAS[_FIRST])


_FIRST = "credentials"


def doctor_json(checks: Sequence[Check], *, project: str | None) -> str:
    """The same as data, one line of JSON, each check by itself."""
    counts = Counter(each.verdict for each in checks)
    fields: dict[str, Json] = {
        "formatVersion": FORMAT_VERSION,
        "project": project,
        "counts": {each.value: counts[each] for each in Verdict},
        "checks": [
            {
                "name": each.name,
                "verdict": each.verdict.value,
                "subject": each.subject,
                "action": each.permission.partition(" ")[0] if each.permission else None,
                "message": _message(each),
                "fix": each.fix,
            }
            for each in checks
        ],
    }
    return f"{well_formed(compact(fields))}\n"


def _rows(checks: Iterable[Check]) -> Iterator[_Row]:
    """What passed in a line for each check, what did not by its reason."""
    groups: dict[tuple[object, ...], list[Check]] = {}
    order = {name: number for number, name in enumerate(AREAS)}
    for each in _few_near(sorted(checks, key=lambda check: order[check.name])):
        groups.setdefault(_alike(each), []).append(each)
    for group in groups.values():
        first = group[0]
        is_same = len({each.fix for each in group}) == 1
        yield _Row(
            first.name, first.verdict, _told(group), first.fix if is_same else first.shared_fix
        )


def _few_near(checks: Iterable[Check]) -> Iterator[Check]:
    """The checks, of each kind with a few that tell what may be meant; JSON has all of it."""
    told: dict[str, set[str]] = {}
    for each in checks:
        near = told.setdefault(each.name, set())
        if each.near and len(near) >= _NAMED and each.near not in near:
            yield replace(each, near="", fix=f"{each.fix}{_IN_JSON}", shared_fix=None)
        else:
            near.update(filter(None, (each.near,)))
            yield each


_IN_JSON = "; `--format json` tells what is near each"


def _alike(check: Check) -> tuple[object, ...]:
    match check.verdict:
        case Verdict.PASS:
            is_of_many = check.name in _OF_MANY
            return (check.name, check.verdict, "" if is_of_many else check)
        case Verdict.FAIL:
            return (check.name, check.verdict, *_reason(check), check.permission)
        case Verdict.UNKNOWN:
            return (check.name, check.verdict, *_reason(check))


def _reason(check: Check) -> tuple[str | None, ...]:
    return check.shared or check.message, check.shared_fix or check.fix, check.near


_OF_MANY = frozenset(
    name for name, area in AREAS.items() if area.value in ("State machines", "Permissions")
)
"""Checks of which there is one for each machine, or more."""


def _told(group: Sequence[Check]) -> str:
    first = group[0]
    if len({each.message for each in group}) > 1 and first.shared is not None:
        first = replace(first, message=first.shared)
    subjects = list(dict.fromkeys(each.subject for each in group if each.subject))
    permissions = {each.permission for each in group if each.permission}
    if first.verdict is Verdict.PASS and first.name in _OF_MANY:
        few = f": {listed(subjects, _NAMED)}" if len(subjects) <= _NAMED else ""
        return one_line(_counted(group, subjects) + few)
    if len(permissions) > 1:
        return one_line(f"{_counted(group, subjects)}: {first.message}")
    head = f"{listed(subjects, _NAMED)}: " if subjects else ""
    return one_line(head + _message(first))


def _message(check: Check) -> str:
    head = f"{check.permission}: " if check.permission else ""
    return f"{head}{check.message}{check.near}"


def _counted(group: Sequence[Check], subjects: Sequence[str]) -> str:
    """`3 state machines`, or `12 permissions on 3 state machines`."""
    machines = plural(len(subjects), "state machine")
    if not group[0].permission:
        return machines
    return f"{plural(len(group), 'permission')} on {machines}"


def _lines(row: _Row, *, colour: bool, width: int) -> Iterator[str]:
    sign, style = _SIGNS[row.verdict]
    head = f"  {paint(sign, style, colour=colour)} {pad(row.name, _NAMES)}{GAP}"
    indent = " " * (len(_HEAD) + _NAMES + len(GAP))
    if cells(row.text) + len(indent) <= width:
        yield head + row.text
    else:
        folded = fold(row.text, width, indent) or [indent]
        yield head + folded[0].removeprefix(indent)
        yield from folded[1:]
    if row.fix is not None:
        yield from fold(one_line(f"→ {row.fix}"), width, indent)


def _counts(checks: Sequence[Check], *, colour: bool) -> str:
    counts = Counter(each.verdict for each in checks)
    parts = [
        (counts[Verdict.FAIL], "failed"),
        (counts[Verdict.UNKNOWN], "unknown"),
        (counts[Verdict.PASS], "passed"),
    ]
    told = ", ".join(f"{number:,} {word}" for number, word in parts if number)
    style = Style.RED if counts[Verdict.FAIL] else Style.GREEN
    return f"{paint('Checks:', Style.BOLD, style, colour=colour)} {told}"
