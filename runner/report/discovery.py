"""A discovery as text, and as the documents that it would write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.discovery import VanishedMachine, arn_of
from runner.inventory import DescribedMachine
from runner.report.cleaning import clean, one_line, shorten
from runner.report.grouping import alike
from runner.report.layout import GAP, Style, column_widths, fold, listed, pad, paint, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runner.discovery import Discovery, FileChange, Found

_GROUPS = 30
"""Lines of one kind, or groups of them, that a person looks through."""

_NAMES = 5
_STATES = 8
_ALIASES = 3
_LONGEST = 60


def discovery_text(
    found: Discovery,
    changes: Sequence[FileChange] | None = None,
    *,
    colour: bool = False,
    width: int = 100,
) -> str:
    """Show what was discovered, and the files written, if any were to be."""
    lines = [paint(clean(_title(found)), Style.BOLD, colour=colour)]
    parts = [
        _table(found.machines, colour=colour),
        _left_out(found, width),
        _trouble(found, colour=colour, width=width),
        _gone(found, colour=colour, width=width),
        _mocks(found.machines, colour=colour, width=width),
        _written(changes, colour=colour),
        discovery_notes(found, width=width),
    ]
    for part in map(list, parts):
        if part:
            lines += ["", *part]
    return "".join(f"{line}\n" for line in lines)


def discovery_specs(changes: Iterable[FileChange]) -> str:
    """The new YAML documents, one after the other."""
    texts = [change.after.decode() for change in changes if change.is_new and _is_yaml(change.path)]
    return "---\n".join(texts)


def _is_yaml(path: str) -> bool:
    return path.endswith(".yaml")


def _title(found: Discovery) -> str:
    platform = found.platform
    project = f"{found.project}: " if found.project else ""
    where = f"{platform.name} ({platform.region}, account {found.account})"
    return f"{project}{plural(len(found.machines), 'state machine')} on {where}"


def _table(machines: Sequence[Found], *, colour: bool) -> Iterator[str]:
    if not machines:
        return
    rows = [_row(each) for each in machines]
    heads = ("State machine", "Type", "Status", "Job", "Role", "Versions", "Aliases")
    used = [any(row[index] for row in rows) for index in range(len(heads))]
    kept = [[cell for cell, is_used in zip(row, used, strict=True) if is_used] for row in rows]
    head = [text for text, is_used in zip(heads, used, strict=True) if is_used]
    widths = column_widths([head, *kept])
    yield paint(_line(head, widths), Style.DIM, colour=colour)
    for row in kept:
        yield _line(row, widths)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [pad(cell, width) for cell, width in zip(cells, widths, strict=True)]
    return f"  {GAP.join(padded)}".rstrip()


def _row(each: Found) -> tuple[str, ...]:
    name = clean(arn_of(each.seen).name)
    jobs = shorten(listed([clean(job.name) for job in each.jobs], _ALIASES), _LONGEST)
    if each.maybe and not jobs:
        jobs = shorten(f"perhaps {listed([clean(job.name) for job in each.maybe])}", _LONGEST)
    machine = each.seen
    if not isinstance(machine, DescribedMachine):
        is_gone = isinstance(machine, VanishedMachine)
        status = "gone" if is_gone else "not described"
        return name, machine.listed.type.value, status, jobs, "", "", ""
    return (
        name,
        machine.type.value,
        one_line(machine.status.lower(), _LONGEST),
        jobs,
        one_line(machine.role_arn.partition(":role/")[2] or machine.role_arn, _LONGEST),
        listed([str(version) for version in machine.versions or ()], _ALIASES),
        one_line(listed([alias.name for alias in machine.aliases or ()], _ALIASES), _LONGEST),
    )


def _left_out(found: Discovery, width: int) -> Iterator[str]:
    if found.not_allowed:
        machines = plural(found.not_allowed, "state machine")
        yield from fold(f"Left out: {machines} that the platform does not `allow`", width, "")
    if found.filtered:
        yield from fold(
            f"Not shown: {plural(found.filtered, 'state machine')}, by filters", width, ""
        )


def _trouble(found: Discovery, *, colour: bool, width: int) -> Iterator[str]:
    said: list[tuple[str, str]] = []
    if found.listing.problem is not None:
        count = plural(len(found.listing.machines), "state machine")
        said.append((f"The list broke off after {count}", str(found.listing.problem)))
    said += [
        (f"{clean(arn)}", "the list names it in a way that is not known here")
        for arn in found.listing.unreadable
    ]
    for each in found.machines:
        seen = each.seen
        if isinstance(seen, VanishedMachine):
            said.append((arn_of(seen).name, "it was deleted after it had been listed"))
        elif not isinstance(seen, DescribedMachine):
            said.append((arn_of(seen).name, str(seen.problem)))
    if said:
        title = f"Not told in full ({len(said):,})"
        yield paint(title, Style.BOLD, Style.RED, colour=colour)
    yield from _capped(list(_reasons(said, width)))


def _reasons(said: Iterable[tuple[str, str]], width: int) -> Iterator[list[str]]:
    """The lines of each reason; those that differ in the machine's name alone count as one."""
    for names, why in alike(said):
        as_first = f", each as {names[0]}" if names[0] in why and len(names) > 1 else ""
        head, *more = fold(one_line(f"{listed(names, _NAMES)}{as_first}"), width, "    ")
        yield [f"  ? {head.strip()}", *more, *fold(one_line(why), width, "      ")]


def _capped(groups: Sequence[list[str]]) -> Iterator[str]:
    """The lines of the first groups, and how many groups there are besides."""
    for lines in groups[:_GROUPS]:
        yield from lines
    if len(groups) > _GROUPS:
        yield f"  and {len(groups) - _GROUPS:,} more"


def _gone(found: Discovery, *, colour: bool, width: int) -> Iterator[str]:
    if not found.gone:
        return
    yield paint(
        f"Gone from the account ({len(found.gone):,})", Style.BOLD, Style.YELLOW, colour=colour
    )
    groups = []
    for job in found.gone:
        machine = job.machine.name if job.machine is not None else ""
        text = f"{clean(job.name)} ({clean(str(job.place))}): no state machine {clean(machine)}"
        groups.append(fold(text, width, "  "))
    yield from _capped(groups)


def _mocks(machines: Sequence[Found], *, colour: bool, width: int) -> Iterator[str]:
    mocked = [
        (arn_of(each.seen).name, [task.name for task in each.tasks if task.needs_mock])
        for each in machines
    ]
    mocked = [(name, states) for name, states in mocked if states]
    if mocked:
        yield paint("Need mocks with --local", Style.BOLD, colour=colour)
    groups = [
        fold(one_line(f"{name}: {listed(states, _STATES)}"), width, "  ") for name, states in mocked
    ]
    yield from _capped(groups)


def _written(changes: Sequence[FileChange] | None, *, colour: bool) -> Iterator[str]:
    if changes is None:
        return
    if not changes:
        yield "Nothing to write."
        return
    yield paint(f"Written ({plural(len(changes), 'file')})", Style.BOLD, Style.GREEN, colour=colour)
    is_long = len(changes) > _GROUPS
    counted = [change for change in changes if is_long and _is_definition(change)]
    lines = [
        [f"  {'+' if change.is_new else '~'} {clean(change.name)}"]
        for change in changes
        if not (is_long and _is_definition(change))
    ]
    yield from _capped(lines)
    if counted:
        folder = clean(counted[0].name.rpartition("/")[0]) or "."
        yield f"  + {plural(len(counted), 'file')} of definitions in {folder}"


def _is_definition(change: FileChange) -> bool:
    return change.machine is not None and not change.jobs


def discovery_notes(found: Discovery, *, width: int = 100) -> list[str]:
    """The lines of what is to be known besides; what holds of several machines is said once."""
    texts: dict[str, list[str]] = {}
    for note in found.notes:
        texts.setdefault(note.text, []).extend([note.about] if note.about is not None else [])
    groups = []
    for text, about in texts.items():
        names = f"{listed(about, _NAMES)}: " if about else ""
        first, *rest = fold(one_line(f"{names}{text}"), width, "  ")
        groups.append([f"Note: {first.strip()}", *rest])
    return [*_capped(groups)]
