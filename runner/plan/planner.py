"""A plan from a valid project and what was looked up. Pure: the same bytes for the same facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from runner.errors import Diagnostic, Severity, has_errors
from runner.expressions import EnvironmentReference, Expression
from runner.model import LocalPlatform, MachineType
from runner.plan import checks, decide
from runner.plan.checks import Machine
from runner.plan.decide import Decision, Memory
from runner.plan.ordering import ordered_object, ordered_template
from runner.plan.preview import Preview, Previewer, is_secret_in_spec, tainted
from runner.plan.targets import Finder, Target, World, outside, wrong_accounts
from runner.plan.types import Action, Plan, PlannedJob, PlannedParameter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from runner.model import Job, Platform, Spec
    from runner.plan.checks import Findings
    from runner.plan.preview import Tainted
    from runner.values import Json

_REMEMBERS_NOTHING = "the embedded engine remembers nothing"
_NOT_LOOKED_UP = "earlier executions are not looked up"
_OFFLINE = "offline: earlier executions are not known"


class Ordered(Protocol):
    """A graph, as far as planning needs one."""

    @property
    def order(self) -> Sequence[str]:
        """Every job's name, each after its needs, always the same for the same jobs."""


def make(
    spec: Spec,
    *,
    graph: Ordered,
    selected: Collection[str],
    variables: Mapping[str, Json],
    environment: Collection[str] = (),
    findings: Findings | None,
    local: bool = False,
    accounts: Mapping[str, str] | None = None,
) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    """Plan the selected jobs.

    `environment` names what `env` may read and what is set; `findings` is what `machines_of`
    asked for, by platform, None when nothing was looked up (offline); `accounts` holds the
    account of each platform's credentials, as far as known. Without a plan the diagnostics
    say why; with one they are empty, and its warnings are part of it.
    """
    world = World(spec, ordered_object(variables), local, accounts or {})
    chosen = frozenset(selected)
    order = [name for name in graph.order if name in chosen]
    maker = _Maker(
        world=world,
        context=world.context,
        findings=findings,
        finder=Finder(world),
        previewer=Previewer(spec.project, world.context, environment),
        tainted=tainted(spec.project, (spec.jobs[name] for name in graph.order)),
    )
    for name in order:
        maker.add(spec.jobs[name], chosen)
    used = {platform.name: platform for platform in maker.platforms}
    diagnostics = (*wrong_accounts(world, used.values()), *maker.diagnostics)
    if has_errors(diagnostics):
        return None, diagnostics
    jobs = [spec.jobs[name] for name in order]
    return maker.plan(jobs, used, environment), ()


@dataclass
class _Maker:
    """Adds jobs one after the other, each after its needs."""

    world: World
    context: Mapping[str, Json]
    findings: Findings | None
    finder: Finder
    previewer: Previewer
    tainted: Tainted
    planned: list[PlannedJob] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)
    platforms: list[Platform] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(self, job: Job, chosen: Collection[str]) -> None:
        """Plan one job, or complain about it; what needs it is planned all the same."""
        self.decisions[job.name] = Decision(Action.RUN, "", may_fail=True)
        self.diagnostics += _not_selected(job, chosen)
        target = self.finder.target(job)
        gate = decide.gate(job, self.decisions, self.context, self.world.spec.jobs)
        if isinstance(target, Diagnostic) or isinstance(gate, Diagnostic):
            self.diagnostics += [each for each in (target, gate) if isinstance(each, Diagnostic)]
            return
        if gate is not None:
            self.decisions[job.name] = gate
        if gate is not None and gate.action is Action.SKIP:
            self._keep(job, target, self._skipped(job), Preview({}, None))
        else:
            self._check(job, target, gate)

    def _skipped(self, job: Job) -> Machine:
        """A job that will not run may name a machine that does not exist."""
        return Machine(job.machine_type or MachineType.STANDARD)

    def _check(self, job: Job, target: Target, gate: Decision | None) -> None:
        machine = checks.machine_of(job, target, self.world.spec, self.findings)
        preview = self.previewer.preview(job, self.tainted[job.name])
        self.diagnostics += [*outside(job, target), *preview.diagnostics]
        if isinstance(machine, Diagnostic):
            self.diagnostics.append(machine)
            return
        self.diagnostics += checks.impossible(job, machine)
        if gate is None:
            self.decisions[job.name] = decide.run(job, machine.type, self._memory(target))
        warnings = tuple(checks.warnings(job, target, machine))
        self._keep(job, target, machine, preview, warnings)

    def _memory(self, target: Target) -> Memory:
        if isinstance(target.platform, LocalPlatform):
            return Memory(_REMEMBERS_NOTHING)
        return Memory(_OFFLINE if self.findings is None else _NOT_LOOKED_UP)

    def _keep(
        self,
        job: Job,
        target: Target,
        machine: Machine,
        preview: Preview,
        warnings: tuple[str, ...] = (),
    ) -> None:
        decision = self.decisions[job.name]
        self.platforms.append(target.platform)
        self.planned.append(
            PlannedJob(
                name=job.name,
                place=job.place,
                action=decision.action,
                reason=decision.reason,
                platform=target.platform.name,
                machine=target.machine,
                machine_type=machine.type,
                needs=job.needs,
                trigger=job.trigger,
                condition=job.condition,
                parameters=tuple(self._parameters(job)),
                input=ordered_object(preview.input),
                input_bytes=preview.size,
                timeout=job.timeout,
                retry=job.retry,
                run=job.run,
                rerun_on=job.rerun_on,
                on_cancel=job.on_cancel,
                idempotent=job.idempotent,
                trace_header=target.trace_header,
                revision=machine.revision,
                description=job.description,
                labels=dict(sorted(job.labels.items())),
                warnings=warnings,
            )
        )

    def _parameters(self, job: Job) -> Iterator[PlannedParameter]:
        sensitive = self.tainted[job.name]
        for parameter in sorted(job.parameters, key=lambda each: each.name):
            yield PlannedParameter(
                name=parameter.name,
                direction=parameter.direction,
                type=parameter.type,
                template=ordered_template(parameter.template),
                sensitive=parameter.name in sensitive,
                revision=parameter.revision,
                carry=parameter.carry,
                required=parameter.required,
                withheld=is_secret_in_spec(parameter),
            )

    def plan(
        self, jobs: Iterable[Job], used: Mapping[str, Platform], environment: Collection[str]
    ) -> Plan:
        """The plan of all jobs added."""
        spec = self.world.spec
        secret = {variable.name for variable in spec.project.variables if variable.sensitive}
        is_local = any(isinstance(platform, LocalPlatform) for platform in used.values())
        referenced = {name for job in jobs for name in _environment_of(job)}
        return Plan(
            project=spec.project.name,
            jobs=tuple(self.planned),
            platforms=dict(sorted(used.items())),
            machines=dict(sorted(spec.machines.items())) if is_local else {},
            variables={
                name: value
                for name, value in sorted(self.world.variables.items())
                if name not in secret
            },
            sensitive_variables=tuple(sorted(secret)),
            environment=tuple(sorted(referenced.intersection(environment))),
            concurrency=spec.project.concurrency,
            offline=self.findings is None,
            local=self.world.local,
            warnings=tuple(warning for job in jobs for warning in _secrets_in_the_spec(job)),
        )


def _not_selected(job: Job, chosen: Collection[str]) -> Iterator[Diagnostic]:
    missing = [need for need in job.needs if need not in chosen]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        yield Diagnostic(
            job.places.get(f"needs.{missing[0]}", job.place_of("needs")),
            f"{job.name} needs {', '.join(missing)}, which {verb} not selected and of which nothing"
            " is known",
            "need-not-selected",
            f"select it with all that it needs: --select +{job.name}; "
            f"or leave it out too, with all that needs it: --exclude {job.name}+",
        )


def _environment_of(job: Job) -> Iterator[str]:
    references = [each.template.references for each in job.parameters if each.template]
    if isinstance(job.condition, Expression):
        references.append(job.condition.references)
    for some in references:
        for reference in some:
            if isinstance(reference, EnvironmentReference):
                yield reference.name


def _secrets_in_the_spec(job: Job) -> Iterator[Diagnostic]:
    for parameter in job.parameters:
        if is_secret_in_spec(parameter):
            yield Diagnostic(
                parameter.place,
                f"parameters.{parameter.name}: a sensitive value stands in the spec itself",
                "secret-in-spec",
                "take it from the environment: ${{ env.NAME }}; a saved plan leaves it out",
                Severity.WARNING,
            )
