"""The loop of a run: the schedule decides in this thread, the world makes the calls."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING

from runner.engine.interrupts import signals
from runner.engine.ledger import Ledger
from runner.engine.reporter import Reporter
from runner.engine.world import SystemClock, ThreadWorld
from runner.errors import Refused
from runner.schedule import Interrupt, Note, Now, Options, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from runner.engine.reporter import Sink, View
    from runner.engine.world import Clock, World
    from runner.memory import Memory
    from runner.plan import Plan
    from runner.provider import Provider
    from runner.results import RunInfo, RunResults
    from runner.schedule import Effect, Event
    from runner.values import Json

    Interrupts = Callable[[Callable[[Interrupt], None]], AbstractContextManager[None]]


def run(
    plan: Plan,
    *,
    run: RunInfo,
    context: Mapping[str, Json],
    providers: Mapping[str, Provider],
    memory: Memory | None = None,
    options: Options | None = None,
    secrets: Iterable[Json] = (),
    results_path: Path | None = None,
    include_inputs: bool = False,
    sinks: Sequence[Sink] = (),
    view: View | None = None,
    clock: Clock | None = None,
    interrupts: Interrupts = signals,
    on_interrupt: Callable[[], None] | None = None,
) -> RunResults:
    """Run a plan to its end, or until it is interrupted, and return its results.

    `context` holds `vars` and `env`, `secrets` their sensitive values, `providers` one for
    each platform of the plan. `memory` is what was found of earlier runs, at a moment of
    `clock`; None where nothing is remembered. `sinks` are told of every transition as the record
    that is in the results, `view` is shown the run as it goes. `on_interrupt` is called once, at
    the first interrupt or when the run's time is up, to cut short the waits of calls. Raises
    Refused, with nothing started, where the results can't be written or the plan lacks something.
    """
    _check_platforms(plan, providers)
    clock = clock or SystemClock()
    inbox: SimpleQueue[Event] = SimpleQueue()
    now = Now(clock.seconds(), clock.wall())
    schedule = Schedule(
        plan,
        run_id=run.id,
        context=context,
        options=options or Options(),
        now=now,
        memory=memory,
    )
    ledger = Ledger(
        schedule,
        run=run,
        providers=providers,
        secrets=secrets,
        include_inputs=include_inputs,
        now=now,
    )
    path = results_path.resolve() if results_path is not None else None
    reporter = Reporter(ledger, path=path, sinks=sinks, view=view, seconds=clock.seconds)
    world = ThreadWorld(providers, clock, inbox)
    with interrupts(inbox.put):
        try:
            return drive(schedule, world, reporter, on_interrupt=on_interrupt)
        finally:
            world.close()


def drive(
    schedule: Schedule,
    world: World,
    reporter: Reporter,
    *,
    on_interrupt: Callable[[], None] | None = None,
) -> RunResults:
    """Perform what the schedule asks for, and tell it what happens, until it has finished."""
    now = world.now()
    reporter.begin(now)
    _perform(schedule.begin(now), world, reporter, now)
    while not schedule.is_finished:
        events = world.wait(_earliest(schedule.wake_at(), reporter.wake_at()))
        now = world.now()
        effects: list[Effect] = []
        for event in events:
            if isinstance(event, Interrupt) and on_interrupt and not schedule.is_ending:
                on_interrupt()
            effects += schedule.handle(event, now)
        was_ending = schedule.is_ending
        effects += schedule.tick(now)
        if on_interrupt and schedule.is_ending and not was_ending:
            on_interrupt()
        _perform(effects, world, reporter, now)
        reporter.tick(now)
    return reporter.end(world.now(), interrupted=schedule.is_interrupted)


def _perform(effects: Sequence[Effect], world: World, reporter: Reporter, now: Now) -> None:
    """Tell of all transitions first: a start's intent is written before its call."""
    reporter.notes([effect for effect in effects if isinstance(effect, Note)], now)
    for effect in effects:
        if not isinstance(effect, Note):
            world.call(effect)


def _earliest(*times: float | None) -> float | None:
    return min((time for time in times if time is not None), default=None)


def _check_platforms(plan: Plan, providers: Mapping[str, Provider]) -> None:
    for job in plan.jobs:
        if job.platform not in providers:
            raise Refused(f"job {job.name}: there is no provider for platform {job.platform}")
