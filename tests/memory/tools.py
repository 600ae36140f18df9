"""A project on an endpoint that keeps its memory while time moves on, and commands on it."""

from __future__ import annotations

import io
import itertools
import json
import threading
import time
from collections import Counter
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from runner.cli.main import run
from runner.step_functions import StepFunctions
from tests.fake_aws import FakeAws, Outcome, Start, fails

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from runner.arns import MachineArn
    from runner.provider import History, Lookback
    from tests.fake_aws.world import Execution

DAY = 86_400.0
HOUR = 3_600.0

PROJECT = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {{name: shop}}
spec:
  platform: aws
  variables:
    day: {{type: date, default: 2026-11-19, perRun: true}}
    token: {{type: string, default: "", sensitive: true}}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {{name: aws}}
spec:
  type: aws-step-functions
  region: us-east-1
  accountId: "123456789012"
  endpointUrl: {url}
"""

STANDARD = ("work", "other")
EXPRESS = ("quick", "flat")
"""The machines of every endpoint. `flat` gives the same output whatever it is given."""


class MovingClock:
    """The real time, moved on by tests. It never tells the same moment twice."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._told = 0.0

    def now(self) -> float:
        self._told = max(time.time() + self._ahead, self._told + 0.0001)
        return self._told

    def real_seconds(self, seconds: float) -> float:
        return seconds

    def move_on(self, seconds: float) -> None:
        self._ahead += seconds

    def turn_back(self, seconds: float) -> None:
        """For the beginning of a test, before anything has happened."""
        self._ahead, self._told = self._ahead - seconds, 0.0


@dataclass(frozen=True, slots=True)
class Started:
    """What a start asked the endpoint for."""

    job: str
    name: str
    machine: str
    input: Any


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left: its exit code, what it wrote, and what it started, in that order."""

    code: int
    out: str
    err: str
    starts: tuple[Started, ...] = ()
    results: Any = None

    @property
    def started(self) -> list[str]:
        """The jobs that were started."""
        return [each.job for each in self.starts]

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def statuses(self) -> dict[str, str]:
        return {each["name"]: each["status"] for each in self.results["jobs"]}

    @property
    def outputs(self) -> dict[str, Any]:
        return {each["name"]: each.get("outputs") for each in self.results["jobs"]}

    @property
    def actions(self) -> dict[str, str]:
        """What a plan in JSON would do with each job."""
        return {each["name"]: each["action"] for each in self.data["jobs"]}

    def reason(self, job: str) -> str:
        found = self.data if self.results is None else self.results
        return str(next(each["reason"] for each in found["jobs"] if each["name"] == job))

    def job(self, name: str) -> Any:
        return next(each for each in self.results["jobs"] if each["name"] == name)


@dataclass
class Endpoint:
    """The fake, with machines that add up what they are given, and what it was asked to start.

    `failing` is how many of a job's next executions fail; those of the jobs in `held` run until
    they are released. `moods` are numbers that a job's sum is changed by, whatever it is given.
    """

    fake: FakeAws
    clock: MovingClock
    starts: list[Started] = field(default_factory=list)
    failing: Counter[str] = field(default_factory=Counter)
    held: set[str] = field(default_factory=set)
    moods: dict[str, int] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.fake.world.retention = 90 * DAY
        for name in STANDARD:
            self.machine(name)
        for name in EXPRESS:
            self.machine(name, type="EXPRESS")

    def machine(self, name: str, **details: object) -> None:
        self.fake.machine(name, lambda start: self._begin(name, start), **details)

    def deploy(self, name: str, revision: str) -> None:
        """Give a machine new code."""
        self.fake.world.update(name, revision)

    def crowd(self, machine: str, number: int) -> None:
        """Let others start so many executions on a machine, all after those so far."""
        self.clock.move_on(DAY)
        self.fake.world.crowd(machine, number)

    def executions(self, job: str) -> list[Execution]:
        """A job's executions, oldest first."""
        machines = self.fake.world.machines.values()
        found = [each for machine in machines for each in machine.executions]
        return sorted(
            (each for each in found if job_of(each.start.name) == job),
            key=lambda each: each.started,
        )

    @property
    def started(self) -> list[str]:
        """The jobs of all starts so far, sorted."""
        return sorted(each.job for each in self.starts)

    def release(self, job: str) -> None:
        """Let what a job is held at come to its end."""
        self.held.discard(job)
        for each in self.executions(job):
            if each.status(self.clock.now()) == "RUNNING":
                self.fake.world.finish(each.arn, self._outcome(job, each.start, each.machine))

    def wait_for(self, true: Callable[[], bool]) -> None:
        """Wait until something holds that starts bring about."""
        with self.changed:
            assert self.changed.wait_for(true, timeout=60), self.starts

    def _begin(self, machine: str, start: Start) -> Outcome:
        job = job_of(start.name)
        with self.changed:
            self.starts.append(Started(job, start.name, machine, json.loads(start.input)))
            self.changed.notify_all()
        if job in self.held:
            return Outcome(duration=float("inf"))
        return self._outcome(job, start, machine)

    def _outcome(self, job: str, start: Start, machine: str) -> Outcome:
        if self.failing[job] > 0:
            self.failing[job] -= 1
            return fails()
        output = echo(machine, json.loads(start.input))
        output["sum"] += self.moods.get(job, 0)
        return Outcome(output=json.dumps(output))


def job_of(execution_name: str) -> str:
    """The job that an execution's name begins with: no job of these tests has a dash."""
    return execution_name.split("-", maxsplit=1)[0]


def echo(machine: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, the sum of its numbers, and one more than its mark."""
    numbers = [each for key, each in given.items() if isinstance(each, int) and key != "mark"]
    output = {**given, "sum": 0 if machine == "flat" else sum(numbers)}
    if isinstance(mark := given.get("mark"), int):
        output["mark"] = mark + 1
    return output


class Shop:
    """A project's folder, and the commands that are given in it, each an hour after the last.

    While a job is held, no time passes: what has run for an hour is rarely looked at.
    """

    def __init__(self, folder: Path, endpoint: Endpoint) -> None:
        self.folder = folder
        self.endpoint = endpoint
        self.project = PROJECT.format(url=endpoint.fake.url)
        self._ids = itertools.count(1)
        (folder / "specs").mkdir(exist_ok=True)

    def write(self, *jobs: str) -> None:
        """Make these the jobs of the project."""
        text = self.project + "".join(jobs)
        (self.folder / "specs" / "all.yaml").write_text(text)

    def apply(self, *options: str, specs: str = "specs") -> Done:
        results = f"results-{next(self._ids)}.json"
        return self.run("apply", specs, "--results", results, *options, results=results)

    def plan(self, *options: str) -> Done:
        return self.run("plan", "specs", "--format", "json", *options)

    def run(self, *arguments: str, results: str | None = None) -> Done:
        """Give one command, and wait for its end."""
        if not self.endpoint.held:
            self.endpoint.clock.move_on(HOUR)
        before = len(self.endpoint.starts)
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(arguments)
        starts = tuple(self.endpoint.starts[before:])
        return Done(code, out.getvalue(), err.getvalue(), starts, self.results(results))

    def begin(self, *options: str, specs: str = "specs") -> Background:
        """Apply in a thread of its own: for use within `muted`."""
        return Background(self, f"results-{next(self._ids)}.json", (specs, *options))

    def results(self, name: str | None) -> Any:
        """What a results file says; None where there is none."""
        path = self.folder / (name or "results.json")
        return json.loads(path.read_text()) if path.exists() else None


class Background:
    """An apply that goes on in a thread."""

    def __init__(self, shop: Shop, results: str, options: Sequence[str]) -> None:
        self._shop = shop
        self._results = results
        self._options = options
        self._code: int | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> Done:
        """Wait for its end. What it started is not told apart from what others did."""
        self._thread.join(60)
        assert self._code is not None, "it never ends"
        return Done(self._code, "", "", results=self._shop.results(self._results))

    def _run(self) -> None:
        self._code = run(["apply", "--results", self._results, *self._options])


@contextmanager
def muted() -> Iterator[io.StringIO]:
    """What is written goes here, whichever thread writes it."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        yield out


class Looks:
    """Tells when applies have looked at what is remembered; the first so many wait for another."""

    def __init__(self, together: int = 0) -> None:
        self._barrier = threading.Barrier(together) if together else None
        self._room = threading.Semaphore(together)
        self._done = threading.Semaphore(0)

    def wait(self) -> None:
        """Wait for one look."""
        assert self._done.acquire(timeout=60), "nobody looks"

    @contextmanager
    def watched(self) -> Iterator[None]:
        recall = StepFunctions.recall

        def watched(
            provider: StepFunctions, wanted: Sequence[Lookback]
        ) -> Mapping[MachineArn, History]:
            found = recall(provider, wanted)
            if self._barrier is not None and self._room.acquire(blocking=False):
                self._barrier.wait(60)
            self._done.release()
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(StepFunctions, "recall", watched)
            yield
