"""A small model of a project's memory: what an apply has to start, written from the rules alone.

It imports nothing of the program that it judges. Work is a plain tuple, an execution's name is
the tuple of what it stands for, and everything is looked for by going through a list.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

Work = tuple[Any, ...]
Name = tuple[Any, ...]

EXPRESS = ("quick", "flat")
"""The machines that are Express; all others are Standard."""

DAYS_KEPT = 90


@dataclass(frozen=True, slots=True)
class Take:
    """The output `sum` of a need, as the value of a parameter."""

    job: str


@dataclass(frozen=True, slots=True)
class TheRun:
    """The run's id, as the value of a parameter."""


Value = int | Take | TheRun


@dataclass(frozen=True, slots=True)
class Job:
    """A job. It adds up its `values` to the output `sum`, unless it `hands_on` nothing.

    `needs` are those that no value refers to. With `above`, a need and a number, it runs only if
    the need's sum is above the number; `off` is `if: false`. With `carries` it also counts its
    successes, in the inout parameter `mark`. `tries` is how many executions one apply makes of
    it before it has failed. `label` and `timeout` are cosmetic.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    machine: str = "work"
    needs: frozenset[str] = frozenset()
    trigger: str = "all-succeeded"
    above: tuple[str, int] | None = None
    off: bool = False
    run: str = "on-change"
    by_revision: bool = False
    carries: bool = False
    hands_on: bool = True
    tries: int = 1
    label: int = 0
    timeout: int = 1

    @property
    def all_needs(self) -> frozenset[str]:
        taken = {value.job for value in self.values.values() if isinstance(value, Take)}
        return self.needs | taken | ({self.above[0]} if self.above else set())

    @property
    def is_express(self) -> bool:
        return self.machine in EXPRESS

    @property
    def has_outputs(self) -> bool:
        return self.hands_on or self.carries

    @property
    def is_of_run(self) -> bool:
        """Whether its work is another in every run."""
        return (
            self.is_express
            or self.run == "always"
            or any(isinstance(value, TheRun) for value in self.values.values())
        )


Project = dict[str, Job]


def in_order(project: Project) -> list[str]:
    """The jobs' names, each after its needs."""
    order: list[str] = []
    while len(order) < len(project):
        order += [
            name
            for name, job in project.items()
            if name not in order and job.all_needs <= set(order)
        ]
    return order


def ancestors(project: Project, names: Collection[str]) -> set[str]:
    found: set[str] = set()
    for name in reversed(in_order(project)):
        if name in names or name in found:
            found |= project[name].all_needs
    return found - set(names)


def descendants(project: Project, name: str) -> set[str]:
    found: set[str] = set()
    for each in in_order(project):
        if project[each].all_needs & (found | {name}):
            found.add(each)
    return found


@dataclass(slots=True)
class Execution:
    """One execution of a job. `closed` is the day on which it ended."""

    job: str
    machine: str
    work: Work
    run: str
    attempt: int
    input: dict[str, int | str | None]
    status: str = "RUNNING"
    output: dict[str, int] | None = None
    closed: int | None = None
    began: int = 0

    @property
    def name(self) -> Name:
        return (self.work, self.run, self.attempt)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended in a run: its status in the results, its outputs, and its execution.

    `counts_as` is what it counts as for those that need it. `failed` tells that it, or a job
    before it, did not succeed.
    """

    status: str
    outputs: dict[str, int | str | None] = field(default_factory=dict)
    counts_as: Any = ""
    failed: bool = False
    began: int = 0

    @property
    def lasting(self) -> str:
        return "succeeded" if self.status == "up_to_date" else self.status


@dataclass(frozen=True, slots=True)
class Wish:
    """How an apply or a plan is asked for. `selected` None is every job."""

    selected: frozenset[str] | None = None
    rerun: frozenset[str] = frozenset()
    retry: bool = True


class Refused(Exception):
    """Nothing may be started."""


@dataclass(slots=True)
class World:
    """What the service remembers, oldest first, and what is about to fail."""

    executions: list[Execution] = field(default_factory=list)
    revisions: dict[str, int] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)
    day: int = 0
    starts: int = 0

    def past(self, name: str, job: Job) -> list[Execution]:
        """A job's executions, newest first. Each machine has a memory of its own."""
        return [
            each
            for each in reversed(self.executions)
            if each.job == name and each.machine == job.machine
        ]

    def forget(self) -> None:
        kept = self.day - DAYS_KEPT
        self.executions = [
            each for each in self.executions if each.closed is None or each.closed >= kept
        ]

    def finish(self, execution: Execution) -> None:
        """End it: with a failure if its job is to fail."""
        execution.closed = self.day
        if self.failing.get(execution.job, 0):
            self.failing[execution.job] -= 1
            execution.status = "FAILED"
        else:
            execution.status = "SUCCEEDED"
            execution.output = echo(execution.machine, execution.input)


def echo(machine: str, given: Mapping[str, int | str | None]) -> dict[str, int]:
    """What every machine of the tests gives back; `flat` always the same."""
    numbers = [value for key, value in given.items() if isinstance(value, int) and key != "mark"]
    output = {"sum": 0 if machine == "flat" else sum(numbers)}
    if isinstance(mark := given.get("mark"), int):
        output["mark"] = mark + 1
    return output


# What is to be done, by the rules of "up to date".


@dataclass(frozen=True, slots=True)
class Verdict:
    """`action` as a plan tells it, the execution it rests on, and the attempt to start."""

    action: str
    execution: Execution | None = None
    attempt: int = 0


def judge(
    job: Job, past: list[Execution], work: Work, run: str, *, retry: bool, needs: Iterable[Ended]
) -> Verdict:
    """Tell what is to be done about a job's work; `run` is empty where no run is in the name.

    Work that began before one of its needs did was done for another execution of that need,
    though that had the same name: it was forgotten since.
    """
    named = [each for each in past if each.work == work and (not run or each.run == run)]
    attempt = 1 + max((each.attempt for each in named if each.run == run), default=0)
    since = 0 if run or job.run == "once" else max((need.began for need in needs), default=0)
    mine = [each for each in named if each.began >= since]
    running = [each for each in mine if each.status == "RUNNING"]
    successes = [each for each in mine if each.status == "SUCCEEDED"]
    if running:
        return Verdict("adopt", running[0])
    if not mine:
        return Verdict("run", attempt=attempt)
    if job.run == "once" and successes:
        return Verdict("up-to-date", successes[0])
    is_newest = bool(run) or job.run == "once" or mine[0] is past[0]
    if not is_newest:
        return Verdict("run", attempt=attempt)
    if mine[0].status == "SUCCEEDED":
        return Verdict("up-to-date", mine[0])
    return Verdict("retry" if retry else "left", mine[0], attempt)


def work_of(
    name: str, job: Job, run: str, needs: Mapping[str, Ended], revisions: Mapping[str, int]
) -> Work:
    """What a job would do, as a value. What it takes from its needs is settled by them."""
    values = tuple(
        sorted(
            (key, run if isinstance(value, TheRun) else value) for key, value in job.values.items()
        )
    )
    before = tuple(sorted((need, ended.counts_as, ended.lasting) for need, ended in needs.items()))
    revision = revisions.get(job.machine, 0) if job.by_revision else None
    return (name, job.machine, values, job.carries, before, revision)


def input_of(
    job: Job, run: str, needs: Mapping[str, Ended], past: list[Execution]
) -> dict[str, int | str | None]:
    """What an execution of the job is sent."""
    sent: dict[str, int | str | None] = {}
    for key, value in job.values.items():
        match value:
            case Take(need):
                sent[key] = needs[need].outputs.get("sum")
            case TheRun():
                sent[key] = run
            case _:
                sent[key] = value
    if job.carries:
        sent["mark"] = carried(past)
    return sent


def carried(past: list[Execution]) -> int:
    """What the newest success left, whatever its work was, else what it was sent, else 0.

    Where none is remembered, what the newest execution was sent.
    """
    sources = [each for each in past if each.status == "SUCCEEDED"] or past
    if not sources:
        return 0
    source = sources[0]
    left = (source.output or {}).get("mark", source.input.get("mark"))
    return left if isinstance(left, int) else 0


def outputs_of(job: Job, execution: Execution) -> dict[str, int | str | None]:
    """What a job hands on of an execution that succeeded."""
    found = execution.output or {}
    outputs: dict[str, int | str | None] = {}
    if job.hands_on and "sum" in found:
        outputs["sum"] = found["sum"]
    left = {**execution.input, **found}
    if job.carries and "mark" in left:
        outputs["mark"] = left["mark"]
    return outputs


def triggered(job: Job, needs: Mapping[str, Ended]) -> bool:
    if job.trigger == "all-finished":
        return True
    if job.trigger == "any-failed":
        return any(need.failed for need in needs.values())
    return all(need.lasting == "succeeded" for need in needs.values())


def skipped(needs: Mapping[str, Ended]) -> Ended:
    """A job that did not run: it stands for the failures before it, each time for the new ones."""
    counts_as = tuple(
        (name, needs[name].counts_as, needs[name].lasting)
        for name in sorted(needs)
        if needs[name].failed
    )
    return Ended("skipped", counts_as=counts_as, failed=bool(counts_as))


def wanted(job: Job, needs: Mapping[str, Ended]) -> bool:
    """What its `if` says."""
    if job.off or job.above is None:
        return not job.off
    name, bound = job.above
    found = needs[name].outputs.get("sum")
    return isinstance(found, int) and found > bound


# An apply.


class Run:
    """One apply. `go` does all that can be done; jobs in `stuck` start and don't end yet."""

    def __init__(self, world: World, project: Project, run: str, wish: Wish | None = None) -> None:
        self.world = world
        self.project = project
        self.run = run
        self.wish = wish or Wish()
        self.ended: dict[str, Ended] = {}
        self.started: list[Execution] = []
        self._tried: Counter[str] = Counter()
        self._follows: dict[str, Execution] = {}
        selected = self.wish.selected
        self._only_looked_up = ancestors(project, selected) if selected is not None else set()
        self._concerned = [
            name
            for name in in_order(project)
            if selected is None or name in selected or name in self._only_looked_up
        ]
        if self._only_looked_up:
            self._refuse_what_is_not_done()

    def go(self, stuck: Collection[str] = ()) -> Run:
        for name in self._concerned:
            if name not in self.ended:
                self._advance(name, stuck)
        return self

    @property
    def statuses(self) -> dict[str, str]:
        return {name: ended.status for name, ended in self.ended.items()}

    @property
    def exit_code(self) -> int:
        return 1 if "failed" in self.statuses.values() else 0

    def _advance(self, name: str, stuck: Collection[str]) -> None:
        job = self.project[name]
        execution = self._follows.get(name)
        if execution is None:
            if not job.all_needs <= self.ended.keys():
                return
            execution = self._begin(name, job)
            if execution is None:
                return
            self._follows[name] = execution
        while execution.status == "RUNNING" and name not in stuck:
            self.world.finish(execution)
            self._tried[name] += 1
            if execution.status == "FAILED" and self._tried[name] < job.tries:
                execution = self._start(replace(execution, attempt=execution.attempt + 1))
                self._follows[name] = execution
        if execution.status != "RUNNING":
            self._end(name, job, execution)

    def _begin(self, name: str, job: Job) -> Execution | None:
        """Start the job's execution, or adopt one; None when it needs none."""
        needs = {need: self.ended[need] for need in job.all_needs}
        if not triggered(job, needs) or not wanted(job, needs):
            self.ended[name] = skipped(needs)
            return None
        verdict, work, run = self._judge(name, job, needs)
        found = verdict.execution
        if found is not None and verdict.action == "adopt":
            return found
        if found is not None and verdict.action in ("up-to-date", "left"):
            self._end(name, job, found, "up_to_date")
            return None
        past = self.world.past(name, job)
        sent = input_of(job, self.run, needs, past)
        return self._start(Execution(name, job.machine, work, run, verdict.attempt, sent))

    def _start(self, execution: Execution) -> Execution:
        self.world.starts += 1
        began = self.world.starts
        started = replace(execution, status="RUNNING", output=None, closed=None, began=began)
        self.world.executions.append(started)
        self.started.append(started)
        return started

    def _judge(self, name: str, job: Job, needs: Mapping[str, Ended]) -> tuple[Verdict, Work, str]:
        work = work_of(name, job, self.run, needs, self.world.revisions)
        of_run = job.is_express or job.run == "always" or name in self.wish.rerun
        run = self.run if of_run else ""
        past = [] if job.is_express else self.world.past(name, job)
        verdict = judge(job, past, work, run, retry=self.wish.retry, needs=needs.values())
        return verdict, work, run

    def _end(self, name: str, job: Job, execution: Execution, status: str = "succeeded") -> None:
        before = any(self.ended[need].failed for need in job.all_needs)
        if execution.status != "SUCCEEDED":
            self.ended[name] = Ended(
                "failed", counts_as=execution.name, failed=True, began=execution.began
            )
            return
        outputs = outputs_of(job, execution)
        counts_as: Any = execution.name
        if job.is_express and outputs:
            values = tuple(sorted(execution.input.items()))
            counts_as = (job.machine, values, tuple(sorted(outputs.items())))
        began = 0 if job.is_express else execution.began
        self.ended[name] = Ended(status, outputs, counts_as, failed=before, began=began)

    def _refuse_what_is_not_done(self) -> None:
        actions = plan(self.world, self.project, replace(self.wish, selected=None))
        for name in self._only_looked_up:
            if actions[name] not in ("up-to-date", "skip"):
                raise Refused(name)


# A plan.


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of a job before anything runs. `ended` is None while that is open.

    `may_fail` tells that it, or a job before it, may still fail; `hangs` that it is open
    whether it runs at all.
    """

    action: str
    ended: Ended | None = None
    may_fail: bool = True
    hangs: bool = False


def plan(world: World, project: Project, wish: Wish | None = None) -> dict[str, str]:
    """The action of every job of the plan."""
    wish = wish or Wish()
    chosen = set(project) if wish.selected is None else set(wish.selected)
    concerned = chosen | ancestors(project, chosen)
    expected: dict[str, Expected] = {}
    for name in in_order(project):
        if name in concerned:
            expected[name] = _expect(world, name, project, expected, wish)
    return {name: each.action for name, each in expected.items()}


def _expect(
    world: World, name: str, project: Project, before: Mapping[str, Expected], wish: Wish
) -> Expected:
    job = project[name]
    needs = {need: before[need] for need in job.all_needs}
    kept = _gate(job, needs)
    if kept is not None:
        return kept
    if any(_is_new(project[need], needs[need]) for need in needs):
        return Expected("run")
    if job.is_of_run or name in wish.rerun:
        return Expected("run")
    if not world.past(name, job):
        return Expected("run")
    if any(need.ended is None for need in needs.values()):
        return Expected("decide-later")
    ended = {key: need.ended for key, need in needs.items() if need.ended is not None}
    work = work_of(name, job, "", ended, world.revisions)
    past = world.past(name, job)
    verdict = judge(job, past, work, "", retry=wish.retry, needs=ended.values())
    return _known(job, verdict, needs)


def _is_new(need: Job, expected: Expected) -> bool:
    """Whether what comes after a need is new: not yet told of Express that hands something on."""
    if need.is_express and need.has_outputs:
        return False
    return expected.action in ("run", "retry", "adopt")


def _known(job: Job, verdict: Verdict, needs: Mapping[str, Expected]) -> Expected:
    failed = any(need.ended is not None and need.ended.failed for need in needs.values())
    found = verdict.execution
    if verdict.action == "up-to-date" and found is not None:
        ended = Ended(
            "up_to_date", outputs_of(job, found), found.name, failed=failed, began=found.began
        )
        may_fail = failed or any(need.may_fail for need in needs.values())
        return Expected("up-to-date", ended, may_fail=may_fail)
    if verdict.action == "left" and found is not None:
        ended = Ended("failed", counts_as=found.name, failed=True, began=found.began)
        return Expected("skip", ended)
    return Expected(verdict.action)


def _gate(job: Job, needs: Mapping[str, Expected]) -> Expected | None:
    """What its trigger and its `if` make of a job: None where it may go on."""
    is_open = _trigger_is_open(job, needs)
    known = {name: need.ended for name, need in needs.items() if need.ended is not None}
    if is_open is False and not _can_be_triggered(job, needs):
        ended = skipped(known)
        may_fail = ended.failed or any(need.may_fail for need in needs.values())
        return Expected("skip", ended, may_fail=may_fail)
    if job.off or (job.above is not None and job.above[0] in known):
        if not wanted(job, known):
            ended = skipped(known)
            may_fail = ended.failed or any(need.may_fail for need in needs.values())
            return Expected("skip", ended, may_fail=may_fail)
    elif job.above is not None:
        is_open = True
    return Expected("decide-later", hangs=True) if is_open else None


def _trigger_is_open(job: Job, needs: Mapping[str, Expected]) -> bool:
    if job.trigger == "all-finished":
        return False
    known = [need.ended for need in needs.values() if need.ended is not None]
    if job.trigger == "any-failed":
        certain = any(each.failed for each in known)
        return not certain and any(need.may_fail for need in needs.values())
    if any(each.lasting != "succeeded" for each in known):
        return False
    return any(need.hangs for need in needs.values())


def _can_be_triggered(job: Job, needs: Mapping[str, Expected]) -> bool:
    known = [need.ended for need in needs.values() if need.ended is not None]
    if job.trigger == "all-finished":
        return True
    if job.trigger == "any-failed":
        return any(each.failed for each in known)
    return all(each.lasting == "succeeded" for each in known)
