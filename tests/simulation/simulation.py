"""One seed: a world, a plan, its runs, and all that must hold of them."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runner import identity
from runner import memory as memories
from runner.engine import Ledger, Options, Reporter, drive
from runner.memory import Memory
from runner.model import MachineType
from runner.provider import Lookback
from runner.results import RunInfo, RunResults
from runner.schedule import Interrupt, Schedule
from tests.fakes import Turns
from tests.simulation.chances import draw_chances
from tests.simulation.client import Client
from tests.simulation.lives import BEGINS
from tests.simulation.plans import random_plan
from tests.simulation.referee import Referee, quota_is_kept
from tests.simulation.service import Service
from tests.simulation.verdicts import is_valid, judge
from tests.simulation.world import Killed, SimulatedWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runner.plan import Plan
    from runner.values import Json

    Trace = Callable[[str], None]

FOREVER = float("inf")
_VALIDATED = 8
"""One in so many worlds has its results validated: that costs more than all the rest."""


@dataclass(slots=True)
class Simulation:
    """One world and the runs in it, in their order; `schedule` is what decides in them."""

    seed: int
    trace: Trace | None = None
    schedule: type[Schedule] = Schedule
    results: list[RunResults | None] = field(default_factory=list)
    draw: random.Random = field(init=False)
    plan: Plan = field(init=False)
    service: Service = field(init=False)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)
        self.plan = random_plan(self.draw)
        chances = draw_chances(self.draw)
        skew = self.draw.choice([0.0, 0.0, -240.0, 240.0])
        self.service = Service(self.seed, self.plan, chances, skew=skew)
        self.service.add_strangers({job.machine for job in self.plan.jobs})

    def go(self) -> Simulation:
        """Have the runs of this seed. Raises AssertionError where something does not hold."""
        kind = self.draw.choices(["alone", "killed", "together"], [60, 25, 15])[0]
        if kind == "together" and not self.plan.local and self.remembers:
            self._together()
        elif kind == "killed":
            self._killed()
        else:
            self._run("run-1", BEGINS)
        return self

    @property
    def remembers(self) -> bool:
        return any(hasattr(one, "limits") for one in self.plan.platforms.values())

    def _killed(self) -> None:
        """Runs that are killed, each followed by another, until one has ended."""
        run_id, begins = "run-1", BEGINS
        for number in range(self.draw.choice([1, 1, 2, 3])):
            killed_at = begins + self.draw.choice([5.0, 60.0, 500.0]) * self.draw.random()
            if self._run(run_id, begins, killed_at=killed_at, number=number) is not None:
                return
            self.service.happened["killed"] += 1
            begins = self.service.now + self.draw.choice([0.5, 30.0, 4000.0])
            if self.draw.random() < 0.4:
                run_id = f"run-{number + 2}"
        self._run(run_id, begins, number=9)

    def _together(self) -> None:
        turns = Turns()
        begins = [BEGINS, BEGINS + self.draw.choice([0.0, 0.5, 10.0, 100.0])]
        killed = begins[0] + 100 * self.draw.random() if self.draw.random() < 0.2 else FOREVER
        self.service.happened["runs at once"] += 1
        runs = [
            self._prepared(f"run-{number + 1}", begin, turns=turns, killed_at=end, number=number)
            for number, (begin, end) in enumerate(zip(begins, (killed, FOREVER), strict=True))
        ]
        for one in runs:
            turns.join(one.world)

        def go(one: _Run) -> RunResults | None:
            try:
                return one.go()
            finally:
                turns.leave(one.world)

        with ThreadPoolExecutor(len(runs)) as pool:
            self.results += list(pool.map(go, runs))

    def _run(
        self, run_id: str, begins: float, *, killed_at: float = FOREVER, number: int = 0
    ) -> RunResults | None:
        made = self._prepared(run_id, begins, killed_at=killed_at, number=number)
        self.results.append(made.go())
        return self.results[-1]

    def _prepared(
        self,
        run_id: str,
        begins: float,
        *,
        turns: Turns | None = None,
        killed_at: float = FOREVER,
        number: int,
    ) -> _Run:
        by = f"{run_id}/{number}"
        client = Client(self.service, by, looked_at=begins)
        world = SimulatedWorld(
            self.service,
            client,
            begins=begins,
            turns=turns,
            killed_at=killed_at,
            trace=self.trace,
        )
        for _ in range(self.draw.choice([0, 0, 0, 0, 1, 1, 2])):
            world.put_at(begins + self.draw.random() * self.draw.choice([5, 60, 500]), Interrupt())
        options = Options(
            max_parallel=self.draw.choice([None, None, None, 2]),
            fail_fast=self.draw.random() < 0.15,
            detach=self.draw.random() < 0.08,
            reviewed=self.draw.random() < 0.1,
            leave_after=self._leave_after(by),
        )
        return _Run(self, run_id, client, world, options)

    def _leave_after(self, by: str) -> float | None:
        """The time of some runs, drawn apart so that it changes nothing else of a seed."""
        draw = random.Random(f"{self.seed} {by}")
        return draw.random() * draw.choice([1, 30, 300]) if draw.random() < 0.12 else None


@dataclass(slots=True)
class _Run:
    """One run, which begins when its world's turn has come."""

    simulation: Simulation
    run_id: str
    client: Client
    world: SimulatedWorld
    options: Options

    def go(self) -> RunResults | None:
        """Run to the end; None for a run that was killed."""
        try:
            return self._go()
        except Killed:
            return None

    def _go(self) -> RunResults:
        self.world.take_turn()
        made = self.simulation
        now = self.world.now()
        schedule = made.schedule(
            made.plan,
            run_id=self.run_id,
            context={"vars": {}, "env": {}},
            options=self.options,
            now=now,
            memory=self._memory() if made.remembers else None,
        )
        ledger = Ledger(
            schedule,
            run=RunInfo(self.run_id, made.plan.project),
            providers={"local": self.client},
            secrets=(),
            include_inputs=False,
            now=now,
        )
        referee = Referee(schedule, self.client, self.world, plan=made.plan, options=self.options)
        sampled = _Sampled(ledger, self.world, made.seed)
        reporter = Reporter(
            ledger,
            path=None,
            sinks=[referee.noted, sampled.noted],
            view=None,
            seconds=lambda: self.world.seconds,
        )
        results = drive(schedule, self.world, reporter)
        referee.step()
        made.service.happened["runs left"] += referee.leaves
        judge(results, referee)
        quota_is_kept(made.plan, self.world)
        sampled.check(results)
        return results

    def _memory(self) -> Memory:
        """What the run finds when it looks back."""
        made = self.simulation
        pasts = {}
        for job in made.plan.jobs:
            if job.machine_type is MachineType.STANDARD:
                tag = identity.job_tag(made.plan.project, job.name)
                wanted = Lookback(replace(job.machine, qualifier=None), frozenset([tag]))
                pasts[job.name] = memories.pasts(self.client.history(wanted), [tag])[tag]
        return Memory(pasts, self.world.seconds)


class _Sampled:
    """Some of the results that a run shows while it goes on, in some of the worlds."""

    def __init__(self, ledger: Ledger, world: SimulatedWorld, seed: int) -> None:
        self._ledger, self._world = ledger, world
        self._is_on = seed % _VALIDATED == 0
        self._count = 0

    def noted(self, _: Mapping[str, Json]) -> None:
        self._count += 1
        if self._is_on and self._count in (5, 20):
            is_valid(self._ledger.document(self._ledger.results(self._world.now())))

    def check(self, results: RunResults) -> None:
        if self._is_on:
            is_valid(self._ledger.document(results))


def simulate(
    seed: int, *, trace: Trace | None = None, schedule: type[Schedule] = Schedule
) -> Simulation:
    """Have all runs of a seed. Raises AssertionError where something does not hold."""
    try:
        return Simulation(seed, trace, schedule).go()
    except AssertionError as error:
        error.add_note(f"Replay: python -m tests.benchmarks.simulation --seed {seed} --trace")
        raise
