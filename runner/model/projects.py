"""The Project document: variables, readable names and defaults of jobs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner import values
from runner.documents import ListNode, MapNode, plain
from runner.errors import Diagnostic
from runner.expressions import OPEN
from runner.model.fields import Fields
from runner.model.types import (
    OnCancel,
    Project,
    RerunOn,
    Retry,
    RetryMode,
    RunPolicy,
    Variable,
)
from runner.parameters import Label, ParameterType, constant, shown

if TYPE_CHECKING:
    from runner.documents import Node
    from runner.model.headings import Heading
    from runner.model.scope import Problems

FIELDS = frozenset(("platform", "concurrency", "environment", "variables", "defaults"))
READABLE = "^(?!AWS_|GITHUB_|ACTIONS_|INPUT_|STEPFLEET_)[A-Za-z_][A-Za-z0-9_]*$"
"""The environment variables that expressions may read; the schema has the same pattern."""

_READABLE = re.compile(READABLE)
_YEAR = 366 * 86400.0


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the Project says for every job."""

    timeout: float | None = None
    retry: Retry = field(default_factory=Retry)
    run: RunPolicy = RunPolicy.ON_CHANGE
    rerun_on: RerunOn = RerunOn.SPEC
    on_cancel: OnCancel = OnCancel.STOP


def may_read(name: str) -> bool:
    """Tell whether an environment variable of this name may be read for expressions."""
    return _READABLE.fullmatch(name) is not None


def build(heading: Heading, problems: Problems) -> Project:
    """Make the Project."""
    spec = heading.spec
    check_durations(spec.below("defaults"), "defaults.", problems)
    return Project(
        name=heading.name,
        place=heading.start,
        platform=spec.text("platform") or None,
        concurrency=spec.whole("concurrency") or None,
        environment=tuple(sorted(set(spec.texts("environment")))),
        variables=tuple(
            _variable(name, node, spec.below("variables"), problems)
            for name, node in sorted(spec.below("variables").items())
        ),
        description=heading.description,
    )


def unclear(spec: Fields | None) -> frozenset[str]:
    """Which of `platform`, `environment` and `variables` the schema has complained about.

    Beside a field of an unknown name, one that is absent may be what was meant. Without a
    Project all of them are unclear.
    """
    if spec is None:
        return frozenset(("platform", "environment", "variables"))
    misspelt = spec.node is None or not FIELDS.issuperset(spec)
    is_clear = {
        "platform": bool(spec.text("platform")),
        "environment": isinstance(spec.get("environment"), ListNode),
        "variables": isinstance(spec.get("variables"), MapNode),
    }
    return frozenset(
        name
        for name, clear in is_clear.items()
        if not clear and (misspelt or spec.get(name) is not None)
    )


def _variable(name: str, node: Node, variables: Fields, problems: Problems) -> Variable:
    fields = Fields.of(node, variables.place_of(name))
    type_ = fields.option("type", ParameterType)
    sensitive = fields.may_be("sensitive")
    label = Label(f"variables.{name}.default", sensitive)
    default = fields.get("default")
    value = None
    if default is not None:
        if type_ is None and fields.get("type") is not None:
            value = plain(default)
        else:
            value, complaints = constant(default, type_, label)
            problems += complaints
        if OPEN in values.compact(value):
            problems.append(
                Diagnostic(
                    default.place,
                    f"{label.text}: a default is a constant, but this holds an expression",
                    "expression",
                    "write the expression where the variable is used",
                )
            )
    return Variable(
        name=name,
        type=type_,
        place=variables.place_of(name),
        default=value,
        required=default is None,
        description=fields.text("description") or "",
        per_run=fields.flag("perRun"),
        sensitive=sensitive,
    )


def defaults(spec: Fields) -> Defaults:
    """What stands under the Project's `defaults`."""
    fields = spec.below("defaults")
    standard = Defaults()
    return Defaults(
        timeout=fields.seconds("timeout"),
        retry=retry(fields, standard.retry),
        run=fields.choice("run", standard.run),
        rerun_on=fields.choice("rerunOn", standard.rerun_on),
        on_cancel=fields.choice("onCancel", standard.on_cancel),
    )


def retry(fields: Fields, default: Retry) -> Retry:
    """A `retry`; each of its fields that is absent is the default's."""
    found = fields.below("retry")
    interval, longest = found.seconds("interval"), found.seconds("maxInterval")
    return Retry(
        max_attempts=found.whole("maxAttempts", default.max_attempts),
        mode=found.option("mode", RetryMode) or default.mode,
        error_equals=found.texts("errorEquals") or default.error_equals,
        interval=default.interval if interval is None else interval,
        backoff_rate=found.number("backoffRate", default.backoff_rate),
        max_interval=default.max_interval if longest is None else longest,
    )


def check_durations(fields: Fields, label: str, problems: Problems) -> None:
    """Complain about a timeout or an interval that nothing can wait for."""
    found = fields.below("retry")
    _check_duration(fields, "timeout", f"{label}timeout", problems)
    _check_duration(found, "interval", f"{label}retry.interval", problems)
    _check_duration(found, "maxInterval", f"{label}retry.maxInterval", problems)


def _check_duration(fields: Fields, key: str, label: str, problems: Problems) -> None:
    seconds = fields.seconds(key)
    place = fields.place_of_value(key)
    if seconds is not None and seconds > _YEAR:
        problems.append(
            Diagnostic(
                place,
                f"{label}: {shown(fields.text(key))} is longer than an execution can last",
                "duration-range",
                "write at most 366d",
            )
        )
    if seconds == 0 and key == "timeout":
        problems.append(
            Diagnostic(
                place,
                f"{label}: a job with no time at all can't succeed",
                "duration-range",
                "write a longer time, or leave the timeout out",
            )
        )
