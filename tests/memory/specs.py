"""The YAML of a model's project, and random changes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import strategies as st

from tests.memory.model import EXPRESS, Job, Project, Take, TheRun, descendants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import DataObject, SearchStrategy

    from tests.memory.model import Value

Change: TypeAlias = "Callable[[DataObject, Project], None]"

NAMES = ("a", "b", "c", "d", "e", "f")
MACHINES = ("work", "work", "work", "other", "quick", "flat")
TRIGGERS = ("all-succeeded", "all-succeeded", "any-failed", "all-finished")
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


@st.composite
def projects(draw: Callable[[SearchStrategy[int]], int]) -> Project:
    """Some jobs that follow one another."""
    project: Project = {}
    for name in NAMES[: draw(st.integers(1, 4))]:
        values: dict[str, Value] = {"n": 1}
        if project and draw(st.integers(0, 2)):
            values["x"] = Take(NAMES[draw(st.integers(0, len(project) - 1))])
        project[name] = Job(values)
    return project


def of(data: DataObject, project: Project) -> str:
    """One of the project's jobs."""
    return data.draw(st.sampled_from(sorted(project)), label="job")


def may_need(project: Project, name: str) -> list[str]:
    """The jobs that another may need without a circle."""
    after = descendants(project, name)
    return sorted(project.keys() - after - {name} - project[name].all_needs)


def change_input(data: DataObject, project: Project) -> None:
    name = of(data, project)
    job = project[name]
    values = {**job.values, "n": data.draw(st.integers(0, 3), label="n")}
    project[name] = replace(job, values=values)


def change_nothing_that_counts(data: DataObject, project: Project) -> None:
    name = of(data, project)
    job = project[name]
    project[name] = replace(job, label=job.label + 1, timeout=job.timeout + 1)
    project[name] = project.pop(name)


def add(data: DataObject, project: Project) -> None:
    if len(project) < MOST_JOBS:
        name = data.draw(st.sampled_from([each for each in NAMES if each not in project]))
        machine = data.draw(st.sampled_from(MACHINES), label="machine")
        project[name] = Job({"n": 1}, machine, hands_on=data.draw(st.integers(0, 4)) > 0)
        if data.draw(st.booleans()):
            link(data, project, name)


def remove(data: DataObject, project: Project) -> None:
    if len(project) > 1:
        name = of(data, project)
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


def rename(data: DataObject, project: Project) -> None:
    old = of(data, project)
    new = data.draw(st.sampled_from([each for each in NAMES if each not in project]))
    for name in list(project):
        job = project.pop(name)
        values = {
            key: Take(new) if value == Take(old) else value for key, value in job.values.items()
        }
        needs = frozenset(new if each == old else each for each in job.needs)
        above = (new, job.above[1]) if job.above and job.above[0] == old else job.above
        changed = replace(job, values=values, needs=needs, above=above)
        project[new if name == old else name] = changed


def link(data: DataObject, project: Project, name: str | None = None) -> None:
    """Have a job take from another, or come after it, or run only if it yields enough."""
    name = name or of(data, project)
    candidates = may_need(project, name)
    if not candidates:
        return
    job = project[name]
    need = data.draw(st.sampled_from(candidates), label="need")
    way = data.draw(st.sampled_from(["value", "value", "needs", "if"]), label="way")
    if way == "needs" or not project[need].hands_on:
        project[name] = replace(job, needs=job.needs | {need})
    elif way == "value":
        key = data.draw(st.sampled_from(["x", "y"]))
        project[name] = replace(job, values={**job.values, key: Take(need)})
    elif job.trigger == "all-succeeded" and not job.off:
        project[name] = replace(job, above=(need, data.draw(st.integers(0, 2), label="above")))


def unlink(data: DataObject, project: Project) -> None:
    name = of(data, project)
    needs = sorted(project[name].all_needs)
    if needs:
        project[name] = _without(project[name], data.draw(st.sampled_from(needs)))


def change_manner(data: DataObject, project: Project) -> None:
    """When it runs, and what it keeps."""
    name = of(data, project)
    job = project[name]
    match data.draw(
        st.sampled_from(
            ["run", "trigger", "revision", "carry", "machine", "run.id", "off", "tries"]
        )
    ):
        case "run":
            run = data.draw(st.sampled_from(["on-change", "once", "always"]))
            project[name] = replace(job, run=run)
        case "trigger" if job.above is None and job.all_needs:
            project[name] = replace(job, trigger=data.draw(st.sampled_from(TRIGGERS)))
        case "revision":
            project[name] = replace(job, by_revision=not job.by_revision)
        case "carry" if not job.is_express:
            project[name] = replace(job, carries=not job.carries)
        case "machine":
            machine = data.draw(st.sampled_from(MACHINES), label="machine")
            carries = job.carries and machine not in EXPRESS
            project[name] = replace(job, machine=machine, carries=carries)
        case "off" if job.above is None:
            project[name] = replace(job, off=not job.off)
        case "tries":
            project[name] = replace(job, tries=3 - job.tries)
        case "run.id":
            values = {key: value for key, value in job.values.items() if key != "r"}
            if values == dict(job.values):
                values["r"] = TheRun()
            project[name] = replace(job, values=values)
        case _:
            return


CHANGES = (
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
)
