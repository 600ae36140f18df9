"""What the roles of machines need that start executions: by their definitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner import values
from runner.cli.permitting.gathering import describe
from runner.definitions import AWAITED, children, distributed_maps
from runner.iam import MachineRole, machine_permissions, policies
from runner.report import one_line, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runner.arns import MachineArn
    from runner.cli.permitting.gathering import Gathered, Wanted
    from runner.cli.providers import Providers
    from runner.definitions import Child, DistributedMap
    from runner.iam import Permission
    from runner.model import AwsPlatform, Spec
    from runner.values import Json


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of machines that start executions, sorted by machine, and what to say of them."""

    found: tuple[MachineRole, ...]
    notes: tuple[str, ...]
    is_whole: bool


def roles(spec: Spec, gathered: Gathered, wanted: Wanted, providers: Providers) -> Roles:
    """Find the machines that start executions, those that jobs use and what these start in turn.

    A definition in the specs stands for that of the machine of its name. Raises ProviderError
    when AWS can't be asked at all.
    """
    search = _Search(spec, gathered, wanted, providers)
    search.run()
    return Roles(tuple(search.found()), tuple(dict.fromkeys(search.notes)), search.is_whole)


class _Search:
    """Goes from machine to machine, each once, a generation at a time."""

    def __init__(
        self, spec: Spec, gathered: Gathered, wanted: Wanted, providers: Providers
    ) -> None:
        self._spec = spec
        self._wanted = wanted
        self._providers = providers
        self._described = dict(gathered.described)
        self._platforms = {
            (usage.platform.region, usage.account): usage.platform for usage in gathered.usages
        }
        self._first = {
            str(use.arn.describable): use.arn.describable
            for usage in gathered.usages
            for use in (*usage.used, *usage.idle)
        }
        self._redriven = {
            use.arn.unqualified
            for usage in gathered.usages
            for use in (*usage.used, *usage.idle)
            if use.redrives
        }
        self._needed: dict[tuple[str, str | None], list[Permission]] = {}
        self._awaited: list[tuple[MachineArn, str, MachineArn]] = []
        self.notes: list[str] = []
        self.is_whole = True

    def run(self) -> None:
        seen: set[str] = set()
        generation = self._first
        unread: list[str] = []
        while generation:
            seen |= generation.keys()
            started: dict[str, MachineArn] = {}
            for name, arn in sorted(generation.items()):
                definition = self._definition(arn)
                if definition is None:
                    unread.append(name)
                    continue
                for child in self._look(arn, definition):
                    started[str(child.describable)] = child.describable
            generation = {name: arn for name, arn in started.items() if name not in seen}
            self._describe(generation)
        self.notes += self._of_keys()
        if unread:
            self.notes.append(
                f"of {plural(len(unread), 'state machine')} no definition can be read, so that "
                f"nobody knows what their roles must start: {', '.join(sorted(unread)[:5])}"
                + (" and more" if len(unread) > 5 else "")  # noqa: PLR2004 - as many as a line holds
            )

    def found(self) -> Iterator[MachineRole]:
        """The roles that need something; one for all versions of a machine that have it."""
        for (machine, role), needed in sorted(self._needed.items(), key=str):
            if needed:
                yield MachineRole(machine, role, policies(needed))

    def _definition(self, arn: MachineArn) -> Json | None:
        document = self._spec.machines.get(arn.name)
        if document is not None:
            return document.definition
        described = self._described.get(str(arn))
        if described is None or described.definition is None:
            return None
        try:
            return values.parse(described.definition)
        except values.NotJson:
            return None

    def _look(self, arn: MachineArn, definition: Json) -> Iterator[MachineArn]:
        """Note what a machine's role needs; yields the machines that are started."""
        found, maps = children(definition), distributed_maps(definition)
        described = self._described.get(str(arn))
        role = described.role_arn if described is not None else None
        needed = self._needed.setdefault((arn.unqualified, role), [])
        redrives = arn.unqualified in self._redriven
        needed += machine_permissions(arn, found, maps, redrives=redrives)
        self.notes += _of_s3(arn, maps)
        self.notes += _untold(arn, found)
        self._awaited += [
            (arn, child.state, child.machine.describable)
            for child in found
            if child.form in AWAITED and child.machine is not None and not child.uses_other_role
        ]
        yield from (child.machine for child in found if child.machine is not None)

    def _of_keys(self) -> Iterator[str]:
        """What to say of children whose output is read under a key of their own."""
        for arn, state, child in self._awaited:
            told = self._described.get(str(child))
            if told is not None and told.kms_key is not None:
                yield (
                    f"{arn.name}: its state {one_line(repr(state), 100)} waits for {child.name}, "
                    "which has a KMS key of its own: allow its role kms:Decrypt on "
                    f"{one_line(told.kms_key)} too"
                )

    def _describe(self, generation: dict[str, MachineArn]) -> None:
        """Ask about the machines that no document tells of, where a platform can be asked."""
        if self._wanted.offline:
            return
        asked: dict[str, tuple[AwsPlatform, list[MachineArn]]] = {}
        for name, arn in sorted(generation.items()):
            platform = self._platforms.get((arn.region, arn.account))
            if platform is not None and name not in self._described:
                asked.setdefault(platform.name, (platform, []))[1].append(arn)
        for platform, arns in asked.values():
            more = describe(arns, platform, self._providers, definitions=True)
            self._described |= more.described
            self.notes += more.notes
            self.is_whole = self.is_whole and more.is_whole


def _untold(arn: MachineArn, found: Iterable[Child]) -> Iterator[str]:
    for child in found:
        state = one_line(repr(child.state), 100)
        if child.uses_other_role:
            yield (
                f"{arn.name}: its state {state} starts a machine by another role: allow its own "
                "role sts:AssumeRole on that one, and that one to start the machine"
            )
        elif child.machine is None:
            yield (
                f"{arn.name}: which machine its state {state} starts is only known when it runs: "
                "allow its role states:StartExecution on each that it may be"
            )
        elif child.machine.region != arn.region:
            yield (
                f"{arn.name}: its state {state} starts a machine in {child.machine.region}: Step "
                "Functions reaches no other region than its own"
            )
        elif child.machine.account != arn.account:
            yield (
                f"{arn.name}: its state {state} starts a machine of account "
                f"{child.machine.account}: give the state Credentials with a role of that account"
            )


def _of_s3(arn: MachineArn, maps: Iterable[DistributedMap]) -> Iterator[str]:
    for each in maps:
        if each.uses:
            state = one_line(repr(each.state), 100)
            yield (
                f"{arn.name}: its state {state} has {' and '.join(each.uses)}: what these take of "
                "S3 is not in the policy of its role"
            )
