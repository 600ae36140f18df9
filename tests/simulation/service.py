"""A simulated Step Functions: what really runs, and whom it tells what of it."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from runner import identity, values
from runner.provider import StartRequest
from tests.simulation.lives import BEGINS, Change, Life

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.arns import MachineArn
    from runner.plan import Plan, PlannedJob
    from tests.simulation.chances import Chances

OTHERS = "others"
"""Who starts executions that no run of the simulation starts."""

HIDDEN_FOR = 50.0
"""Seconds after its start for which an execution may not be found: less than a run bears."""

_LISTED_LATE = 20.0
_REDRIVE_LAG = 20.0
_SECONDS = (0.0, 0.5, 5.0, 29.9, 31.0, 90.0, 400.0)


class Service:
    """Executions of one world, by ARN. All that is random in it comes from its seed and names.

    `happened` counts what really took place.
    """

    def __init__(self, seed: int, plan: Plan, chances: Chances, *, skew: float = 0.0) -> None:
        self.seed, self.chances, self.skew = seed, chances, skew
        self.now = BEGINS
        self.lives: dict[str, Life] = {}
        self.express: dict[str, Life] = {}
        self.happened: Counter[str] = Counter()
        self._jobs = {identity.job_tag(plan.project, job.name): job for job in plan.jobs}
        self._machines: dict[str, list[Life]] = {}

    def luck(self, *about: object) -> random.Random:
        """Randomness that hangs on nothing but the world's seed and these words."""
        return random.Random(" ".join(map(str, (self.seed, *about))))

    def happens(self, chance: float, *about: object) -> bool:
        """Tell whether something of this chance is so; always the same for the same words."""
        return chance > 0 and self.luck(*about).random() < chance

    def job_of(self, name: str) -> PlannedJob | None:
        """Whose execution a name is."""
        read = identity.read_name(name)
        return self._jobs.get(read.tag) if read else None

    def begin(self, request: StartRequest, by: str, *, at: float) -> Life:
        """Have a Standard execution, whoever started it."""
        chances = self.chances
        arn = request.machine.execution(request.name)
        luck = self.luck("begin", request.name)
        made = Life(arn, request, by, at, [Change(at, "RUNNING"), self._end(request.name, 0, at)])
        if luck.random() < chances.hidden:
            made.visible_at = at + luck.random() * HIDDEN_FOR
        if luck.random() < chances.unlisted:
            made.listed_at = at + luck.random() * _LISTED_LATE
        if luck.random() < chances.stale:
            made.lag = luck.random() * _LISTED_LATE
        if luck.random() < chances.forgotten:
            made.gone_at = at + luck.random() * 200
            self.happened["forgotten"] += 1
        self.lives[arn] = made
        self.of_machine(request.machine).append(made)
        return made

    def begin_express(self, request: StartRequest, by: str) -> Life:
        """Have an Express execution: nothing keeps its name from being used again."""
        number = len(self.express)
        arn = request.machine.execution(request.name).replace(":execution:", ":express:")
        end = self._end(f"{request.name} {number}", 0, self.now)
        made = Life(f"{arn}:{number}", request, by, self.now, [Change(self.now, "RUNNING"), end])
        self.express[made.arn] = made
        return made

    def redrive(self, life: Life) -> None:
        """Have an execution go on, whoever wants it."""
        redrives = life.at(self.now).redrives + 1
        luck = self.luck("redrive", life.name, redrives)
        lagged = luck.random() < self.chances.redrive_lag
        lag = luck.random() * _REDRIVE_LAG if lagged else 0.0
        life.redrive(self.now, self._end(life.name, redrives, self.now), lag=lag)
        self.happened["redriven"] += 1

    def take_name(self, request: StartRequest, *, since: float) -> None:
        """Perhaps someone started an execution of this name, with this input or another."""
        luck = self.luck("taken", request.name)
        arn = request.machine.execution(request.name)
        if arn in self.lives or luck.random() >= self.chances.taken:
            return
        other = luck.random() < 0.2
        input_ = values.compact({"of": "someone else"}) if other else request.input
        # They too came after what the job needs.
        before = [life.began for life in self.all() if self._is_needed(life, request.name)]
        ago = luck.random() * (self.now - max([since, *before]))
        theirs = StartRequest(request.machine, request.name, input_)
        life = self.begin(theirs, OTHERS, at=self.now - ago)
        self.happened["collisions" if other else f"name taken, {life.at(self.now).status}"] += 1

    def add_strangers(self, machines: set[MachineArn]) -> None:
        """Have rows in lists that are nobody's here."""
        for machine in machines:
            for number in range(self.luck("strangers", machine).randrange(6)):
                request = StartRequest(machine, f"nightly-{number}", "{}")
                self.begin(request, OTHERS, at=self.now - 100 * number)

    def of_machine(self, machine: MachineArn) -> list[Life]:
        """A machine's executions, in the order in which they were made."""
        return self._machines.setdefault(machine.unqualified, [])

    def all(self) -> Iterator[Life]:
        yield from self.lives.values()
        yield from self.express.values()

    def _is_needed(self, life: Life, name: str) -> bool:
        job, need = self.job_of(name), self.job_of(life.name)
        return job is not None and need is not None and need.name in job.needs

    def _end(self, name: str, redrives: int, began: float) -> Change:
        """How an execution ends, if nobody stops it before."""
        luck = self.luck("end", name, redrives)
        seconds = luck.choice(_SECONDS) * luck.choice([1.0, 1.0, luck.random()])
        status, error, cause = "SUCCEEDED", None, None
        output: str | None = self._output(luck)
        if luck.random() < self.chances.odd:
            status, output = "PAUSED", None
        elif luck.random() < self.chances.fails:
            status, error, cause = luck.choice(
                [
                    ("FAILED", "Boom", "it broke"),
                    ("FAILED", "Boom", "it broke"),
                    ("TIMED_OUT", "States.Timeout", None),
                    ("ABORTED", None, None),
                    ("ABORTED", "Person", "not today"),
                ]
            )
            output = None
        return Change(began + seconds, status, redrives, output, error, cause)

    def _output(self, luck: random.Random) -> str:
        if luck.random() < self.chances.lacks:
            return luck.choice(["{}", '{"x": "words"}', "[1]", '"text"'])
        return values.compact({"x": luck.randrange(10**9), "cursor": "1"})
