"""Looking up state machines: whether they exist, of which type and revision they are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from runner.errors import AccessDenied, NotFound, ProviderError, Rejected
from runner.model import MachineType
from runner.provider import FoundMachine, MachineFinding, MissingMachine
from runner.step_functions import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from runner.arns import MachineArn
    from runner.step_functions.near import Near
    from runner.step_functions.reads import Reads

Answer: TypeAlias = "Mapping[str, Any] | ProviderError"

UNUSABLE = (AccessDenied, NotFound, Rejected)
"""What is said of one machine alone; any other error is about the call."""

_OF_ABSENT = "deploy it, or correct the name"
_OF_DELETING = "wait until it is gone and deploy it anew, or use another one"


def find(
    reads: Reads, arns: Sequence[MachineArn], near: Near
) -> Mapping[MachineArn, MachineFinding]:
    """Look up each machine once, several at a time. Raises ProviderError.

    An alias says nothing of the type, so its machine is described too, once for all aliases.
    `near` tells what may be meant by what does not exist.
    """
    machines = _describe_all(reads, reads.machine, {str(arn.describable) for arn in arns})
    aliases = _describe_all(reads, reads.alias, {str(arn) for arn in arns if _is_alias(arn)})
    return {arn: _finding(arn, machines, aliases, near) for arn in arns}


def _is_alias(arn: MachineArn) -> bool:
    return arn.qualifier is not None and not arn.is_pinned


def _describe_all(
    reads: Reads, describe: Callable[[str], Mapping[str, Any]], arns: Iterable[str]
) -> Mapping[str, Answer]:
    wanted = sorted(arns)
    return dict(zip(wanted, reads.each(partial(_describe, describe), wanted), strict=True))


def _describe(describe: Callable[[str], Mapping[str, Any]], arn: str) -> Answer:
    try:
        return describe(arn)
    except UNUSABLE as error:
        return error


def _finding(
    arn: MachineArn,
    machines: Mapping[str, Answer],
    aliases: Mapping[str, Answer],
    near: Near,
) -> MachineFinding:
    machine = machines[str(arn.describable)]
    if isinstance(machine, ProviderError):
        return _missing(arn, machine, _hint(near, machine, arn, has_machine=False))
    status = str(machine.get("status", "ACTIVE"))
    if status == "DELETING":
        return MissingMachine(arn, "it is being deleted", _OF_DELETING)
    kind = str(machine["type"])
    if kind not in set(MachineType):
        return MissingMachine(arn, f"its type {kind!r} is not one that is known here")
    alias = aliases.get(str(arn))
    if isinstance(alias, ProviderError):
        return _missing(arn, alias, _hint(near, alias, arn, has_machine=True))
    return FoundMachine(arn, MachineType(kind), _revision(arn, machine, alias), status)


def _missing(arn: MachineArn, error: ProviderError, hint: str) -> MissingMachine:
    """What an error says; only that of what does not exist lacks a way out."""
    way_out = _OF_ABSENT if isinstance(error, NotFound) else None
    return MissingMachine(arn, why(error) + hint, way_out)


def _hint(near: Near, error: ProviderError, arn: MachineArn, *, has_machine: bool) -> str:
    if isinstance(error, NotFound):
        return near.hint(arn, has_machine=has_machine)
    return near.place(arn)


def _revision(arn: MachineArn, machine: Mapping[str, Any], alias: Mapping[str, Any] | None) -> str:
    if alias is not None:
        return _routing(alias)
    if arn.is_pinned:
        return str(arn)
    return revision_in(machine, "creationDate")


def revision_in(answer: Mapping[str, Any], date: str) -> str:
    """The revision of an unqualified machine, in words that are the same on every computer.

    A machine that was never updated has no revisionId, and is told by when it was made: what
    looks at the machine finds that under `creationDate`, what looks at an execution of it
    under `updateDate`.
    """
    revision = answer.get("revisionId")
    if revision:
        return str(revision)
    made = answers.utc(answer.get(date))
    return f"created {made.isoformat(timespec='seconds')}" if made else "unknown"


def _routing(alias: Mapping[str, Any]) -> str:
    """Versions and weights, in the order of the versions whatever that of the answer."""
    routes = [
        (str(route.get("stateMachineVersionArn", "")).rpartition(":")[2], route.get("weight", 0))
        for route in alias.get("routingConfiguration", ())
    ]
    routes.sort(key=lambda route: (len(route[0]), route[0]))
    return ", ".join(f"version {version} {weight}%" for version, weight in routes)


def why(error: ProviderError) -> str:
    """What an error says of one machine."""
    if isinstance(error, NotFound):
        return "it does not exist in this account and region"
    return str(error)
