"""The YAML of a model's project, and random changes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from hypothesis import strategies as st

from tests.memory.model import EXPRESS, Job, Project, Take, TheRun, descendants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hypothesis.strategies import SearchStrategy

    from tests.memory.model import Value

T = TypeVar("T")

NAMES = ("a", "b", "c", "d", "e", "f")
MACHINES = ("work", "work", "work", "work", "other", "quick", "quick", "flat")
TRIGGERS = ("all-succeeded", "any-failed", "all-finished")
MOST_JOBS = 5


def text_of(project: Project) -> str:
    """The documents of all jobs."""
    return "".join(_document(name, job) for name, job in project.items())


def _document(name: str, job: Job) -> str:
    spec = [*_manner(job), *_parameters(job)]
    lines = "".join(f"  {line}\n" for line in spec)
    return (
        "---\napiVersion: stepfleet/v1\nkind: Job\n"
        f'metadata: {{name: {name}, labels: {{color: "{job.label}"}}}}\nspec:\n{lines}'
    )


def _manner(job: Job) -> Iterator[str]:
    yield f"stateMachine: {job.machine}"
    yield f"timeout: {job.timeout}h"
    if job.needs:
        yield f"needs: [{', '.join(sorted(job.needs))}]"
    if job.trigger != "all-succeeded":
        yield f"trigger: {job.trigger}"
    if job.off:
        yield "if: false"
    elif job.above:
        yield f"if: jobs.{job.above[0]}.outputs.sum > `{job.above[1]}`"
    if job.tries > 1:
        yield f"retry: {{maxAttempts: {job.tries}, interval: 1ms}}"
    if job.run != "on-change":
        yield f"run: {job.run}"
    if job.by_revision:
        yield "rerunOn: revision"


def _parameters(job: Job) -> list[str]:
    parameters = [f"{key}: {_value(value)}" for key, value in job.values.items()]
    if job.carries:
        parameters.append("mark: {direction: inout, type: integer, value: 0, carry: true}")
    if job.hands_on:
        parameters.append("sum: {direction: output, type: integer}")
    return ["parameters:", *(f"  {line}" for line in parameters)] if parameters else []


def _value(value: Value) -> str:
    match value:
        case Take(job):
            return f"${{{{ jobs.{job}.outputs.sum }}}}"
        case TheRun():
            return "${{ run.id }}"
        case _:
            return str(value)


# Changes, each from a valid project to another


class Draw(Protocol):
    """Draws from a strategy, within a composite one or from `st.data()`."""

    def __call__(self, strategy: SearchStrategy[T], /, label: str | None = None) -> T: ...


Change: TypeAlias = "Callable[[Draw, Project], None]"


@st.composite
def projects(draw: Callable[[SearchStrategy[Any]], Any]) -> Project:
    """Some jobs, most of which follow one another, and a few of which are odd."""

    def drawn(strategy: SearchStrategy[T], /, label: str | None = None) -> T:
        found: T = draw(strategy)
        return found

    project: Project = {}
    for name in NAMES[: draw(st.integers(2, 4))]:
        project[name] = Job({"n": 1}, draw(st.sampled_from(MACHINES)))
        if len(project) > 1:
            link(drawn, project, name)
    for _ in range(draw(st.integers(0, 2))):
        change_manner(drawn, project)
    return project


def one(draw: Draw, values: Sequence[T], label: str | None = None) -> T:
    return draw(st.sampled_from(list(values)), label=label)


def of(draw: Draw, project: Project) -> str:
    """One of the project's jobs."""
    return one(draw, sorted(project), "job")


def may_need(project: Project, name: str) -> list[str]:
    """The jobs that another may need without a circle."""
    after = descendants(project, name)
    return sorted(project.keys() - after - {name} - project[name].all_needs)


def change_input(draw: Draw, project: Project, name: str | None = None) -> None:
    """The other one of two values, so that changes are often changes back."""
    name = name or of(draw, project)
    job = project[name]
    project[name] = replace(job, values={**job.values, "n": 2 if job.values["n"] == 1 else 1})


def change_nothing_that_counts(draw: Draw, project: Project) -> None:
    name = of(draw, project)
    job = project.pop(name)
    project[name] = replace(job, label=job.label + 1, timeout=job.timeout + 1)


def add(draw: Draw, project: Project) -> None:
    if len(project) < MOST_JOBS:
        name = one(draw, [each for each in NAMES if each not in project], "new")
        machine = one(draw, MACHINES, "machine")
        project[name] = Job({"n": 1}, machine, hands_on=draw(st.integers(0, 4)) > 0)
        link(draw, project, name)


def remove(draw: Draw, project: Project) -> None:
    if len(project) > 1:
        name = of(draw, project)
        del project[name]
        for each, job in project.items():
            project[each] = _without(job, name)


def _without(job: Job, need: str) -> Job:
    return replace(
        job,
        values={key: value for key, value in job.values.items() if value != Take(need)},
        needs=job.needs - {need},
        above=None if job.above and job.above[0] == need else job.above,
    )


def rename(draw: Draw, project: Project) -> None:
    old = of(draw, project)
    new = one(draw, [each for each in NAMES if each not in project], "new")
    for name in list(project):
        job = project.pop(name)
        values = {
            key: Take(new) if value == Take(old) else value for key, value in job.values.items()
        }
        needs = frozenset(new if each == old else each for each in job.needs)
        above = (new, job.above[1]) if job.above and job.above[0] == old else job.above
        changed = replace(job, values=values, needs=needs, above=above)
        project[new if name == old else name] = changed


def link(draw: Draw, project: Project, name: str | None = None) -> None:
    """Have a job take from another, or come after it, or run only if it yields enough."""
    name = name or of(draw, project)
    candidates = may_need(project, name)
    if not candidates:
        return
    job = project[name]
    need = one(draw, candidates, "need")
    way = one(draw, ["value", "value", "needs", "if"], "way")
    if way == "needs" or not project[need].hands_on:
        project[name] = replace(job, needs=job.needs | {need})
    elif way == "value":
        key = one(draw, ["x", "y"])
        project[name] = replace(job, values={**job.values, key: Take(need)})
    elif job.trigger == "all-succeeded" and not job.off:
        project[name] = replace(job, above=(need, draw(st.integers(0, 2), label="above")))


def unlink(draw: Draw, project: Project) -> None:
    name = of(draw, project)
    needs = sorted(project[name].all_needs)
    if needs:
        project[name] = _without(project[name], one(draw, needs, "need"))


MANNERS = ("run", "run", "trigger", "trigger", "carry", "revision", "machine", "id", "off", "tries")


def change_manner(draw: Draw, project: Project) -> None:
    """When it runs, and what it keeps."""
    name = of(draw, project)
    job = project[name]
    match one(draw, MANNERS, "manner"):
        case "run":
            runs = {"on-change", "once", "always"} - {job.run}
            project[name] = replace(job, run=one(draw, sorted(runs), "run"))
        case "trigger" if job.above is None and job.all_needs:
            project[name] = replace(job, trigger=one(draw, TRIGGERS, "trigger"))
        case "revision":
            project[name] = replace(job, by_revision=not job.by_revision)
        case "carry" if not job.is_express:
            project[name] = replace(job, carries=not job.carries)
        case "machine":
            machine = one(draw, MACHINES, "machine")
            carries = job.carries and machine not in EXPRESS
            project[name] = replace(job, machine=machine, carries=carries)
        case "off" if job.above is None:
            project[name] = replace(job, off=not job.off)
        case "tries":
            project[name] = replace(job, tries=3 - job.tries)
        case "id":
            values = {key: value for key, value in job.values.items() if key != "r"}
            if values == dict(job.values):
                values["r"] = TheRun()
            project[name] = replace(job, values=values)
        case _:
            return


CHANGES = (
    change_input,
    change_input,
    change_input,
    change_nothing_that_counts,
    add,
    remove,
    rename,
    link,
    link,
    unlink,
    change_manner,
    change_manner,
    change_manner,
)
