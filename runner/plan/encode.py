"""A plan as JSON text, the same bytes for the same plan. Its schema is `plan.schema.json`.

Whatever stands under `value` in a spec is written as `{"value": …}` where it is literal, and
as `{"expression": …}` where `${{ }}` in it is still to be rendered. A secret that stands in
the spec itself is withheld: `{"withheld": true}`.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING

from runner import values
from runner.expressions import Expression, Template
from runner.model import (
    AwsPlatform,
    DefaultAuth,
    LocalPlatform,
    MockError,
    MockResult,
    auth_to_json,
)
from runner.plan.counts import count
from runner.plan.ordering import ordered, ordered_object
from runner.values import compact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runner.errors import Diagnostic, Place
    from runner.model import Mock, Platform, Retry, StateMachine
    from runner.plan.types import (
        InputChange,
        KnownExecution,
        LateVariable,
        Plan,
        PlannedJob,
        PlannedParameter,
    )
    from runner.values import Json


def to_json(plan: Plan) -> str:
    """Write a plan, with one line for each job, so that two plans can be compared by line."""
    fields = [_field(key, value) for key, value in _head(plan).items()]
    jobs = _lines("[", "]", (compact(job_to_json(job)) for job in plan.jobs))
    machines = (_field(name, _machine(plan.machines[name])) for name in sorted(plan.machines))
    fields += [f'"jobs":{jobs}', f'"machines":{_lines("{", "}", machines)}']
    return values.well_formed(_lines("{", "}", fields) + "\n")


def digest(plan: Plan) -> str:
    """SHA-256 of the plan's bytes, as 64 hex digits."""
    return hashlib.sha256(to_json(plan).encode("utf-8")).hexdigest()


def job_to_json(job: PlannedJob) -> Json:
    """One job as data; what is absent or unknown has no key."""
    fields: dict[str, Json] = {
        "name": job.name,
        "action": job.action.value,
        "reason": job.reason,
        "place": _place(job.place),
        "platform": job.platform,
        "stateMachine": str(job.machine),
        "type": job.machine_type.value,
        "revision": job.revision,
        "runsEveryTime": job.runs_every_time,
        "needs": list(job.needs),
        "trigger": job.trigger.value,
        "if": _condition(job.condition),
        "parameters": [_parameter(parameter) for parameter in job.parameters],
        "input": ordered_object(job.input),
        "inputBytes": job.input_bytes,
        "timeout": number(job.timeout),
        "retry": _retry(job.retry),
        "run": job.run.value,
        "rerunOn": job.rerun_on.value,
        "onCancel": job.on_cancel.value,
        "idempotent": job.idempotent,
        "traceHeader": job.trace_header,
        "description": job.description,
        "labels": dict(sorted(job.labels.items())),
        "warnings": list(job.warnings),
        "work": job.work,
        "fingerprint": job.fingerprint,
        "attempt": job.attempt,
        "execution": _execution(job.execution),
        "changes": [_change(change) for change in job.changes] or None,
        "selected": job.is_selected,
        "rerun": job.rerun or None,
        "followsEveryRun": job.follows_every_run or None,
    }
    return _present(fields)


def diagnostic_to_json(diagnostic: Diagnostic) -> Json:
    """One complaint as data: the same shape wherever diagnostics are given as JSON."""
    return _present(
        {
            "severity": diagnostic.severity.value,
            "code": diagnostic.code,
            "message": diagnostic.message,
            "help": diagnostic.help,
            "place": _place(diagnostic.place),
            "related": [
                {"place": _place(related.place), "message": related.message}
                for related in diagnostic.related
            ],
        }
    )


def number(value: float | None) -> Json:
    """A float as JSON's number, whole where it is whole."""
    if value is None:
        return None
    return int(value) if value == int(value) else Decimal(repr(value))


def _head(plan: Plan) -> dict[str, Json]:
    counts: dict[str, Json] = {name: number for name, number in count(plan.jobs).items() if number}
    head: dict[str, Json] = {
        "formatVersion": plan.format_version,
        "project": plan.project,
        "local": plan.local,
        "offline": plan.offline,
        "retryFailed": plan.retry_failed,
        "counts": counts,
        "concurrency": plan.concurrency,
        "variables": ordered_object(plan.variables),
        "lateVariables": [_late_variable(each) for each in plan.late_variables],
        "environment": [*sorted(plan.environment)],
        "platforms": {
            name: _platform(platform) for name, platform in sorted(plan.platforms.items())
        },
        "warnings": [diagnostic_to_json(warning) for warning in plan.warnings],
    }
    return {key: value for key, value in head.items() if value is not None}


def _lines(start: str, end: str, items: Iterable[str]) -> str:
    body = ",\n".join(items)
    return f"{start}\n{body}\n{end}" if body else start + end


def _field(key: str, value: Json) -> str:
    return f"{compact(key)}:{compact(value)}"


def _present(fields: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in fields.items() if value is not None}


def _place(place: Place) -> Json:
    return {"file": place.file, "line": place.line, "column": place.column}


def _late_variable(variable: LateVariable) -> Json:
    fields: dict[str, Json] = {
        "name": variable.name,
        "type": variable.type.value if variable.type else None,
        "sensitive": variable.sensitive or None,
        "perRun": variable.per_run or None,
        "fixed": variable.fixed or None,
    }
    return _present(fields)


def _execution(execution: KnownExecution | None) -> Json:
    if execution is None:
        return None
    fields: dict[str, Json] = {
        "arn": execution.arn,
        "name": execution.name,
        "status": execution.status,
        "startedAt": execution.started_at,
        "stoppedAt": execution.stopped_at,
        "rememberedUntil": execution.remembered_until,
    }
    return _present(fields)


def _change(change: InputChange) -> Json:
    if change.is_gone:
        return {"parameter": change.parameter, "isGone": True}
    now = ordered(change.now)
    if change.is_new:
        return {"parameter": change.parameter, "now": now, "isNew": True}
    return {"parameter": change.parameter, "before": ordered(change.before), "now": now}


def _condition(condition: Expression | bool | None) -> Json:
    if isinstance(condition, Expression):
        return {"expression": condition.text}
    return condition


def _parameter(parameter: PlannedParameter) -> Json:
    fields: dict[str, Json] = {
        "name": parameter.name,
        "direction": parameter.direction.value,
        "type": parameter.type.value if parameter.type else None,
        "value": {"withheld": True} if parameter.withheld else _template(parameter.template),
        "sensitive": parameter.sensitive or None,
        "revision": parameter.revision or None,
        "carry": parameter.carry or None,
        "required": parameter.required or None,
    }
    return _present(fields)


def _template(template: Template | None) -> Json:
    if template is None:
        return None
    return {"value" if template.is_literal else "expression": template.value}


def _retry(retry: Retry) -> Json:
    fields: dict[str, Json] = {
        "maxAttempts": retry.max_attempts,
        "mode": retry.mode.value,
        "errorEquals": list(retry.error_equals),
        "interval": number(retry.interval),
        "backoffRate": number(retry.backoff_rate),
        "maxInterval": number(retry.max_interval),
    }
    return _present(fields)


def _platform(platform: Platform) -> Json:
    fields: dict[str, Json]
    match platform:
        case AwsPlatform():
            fields = {
                "type": "aws-step-functions",
                "place": _place(platform.place),
                "region": platform.region,
                "accountId": platform.account_id,
                "endpointUrl": platform.endpoint_url,
                "traceHeader": _template(platform.trace_header),
                "allow": list(platform.allow),
                "limits": {
                    "share": number(platform.limits.share),
                    "lookback": platform.limits.lookback,
                    "quotas": {
                        operation: {
                            "bucketSize": number(rate.bucket),
                            "refillPerSecond": number(rate.per_second),
                        }
                        for operation, rate in platform.limits.quotas.items()
                    },
                },
                "auth": None if platform.auth == DefaultAuth() else auth_to_json(platform.auth),
                "description": platform.description,
            }
        case LocalPlatform():
            fields = {
                "type": "local",
                "place": _place(platform.place),
                "region": platform.region,
                "accountId": platform.account_id,
                "timeScale": number(platform.time_scale),
                "traceHeader": _template(platform.trace_header),
                "description": platform.description,
            }
    return _present(fields)


def _machine(machine: StateMachine) -> Json:
    """A definition without its places: only complaints want them, and a plan has none."""
    return {
        "type": machine.type.value,
        "place": _place(machine.place),
        "definition": ordered(machine.definition),
        "definitionFile": machine.definition_file,
        "mocks": {
            state: [_mock(mock) for mock in mocks] for state, mocks in sorted(machine.mocks.items())
        },
        "description": machine.description,
    }


def _mock(mock: Mock) -> Json:
    match mock:
        case MockResult(result):
            return {"result": ordered(result)}
        case MockError(error, cause):
            return {"error": error, "cause": cause}
