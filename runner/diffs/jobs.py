"""A job as lines, as its spec says it: what it runs, its parameters, then what people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import values
from runner.diffs import lines
from runner.expressions import Expression
from runner.model import Direction, Retry
from runner.planning.preview import is_in_spec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from runner.expressions import Template
    from runner.model import Job, Parameter
    from runner.values import Json

MASKED = "<sensitive>"
MASKED_ANEW = "<sensitive, another value>"


def pair(base: Job | None, head: Job | None) -> tuple[str, str]:
    """A job's lines before and after; empty where it isn't there.

    A secret that stands in a spec is masked in both where either calls its parameter sensitive,
    and the lines tell that it is another one.
    """
    hidden = {each.name for job in (base, head) if job for each in job.parameters if each.sensitive}
    olds = {each.name: each for each in base.parameters} if base else {}
    before = "" if base is None else _text(base, hidden, {})
    return before, "" if head is None else _text(head, hidden, olds)


def _text(job: Job, hidden: Collection[str], olds: Mapping[str, Parameter]) -> str:
    return "".join(f"{line}\n" for line in _lines(job, hidden, olds))


def _lines(job: Job, hidden: Collection[str], olds: Mapping[str, Parameter]) -> Iterator[str]:
    yield from _field("platform", _written(job.platform))
    yield from lines.of("stateMachine", _written(job.state_machine))
    yield from _field("stepFunctionsType", job.machine_type and job.machine_type.value)
    yield from _field("traceHeader", _written(job.trace_header))
    yield from _field("needs", [*job.needs] or None)
    yield from lines.of("trigger", job.trigger.value)
    condition = job.condition
    yield from _field("if", condition.text if isinstance(condition, Expression) else condition)
    for parameter in sorted(job.parameters, key=lambda each: each.name):
        yield from _parameter(parameter, parameter.name in hidden, olds.get(parameter.name))
    yield from _field("timeout", _seconds(job.timeout))
    if job.retry != Retry():
        yield from lines.of("retry", _retry(job.retry))
    yield from lines.of("run", job.run.value)
    yield from lines.of("rerunOn", job.rerun_on.value)
    yield from lines.of("onCancel", job.on_cancel.value)
    yield from _field("idempotent", job.idempotent or None)
    yield from _field("description", job.description or None)
    yield from lines.of("labels", dict(sorted(job.labels.items()))) if job.labels else ()


def _parameter(parameter: Parameter, hidden: bool, old: Parameter | None) -> Iterator[str]:
    path = f"parameters.{parameter.name}"
    if parameter.direction is not Direction.INPUT:
        yield from lines.of(f"{path}.direction", parameter.direction.value)
    yield from _field(f"{path}.type", parameter.type and parameter.type.value)
    yield from _value(f"{path}.value", parameter, hidden, old)
    for name in ("carry", "required", "sensitive"):
        yield from _field(f"{path}.{name}", getattr(parameter, name) or None)
    yield from _field(f"{path}.revision", parameter.revision or None)
    yield from _field(f"{path}.description", parameter.description or None)


def _value(path: str, parameter: Parameter, hidden: bool, old: Parameter | None) -> Iterator[str]:
    template = parameter.template
    if template is None:
        return
    if not (hidden and is_in_spec(template)):
        yield from lines.of(path, template.value)
        return
    is_other = old is not None and not _is_same(old.template, template)
    yield f"{path}: {MASKED_ANEW if is_other else MASKED}"


def _is_same(old: Template | None, new: Template) -> bool:
    """Tell whether there is no other value. Where there was none, it is new."""
    return old is None or values.canonical(old.value) == values.canonical(new.value)


def _field(path: str, value: Json) -> Iterator[str]:
    """A field that has no line where it is absent."""
    if value is not None:
        yield from lines.of(path, value)


def _written(template: Template | None) -> Json:
    return None if template is None else template.value


def _seconds(value: float | None) -> Json:
    return None if value is None else f"{value:g}s"


def _retry(retry: Retry) -> dict[str, Json]:
    found: dict[str, Json] = {
        "maxAttempts": retry.max_attempts,
        "mode": retry.mode.value,
        "errorEquals": list(retry.error_equals) or None,
        "interval": _seconds(retry.interval),
        "backoffRate": f"{retry.backoff_rate:g}",
        "maxInterval": _seconds(retry.max_interval),
    }
    return {name: value for name, value in found.items() if value is not None}
