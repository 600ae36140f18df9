"""Saved plans: told apart from specs, read, and given the values that they leave out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runner import plan as plans
from runner import planning, results, sources
from runner.cli import collector, endpoints, environment, leave, project, whereabouts
from runner.errors import Invalid, Place, Refused, has_errors
from runner.model import Project, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.cli.leave import Leave
    from runner.errors import Diagnostic
    from runner.plan import Plan
    from runner.values import Json

MAX_BYTES = 1024 * 1024 * 1024
_START = 1024 * 1024
"""Bytes of a file that tell a plan, a spec that is written in JSON, and anything else."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan from a file, with every variable's value and the environment that it reads."""

    plan: Plan
    variables: Mapping[str, Json]
    environment: Mapping[str, str]


def find(paths: Sequence[Path]) -> Path | None:
    """The saved plan among the paths, if any.

    Raises Refused where it is not alone, and for a JSON file that is neither plan nor spec.
    """
    found = [path for path in paths if path.suffix == ".json" and _is_saved_plan(path)]
    if found and len(paths) > 1:
        raise Refused(f"{found[0]} is a saved plan: name it alone, or name the specs")
    return found[0] if found else None


def _is_saved_plan(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(_START)
        if b'"formatVersion"' in start[:100]:
            return True
    if b"apiVersion" not in start:
        raise Refused(f"{path} is no plan: make it again with `stepfleet plan -o FILE`")
    return False


@collector.resting()
def load(
    path: Path,
    *,
    options: Mapping[str, str],
    var_files: Sequence[Path],
    allowed_endpoints: Sequence[str],
    credentials: Leave,
) -> Saved:
    """Read a saved plan, and the values that it leaves out. Raises Refused, or Invalid.

    What would never have become a plan is refused before any call: it may come from anyone.
    """
    plan = leave.apply(plans.from_json(_text(path)), credentials, path)
    endpoints.check(plan.platforms.values(), allowed_endpoints, path)
    whereabouts.tell_whose(plan.platforms.values(), path)
    given, problems = _late_values(plan, path, options, var_files)
    problems = (*planning.misplaced(plan), *problems)
    if has_errors(problems):
        raise Invalid(problems)
    return Saved(plan, {**plan.variables, **given}, _environment(plan, path))


def _text(path: Path) -> str:
    try:
        return sources.read_regular(path, most=MAX_BYTES).decode("utf-8")
    except (sources.Unreadable, UnicodeDecodeError) as error:
        raise Refused(f"the plan {path} can't be read: {error}") from error


def _late_values(
    plan: Plan, path: Path, options: Mapping[str, str], var_files: Sequence[Path]
) -> tuple[Mapping[str, Json], tuple[Diagnostic, ...]]:
    late = [variable for variable in plan.late_variables if not variable.fixed]
    fixed = sorted(options.keys() & plan.variables.keys() - {variable.name for variable in late})
    if fixed:
        raise Refused(
            f"--var {fixed[0]}: the plan is applied as it was reviewed, with the value that it was "
            "made with; for another one make it again with `stepfleet plan -o FILE`"
        )
    place = Place(str(path))
    declared = Project(
        plan.project,
        place,
        environment=plan.environment,
        variables=tuple(
            Variable(
                name=variable.name,
                type=variable.type,
                place=place,
                default=plan.variables.get(variable.name),
                required=variable.name not in plan.variables,
                sensitive=variable.sensitive,
                per_run=variable.per_run,
            )
            for variable in late
        ),
    )
    root = sources.root_of(Path.cwd() / path, Path.cwd())
    return project.values_of(declared, options=options, var_files=var_files, root=root)


def _environment(plan: Plan, path: Path) -> Mapping[str, str]:
    found = environment.read(plan.environment)
    missing = sorted(set(plan.environment) - found.keys())
    if missing:
        raise Refused(
            f"{path} reads {', '.join(missing)} from the environment, where it is not set"
        )
    return found


def save(plan: Plan, file: Path) -> None:
    """Save a plan whole, or leave what stands there: one that is cut short is none.

    Raises Refused.
    """
    text, target = plans.to_json(plan), file.resolve()
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8")
        else:
            results.write(target, text)
    except OSError as error:
        raise Refused(f"the plan can't be saved as {file}: {error.strerror}") from error
