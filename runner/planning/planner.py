"""A draft of a plan, from a valid project and what was found of its state machines. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from runner import inputs
from runner.errors import Diagnostic, Severity, has_errors
from runner.expressions import EnvironmentReference, Expression, VariableReference
from runner.model import LocalPlatform, MachineType
from runner.plan.ordering import ordered_object, ordered_template
from runner.plan.types import Action, LateVariable, Plan, PlannedJob, PlannedParameter
from runner.planning import checks
from runner.planning.checks import Machine
from runner.planning.gate import Decision, gate
from runner.planning.preview import Preview, Previewer, is_secret_in_spec, tainted
from runner.planning.targets import Finder, Target, World, outside, wrong_accounts
from runner.planning.work import work_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from runner.model import Job, Platform, Spec
    from runner.planning.checks import Findings
    from runner.planning.preview import Tainted
    from runner.values import Json

_Named = TypeVar("_Named", EnvironmentReference, VariableReference)


class Ordered(Protocol):
    """A graph, as far as planning needs one."""

    @property
    def order(self) -> Sequence[str]:
        """Every job's name, each after its needs, always the same for the same jobs."""

    def ancestors_of(self, *names: str) -> frozenset[str]:
        """Everything that the jobs need, directly or not, without themselves."""


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
    rerun: Collection[str] = frozenset(),
    retry_failed: bool = True,
    withheld: Collection[str] = frozenset(),
) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    """Draft a plan of the selected jobs and of all that they need: `decide` decides what is done.

    What is needed and not selected is planned to be looked up, and never started.
    `environment` names what `env` may read and is set; `findings` is what `machines_of`
    asked for, by platform, None when nothing was looked up (offline); `accounts` holds the
    account of each platform's credentials, as far as known. The jobs in `rerun` run though
    they may be up to date; without `retry_failed` work that failed is left as it is. Nothing
    that is shown or complained about depends on the values of the variables in `withheld`; what
    is wrong with them comes out once they may be shown. Without a plan the diagnostics say why;
    with one they are empty, and its warnings are part of it.
    """
    world = World(spec, ordered_object(variables), local, accounts or {}, frozenset(withheld))
    chosen = frozenset(selected)
    concerned = chosen | graph.ancestors_of(*chosen)
    order = [name for name in graph.order if name in concerned]
    maker = _Maker(
        world=world,
        context=world.context,
        public_context=world.public_context,
        chosen=chosen,
        rerun=chosen.intersection(rerun),
        findings=findings,
        finder=Finder(world),
        previewer=Previewer(spec.project, world.context, environment, withheld),
        tainted=tainted(spec.project, (spec.jobs[name] for name in graph.order)),
        per_run=frozenset(each.name for each in spec.project.variables if each.per_run),
    )
    for name in order:
        maker.add(spec.jobs[name])
    used = {platform.name: platform for platform in maker.platforms}
    diagnostics = (*wrong_accounts(world.accounts, used.values()), *maker.diagnostics)
    if has_errors(diagnostics):
        return None, diagnostics
    plan = maker.plan([spec.jobs[name] for name in order], used, environment)
    return replace(plan, retry_failed=retry_failed), ()


@dataclass
class _Maker:
    """Adds jobs one after the other, each after its needs."""

    world: World
    context: Mapping[str, Json]
    public_context: Mapping[str, Json]
    chosen: frozenset[str]
    rerun: frozenset[str]
    findings: Findings | None
    finder: Finder
    previewer: Previewer
    tainted: Tainted
    per_run: frozenset[str]
    planned: dict[str, PlannedJob] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    platforms: list[Platform] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(self, job: Job) -> None:
        """Plan one job, or complain about it; what needs it is planned all the same."""
        decision = gate(job, self.decisions, self.public_context, self.world.spec.jobs)
        target = self.finder.target(job)
        self.decisions[job.name] = Decision(Action.RUN, "")
        if isinstance(target, Diagnostic):
            self.diagnostics.append(target)
        if isinstance(decision, Diagnostic):
            self.diagnostics.append(replace(decision, place=job.place_of("if")))
        if isinstance(target, Diagnostic) or isinstance(decision, Diagnostic):
            return
        if decision is not None:
            self.decisions[job.name] = decision
        if decision is not None and decision.action is Action.SKIP:
            # One that will not run may name a machine that does not exist.
            machine = Machine(job.machine_type or MachineType.STANDARD)
            self._keep(job, target, machine, Preview({}, None))
        else:
            self._check(job, target)

    def _check(self, job: Job, target: Target) -> None:
        complaints = list(outside(target.platform, target.machine, job.place_of("stateMachine")))
        self.diagnostics += complaints
        preview = Preview({}, None)
        if job.name in self.chosen:
            preview = self.previewer.preview(job, self.tainted[job.name])
            self.diagnostics += preview.diagnostics
        if complaints:
            return
        machine = checks.machine_of(job, target, self.world.spec, self.findings)
        if isinstance(machine, Diagnostic):
            self.diagnostics.append(machine)
            return
        if job.name in self.chosen:
            self.diagnostics += checks.impossible(job, machine)
        warnings = tuple(checks.warnings(job, target, machine)) if job.name in self.chosen else ()
        self._keep(job, target, machine, preview, warnings)

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
        planned = PlannedJob(
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
            is_selected=job.name in self.chosen,
            rerun=job.name in self.rerun,
        )
        self.planned[job.name] = replace(planned, work=self._work(job, planned, preview))

    def _work(self, job: Job, planned: PlannedJob, preview: Preview) -> str:
        missing = [name for name in job.needs if name not in self.planned]
        if missing or preview.diagnostics:
            return ""
        project = self.world.spec.project.name
        try:
            return work_of(project, planned, self.planned, self.context, self.per_run)
        except inputs.InputError as error:
            if planned.action is not Action.SKIP:
                self.diagnostics.append(Diagnostic(job.place, str(error), "bad-value"))
            return ""

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
        self, jobs: Sequence[Job], used: Mapping[str, Platform], environment: Collection[str]
    ) -> Plan:
        """The plan of all jobs added."""
        spec = self.world.spec
        project, withheld = spec.project, self.world.withheld
        is_local = any(isinstance(platform, LocalPlatform) for platform in used.values())
        started = [job for job in jobs if job.name in self.chosen]
        read = {each.name for job in started for each in _references(job, EnvironmentReference)}
        late = {each.name for job in jobs for each in _references(job, VariableReference)}
        settled = {name for job in jobs for name in self._settled(job, used)}
        return Plan(
            project=project.name,
            jobs=tuple(self.planned.values()),
            platforms=dict(sorted(used.items())),
            machines=dict(sorted(spec.machines.items())) if is_local else {},
            variables=self.world.public_variables,
            late_variables=tuple(
                LateVariable(
                    each.name,
                    each.type,
                    each.sensitive or each.name in withheld,
                    each.per_run,
                    each.name in settled,
                )
                for each in sorted(project.variables, key=lambda each: each.name)
                if (each.sensitive or each.per_run or each.name in withheld) and each.name in late
            ),
            environment=tuple(sorted(read.intersection(environment))),
            concurrency=project.concurrency,
            offline=self.findings is None,
            local=self.world.local,
            warnings=tuple(warning for job in started for warning in _secrets_in_the_spec(job)),
        )

    def _settled(self, job: Job, used: Mapping[str, Platform]) -> Iterator[str]:
        """The variables that say what a job runs and where: in the plan, that is settled."""
        header = job.trace_header or used[self.planned[job.name].platform].trace_header
        for template in (job.platform, job.state_machine, header):
            for reference in template.references if template else ():
                if isinstance(reference, VariableReference):
                    yield reference.name


def _references(job: Job, kind: type[_Named]) -> Iterator[_Named]:
    found = [each.template.references for each in job.parameters if each.template]
    if isinstance(job.condition, Expression):
        found.append(job.condition.references)
    return (reference for some in found for reference in some if isinstance(reference, kind))


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
