"""Runs in virtual time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from runner import identity
from runner import memory as memories
from runner.engine import Ledger, Options, Reporter, drive
from runner.memory import Memory
from runner.model import MachineType
from runner.provider import Lookback
from runner.results import JobResult, RunInfo, RunResults
from runner.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from runner.memory import Past
    from runner.plan import Plan
    from runner.values import Json

from tests.fakes.plans import plan
from tests.fakes.provider import FakeProvider
from tests.fakes.world import Turns, VirtualWorld

_MANY = 100


@dataclass(frozen=True, slots=True)
class Ran:
    """A finished run and what it left behind: `documents` are the results after each event."""

    results: RunResults
    provider: FakeProvider
    world: VirtualWorld
    documents: list[str] = field(default_factory=list)

    @property
    def statuses(self) -> dict[str, str]:
        return {name: status.value for name, status in self.results.statuses.items()}

    @property
    def reasons(self) -> dict[str, str]:
        return {one.name: one.reason for one in self.results.jobs}

    def events_of(self, name: str) -> list[Json]:
        return [event["event"] for event in self.results.events if event.get("job") == name]

    @property
    def seconds(self) -> float:
        return self.world.seconds - self.world.began

    def result(self, name: str) -> JobResult:
        return next(one for one in self.results.jobs if one.name == name)

    @property
    def later(self) -> VirtualWorld:
        """A world that begins an hour after this run ended."""
        return VirtualWorld(self.provider, begins=self.world.seconds - 1000.0 + 3600)


def look(made: Plan, provider: FakeProvider, world: VirtualWorld) -> Memory:
    """What a provider remembers of a plan's jobs."""
    tags = {job.name: identity.job_tag(made.project, job.name) for job in made.jobs}
    pasts: dict[str, Past] = {}
    for job in made.jobs:
        if job.machine_type is MachineType.STANDARD:
            tag = tags[job.name]
            arn = replace(job.machine, qualifier=None)
            wanted = Lookback(arn, frozenset([tag]), frozenset([tag]))
            pasts[job.name] = memories.pasts(provider.history(wanted), [tag])[tag]
    return Memory(pasts, world.seconds)


def again(before: Ran, made: Plan | str, *, world: VirtualWorld | None = None, **more: Any) -> Ran:
    """Run on the provider of an earlier run, an hour later, with what it remembers."""
    world = world or before.later
    the_plan = plan(made) if isinstance(made, str) else made
    seen = look(the_plan, before.provider, world)
    return run(the_plan, before.provider, world=world, memory=seen, **more)


def together(
    provider: FakeProvider,
    *plans: Plan,
    begins: Sequence[float],
    latency: Callable[[], tuple[float, float]] = lambda: (0, 0.01),
    **more: Any,
) -> list[Ran]:
    """Runs that share one time, each with a plan and a moment at which it begins."""
    turns = Turns()
    worlds = [VirtualWorld(provider, latency, begins=begin, turns=turns) for begin in begins]
    for world in worlds:
        turns.join(world)

    def one(number: int) -> Ran:
        world = worlds[number]
        try:
            world.take_turn()
            seen = look(plans[number], provider, world)
            run_id = f"run-{begins[number]}-{number}"
            return run(plans[number], provider, world=world, memory=seen, run_id=run_id, **more)
        finally:
            turns.leave(world)

    with ThreadPoolExecutor(len(worlds)) as pool:
        return list(pool.map(one, range(len(worlds))))


def run(
    made: Plan | str,
    provider: FakeProvider | None = None,
    *,
    world: VirtualWorld | None = None,
    options: Options | None = None,
    context: Mapping[str, Json] | None = None,
    secrets: Iterable[Json] = (),
    run_id: str = "run-1",
    include_inputs: bool = False,
    memory: Memory | None = None,
    keep_documents: bool = True,
) -> Ran:
    """Run a plan in virtual time. `interrupt` and faults come from world and provider."""
    the_plan = plan(made) if isinstance(made, str) else made
    provider = provider or FakeProvider()
    world = world or VirtualWorld(provider)
    now = world.now()
    schedule = Schedule(
        the_plan,
        run_id=run_id,
        context=context or {"vars": {}, "env": {}},
        options=options or Options(),
        now=now,
        memory=memory,
    )
    ledger = Ledger(
        schedule,
        run=RunInfo(run_id, the_plan.project),
        providers=dict.fromkeys(the_plan.platforms, provider),
        secrets=secrets,
        include_inputs=include_inputs,
        now=now,
    )
    documents: list[str] = []

    def keep(record: Mapping[str, Json]) -> None:
        if keep_documents and len(the_plan.jobs) < _MANY:
            documents.append(ledger.document(ledger.results(world.now())))

    reporter = Reporter(ledger, path=None, sinks=[keep], view=None, seconds=lambda: world.seconds)
    results = drive(schedule, world, reporter)
    documents.append(ledger.document(results))
    return Ran(results, provider, world, documents)
