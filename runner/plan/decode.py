"""A plan read back from its JSON. Whatever is not exactly a plan is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runner import expressions, values
from runner.arns import BadArn, parse_machine
from runner.errors import Refused
from runner.expressions import ExpressionError
from runner.model import (
    Direction,
    MachineType,
    OnCancel,
    ParameterType,
    RerunOn,
    Retry,
    RetryMode,
    RunPolicy,
    Trigger,
    may_read,
)
from runner.plan.decode_world import diagnostic, machine, place, platform, template
from runner.plan.reader import Misread, Reader
from runner.plan.types import (
    FORMAT_VERSION,
    Action,
    InputChange,
    KnownExecution,
    LateVariable,
    Plan,
    PlannedJob,
    PlannedParameter,
)

if TYPE_CHECKING:
    from runner.arns import MachineArn
    from runner.expressions import Expression
    from runner.values import Json

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_AGAIN = "make it again with `stepfleet plan -o FILE`"


def from_json(text: str) -> Plan:
    """Read a plan. Raises Refused for what is not a plan, or one of another format."""
    try:
        document = values.parse(text)
        _check_version(document)
        return _plan(Reader(document, ""))
    except values.NotJson as error:
        raise Refused(f"this is not a whole plan: {error}; {_AGAIN}") from error
    except Misread as error:
        raise Refused(f"this is not a plan: {error}; {_AGAIN}") from error


def _check_version(document: Json) -> None:
    version = document.get("formatVersion") if isinstance(document, dict) else None
    if version is None:
        raise Misread("it has no formatVersion")
    if version != FORMAT_VERSION or isinstance(version, bool):
        shown = values.compact(version)[:20]
        raise Refused(
            f"the plan has format {shown}, and this version of stepfleet reads format"
            f" {FORMAT_VERSION}: use the version that made it, or {_AGAIN}"
        )


def _plan(reader: Reader) -> Plan:
    reader.take("formatVersion")
    reader.take("counts")
    plan = Plan(
        project=_name(reader, "project"),
        jobs=tuple(_job(job) for job in reader.readers("jobs")),
        platforms={name: platform(name, value) for name, value in reader.members("platforms")},
        machines={name: machine(name, value) for name, value in reader.members("machines")},
        variables=reader.object("variables"),
        late_variables=tuple(_late_variable(each) for each in reader.readers("lateVariables")),
        environment=_environment(reader),
        concurrency=reader.whole("concurrency", least=1),
        offline=reader.flag("offline"),
        local=reader.flag("local"),
        retry_failed=reader.flag("retryFailed"),
        warnings=tuple(diagnostic(warning) for warning in reader.readers("warnings")),
    )
    reader.done()
    _check_order(plan)
    _check_variables(plan)
    return plan


def _check_order(plan: Plan) -> None:
    """Each job's name stands once, its needs before it, and its platform is there."""
    seen: set[str] = set()
    for job in plan.jobs:
        if job.name in seen:
            raise Misread(f"the job {job.name} stands twice")
        for need in job.needs:
            if need not in seen:
                raise Misread(f"{job.name} needs {need}, which does not stand before it")
        if job.platform not in plan.platforms:
            raise Misread(f"the platform {job.platform!r} of {job.name} is not in it")
        seen.add(job.name)


def _check_variables(plan: Plan) -> None:
    """What may not be given anew has its value in the plan."""
    for variable in plan.late_variables:
        if variable.fixed and (variable.sensitive or variable.name not in plan.variables):
            raise Misread(f"the variable {variable.name} is fixed, and its value is not in it")


def _environment(reader: Reader) -> tuple[str, ...]:
    names = reader.texts("environment")
    for name in names:
        if not may_read(name):
            raise Misread(f"{name[:60]!r} is not an environment variable that may be read")
    return names


def _job(reader: Reader) -> PlannedJob:
    reader.take("runsEveryTime")
    labels = Reader(reader.object("labels"), f"{reader.path}.labels")
    job = PlannedJob(
        name=_name(reader, "name"),
        place=place(reader),
        action=reader.word("action", Action),
        reason=reader.text("reason"),
        platform=reader.text("platform"),
        machine=_arn(reader),
        machine_type=reader.word("type", MachineType),
        needs=reader.texts("needs"),
        trigger=reader.word("trigger", Trigger),
        condition=_condition(reader),
        parameters=tuple(_parameter(parameter) for parameter in reader.readers("parameters")),
        input=reader.object("input"),
        input_bytes=reader.whole("inputBytes"),
        timeout=reader.number("timeout"),
        retry=_retry(reader.reader("retry")),
        run=reader.word("run", RunPolicy),
        rerun_on=reader.word("rerunOn", RerunOn),
        on_cancel=reader.word("onCancel", OnCancel),
        idempotent=reader.flag("idempotent"),
        trace_header=reader.text_or_none("traceHeader"),
        revision=reader.text_or_none("revision"),
        description=reader.text("description"),
        labels={key: labels.text(key) for key in reader.object("labels")},
        warnings=reader.texts("warnings"),
        work=reader.text("work"),
        fingerprint=reader.text_or_none("fingerprint"),
        attempt=reader.whole("attempt", least=1),
        execution=_execution(reader),
        changes=tuple(_change(change) for change in reader.readers("changes")),
        is_selected=reader.flag("selected"),
        rerun=reader.flag("rerun"),
        follows_every_run=reader.flag("followsEveryRun"),
    )
    reader.done()
    return job


def _late_variable(reader: Reader) -> LateVariable:
    variable = LateVariable(
        name=_name(reader, "name"),
        type=_type(reader),
        sensitive=reader.flag("sensitive"),
        per_run=reader.flag("perRun"),
        fixed=reader.flag("fixed"),
    )
    reader.done()
    return variable


def _type(reader: Reader) -> ParameterType | None:
    return reader.word("type", ParameterType) if reader.take("type") is not None else None


def _execution(reader: Reader) -> KnownExecution | None:
    if reader.take("execution") is None:
        return None
    holder = reader.reader("execution")
    execution = KnownExecution(
        arn=holder.text("arn"),
        name=holder.text("name"),
        status=holder.text("status"),
        started_at=holder.text_or_none("startedAt"),
        stopped_at=holder.text_or_none("stoppedAt"),
        remembered_until=holder.text_or_none("rememberedUntil"),
    )
    holder.done()
    return execution


def _change(reader: Reader) -> InputChange:
    change = InputChange(
        parameter=reader.text("parameter"),
        before=reader.take("before"),
        now=reader.take("now"),
        is_new=reader.flag("isNew"),
        is_gone=reader.flag("isGone"),
    )
    reader.done()
    return change


def _name(reader: Reader, key: str) -> str:
    name = reader.text(key)
    if not _NAME.fullmatch(name):
        raise reader.wrong(key, "a name")
    return name


def _arn(reader: Reader) -> MachineArn:
    """The machine's ARN, which lacks its account where that was not known offline."""
    text = reader.text("stateMachine")
    try:
        if "::stateMachine:" in text:
            whole = text.replace("::stateMachine:", ":000000000000:stateMachine:", 1)
            return replace(parse_machine(whole), account="")
        return parse_machine(text)
    except BadArn as error:
        raise reader.wrong("stateMachine", f"a state machine's ARN ({error})") from error


def _condition(reader: Reader) -> Expression | bool | None:
    value = reader.take("if")
    if value is None or isinstance(value, bool):
        return value
    holder = reader.reader("if")
    try:
        condition = expressions.parse(holder.text("expression"))
    except ExpressionError as error:
        raise holder.wrong("expression", f"an expression ({error})") from error
    holder.done()
    return condition


def _parameter(reader: Reader) -> PlannedParameter:
    parameter = PlannedParameter(
        name=reader.text("name"),
        direction=reader.word("direction", Direction),
        type=_type(reader),
        template=template(reader, "value"),
        sensitive=reader.flag("sensitive"),
        revision=reader.whole("revision") or 0,
        carry=reader.flag("carry"),
        required=reader.flag("required"),
    )
    reader.done()
    return parameter


def _retry(reader: Reader) -> Retry:
    retry = Retry(
        max_attempts=reader.whole("maxAttempts", least=1) or 1,
        mode=reader.word("mode", RetryMode),
        error_equals=reader.texts("errorEquals"),
        interval=reader.number("interval") or 0.0,
        backoff_rate=reader.number("backoffRate") or 0.0,
        max_interval=reader.number("maxInterval"),
    )
    reader.done()
    return retry
