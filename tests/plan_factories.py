"""Small projects and plans, made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner import expressions
from runner.errors import NotFound, Place
from runner.graph import build
from runner.memory import Past
from runner.model import (
    AwsPlatform,
    Direction,
    Job,
    LocalPlatform,
    MachineType,
    Parameter,
    Project,
    Spec,
    StateMachine,
    Variable,
)
from runner.planning import decide, machines_of, make
from runner.provider import FoundMachine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runner.arns import MachineArn
    from runner.errors import Diagnostic
    from runner.model import Platform
    from runner.plan import Plan
    from runner.planning import Decided
    from runner.provider import Execution, MachineFinding
    from runner.values import Json

ACCOUNT = "123456789012"
HEAD = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine"
PASS: Json = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


def place(line: int = 1, column: int = 1) -> Place:
    return Place("specs/jobs.yaml", line, column)


def parameter(name: str, value: Json = None, **fields: Any) -> Parameter:
    """An input, or an output when no value is given; `direction` says inout."""
    direction = fields.pop("direction", Direction.OUTPUT if value is None else Direction.INPUT)
    return Parameter(
        name=name,
        direction=direction,
        type=fields.pop("type", None),
        place=fields.pop("place", place(20)),
        template=None if value is None else expressions.template(value),
        **fields,
    )


def job(name: str, *parameters: Parameter, needs: Iterable[str] = (), **fields: Any) -> Job:
    """A job whose machine has its name; what its expressions refer to is among its needs."""
    condition = fields.pop("condition", None)
    if isinstance(condition, str):
        condition = expressions.parse(condition)
    machine = expressions.template(fields.pop("machine", name))
    for field in ("platform", "trace_header"):
        if field in fields:
            fields[field] = expressions.template(fields[field])
    return Job(
        name=name,
        place=fields.pop("place", place(10)),
        state_machine=machine,
        needs=tuple(sorted({*needs, *_referred(parameters, condition)})),
        condition=condition,
        parameters=parameters,
        **fields,
    )


def _referred(parameters: Iterable[Parameter], condition: object) -> set[str]:
    found = [each.template.references for each in parameters if each.template]
    if isinstance(condition, expressions.Expression):
        found.append(condition.references)
    return {
        reference.job
        for references in found
        for reference in references
        if isinstance(reference, expressions.JobReference)
    }


def variable(name: str, **fields: Any) -> Variable:
    return Variable(name=name, type=fields.pop("type", None), place=place(5), **fields)


def aws(name: str = "aws", **fields: Any) -> AwsPlatform:
    region = fields.pop("region", "us-east-1")
    return AwsPlatform(
        name=name, region=region, place=place(2), **({"account_id": ACCOUNT} | fields)
    )


def local(name: str = "local", **fields: Any) -> LocalPlatform:
    return LocalPlatform(name=name, place=place(2), **fields)


def machine(name: str, **fields: Any) -> StateMachine:
    return StateMachine(
        name=name,
        type=fields.pop("type", MachineType.STANDARD),
        place=place(40),
        definition=fields.pop("definition", PASS),
        definition_file="specs/machines.yaml",
        **fields,
    )


def spec(
    *jobs: Job,
    platforms: Iterable[Platform] | None = None,
    machines: Iterable[StateMachine] = (),
    **project: Any,
) -> Spec:
    """A project named shop on AWS."""
    found = {platform.name: platform for platform in ([aws()] if platforms is None else platforms)}
    fields = {"name": "shop", "platform": next(iter(found), None)} | project
    return Spec(
        project=Project(place=place(1), **fields),
        platforms=dict(sorted(found.items())),
        jobs={each.name: each for each in sorted(jobs, key=lambda each: each.name)},
        machines={each.name: each for each in machines},
    )


def found(
    arns: Iterable[MachineArn], type: MachineType = MachineType.STANDARD
) -> dict[MachineArn, MachineFinding]:
    """Every machine exists."""
    return {arn: FoundMachine(arn, type, f"revision-of-{arn.name}") for arn in arns}


def attempt(spec: Spec, **facts: Any) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    """Plan with every machine found and nothing remembered, unless told otherwise."""
    pasts, run_id, remembered = (facts.pop(key, None) for key in ("pasts", "run_id", "remembered"))
    drafted, diagnostics = draft(spec, **facts)
    if drafted is None:
        return None, diagnostics
    if drafted.offline:
        pasts = None
    else:
        pasts = {each.name: Past() for each in drafted.jobs} | (pasts or {})
    decided = decided_with(drafted, pasts, remembered or {}, run_id=run_id)
    return decided.plan, decided.diagnostics


def decided_with(
    plan: Plan,
    pasts: Mapping[str, Past] | None,
    remembered: Mapping[str, Execution] | None = None,
    *,
    run_id: str | None = None,
    asked: list[str] | None = None,
) -> Decided:
    """Decide a draft. What is asked for is among `remembered`, by ARN, or does not exist."""
    steps = decide(plan, pasts, run_id=run_id)
    try:
        questions = next(steps)
        while True:
            arns = [arn for some in questions.values() for arn in some]
            if asked is not None:
                asked += arns
            questions = steps.send(
                {arn: (remembered or {}).get(arn) or NotFound("gone") for arn in arns}
            )
    except StopIteration as stop:
        decided: Decided = stop.value
        return decided


def draft(spec: Spec, **facts: Any) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    """Draft with every machine found, unless told otherwise; findings hold for every platform."""
    variables = {each.name: each.default for each in spec.project.variables}
    graph = build({name: each.needs for name, each in spec.jobs.items()})
    facts = {"selected": spec.jobs.keys(), "variables": variables} | facts
    if "findings" not in facts:
        asked = machines_of(
            spec,
            selected={*facts["selected"], *graph.ancestors_of(*facts["selected"])},
            variables=facts["variables"],
            local=facts.get("local", False),
            accounts=facts.get("accounts"),
            withheld=facts.get("withheld", frozenset()),
        )
        facts["findings"] = found(arn for arns in asked.values() for arn in arns)
    if facts["findings"] is not None:
        facts["findings"] = dict.fromkeys(spec.platforms, facts["findings"])
    return make(spec, graph=graph, **facts)


def planned(spec: Spec, **facts: Any) -> Plan:
    """The plan, of a project with which nothing is wrong."""
    plan, diagnostics = attempt(spec, **facts)
    assert plan is not None, diagnostics
    assert diagnostics == ()
    return plan


def complaints(spec: Spec, **facts: Any) -> tuple[Diagnostic, ...]:
    """What is wrong with a project that can't be planned."""
    plan, diagnostics = attempt(spec, **facts)
    assert plan is None
    return diagnostics
