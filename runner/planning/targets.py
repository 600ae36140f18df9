"""Which platform and which state machine each job means, and whether it may use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner import expressions
from runner.arns import BadArn, MachineArn, is_allowed, partition_of, resolve_machine
from runner.errors import Diagnostic
from runner.expressions import EvaluationError, VariableReference
from runner.model import AwsPlatform, LocalPlatform
from runner.model.platforms import trace_header_fault
from runner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from runner.errors import Place
    from runner.expressions import Template
    from runner.model import Job, Platform, Spec
    from runner.values import Json

_EMBEDDED = "local"


@dataclass(frozen=True, slots=True)
class World:
    """What is known before jobs are looked at. Accounts are those of the credentials.

    `accounts` is by platform and may lack some. `local` says that every job runs on the
    embedded engine. `withheld` names variables whose values decide nothing that is shown.
    """

    spec: Spec
    variables: Mapping[str, Json]
    local: bool
    accounts: Mapping[str, str]
    withheld: frozenset[str] = frozenset()

    @property
    def context(self) -> Mapping[str, Json]:
        """What expressions may see before anything runs."""
        return {"vars": dict(self.variables), "project": {"name": self.spec.project.name}}

    @property
    def public_variables(self) -> dict[str, Json]:
        """The values of the variables that may be shown, sorted."""
        secret = {each.name for each in self.spec.project.variables if each.sensitive}
        shown = self.variables.keys() - secret - self.withheld
        return {name: self.variables[name] for name in sorted(shown)}

    @property
    def public_context(self) -> Mapping[str, Json]:
        """What may decide whether a job runs: nothing that must not be shown."""
        return {**self.context, "vars": self.public_variables}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a job runs and what. The ARN's account is empty where it is not known."""

    platform: Platform
    machine: MachineArn
    trace_header: str | None


def platforms_of(
    spec: Spec,
    *,
    selected: Collection[str],
    variables: Mapping[str, Json],
    local: bool = False,
    withheld: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """The names of the AWS platforms that the selected jobs use, sorted."""
    used = _targets(World(spec, variables, local, {}, withheld), selected)
    return tuple(
        sorted({each.platform.name for each in used if isinstance(each.platform, AwsPlatform)})
    )


def machines_of(
    spec: Spec,
    *,
    selected: Collection[str],
    variables: Mapping[str, Json],
    local: bool = False,
    accounts: Mapping[str, str] | None = None,
    withheld: frozenset[str] = frozenset(),
) -> dict[str, tuple[MachineArn, ...]]:
    """The state machines to look up before planning, by platform, sorted.

    Those of the embedded engine are not among them: the specs say all about them. A job whose
    machine can't be told, or contradicts its platform, is left out: `make` complains about it,
    and nobody learns whether a machine exists that the platform does not allow.
    """
    found: dict[str, set[MachineArn]] = {}
    world = World(spec, variables, local, accounts or {}, withheld)
    for target in _targets(world, selected):
        if isinstance(target.platform, AwsPlatform) and _may_be_looked_up(target):
            found.setdefault(target.platform.name, set()).add(target.machine)
    return {name: tuple(sorted(found[name], key=str)) for name in sorted(found)}


def _may_be_looked_up(target: Target) -> bool:
    nowhere = target.platform.place
    return bool(target.machine.account) and not any(
        outside(target.platform, target.machine, nowhere)
    )


def _targets(world: World, selected: Collection[str]) -> Iterator[Target]:
    finder = Finder(world)
    for name in selected:
        target = finder.target(world.spec.jobs[name])
        if isinstance(target, Target):
            yield target


class Finder:
    """Finds the target of each job."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._context = world.context
        self._secret = {each.name for each in world.spec.project.variables if each.sensitive}

    def target(self, job: Job) -> Target | Diagnostic:
        """Where a job runs and what, or why it can't be told."""
        try:
            platform = self._platform(job)
            machine = self._machine(job, platform)
            trace_header = self._trace_header(job, platform)
        except _Fault as fault:
            return fault.diagnostic
        return Target(platform, machine, trace_header)

    def _platform(self, job: Job) -> Platform:
        platforms = self._world.spec.platforms
        name = self._world.spec.project.platform
        if job.platform is not None:
            name = self._text(job, "platform", job.platform)
        if name is None and len(platforms) == 1:
            name = next(iter(platforms))
        if self._world.local:
            own = platforms.get(name or "")
            return own if isinstance(own, LocalPlatform) else local_platform(self._world.spec)
        if name is None:
            raise _fault(
                job,
                "platform",
                "no-platform",
                "the job names no platform",
                "name one here or as the Project's `platform`",
            )
        if name not in platforms:
            raise _fault(
                job,
                "platform",
                "unknown-platform",
                f"there is no Platform named {name!r}",
                did_you_mean(name, platforms.keys()),
            )
        return platforms[name]

    def _machine(self, job: Job, platform: Platform) -> MachineArn:
        text = self._text(job, "stateMachine", job.state_machine)
        account = platform.account_id or self._world.accounts.get(platform.name, "")
        try:
            arn = resolve_machine(text, region=platform.region, account=account)
        except BadArn as error:
            raise _fault(job, "stateMachine", "bad-arn", f"stateMachine: {error}") from error
        if isinstance(platform, LocalPlatform):
            partition = partition_of(platform.region)
            return MachineArn(partition, platform.region, account, arn.name, arn.qualifier)
        return arn

    def _trace_header(self, job: Job, platform: Platform) -> str | None:
        template = job.trace_header or platform.trace_header
        if template is None:
            return None
        text = self._text(job, "traceHeader", template)
        fault = trace_header_fault(text)
        if fault is not None:
            raise _fault(
                job,
                "traceHeader",
                "bad-trace-header",
                f"traceHeader: {fault}",
                "write for example Root=1-5759e988-bd862e3fe1be46a994272793",
            )
        return text

    def _text(self, job: Job, path: str, template: Template) -> str:
        """A field that is known before anything runs, and that everyone may see."""
        if template.is_literal and isinstance(template.value, str):
            return template.value
        for reference in sorted(template.references, key=repr):
            if isinstance(reference, VariableReference):
                self._check_shown(job, path, reference.name)
        try:
            value = expressions.render(template, self._context)
        except EvaluationError as error:
            raise _fault(job, path, "evaluation", f"{path}: {error}") from error
        if not isinstance(value, str):
            raise _fault(job, path, "not-text", f"{path}: the expression does not yield text")
        return value

    def _check_shown(self, job: Job, path: str, variable: str) -> None:
        if variable in self._secret:
            raise _fault(
                job,
                path,
                "sensitive-in-the-open",
                f"{path} uses the sensitive variable {variable!r}, but is shown",
                "use another variable, or hand the secret over as a parameter",
            )
        if variable in self._world.withheld:
            raise _fault(
                job,
                path,
                "new-in-the-open",
                f"{path} uses the new variable {variable!r}, whose value is not to be shown yet",
                "merge the declaration of the variable first, in a pull request of its own",
            )


def local_platform(spec: Spec) -> LocalPlatform:
    """The platform that stands in for others on the embedded engine.

    The Project's default where that is local, else the first local one by name, else one with
    no settings.
    """
    default = spec.platforms.get(spec.project.platform or "")
    for platform in (default, *spec.platforms.values()):
        if isinstance(platform, LocalPlatform):
            return platform
    name = _EMBEDDED
    while name in spec.platforms:
        name += "_engine"
    return LocalPlatform(name, spec.project.place)


def outside(platform: Platform, machine: MachineArn, place: Place) -> Iterator[Diagnostic]:
    """What of a machine contradicts its platform: region, account, allowed patterns."""
    if not isinstance(platform, AwsPlatform):
        return
    if machine.region != platform.region:
        yield Diagnostic(
            place,
            f"stateMachine: {machine} is in {machine.region}, and platform {platform.name!r} in"
            f" {platform.region}",
            "other-region",
            f"use a Platform for {machine.region}, or name the machine without its ARN",
        )
    if platform.account_id is not None and machine.account != platform.account_id:
        yield Diagnostic(
            place,
            f"stateMachine: {machine} is in account {machine.account}, and platform"
            f" {platform.name!r} is for {platform.account_id}",
            "other-account",
            f"use a Platform for account {machine.account}, or name the machine without its ARN",
        )
    if not is_allowed(platform.allow, machine):
        yield Diagnostic(
            place,
            f"stateMachine: {machine} is not among those that platform {platform.name!r} allows",
            "not-allowed",
            f"allowed are: {', '.join(platform.allow)}",
        )


def wrong_accounts(accounts: Mapping[str, str], used: Iterable[Platform]) -> Iterator[Diagnostic]:
    """The platforms whose credentials are of another account than the one they are for.

    `accounts` are those of the credentials, by platform.
    """
    for platform in used:
        found = accounts.get(platform.name)
        wanted = platform.account_id
        if isinstance(platform, AwsPlatform) and found and wanted and found != wanted:
            yield Diagnostic(
                platform.place,
                f"the credentials are of account {found}, and platform {platform.name!r} is for"
                f" {wanted}",
                "wrong-credentials",
                f"use credentials of account {wanted}",
            )


class _Fault(Exception):
    """A job's target can't be told, and what to say about it."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def _fault(job: Job, path: str, code: str, message: str, help_text: str | None = None) -> _Fault:
    return _Fault(Diagnostic(job.place_of(path), message, code, help_text))
