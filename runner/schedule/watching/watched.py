"""What is watched: executions, the machines that they are of, and whose quota that takes.

Times in seconds of the run's clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner.provider import LIST_PRICE
from runner.schedule.watching.intervals import (
    again_after,
    interval,
    is_overdue,
    overdue_interval,
    reading_time,
    sparing_interval,
)
from runner.schedule.watching.lanes import Gate, Queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.arns import MachineArn
    from runner.schedule.watching.paces import Pace

NEVER = float("-inf")
NEVER_AGAIN = float("inf")

LISTS_AT_ONCE = 4
LOOKS_AT_ONCE = 16
"""Calls of one account that may be under way at the same time."""

_CROWD = 2
"""Executions of one machine from which on more are likely to come."""

_FAILED = 2
"""Lists that fail in a row before each execution is looked at by itself."""

_SAID_FOR = 600.0
"""Seconds for which that need not be said again."""

_SPREAD = 0.8
_GOLDEN = 0.618033988749895
"""Machines whose executions began together are listed one after another, evenly spread."""

_ENDS_IN_A_ROW = 3
"""Ends that are read before a look at what runs comes in between."""

_ALIKE = 0.01
"""Durations that differ by no more than this part of them are one and the same."""

JUST_AFTER = 0.05
"""Seconds between an expected end and the look at it."""


@dataclass(slots=True)
class Seen:
    """One execution. `since` is when it began, `changed` when something last happened to it,

    `usual` how long its job took before. `missed` lists lacked it in a row, and so many looks
    `failed`. `alone` tells that it is not listed, `asked` that a look at it is under way,
    `fetching` that this look is for what it left.
    """

    arn: str
    group: Group
    since: float
    changed: float
    usual: float | None
    whole: bool
    looked_at: float
    missed: int = 0
    failed: int = 0
    alone: bool = False
    ended: bool = False
    asked: bool = False
    fetching: bool = False

    @property
    def expected(self) -> float | None:
        """How many seconds it may take: as long as its job before, or as others just did."""
        if self.usual is not None:
            return self.usual
        return self.group.usual if self.group.usual is not None else self.group.account.usual


@dataclass(slots=True)
class Group:
    """The executions of one machine of one platform. `usual` is how long the last one took.

    So many lists in a row `failed`; the next one is not wanted before `again_at`.
    """

    platform: str
    machine: MachineArn
    account: Account
    number: int
    members: dict[str, Seen] = field(default_factory=dict)
    changed: float = NEVER
    looked_at: float = NEVER
    usual: float | None = None
    can_list: bool = True
    asked: bool = False
    failed: int = 0
    again_at: float = NEVER
    _said_at: float = NEVER

    def join(self, seen: Seen) -> None:
        """Have another member."""
        self.members[seen.arn] = seen
        self.account.crowds += len(self.members) == _CROWD
        self.account.groups[self.number] = self

    def leave(self, seen: Seen) -> None:
        """Have a member less, if it is one."""
        if self.members.pop(seen.arn, None) is not None:
            self.account.crowds -= len(self.members) == _CROWD - 1
            if not self.members:
                del self.account.groups[self.number]

    @property
    def reading_time(self) -> float:
        """Seconds between two lists of it that this machine's time is worth."""
        return reading_time(len(self.members), self.account.crowds)

    @property
    def is_crowd(self) -> bool:
        """Tell whether a list is cheaper than looking at each."""
        return self.can_list and len(self.members) > LIST_PRICE

    @property
    def is_failing(self) -> bool:
        """Tell whether lists fail, so that each is looked at by itself until one works."""
        return self.failed >= _FAILED

    @property
    def is_listed(self) -> bool:
        """Tell whether lists show its members."""
        return self.is_crowd and not self.is_failing

    def list_worked(self) -> None:
        """A list was answered."""
        self.failed, self.again_at = 0, NEVER

    def list_failed(self, now: float) -> bool:
        """A list was not. Tells whether lists fail from now on, but not too often."""
        self.failed += 1
        self.again_at = now + again_after(self.failed)
        if self.failed != _FAILED or not self.is_crowd or now - self._said_at < _SAID_FOR:
            return False
        self._said_at = now
        return True


class Account:
    """What shares one quota: the machines to list, and the executions to look at.

    `groups` are those that have members, by their number.
    """

    def __init__(self, pace: Pace) -> None:
        self.soon = pace.soon
        self.lists: Queue[tuple[str, str]] = Queue()
        self.looks: Queue[str] = Queue()
        self.ends: Queue[str] = Queue()
        self.list_gate = Gate(pace.lists, LISTS_AT_ONCE)
        self.look_gate = Gate(pace.looks, LOOKS_AT_ONCE)
        self.groups: dict[int, Group] = {}
        self.crowds = 0
        self.usual: float | None = None
        self.learnt_at = NEVER
        self._expected: float | None = None
        self._in_a_row = 0

    @property
    def list_load(self) -> float:
        """Seconds that the quota takes to list every machine once, also those that soon will be."""
        return self.crowds / self.list_gate.rate.per_second

    def look_load(self, arn: str) -> float:
        """Seconds that the quota takes to look at this and every other execution once."""
        return (len(self.looks) + (arn not in self.looks)) / self.look_gate.rate.per_second

    def learns(self) -> bool:
        """Take the duration that was learnt; False where it is what was expected anyway."""
        usual, before = self.usual, self._expected
        if usual is None or (before is not None and abs(usual - before) <= _ALIKE * usual):
            return False
        self._expected = usual
        return True

    def next_look(self, now: float) -> str | None:
        """The next execution to look at: ends first, but not for ever."""
        queues = [self.ends, self.looks]
        if self._in_a_row >= _ENDS_IN_A_ROW:
            queues.reverse()
        for queue in queues:
            arn = queue.take(now)
            if arn is not None:
                self._in_a_row = self._in_a_row + 1 if queue is self.ends else 0
                return arn
        return None

    def wake_at(self, now: float) -> float | None:
        """When the next call may be made that is wanted."""
        lists = _later(self.lists.next_due(), self.list_gate.opens_at(now))
        looks = _later(
            _sooner(self.ends.next_due(), self.looks.next_due()), self.look_gate.opens_at(now)
        )
        return _sooner(lists, looks)


def look_due(seen: Seen, now: float) -> float:
    """When an execution is to be looked at by itself."""
    account = seen.group.account
    load = account.look_load(seen.arn)
    due = now + interval(now - seen.changed, load, soon=account.soon)
    if seen.failed:
        due = min(due, now + again_after(seen.failed))
    expected = _expected(seen, now, seen.looked_at, load)
    return due if expected is None else min(due, max(expected, now + JUST_AFTER))


def may_end_before(seen: Seen, planned: float, now: float) -> bool:
    """Tell whether an end may come before the look that is planned: cheap, asked of very many."""
    account = seen.group.account
    usual = account.usual
    if usual is None or seen.usual is not None or planned <= now + account.soon:
        return False
    return seen.looked_at < seen.since + usual + JUST_AFTER < planned


def list_due(group: Group, now: float) -> float:
    """When the executions of a machine are to be listed."""
    account = group.account
    load, soon = account.list_load, account.soon
    wait = sparing_interval(now - group.changed, load, soon=soon, least=group.reading_time)
    if group.looked_at == NEVER and load > soon:
        wait *= 1 + _SPREAD * (group.number * _GOLDEN % 1.0)
    expected = (_expected(seen, now, group.looked_at, load) for seen in group.members.values())
    ends = [end for end in expected if end is not None]
    end = _worth_a_list(ends, group.looked_at + soon, now, max(soon, load))
    return max(min(now + wait, end), group.again_at)


def _worth_a_list(ends: Sequence[float], earliest: float, now: float, within: float) -> float:
    """When to list for these ends: at the first, or for those that come soon after it as well."""
    first = min(ends, default=NEVER_AGAIN)
    if first > now:
        first = max((end for end in ends if end <= first + within), default=first)
    return max(first, earliest, now)


def _expected(seen: Seen, now: float, looked_at: float, load: float) -> float | None:
    """When an end is likely to be seen, as others took as long."""
    usual = seen.expected
    if usual is None:
        return None
    end = seen.since + usual + JUST_AFTER
    if end > looked_at:
        return end
    if is_overdue(now - seen.since, usual):
        return now + overdue_interval(usual, load, soon=seen.group.account.soon)
    return None


def key_of(group: Group) -> tuple[str, str]:
    """What names a machine of a platform."""
    return (group.platform, group.machine.unqualified)


def _sooner(one: float | None, other: float | None) -> float | None:
    return min((time for time in (one, other) if time is not None), default=None)


def _later(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else max(one, other)
