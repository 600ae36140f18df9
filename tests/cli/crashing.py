"""Applies in processes of their own, which are killed, and what must hold whatever was killed."""

from __future__ import annotations

import ctypes
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema

from runner import schema
from tests.cli.tools import job
from tests.fake_aws import FakeAws, Outcome, RealClock, Start, fails

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.fake_aws.world import Execution

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema.Draft202012Validator(schema.load("results.schema.json"))

PROJECT = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {{name: shop}}
spec: {{platform: aws}}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {{name: aws}}
spec:
  type: aws-step-functions
  region: us-east-1
  accountId: "123456789012"
  endpointUrl: {url}
{more}"""

NEEDS = {
    "a": "",
    "b": "",
    "c": "",
    "d": "a",
    "e": "ab",
    "f": "c",
    "g": "de",
    "h": "f",
    "i": "g",
    "k": "gh",
    "m": "b",
    "n": "mk",
}
"""What each job takes the outputs of. The first attempt of `m` fails, and is retried."""

_RETRY = "retry: {maxAttempts: 2, interval: 100ms}"
_POLL = 0.01

_LIBC = ctypes.CDLL(None)
_DROP_FROM_BOUNDS, _OVERRIDE_MODES = 24, 1
"""PR_CAPBSET_DROP and CAP_DAC_OVERRIDE of Linux."""


def graph(names: str = "".join(NEEDS)) -> str:
    """A dozen jobs, each of which sends on what it was handed, and an Express job apart."""
    documents = [_job(name, needs) for name, needs in NEEDS.items() if name in names]
    return "".join(documents) + job("x", "quick")


def _job(name: str, needs: str) -> str:
    taken = ",".join(f"${{{{ jobs.{need}.outputs.word }}}}" for need in needs)
    word = f'word: {{direction: inout, type: string, value: "{name}({taken})"}}'
    lines = [f"parameters: {{{word}}}", *([_RETRY] if name == "m" else [])]
    return job(name, "work" if name < "g" else "other", "\n".join(lines))


def word_of(name: str) -> str:
    """What a job is to be sent, all that it takes having been handed on."""
    return f"{name}({','.join(word_of(need) for need in NEEDS[name])})"


@dataclass
class Scene:
    """A project in a folder, on a fake that remembers what was started."""

    folder: Path
    fake: FakeAws
    seed: int = 0
    names: str = "".join(NEEDS)
    seen: int = 0
    """Results files that were looked at, each of them whole and valid."""

    def __post_init__(self) -> None:
        if not self.fake.world.machines:
            for name in ("work", "other"):
                self.fake.machine(name, self._outcome)
            self.fake.machine("quick", Outcome(duration=0.05), type="EXPRESS")
        self.write(graph())

    def keep(self, names: str) -> None:
        """Have no more jobs than these, and the Express job."""
        self.names = names
        self.write(graph(names))

    def write(self, jobs: str, *, limits: str = "") -> None:
        (self.folder / "specs").mkdir(exist_ok=True)
        project = PROJECT.format(url=self.fake.url, more=limits)
        (self.folder / "specs" / "all.yaml").write_text(project + jobs)

    def beside(self, name: str) -> Scene:
        """The same project on the same fake, in another folder."""
        there = self.folder / name
        there.mkdir()
        made = Scene(there, self.fake, self.seed)
        made.keep(self.names)
        return made

    @property
    def results_path(self) -> Path:
        return self.folder / "results.json"

    @property
    def journal_path(self) -> Path:
        return self.folder / "results.jsonl"

    def results(self) -> Any:
        return json.loads(self.results_path.read_text())

    def statuses(self) -> dict[str, str]:
        return {each["name"]: each["status"] for each in self.results()["jobs"]}

    def journal(self) -> list[dict[str, Any]]:
        """The journal's whole lines: the last one of a killed run may be cut."""
        if not self.journal_path.exists():
            return []
        lines = self.journal_path.read_bytes().split(b"\n")[:-1]
        return [json.loads(line) for line in lines]

    def attempts(self) -> Counter[str]:
        """How many Standard executions each job had."""
        return Counter(one.start.job for one in self._standard())

    def standing(self) -> dict[str, str]:
        """How each job's newest execution is."""
        now = time.time()
        return {one.start.job: one.status(now) for one in self._standard()}

    def _standard(self) -> list[Execution]:
        """All executions but those of the Express machine, which has no memory."""
        found = list(self.fake.world.executions.values())
        return [one for one in found if one.machine != "quick"]

    def _outcome(self, start: Start) -> Outcome:
        if start.job == "m" and start.attempt == 1:
            return fails(duration=0.1)
        luck = random.Random(f"{self.seed} {start.name}")
        return Outcome(duration=luck.uniform(0.02, 0.4))

    def check_results(self) -> None:
        """The results file is whole, and valid, whenever it is looked at."""
        try:
            text = self.results_path.read_text()
        except FileNotFoundError:
            return
        VALIDATOR.validate(json.loads(text))
        self.seen += 1

    def check_starts(self) -> None:
        """Nothing was started twice, and what was handed on arrived."""
        for one in self._standard():
            assert self.fake.world.starts[one.start.name] == 1
            assert json.loads(one.start.input) == {"word": word_of(one.start.job)}

    def check_done(self) -> None:
        """Every job has done its work once; the one that failed, once more."""
        self.check_starts()
        assert self.attempts() == {name: 2 if name == "m" else 1 for name in self.names}
        assert set(self.standing().values()) == {"SUCCEEDED"}


@dataclass
class Victim:
    """`stepfleet apply`, running. What it writes goes to files, so that it never waits."""

    scene: Scene
    process: subprocess.Popen[bytes]
    was: tuple[int, int] | None
    """The results file as it was last looked at: what another run left is not this one's."""

    def watch(self, until: Callable[[], bool], *, seconds: float = 60.0) -> bool:
        """Look at its results until something holds, or it ends; True for the first."""
        ends = time.monotonic() + seconds
        while self.process.poll() is None:
            self._look()
            if until():
                return True
            assert time.monotonic() < ends, self.err
            time.sleep(_POLL)
        self._look()
        return False

    def kill(self) -> None:
        """`kill -9`, and a look at what it left."""
        self.process.kill()
        self.process.wait(60)
        self.scene.check_results()

    def end(self) -> int:
        """Wait for its end; returns its exit code."""
        self.watch(lambda: False)
        return self.process.wait(60)

    @property
    def out(self) -> str:
        return (self.scene.folder / "out.txt").read_text()

    @property
    def err(self) -> str:
        return (self.scene.folder / "err.txt").read_text()

    def _look(self) -> None:
        version = _version(self.scene.results_path)
        if version != self.was:
            self.was = version
            self.scene.check_results()


def _version(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def obey_modes() -> None:
    """Run in a process before it begins: root must not write what is read-only either."""
    _LIBC.prctl(_DROP_FROM_BOUNDS, _OVERRIDE_MODES, 0, 0, 0)


@contextmanager
def applying(
    scene: Scene,
    *options: str,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Victim]:
    """An apply in a process; it is killed in the end if it still runs."""
    command = [sys.executable, "-m", "runner.cli", "apply", "specs", "--log-format", "json"]
    was = _version(scene.results_path)
    with (
        (scene.folder / "out.txt").open("wb") as out,
        (scene.folder / "err.txt").open("wb") as err,
        subprocess.Popen(
            [*command, *options],
            cwd=scene.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            preexec_fn=obey_modes,  # noqa: PLW1509 - it takes no lock that a thread may hold
        ) as process,
    ):
        try:
            yield Victim(scene, process, was)
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: at so many calls or lines of the journal, and a little later."""

    what: str
    number: int
    late: float

    @classmethod
    def drawn(cls, luck: random.Random, before: int = 0) -> Moment:
        """After so many kills `before`, as less and less is left to be done."""
        what = luck.choice(["calls", "lines"])
        return cls(
            what, luck.randint(1, 45 // (1 + before // 2)), luck.choice([0.0, luck.uniform(0, 0.1)])
        )

    def has_come(self, scene: Scene, calls: int, old: bytes) -> Callable[[], bool]:
        """`calls` were made before, and `old` is how the journal of the run before began."""
        if self.what == "calls":
            return lambda: sum(scene.fake.calls.values()) - calls >= self.number
        return lambda: _lines(scene.journal_path, old) >= self.number


def _lines(path: Path, old: bytes) -> int:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return 0
    return 0 if old and text.startswith(old) else text.count(b"\n")


def first_line(path: Path) -> bytes:
    """What tells one run's journal from the next."""
    try:
        return path.read_bytes().partition(b"\n")[0]
    except FileNotFoundError:
        return b""


def kill_one(scene: Scene, moment: Moment, *options: str) -> str:
    """Start an apply and kill it at a moment; tells in which phase that was, or that it ended."""
    calls, old = sum(scene.fake.calls.values()), first_line(scene.journal_path)
    with applying(scene, *options) as victim:
        if victim.watch(moment.has_come(scene, calls, old)):
            time.sleep(moment.late)
        if victim.process.poll() is not None:
            assert victim.process.returncode == 0, victim.err
            return "it had ended"
        victim.kill()
    return phase_of(scene, old)


def phase_of(scene: Scene, old: bytes) -> str:
    """What the run that was killed was doing, as far as its journal tells."""
    if first_line(scene.journal_path) in (b"", old):
        return "planning"
    if any(each.suffix == ".tmp" for each in scene.folder.iterdir()):
        return "writing results"
    last: dict[str, str] = {}
    for record in scene.journal():
        if "job" in record:
            last[record["job"]] = record["event"]
    if "starting" in last.values():
        return "between intent and the start's record"
    if {"started", "adopted"} & set(last.values()):
        return "running"
    return "between an end and what follows"


def finish(scene: Scene, *options: str) -> None:
    """Apply to the end, and see that it took over what there was."""
    before = scene.standing()
    with applying(scene, *options) as victim:
        assert victim.end() == 0, victim.err + victim.out
    statuses = scene.statuses()
    scene.check_done()
    for name, status in before.items():
        if status == "SUCCEEDED":
            assert statuses[name] == "up_to_date", (name, victim.err)
    scene.journal()


@contextmanager
def scene_in(folder: Path, *, seed: int = 0) -> Iterator[Scene]:
    """A scene on a fake in real time."""
    with FakeAws(RealClock()) as fake:
        yield Scene(folder, fake, seed)
