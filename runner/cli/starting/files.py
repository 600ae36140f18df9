"""From what is decided to the files of it: what is to be written, and what is kept."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from runner import inference, sources, starting, values
from runner.cli import project
from runner.cli.starting import deciding, noting
from runner.cli.starting.answers import Answers, Described, Example, Named
from runner.discovery import known_jobs, rendering, runs
from runner.discovery.naming import FileNames, names_for
from runner.errors import Invalid, Refused, has_errors
from runner.sources import SourceFile, Sources
from runner.starting import NewFile, Setting, hooks, specs, workflows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.cli.starting.ground import Ground
    from runner.inference import Inferred
    from runner.inventory import DescribedMachine


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files to write, the paths that are kept, and what is to be said about them."""

    new: tuple[NewFile, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]


def choose(answers: Answers, ground: Ground) -> Chosen:
    """What is missing of what was decided.

    Raises Refused where something is in the way of a file, and Invalid where the specs would not
    be valid together.
    """
    new: list[NewFile] = []
    kept: dict[str, None] = {}
    for file in (*_specs(answers, ground), *_around(answers, ground)):
        if file.documents and set(file.documents) <= ground.documents:
            kept[file.path] = None
        elif not starting.is_there(ground.top, file.path):
            new.append(file)
        elif file.path == hooks.PATH:
            kept[file.path] = None
        else:
            new.append(_beside(file, ground))
    kept |= dict.fromkeys(_workflows_there(answers, ground))
    there = tuple(path for path in kept if os.path.lexists(ground.top / path))
    notes = noting.notes(answers, ground, runs_already(answers, ground))
    chosen = Chosen(tuple(new), there, tuple(notes))
    _check(chosen.new, ground)
    return chosen


def _beside(file: NewFile, ground: Ground) -> NewFile:
    """The file with a name that nothing has, as its own is another's."""
    pure = PurePosixPath(file.path)
    paths = (str(pure.with_name(f"{pure.stem}-{n}{pure.suffix}")) for n in range(2, 100))
    free = (path for path in paths if not starting.is_there(ground.top, path))
    return replace(file, path=next(free))


def _specs(answers: Answers, ground: Ground) -> Iterator[NewFile]:
    platform = answers.platform
    has_aws = ("Platform", specs.AWS) in ground.documents
    text = None
    if platform is not None and ground.platform() is None:
        if has_aws:
            raise Refused(
                "the project has a Platform aws already, which is not its default one: "
                "set `platform` in the Project first"
            )
        text = specs.platform_text(platform.region, platform.account_id)
    if isinstance(answers.job, Example):
        yield from specs.example(ground.specs, answers.name, text)
        return
    if not ground.has_project:
        yield specs.project(ground.specs, answers.name, _default(answers, ground), text)
    elif text is not None:
        yield specs.platform(ground.specs, text)
    if answers.job is not None:
        yield from _job(answers, ground)


def _default(answers: Answers, ground: Ground) -> str:
    """The default platform of a new Project."""
    if answers.platform is not None:
        return answers.platform.name
    there = sorted(name for kind, name in ground.documents if kind == "Platform")
    if not there:
        raise Refused("say where the jobs run: --region REGION, such as --region us-east-1")
    return there[0]


def _job(answers: Answers, ground: Ground) -> Iterator[NewFile]:
    """The file of the first job, unless a job of the project runs its machine already."""
    platform, first = answers.platform, answers.job
    if platform is None or first is None or isinstance(first, Example):
        return
    if runs_already(answers, ground) is not None:
        return
    arn = first.machine.arn if isinstance(first, Described) else first.arn
    name = names_for([arn], ground.spec.jobs if ground.spec else ())[arn]
    has_default = ground.spec is None or ground.spec.project.platform == platform.name
    named = None if has_default else platform.name
    match first:
        case Named():
            text = specs.named_job(name, first.text, named, first.type)
        case Described():
            told = rendering.JobText(name, first.machine, first.text, named, _read(first.machine))
            text = rendering.job(told)
    file = FileNames(()).new(name, ".yaml", str(arn))
    yield NewFile(f"{ground.specs}/jobs/{file}", text, (("Job", name),))


def _read(machine: DescribedMachine) -> Inferred | None:
    """What the definition tells; None where it may not be read, or is nothing that is known."""
    try:
        definition = machine.definition
        return None if definition is None else inference.infer(values.parse(definition))
    except values.NotJson:
        return None


def runs_already(answers: Answers, ground: Ground) -> str | None:
    """The name of a job of the project that runs the first job's machine, if one does."""
    platform, first = answers.platform, answers.job
    if ground.spec is None or platform is None or first is None or isinstance(first, Example):
        return None
    arn = first.machine.arn if isinstance(first, Described) else replace(first.arn, qualifier=None)
    known = known_jobs(ground.spec, platform, arn.account, {})
    return next((job.name for job in runs(known, arn)), None)


def _around(answers: Answers, ground: Ground) -> Iterator[NewFile]:
    """The workflows and the hook."""
    if answers.branch is not None and workflows.is_writable(ground.specs):
        setting = Setting(
            ground.specs,
            answers.branch,
            answers.roles,
            answers.release,
            deciding.needs_embedded_engine(answers, ground),
        )
        for command, file in (
            ("plan", workflows.plan(setting)),
            ("apply", workflows.apply(setting)),
        ):
            if ground.workflow(command) is None:
                yield file
    if answers.has_hook:
        yield hooks.configuration(ground.specs)


def _workflows_there(answers: Answers, ground: Ground) -> Iterator[str]:
    """The workflows that do already what those that are wished for would do."""
    for command in ("plan", "apply") if answers.branch is not None else ():
        path = ground.workflow(command)
        if path is not None:
            yield path


def _check(new: tuple[NewFile, ...], ground: Ground) -> None:
    """Refuse what would not be valid together with what is there. Raises Invalid."""
    cwd = Path.cwd()
    made = {os.path.normpath(ground.top / file.path): file.text.encode() for file in new}
    added = [
        SourceFile(Path(path), sources.name_of(Path(path), cwd), data)
        for path, data in made.items()
        if sources.is_spec(path) and Path(path).is_relative_to(ground.top / ground.specs)
    ]

    def read(name: str) -> bytes:
        path = os.path.normpath(cwd / name)
        return made[path] if path in made else sources.read_below(ground.found.root, cwd / name)

    found = ground.found
    built = project.build(Sources((*found.files, *added), found.root, found.diagnostics), read)
    if has_errors(built.diagnostics):
        raise Invalid(built.diagnostics)
