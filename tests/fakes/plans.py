"""Plans in a line."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runner import expressions
from runner.arns import MachineArn
from runner.errors import Place
from runner.model import (
    AwsPlatform,
    Direction,
    LocalPlatform,
    MachineType,
    OnCancel,
    ParameterType,
    RerunOn,
    Retry,
    RunPolicy,
    Trigger,
)
from runner.plan import Action, KnownExecution, Plan, PlannedJob, PlannedParameter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runner.values import Json

REGION, ACCOUNT = "us-east-1", "123456789012"


def machine(name: str, qualifier: str | None = None) -> MachineArn:
    return MachineArn("aws", REGION, ACCOUNT, name, qualifier)


def input_(
    name: str,
    value: Json,
    *,
    type: ParameterType | None = None,
    sensitive: bool = False,
    carry: bool = False,
    revision: int = 0,
) -> PlannedParameter:
    return PlannedParameter(
        name,
        Direction.INPUT,
        type,
        expressions.template(value),
        sensitive=sensitive,
        carry=carry,
        revision=revision,
    )


def output(
    name: str,
    *,
    type: ParameterType | None = None,
    required: bool = False,
    sensitive: bool = False,
) -> PlannedParameter:
    return PlannedParameter(name, Direction.OUTPUT, type, required=required, sensitive=sensitive)


def inout(
    name: str,
    value: Json,
    *,
    type: ParameterType | None = None,
    carry: bool = False,
    sensitive: bool = False,
) -> PlannedParameter:
    return PlannedParameter(
        name,
        Direction.INOUT,
        type,
        expressions.template(value),
        carry=carry,
        sensitive=sensitive,
    )


def job(
    name: str,
    needs: Iterable[str] = (),
    *,
    when: str | bool | None = None,
    parameters: Iterable[PlannedParameter] = (),
    trigger: Trigger = Trigger.ALL_SUCCEEDED,
    timeout: float | None = None,
    retry: Retry | None = None,
    express: bool = False,
    idempotent: bool = False,
    on_cancel: OnCancel = OnCancel.STOP,
    run: RunPolicy = RunPolicy.ON_CHANGE,
    action: Action = Action.RUN,
    reason: str = "never run",
    rerun: bool = False,
    rerun_on: RerunOn = RerunOn.SPEC,
    revision: str | None = "1",
    is_selected: bool = True,
    execution: KnownExecution | None = None,
    on: MachineArn | None = None,
) -> PlannedJob:
    """A job whose machine has its name, unless it is said which it is on."""
    return PlannedJob(
        name=name,
        place=Place("specs/jobs.yaml", 3, 1),
        action=action,
        reason=reason,
        platform="local",
        machine=on or machine(name),
        machine_type=MachineType.EXPRESS if express else MachineType.STANDARD,
        needs=tuple(needs),
        trigger=trigger,
        condition=expressions.parse(when) if isinstance(when, str) else when,
        parameters=tuple(parameters),
        input={},
        input_bytes=None,
        timeout=timeout,
        retry=retry or Retry(),
        run=run,
        rerun_on=rerun_on,
        on_cancel=on_cancel,
        idempotent=idempotent,
        rerun=rerun,
        revision=revision,
        is_selected=is_selected,
        execution=execution,
    )


def plan(
    *jobs: str | PlannedJob,
    concurrency: int | None = None,
    aws: bool = False,
    retry_failed: bool = True,
) -> Plan:
    """A plan of jobs, or of chains such as "a -> b, c -> d" in which each needs all before it.

    `plan("a -> b", job("b", ["a"], timeout=5))`: what is given as a job replaces what a chain
    made of that name. With `aws` it is for a platform that remembers.
    """
    made: dict[str, PlannedJob] = {}
    for item in jobs:
        if isinstance(item, PlannedJob):
            chained = made.get(item.name)
            needs = item.needs or (chained.needs if chained else ())
            made[item.name] = replace(item, needs=needs)
        else:
            _chain(item, made)
    place = Place("specs/project.yaml")
    local = LocalPlatform("local", place)
    return Plan(
        project="shop",
        jobs=tuple(_in_order(made)),
        platforms={"local": AwsPlatform("local", REGION, place) if aws else local},
        machines={},
        variables={},
        concurrency=concurrency,
        retry_failed=retry_failed,
    )


def _chain(text: str, made: dict[str, PlannedJob]) -> None:
    before: tuple[str, ...] = ()
    for group in text.split("->"):
        names = tuple(re.findall(r"\w+", group))
        for name in names:
            there = made.get(name, job(name))
            made[name] = replace(there, needs=tuple(sorted({*there.needs, *before})))
        before = names


def _in_order(jobs: dict[str, PlannedJob]) -> Iterable[PlannedJob]:
    done: set[str] = set()
    while len(done) < len(jobs):
        for name, one in jobs.items():
            if name not in done and set(one.needs) <= done | (set(one.needs) - jobs.keys()):
                done.add(name)
                yield one
