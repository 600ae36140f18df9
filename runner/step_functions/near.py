"""What may be meant by the name of a machine, a version or an alias that is not there."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from runner.arns import BadArn, MachineArn, parse_machine
from runner.aws.codes import plain
from runner.errors import ProviderError
from runner.step_functions import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from runner.step_functions.reads import Reads

SECONDS = 5
"""How long one of these calls is repeated: they only help to word a complaint."""

PAGES = 5
"""Pages of machines that are read at most."""

_ROWS = 1000
_MOST_TOLD = 50
"""Names of one provider for which others are looked for at most."""

_MOST_ASKED = 10
"""Machines of one provider whose versions or aliases are asked for at most."""

_SHOWN = 3
_COMPARED = 100
_ALIKE = 0.7
_LEAST_PART = 4
_MACHINES = "ListStateMachines"
_VERSIONS = "ListStateMachineVersions"
_ALIASES = "ListStateMachineAliases"
_COLUMNS = {
    "stateMachineVersions": "stateMachineVersionArn",
    "stateMachineAliases": "stateMachineAliasArn",
}
_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class _Known:
    """The machines that may be named. With `is_empty` the account has none at all here."""

    names: tuple[str, ...] = ()
    is_empty: bool = False


class Near:
    """Tells what may be meant, from any thread; the machines are listed at most once.

    Only machines for which `refusal` returns None are named. Where AWS does not tell, be it for
    want of a permission, nothing is said, and no method raises.
    """

    def __init__(self, reads: Reads, refusal: Callable[[MachineArn], str | None]) -> None:
        self._reads = replace(reads, policy=reads.policy.within(SECONDS))
        self._refusal = refusal
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._told: dict[MachineArn, str] = {}

    def place(self, arn: MachineArn) -> str:
        """What to say of a machine that the credentials or the platform are not for."""
        refused = self._refusal(arn)
        return f" Besides, {refused}." if refused is not None else ""

    def hint(self, arn: MachineArn, *, has_machine: bool) -> str:
        """What to say of what does not exist, to go on after it; empty where nothing is known.

        With `has_machine` only the version or alias is missing.
        """
        with self._lock:
            if arn not in self._told and len(self._told) < _MOST_TOLD:
                self._told[arn] = self._hint(arn, has_machine=has_machine)
            return self._told.get(arn, "")

    def _hint(self, arn: MachineArn, *, has_machine: bool) -> str:
        refused = self._refusal(arn)
        if refused is not None:
            return f": {refused}"
        try:
            if has_machine:
                return self._of_aliases(arn)
            return self._of_versions(arn) if arn.is_pinned else self._of_machine(arn)
        except ProviderError:
            return ""

    def _of_machine(self, arn: MachineArn) -> str:
        if self._known is None:
            # Asked once, even where that fails.
            self._known = _Known()
            self._known = self._machines()
        if self._known.is_empty:
            return f"; there is no state machine at all in {arn.region}: is the region right?"
        if arn.name in self._known.names:
            return f": {arn.name!r} has no such version" if arn.is_pinned else ""
        return _did_you_mean(alike(arn.name, self._known.names))

    def _machines(self) -> _Known:
        rows = self._rows(_MACHINES, "stateMachines", self._reads.client.list_state_machines, {})
        names: list[str] = []
        for row in rows:
            try:
                arn = parse_machine(str(row.get("stateMachineArn")))
            except BadArn:
                continue
            if self._refusal(arn) is None:
                names.append(arn.name)
        return _Known(tuple(names), is_empty=not rows)

    def _of_versions(self, arn: MachineArn) -> str:
        numbers = self._versions(arn) if self._may_ask() else ()
        if numbers:
            return f": of {arn.name!r} there {_counted(numbers)}"
        return self._of_machine(arn)

    def _versions(self, arn: MachineArn) -> Sequence[int]:
        try:
            found = self._qualifiers(arn, _VERSIONS, "stateMachineVersions")
        except ProviderError:
            return ()
        plausible = (each for each in found if each.isdecimal() and len(each) <= _LONGEST_NUMBER)
        return sorted(int(each) for each in plausible)

    def _of_aliases(self, arn: MachineArn) -> str:
        if not self._may_ask():
            return ""
        names = self._qualifiers(arn, _ALIASES, "stateMachineAliases")
        if not names:
            return f": {arn.name!r} has no alias"
        near = alike(arn.qualifier or "", names)
        if near:
            return _did_you_mean(near, "the alias ")
        return f": the aliases of {arn.name!r} are {_listed(sorted(names), 'and')}"

    def _may_ask(self) -> bool:
        asked = sum(1 for each in self._told if each.qualifier is not None)
        return asked < _MOST_ASKED

    def _qualifiers(self, arn: MachineArn, operation: str, key: str) -> Sequence[str]:
        client = self._reads.client
        send: Callable[..., Any] = (
            client.list_state_machine_versions
            if operation == _VERSIONS
            else client.list_state_machine_aliases
        )
        rows = self._rows(operation, key, send, {"stateMachineArn": arn.unqualified}, pages=1)
        return [str(row.get(_COLUMNS[key], "")).rpartition(":")[2] for row in rows]

    def _rows(
        self,
        operation: str,
        key: str,
        send: Callable[..., Any],
        wanted: Mapping[str, str],
        pages: int = PAGES,
    ) -> Sequence[Mapping[str, Any]]:
        rows: list[Mapping[str, Any]] = []
        more: dict[str, Any] = {"maxResults": _ROWS, **wanted}

        def request() -> str | None:
            answer = send(**more)
            rows.extend(answers.required_rows(answer, key, operation))
            token: str | None = answer.get("nextToken")
            return token

        about = wanted.get("stateMachineArn", "")
        for _ in range(pages):
            token = self._reads.calls.read(
                operation, request, about=about, policy=self._reads.policy
            )
            if token is None:
                break
            more["nextToken"] = token
        return rows


def alike(word: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that are most like a word, the likest first, a few at most.

    Those that differ in capitals, `-` and `_` alone, else those that are in each other or look
    much the same.
    """
    known = sorted(set(names))
    same = [each for each in known if _bare(each) == _bare(word)]
    if same:
        return tuple(same[:_SHOWN])
    close = get_close_matches(word, _likely(word, known), n=_SHOWN, cutoff=_ALIKE)
    within = [each for each in known if _is_part(word, each) or _is_part(each, word)]
    within.sort(key=lambda each: (abs(len(each) - len(word)), each))
    return tuple(dict.fromkeys((*close, *within)))[:_SHOWN]


def _likely(word: str, names: Sequence[str]) -> Sequence[str]:
    """The names that share most pairs of letters with a word: to compare all takes seconds."""
    if len(names) <= _COMPARED:
        return names
    pairs = _pairs(word)
    return nlargest(_COMPARED, names, key=lambda name: len(pairs & _pairs(name)) / (len(name) + 1))


@lru_cache(maxsize=1000 * 8)
def _pairs(name: str) -> frozenset[str]:
    return frozenset(f"{one}{two}" for one, two in pairwise(name))


def _bare(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "")


def _is_part(part: str, whole: str) -> bool:
    return len(part) >= _LEAST_PART and part.casefold() in whole.casefold()


def _did_you_mean(names: Sequence[str], what: str = "") -> str:
    return f"; did you mean {what}{_listed(names, 'or')}?" if names else ""


def _listed(names: Sequence[str], word: str) -> str:
    few = [repr(plain(each)) for each in names[: 2 * _SHOWN]]
    if len(names) > len(few):
        return f"{', '.join(few)} {word} {len(names) - len(few)} more"
    return f" {word} ".join(filter(None, (", ".join(few[:-1]), few[-1])))


def _counted(numbers: Sequence[int]) -> str:
    """`is version 4`, or `are 7 versions, from 1 to 9`."""
    if len(numbers) == 1:
        return f"is version {numbers[0]}"
    return f"are {len(numbers)} versions, from {numbers[0]} to {numbers[-1]}"
