"""ARNs of Step Functions: state machines, versions, aliases and executions.

Grammar: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_SHOWN = 120
"""Characters of a wrong ARN that a message repeats."""

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")

_FORM = "arn:PARTITION:states:REGION:ACCOUNT:stateMachine:NAME"
_NAME = r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}"
_HEAD = r"arn:(?P<partition>[a-z-]+):states:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):"
_MACHINE = re.compile(rf"{_HEAD}stateMachine:(?P<name>{_NAME})(?::(?P<qualifier>{_NAME}))?")
_SHORT = re.compile(rf"(?P<name>{_NAME})(?::(?P<qualifier>{_NAME}))?")
_VERSION = re.compile(r"[1-9][0-9]*")
_REGION = re.compile(r"[a-z]+(?:-[a-z]+)+-[0-9]+")
_ACCOUNT = re.compile(r"[0-9]{12}")
_EXECUTION = re.compile(
    rf"{_HEAD}(?P<kind>execution|express):(?P<machine>{_NAME}):(?P<name>[^:]+)(?::(?P<id>[^:]+))?"
)


class BadArn(ValueError):
    """The text is not the ARN that is wanted; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class MachineArn:
    """The ARN of a state machine, of a version (`qualifier` is a number) or of an alias."""

    partition: str
    region: str
    account: str
    name: str
    qualifier: str | None = None

    def __str__(self) -> str:
        tail = f":{self.qualifier}" if self.qualifier else ""
        return f"{self.unqualified}{tail}"

    @property
    def unqualified(self) -> str:
        """The machine's own ARN, without version or alias."""
        head = f"arn:{self.partition}:states:{self.region}:{self.account}"
        return f"{head}:stateMachine:{self.name}"

    @property
    def is_pinned(self) -> bool:
        """Tell whether it names a version, whose definition can't change."""
        return self.qualifier is not None and self.qualifier.isdigit()

    @property
    def describable(self) -> MachineArn:
        """What is described to learn of it: a version itself, and the machine of an alias."""
        return self if self.is_pinned else replace(self, qualifier=None)

    def execution(self, name: str) -> str:
        """The ARN that a Standard execution of this name has; qualifiers are no part of it."""
        head = f"arn:{self.partition}:states:{self.region}:{self.account}"
        return f"{head}:execution:{self.name}:{name}"


@dataclass(frozen=True, slots=True)
class ExecutionArn:
    """The ARN of a Standard or an Express execution."""

    partition: str
    region: str
    account: str
    machine: str
    name: str
    express: bool

    @property
    def machine_arn(self) -> str:
        """The unqualified ARN of the machine that it is an execution of."""
        head = f"arn:{self.partition}:states:{self.region}:{self.account}"
        return f"{head}:stateMachine:{self.machine}"


def partition_of(region: str) -> str:
    """The partition that a region lies in."""
    for prefix, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc")):
        if region.startswith(prefix):
            return partition
    return "aws"


def parse_machine(text: str) -> MachineArn:
    """Read a full state machine ARN. Raises BadArn with what is wrong about it."""
    found = _MACHINE.fullmatch(text)
    if found is None:
        raise BadArn(_why_not_a_machine(text))
    arn = MachineArn(**found.groupdict())
    if arn.partition not in PARTITIONS:
        raise BadArn(f"{arn.partition!r} is not one of the partitions {', '.join(PARTITIONS)}")
    if partition_of(arn.region) != arn.partition:
        wanted = partition_of(arn.region)
        raise BadArn(f"region {arn.region} is in the partition {wanted}, not {arn.partition}")
    _check_version(arn.qualifier)
    return arn


def _check_version(qualifier: str | None) -> None:
    """Refuse digits that no version has; an alias has something else in its name."""
    if qualifier and qualifier.isdigit() and not _VERSION.fullmatch(qualifier):
        raise BadArn(f"{_shown(qualifier)} is no version: they are numbered 1, 2, 3 and so on")


def resolve_machine(text: str, *, region: str, account: str) -> MachineArn:
    """Read an ARN, or NAME or NAME:QUALIFIER in the given region and account.

    Raises BadArn.
    """
    if text.startswith("arn:"):
        return parse_machine(text)
    found = _SHORT.fullmatch(text)
    if found is None:
        raise BadArn(
            f"{_shown(text)} is neither the ARN of a state machine nor NAME or NAME:QUALIFIER"
        )
    _check_version(found["qualifier"])
    return MachineArn(partition_of(region), region, account, **found.groupdict())


def parse_execution(text: str) -> ExecutionArn:
    """Read the ARN of an execution. Raises BadArn."""
    found = _EXECUTION.fullmatch(text)
    if found is None:
        raise BadArn(f"{_shown(text)} is not the ARN of an execution")
    return ExecutionArn(
        partition=found["partition"],
        region=found["region"],
        account=found["account"],
        machine=found["machine"],
        name=found["name"],
        express=found["kind"] == "express",
    )


def qualifier_in(text: str | None) -> str | None:
    """The version or alias that the ARN of a machine ends in; None where there is none."""
    found = _MACHINE.fullmatch(text) if text else None
    return found["qualifier"] if found else None


def is_allowed(patterns: Sequence[str], machine: MachineArn) -> bool:
    """Tell whether a pattern (`*`, `?`) matches the ARN, with its qualifier or without.

    No pattern at all allows every machine.
    """
    texts = (str(machine), machine.unqualified)
    literal = [pattern.replace("[", "[[]") for pattern in patterns]
    return not patterns or any(fnmatchcase(text, glob) for glob in literal for text in texts)


def is_express(execution_arn: str) -> bool:
    """Tell an Express execution by its ARN; a machine may be named `express`, too."""
    return execution_arn.split(":", 6)[5:6] == ["express"]


def _shown(text: str) -> str:
    return repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…")


def _why_not_a_machine(text: str) -> str:
    parts = text.split(":", 6)
    missing = _missing(parts)
    if missing:
        return f"{_shown(text)} lacks its {missing}: {_FORM}"
    if len(parts) < 7 or parts[0] != "arn":  # noqa: PLR2004 - an ARN has six colons before its name
        return f"{_shown(text)} is not an ARN: {_FORM}"
    if parts[2] != "states":
        return f"it is an ARN of the service {_shown(parts[2])}, not of Step Functions ('states')"
    if not _REGION.fullmatch(parts[3]):
        return f"{_shown(parts[3])} is not a region such as us-east-1"
    if not _ACCOUNT.fullmatch(parts[4]):
        return f"{_shown(parts[4])} is not an account of 12 digits"
    return _why_no_machine_is_named(parts[5], parts[6])


def _why_no_machine_is_named(resource: str, name: str) -> str:
    if resource != "stateMachine":
        return f"it is the ARN of {_shown(resource)}, not of a state machine"
    if "/" in name:
        return "it is the ARN of a Distributed Map state, which can't be started by itself"
    return f"{_shown(name)} is not NAME or NAME:QUALIFIER of a state machine"


def _missing(parts: Sequence[str]) -> str | None:
    """The one part that the ARN of a state machine lacks, be it empty or left out."""
    if parts[0] != "arn":
        return None
    if parts[1:2] == ["states"]:
        return "partition"
    if parts[2:3] != ["states"] or len(parts) < 4:  # noqa: PLR2004 - nothing else is there
        return None
    if parts[3] == "" or _ACCOUNT.fullmatch(parts[3]):
        return "region"
    if parts[4:5] in ([""], ["stateMachine"]):
        return "account (12 digits)"
    return "name" if parts[5:] in (["stateMachine"], ["stateMachine", ""]) else None
