"""Random plans: chains, fans, and crowds on one state machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.model import OnCancel, ParameterType, Retry, RetryMode, RunPolicy, Trigger
from tests.fakes import input_, job, machine, output, plan

if TYPE_CHECKING:
    import random

    from runner.plan import Plan, PlannedJob, PlannedParameter

_TRIGGERS = [Trigger.ALL_SUCCEEDED] * 4 + [Trigger.ANY_FAILED, Trigger.ALL_FINISHED]
_POLICIES = [RunPolicy.ON_CHANGE] * 6 + [RunPolicy.ONCE, RunPolicy.ALWAYS]


def random_plan(draw: random.Random) -> Plan:
    """A plan of up to two dozen jobs, whose inputs `from_NEED` are their needs' outputs `x`."""
    jobs: list[PlannedJob] = []
    most = draw.choice([3, 6, 8, 14, 24])
    narrow = draw.random() < 0.6
    shared = draw.random() < 0.6
    for number in range(draw.randrange(1, most + 1)):
        before = [one.name for one in jobs]
        jobs.append(_random_job(draw, f"j{number}", before, narrow=narrow, shared=shared))
    return plan(*jobs, aws=draw.random() < 0.85, concurrency=draw.choice([None, None, 1, 3]))


def _random_job(
    draw: random.Random, name: str, before: list[str], *, narrow: bool, shared: bool
) -> PlannedJob:
    many = draw.choice([0, 1, 1, 2, 3] if narrow else [0, 0, 0, 0, 1])
    needs = sorted(draw.sample(before, k=min(len(before), many)))
    taken = [input_(f"from_{need}", f"${{{{ jobs.{need}.outputs.x }}}}") for need in needs]
    return job(
        name,
        needs,
        parameters=[input_("n", 0), *_outputs(draw), *taken],
        trigger=draw.choice(_TRIGGERS),
        when=draw.choice([None] * 8 + [False, True]),
        timeout=draw.choice([None, None, 30.0, 300.0]),
        retry=_retry(draw),
        express=draw.random() < 0.1,
        idempotent=draw.random() < 0.3,
        on_cancel=draw.choice([OnCancel.STOP, OnCancel.STOP, OnCancel.DETACH]),
        run=draw.choice(_POLICIES),
        on=machine(draw.choice(["crowd", "crowd", "crowd", "few"])) if shared else None,
    )


def _outputs(draw: random.Random) -> list[PlannedParameter]:
    if draw.random() < 0.3:
        return []
    type_ = draw.choice([None, ParameterType.INTEGER])
    return [output("x", type=type_, required=draw.random() < 0.3)]


def _retry(draw: random.Random) -> Retry:
    if draw.random() < 0.4:
        return Retry()
    return Retry(
        max_attempts=draw.choice([2, 3]),
        mode=draw.choice([RetryMode.RESTART, RetryMode.REDRIVE, RetryMode.REDRIVE]),
        error_equals=draw.choice([(), (), ("Boom",), ("States.Timeout", "Boom")]),
        interval=draw.choice([0.0, 5.0, 30.0]),
    )
