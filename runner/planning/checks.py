"""What a job's state machine is, and what of the spec contradicts it or deserves a warning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.errors import Diagnostic, Related
from runner.identity import definition_revision
from runner.model import LocalPlatform, MachineType, RetryMode
from runner.provider import FoundMachine, MissingMachine
from runner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.arns import MachineArn
    from runner.errors import Place
    from runner.model import Job, Spec
    from runner.planning.targets import Target
    from runner.provider import MachineFinding

    Findings = Mapping[str, Mapping[MachineArn, MachineFinding]]
    """What was looked up, by platform: the same ARN may mean two machines at two endpoints."""

EXPRESS_SECONDS = 300
"""An Express execution ends after 5 minutes at the latest."""

EXPRESS_CANNOT_STOP = "an Express execution can't be stopped: it may outlive an interrupt"
EXPRESS_TIMEOUT = "the timeout is above 5 minutes, after which an Express execution ends anyway"
UNPINNED = "the ARN names neither a version nor an alias: a deployment changes what runs"
TYPE_UNKNOWN = "the machine's type is not known offline: taken for STANDARD"
REDRIVE_LOCAL = "retry.mode redrive: the embedded engine starts a failed job anew instead"
CARRY_FORGOTTEN = "carry: nothing is remembered here, so each apply sends the spec's own value"
CARRY_UNKNOWN = "carry: what the newest success left is not known offline"
ACCOUNT_UNKNOWN = "the account is not known offline"
OFFLINE_WARNINGS = frozenset({TYPE_UNKNOWN, CARRY_UNKNOWN, ACCOUNT_UNKNOWN})
"""Those that hold no longer once AWS was asked."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What is known of a job's state machine. `revision` is None where nothing was looked up."""

    type: MachineType
    revision: str | None = None
    type_is_known: bool = True


def machine_of(
    job: Job, target: Target, spec: Spec, findings: Findings | None
) -> Machine | Diagnostic:
    """What was found of a job's machine, or why the job can't run."""
    if isinstance(target.platform, LocalPlatform):
        return _local(job, target, spec)
    if findings is None:
        return _offline(job, target, spec)
    finding = findings.get(target.platform.name, {}).get(target.machine)
    if isinstance(finding, FoundMachine) and finding.status == "ACTIVE":
        return _agreed(job, Machine(finding.type, finding.revision))
    place = job.place_of("stateMachine")
    return no_machine(place, target.machine, target.platform.name, finding)


def no_machine(
    place: Place, machine: MachineArn, platform: str, finding: MachineFinding | None
) -> Diagnostic:
    """The complaint about a machine that can't be used."""
    way_out = finding.way_out if isinstance(finding, MissingMachine) else None
    looked = f"{way_out}; it was looked for on platform {platform!r}" if way_out else None
    return Diagnostic(place, f"stateMachine: {machine}: {_why_not(finding)}", "no-machine", looked)


def _why_not(finding: MachineFinding | None) -> str:
    match finding:
        case MissingMachine(reason=reason):
            return reason
        case FoundMachine(status=status):
            return f"its status is {status}"
        case None:
            return "it was not looked up"


def _local(job: Job, target: Target, spec: Spec) -> Machine | Diagnostic:
    name = target.machine.name
    document = spec.machines.get(name)
    if document is not None:
        machine = Machine(document.type, definition_revision(document.definition))
        return _agreed(job, machine, Related(document.place, f"{name} is {document.type} here"))
    near = did_you_mean(name, spec.machines.keys())
    help_text = f"add a document of kind StateMachine named {name}"
    return Diagnostic(
        job.place_of("stateMachine"),
        f"stateMachine: there is no StateMachine document named {name!r}, which the embedded"
        " engine needs to make it",
        "no-definition",
        f"{help_text}; {near}" if near else help_text,
    )


def _offline(job: Job, target: Target, spec: Spec) -> Machine:
    if job.machine_type is not None:
        return Machine(job.machine_type)
    document = spec.machines.get(target.machine.name)
    if document is not None:
        return Machine(document.type)
    return Machine(MachineType.STANDARD, type_is_known=False)


def _agreed(job: Job, machine: Machine, *related: Related) -> Machine | Diagnostic:
    if job.machine_type in (None, machine.type):
        return machine
    return Diagnostic(
        job.place_of("stepFunctionsType"),
        f"stepFunctionsType: the state machine is {machine.type.value}, not"
        f" {job.machine_type.value if job.machine_type else ''}",
        "machine-type",
        f"write {machine.type.value}, or leave stepFunctionsType out",
        related=related,
    )


def impossible(job: Job, machine: Machine) -> Iterator[Diagnostic]:
    """What the spec asks for that executions of the machine's type can't do."""
    if machine.type is MachineType.EXPRESS and job.retry.mode is RetryMode.REDRIVE:
        yield Diagnostic(
            job.places.get("retry.mode", job.place_of("retry")),
            "retry.mode: an Express execution can't be redriven",
            "express-redrive",
            "write mode: restart",
        )


def warnings(job: Job, target: Target, machine: Machine) -> Iterator[str]:
    """What a reviewer should know of the job. A timeout by default is nobody's mistake."""
    if machine.type is MachineType.EXPRESS:
        yield EXPRESS_CANNOT_STOP
        own_timeout = job.timeout if "timeout" in job.places else None
        if own_timeout is not None and own_timeout > EXPRESS_SECONDS:
            yield EXPRESS_TIMEOUT
    is_local = isinstance(target.platform, LocalPlatform)
    if is_local and job.retry.mode is RetryMode.REDRIVE:
        yield REDRIVE_LOCAL
    if any(parameter.carry for parameter in job.parameters):
        yield from _of_carry(machine, forgets=is_local or machine.type is MachineType.EXPRESS)
    if is_local:
        return
    if target.machine.qualifier is None:
        yield UNPINNED
    if not machine.type_is_known:
        yield TYPE_UNKNOWN
    if not target.machine.account:
        yield ACCOUNT_UNKNOWN


def _of_carry(machine: Machine, *, forgets: bool) -> Iterator[str]:
    if forgets:
        yield CARRY_FORGOTTEN
    elif machine.revision is None:
        yield CARRY_UNKNOWN
