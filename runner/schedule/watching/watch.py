"""Which executions are looked at when: many of a machine by a list, few by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner.schedule.events import Observe, Survey
from runner.schedule.watching.intervals import FIRST_LOOK, interval
from runner.schedule.watching.watched import (
    JUST_AFTER,
    NEVER,
    Account,
    Group,
    Seen,
    key_of,
    list_due,
    look_due,
    may_end_before,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runner.arns import MachineArn
    from runner.schedule.events import Surveyed
    from runner.schedule.watching.paces import Pace

_AGAIN = 5.0
"""Seconds after which what an execution left is asked for again."""

_MISSED = 2
_OLD_ENOUGH = 10.0
"""An execution that so many lists lacked, and of this age, is looked at by itself."""

_WAVE = 1.0
"""Seconds between two looks at everything for a duration that was learnt."""


class Watch:
    """Owns the times at which running executions are looked at. Times in seconds.

    `paces` are those of the platforms, by name.
    """

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        self._accounts: dict[str, Account] = {}
        self._of_platform: dict[str, Account] = {}
        for name, pace in paces.items():
            account = self._accounts.setdefault(pace.account, Account(pace))
            self._of_platform[name] = account
        self._groups: dict[tuple[str, str], Group] = {}
        self._seen: dict[str, Seen] = {}
        self._now = 0.0

    def add(
        self,
        arn: str,
        platform: str,
        machine: MachineArn,
        *,
        since: float,
        now: float,
        usual: float | None = None,
        whole: bool = False,
    ) -> None:
        """Begin to look at an execution that started at `since`; such ones took `usual`.

        With `whole`, its redrives are to be told.
        """
        if arn in self._seen:
            return
        group = self._group(platform, machine)
        seen = Seen(arn, group, since, since, usual, whole, looked_at=now)
        self._seen[arn] = seen
        was_crowd = group.is_crowd
        group.join(seen)
        group.changed = max(group.changed, since)
        if not group.is_listed:
            self._plan_look(seen, now)
        if group.is_crowd and not was_crowd:
            self._plan(group, now)
        elif group.is_listed and not group.asked:
            self._bring_forward(group, seen, now)

    def want_redrives(self, arn: str) -> None:
        """Have each later look at an execution tell how often it was redriven."""
        if arn in self._seen:
            self._seen[arn].whole = True

    def remove(self, arn: str) -> None:
        """Look no more at an execution."""
        seen = self._seen.pop(arn, None)
        if seen is None:
            return
        account = seen.group.account
        account.looks.drop(arn)
        account.ends.drop(arn)
        self._leave_group(seen)

    def fetch(self, arn: str, now: float) -> None:
        """See what an execution left that has ended."""
        seen = self._seen.get(arn)
        if seen is None or seen.ended:
            return
        seen.ended = True
        seen.group.account.looks.drop(arn)
        self._leave_group(seen)
        if not seen.asked:
            seen.group.account.ends.plan(arn, now)

    def hurry(self, arn: str, now: float) -> None:
        """Look often again, as after a start: something is about to change."""
        seen = self._seen.get(arn)
        if seen is None or seen.ended:
            return
        seen.changed = seen.group.changed = now
        soon = now + JUST_AFTER
        group = seen.group
        if seen.alone or not group.is_listed:
            if not seen.asked:
                group.account.looks.plan(arn, soon)
        elif not group.asked:
            due = max(soon, group.looked_at + group.account.soon / 2)
            self._no_later(group, due)

    def look(self, arn: str, now: float) -> None:
        """Look at an execution by itself, whatever lists show."""
        seen = self._seen.get(arn)
        if seen is None or seen.ended:
            return
        seen.alone = True
        self._leave_group(seen)
        if not seen.asked:
            seen.group.account.looks.plan(arn, now)

    def ended(self, arn: str, seconds: float | None, now: float) -> None:
        """An execution has ended, after so many seconds: others may take as long."""
        seen = self._seen.get(arn)
        if seen is None:
            return
        seen.group.changed = max(seen.group.changed, now)
        if seconds is None:
            return
        account = seen.group.account
        seen.group.usual = account.usual = seconds
        if now - account.learnt_at >= _WAVE:
            account.learnt_at = now
            self._expect(account, now)

    def surveyed(self, answer: Surveyed, now: float) -> bool:
        """Take the answer of one Survey: what is still watched is looked at again later.

        Tells whether lists fail, so that from now on each is looked at by itself.
        """
        group = self._group(answer.platform, answer.machine)
        group.account.list_gate.leave()
        group.asked = False
        group.looked_at = now
        if answer.error is not None:
            return self._list_failed(group, now)
        group.list_worked()
        for arn in answer.wanted:
            seen = group.members.get(arn)
            if seen is not None and arn in answer.found:
                seen.missed = seen.failed = 0
            elif seen is not None:
                self._missed(seen, now)
        self._plan(group, now)
        return False

    def cannot_list(self, platform: str, machine: MachineArn) -> None:
        """Look at each execution of a machine by itself from now on."""
        self._group(platform, machine).can_list = False

    def observed(self, arn: str, platform: str, now: float, *, in_vain: bool = False) -> None:
        """Take the answer of one Observe. One in vain is made again soon."""
        self._of_platform[platform].look_gate.leave()
        seen = self._seen.get(arn)
        if seen is None:
            return
        was_fetching, seen.asked, seen.fetching = seen.fetching, False, False
        seen.looked_at = now
        seen.failed = seen.failed + 1 if in_vain else 0
        if seen.ended:
            seen.group.account.ends.plan(arn, now + _AGAIN if was_fetching else now)
            return
        if seen.alone:
            # Lists may show it by now.
            seen.alone, seen.missed = False, 0
            seen.group.join(seen)
        self._plan_look_or_list(seen, now)

    def due(self, now: float) -> list[Survey | Observe]:
        """What to ask now."""
        self._now = now
        effects: list[Survey | Observe] = []
        for account in self._accounts.values():
            effects += self._lists_due(account, now)
            effects += self._looks_due(account, now)
        return effects

    def next_due(self) -> float | None:
        """When to look next; None while nothing is to be seen or every call is under way."""
        times = [account.wake_at(self._now) for account in self._accounts.values()]
        return min((time for time in times if time is not None), default=None)

    def _lists_due(self, account: Account, now: float) -> Iterable[Survey]:
        while account.list_gate.is_open(now):
            key = account.lists.take(now)
            if key is None:
                return
            group = self._groups[key]
            group.asked = True
            account.list_gate.enter(now)
            yield Survey(group.platform, group.machine, tuple(group.members))

    def _looks_due(self, account: Account, now: float) -> Iterable[Observe]:
        while account.look_gate.is_open(now):
            arn = account.next_look(now)
            if arn is None:
                return
            seen = self._seen[arn]
            seen.asked, seen.fetching = True, seen.ended
            account.look_gate.enter(now)
            yield Observe(seen.group.platform, arn, seen.whole)

    def _group(self, platform: str, machine: MachineArn) -> Group:
        key = (platform, machine.unqualified)
        if key not in self._groups:
            account = self._of_platform[platform]
            plain = replace(machine, qualifier=None)
            self._groups[key] = Group(platform, plain, account, len(self._groups))
        return self._groups[key]

    def _leave_group(self, seen: Seen) -> None:
        group = seen.group
        was_crowd = group.is_crowd
        group.leave(seen)
        if was_crowd and not group.is_crowd and not group.asked:
            self._plan(group, self._now)

    def _list_failed(self, group: Group, now: float) -> bool:
        was_failing = group.is_failing
        fails_now = group.list_failed(now)
        if was_failing:
            # Each is to be looked at already: that is not put off.
            self._plan_next_try(group)
        else:
            self._plan(group, now)
        return fails_now

    def _missed(self, seen: Seen, now: float) -> None:
        seen.missed += 1
        if seen.missed >= _MISSED and now - seen.since >= _OLD_ENOUGH and not seen.asked:
            self.look(seen.arn, now)

    def _plan(self, group: Group, now: float) -> None:
        """Plan the next list of a group, or the next look at each of its few members."""
        account = group.account
        if group.asked:
            return
        if not group.is_listed:
            self._plan_next_try(group)
            for seen in group.members.values():
                self._plan_look(seen, now)
            return
        for seen in group.members.values():
            if not seen.failed:
                account.looks.drop(seen.arn)
        account.lists.plan(key_of(group), list_due(group, now))

    def _plan_next_try(self, group: Group) -> None:
        """Have a list tried again where lists fail; where none is wanted, make none."""
        lists = group.account.lists
        if group.is_crowd:
            lists.plan(key_of(group), group.again_at)
        else:
            lists.drop(key_of(group))

    def _plan_look_or_list(self, seen: Seen, now: float) -> None:
        group = seen.group
        if seen.failed or not group.is_listed:
            self._plan_look(seen, now)
        if group.is_crowd and not group.asked and key_of(group) not in group.account.lists:
            self._plan(group, now)

    def _plan_look(self, seen: Seen, now: float) -> None:
        if not seen.asked:
            seen.group.account.looks.plan(seen.arn, look_due(seen, now))

    def _bring_forward(self, group: Group, seen: Seen, now: float) -> None:
        """Another execution began: what is planned may be too late for it."""
        account = group.account
        if group.looked_at != NEVER:
            quiet, least = now - seen.changed, max(group.reading_time, FIRST_LOOK)
            wait = interval(quiet, account.list_load, soon=account.soon, least=least)
            self._no_later(group, now + wait)
        if seen.usual is not None:
            self._no_later(group, max(seen.since + seen.usual + JUST_AFTER, now))

    def _no_later(self, group: Group, due: float) -> None:
        planned = group.account.lists.due(key_of(group))
        due = max(due, group.again_at)
        if planned is None or planned > due:
            group.account.lists.plan(key_of(group), due)

    def _expect(self, account: Account, now: float) -> None:
        """Look earlier at whatever may take as long as what has just ended; put off nothing."""
        if not account.learns():
            return
        for group in account.groups.values():
            if group.usual is not None:
                continue
            if group.is_listed and not group.asked:
                self._no_later(group, list_due(group, now))
            elif not group.is_listed:
                self._expect_looks(group, now)

    def _expect_looks(self, group: Group, now: float) -> None:
        looks = group.account.looks
        for seen in group.members.values():
            planned = looks.due(seen.arn)
            if planned is not None and may_end_before(seen, planned, now):
                looks.plan(seen.arn, min(look_due(seen, now), planned))
