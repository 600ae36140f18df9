"""Job documents: one state machine each, with parameters and needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner import expressions, values
from runner.arns import BadArn, resolve_machine
from runner.documents import ScalarNode
from runner.errors import Diagnostic, Severity
from runner.expressions import ExpressionError, JobReference
from runner.model import job_parameters
from runner.model.platforms import trace_header_of
from runner.model.projects import check_durations, retry
from runner.model.scope import Checking, condition_fault, early
from runner.model.types import Job, MachineType, RetryMode, Trigger
from runner.parameters import Label, meanings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.documents import Node
    from runner.errors import Place
    from runner.expressions import Expression, Template
    from runner.model.fields import Fields
    from runner.model.headings import Heading
    from runner.model.projects import Defaults
    from runner.model.scope import Problems, Scope
    from runner.model.types import Parameter

_JOB = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_SOMEWHERE = {"region": "us-east-1", "account": "123456789012"}


def build(heading: Heading, scope: Scope, defaults: Defaults, problems: Problems) -> Job | None:
    """Make a job; None where the schema has said that it names no state machine."""
    spec = heading.spec
    on = Checking(heading.name, scope, problems)
    places = {key: spec.place_of_value(key) for key in spec}
    machine = _state_machine(spec, scope, problems)
    platform = _platform(spec, scope, problems)
    condition = _condition(spec.get("if"), on)
    fields = spec.below("parameters")
    parameters = job_parameters.build(fields, places, on, is_off=condition is False)
    needs = _needs(spec, places, on)
    for job, path in _mentions(condition, parameters):
        if job != heading.name and job in scope.jobs:
            needs.add(job)
            places.setdefault(f"needs.{job}", places.get(f"{path}.value", places[path]))
    check_durations(spec, "", problems)
    kind = spec.option("stepFunctionsType", MachineType)
    its_retry = retry(spec, defaults.retry)
    _check_type(spec, kind, problems)
    trace_header = trace_header_of(spec, scope, problems)
    if machine is None:
        return None
    timeout = spec.seconds("timeout")
    return Job(
        name=heading.name,
        place=heading.start,
        state_machine=machine,
        platform=platform,
        machine_type=kind,
        trace_header=trace_header,
        needs=tuple(sorted(needs)),
        trigger=spec.choice("trigger", Trigger.ALL_SUCCEEDED),
        condition=condition,
        parameters=parameters,
        timeout=defaults.timeout if timeout is None else timeout,
        retry=its_retry,
        run=spec.choice("run", defaults.run),
        rerun_on=spec.choice("rerunOn", defaults.rerun_on),
        on_cancel=spec.choice("onCancel", defaults.on_cancel),
        idempotent=spec.flag("idempotent"),
        description=heading.description,
        labels=_labels(heading.metadata.below("labels")),
        places=places,
    )


def _state_machine(spec: Fields, scope: Scope, problems: Problems) -> Template | None:
    node = spec.get("stateMachine")
    template = early(node, "stateMachine", scope, problems)
    if node is None or template is None or not template.is_literal:
        return template
    try:
        resolve_machine(str(template.value), **_SOMEWHERE)
    except BadArn as error:
        problems.append(
            Diagnostic(
                node.place,
                f"stateMachine: {error}",
                "bad-arn",
                "write NAME, NAME:QUALIFIER or the ARN of a state machine, a version or an alias",
            )
        )
    return template


def _platform(spec: Fields, scope: Scope, problems: Problems) -> Template | None:
    if spec.get("platform") is None:
        if scope.default_platform is None and scope.is_known("platform"):
            problems.append(
                Diagnostic(
                    spec.place,
                    "platform: neither this job nor the Project names a platform",
                    "no-platform",
                    "name one here, or in the Project as the default of all jobs",
                )
            )
        return None
    template = early(spec.get("platform"), "platform", scope, problems)
    if template is not None and template.is_literal:
        place = spec.place_of_value("platform")
        problems += scope.unknown_platform("platform", str(template.value), place)
    return template


def _condition(node: Node | None, on: Checking) -> Expression | bool | None:
    if not isinstance(node, ScalarNode):
        return None
    if isinstance(node.value, bool):
        return node.value
    if not isinstance(node.value, str) or not node.value:
        return None
    try:
        condition = expressions.condition(node.value)
    except ExpressionError as error:
        meant = [values.compact(one) for one in meanings(node.value) if isinstance(one, bool)]
        if meant:
            error.help = f"write {meant[0]}, without quotes"
        on.problems.append(condition_fault(node, error))
        return None
    on.references(condition.references, node, Label("if"))
    return condition


def _needs(spec: Fields, places: dict[str, Place], on: Checking) -> set[str]:
    """The jobs of `needs` that exist, noting where each is named."""
    found: set[str] = set()
    said: set[str] = set()
    for index, node, name in spec.scalars("needs"):
        label = f"needs[{index}]"
        places[label] = node.place
        if name in said or not _JOB.fullmatch(name):
            continue
        said.add(name)
        if name in on.scope.jobs and name != on.job:
            found.add(name)
            places.setdefault(f"needs.{name}", node.place)
            continue
        complaint = on.scope.unknown_job(name, on.job)
        if name == on.job:
            complaint = f"the job needs itself ({name})", "self-reference", "take it away"
        if complaint is not None:
            message, code, way_out = complaint
            on.problems.append(Diagnostic(node.place, f"{label}: {message}", code, way_out))
    return found


def _mentions(
    condition: Expression | bool | None, parameters: tuple[Parameter, ...]
) -> Iterator[tuple[str, str]]:
    """The jobs that expressions refer to, and the field of each expression."""
    for parameter in parameters:
        if parameter.template is not None:
            for reference in parameter.template.references:
                if isinstance(reference, JobReference):
                    yield reference.job, f"parameters.{parameter.name}"
    if condition is not None and not isinstance(condition, bool):
        for reference in condition.references:
            if isinstance(reference, JobReference):
                yield reference.job, "if"


def _check_type(spec: Fields, kind: MachineType | None, problems: Problems) -> None:
    express = kind is MachineType.EXPRESS
    own_retry = spec.below("retry")
    if express and own_retry.option("mode", RetryMode) is RetryMode.REDRIVE:
        problems.append(
            Diagnostic(
                own_retry.place_of_value("mode"),
                "retry.mode: an Express execution can't be redriven",
                "redrive-express",
                "write mode: restart",
            )
        )
    if kind is MachineType.STANDARD and spec.flag("idempotent"):
        problems.append(
            Diagnostic(
                spec.place_of("idempotent"),
                "idempotent: it has a meaning for Express only; a Standard job is never "
                "started twice for one attempt",
                "idempotent-standard",
                "leave it out",
                Severity.WARNING,
            )
        )


def _labels(fields: Fields) -> dict[str, str]:
    return {key: text for key in fields if (text := fields.text(key)) is not None}
