"""The values of a project's variables, from wherever they are given."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from runner.documents import MapNode
from runner.errors import Diagnostic, Related
from runner.parameters import HALF_HELP, Label, Misfit, ParameterType, constant, convert
from runner.suggestions import did_you_mean
from runner.values import lone_surrogate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.documents import Node, Parsed
    from runner.errors import Place
    from runner.model import Project, Variable
    from runner.values import Json

PREFIX = "STEPFLEET_VAR_"


@dataclass(frozen=True, slots=True)
class _FromFile:
    """A value in a var file."""

    node: Node
    place: Place


def resolve(
    project: Project,
    *,
    options: Mapping[str, str],
    files: Sequence[Parsed],
    environ: Mapping[str, str],
) -> tuple[dict[str, Json], tuple[Diagnostic, ...]]:
    """Each variable's value, and every complaint about what was given.

    `--var` (`options`) goes before `STEPFLEET_VAR_<name>` in the environment, that before
    the var files (a later one before an earlier one), and those before the default. Texts
    are read by the declared type, or by that of the default where none is declared. A
    variable without a usable value is left out. What `env` may read is checked, too. What
    `Parsed` complains about is not said again. No message holds the value of a sensitive variable.
    """
    problems: list[Diagnostic] = []
    declared = {variable.name: variable for variable in project.variables}
    for name in sorted(options.keys() - declared.keys()):
        problems.append(_unknown(f"--var {name}", name, declared, project.place))
    for name in project.environment:
        if lone_surrogate(environ.get(name)) is not None:
            problems.append(_not_utf_8(project.place, f"env.{name}"))
    from_files = _read_files(files, declared, problems)
    values: dict[str, Json] = {}
    for name, variable in sorted(declared.items()):
        if name in options:
            value = _from_text(variable, options[name], f"--var {name}", problems)
        elif PREFIX + name in environ:
            value = _from_text(variable, environ[PREFIX + name], PREFIX + name, problems)
        elif name in from_files:
            value = _from_file(variable, from_files[name], problems)
        else:
            value = _default(variable, problems)
        if value is not None:
            values[name] = value[0]
    return values, tuple(problems)


def given(
    project: Project,
    *,
    options: Mapping[str, str],
    files: Sequence[Parsed],
    environ: Mapping[str, str],
) -> frozenset[str]:
    """The names of the variables that have a value from elsewhere than the specs."""
    declared = {variable.name: variable for variable in project.variables}
    in_files = _read_files(files, declared, [])
    return frozenset(
        name for name in declared if name in options or PREFIX + name in environ or name in in_files
    )


def _read_files(
    files: Sequence[Parsed], declared: Mapping[str, Variable], problems: list[Diagnostic]
) -> dict[str, _FromFile]:
    found: dict[str, _FromFile] = {}
    for document in (document for parsed in files for document in parsed.documents):
        root = document.root
        if not isinstance(root, MapNode):
            message = "a var file is a mapping from names to values"
            problems.append(Diagnostic(root.place, message, "var-file", "write name: value"))
            continue
        for name, node in root.items.items():
            place = root.key_places[name]
            if name in declared:
                found[name] = _FromFile(node, place)
            else:
                problems.append(_unknown(name, name, declared, place))
    return found


def _unknown(label: str, name: str, declared: Mapping[str, Variable], place: Place) -> Diagnostic:
    return Diagnostic(
        place,
        f"{label}: the project declares no variable {name!r}",
        "unknown-variable",
        did_you_mean(name, declared) or "declare it in the Project under variables",
    )


def _from_text(
    variable: Variable, text: str, label: str, problems: list[Diagnostic]
) -> tuple[Json] | None:
    if lone_surrogate(text) is not None:
        problems.append(_not_utf_8(variable.place, label))
        return None
    try:
        value = convert(text, _type_for_text(variable))
    except Misfit as error:
        message = error.public if variable.sensitive else error.message
        way_out = error.public_help if variable.sensitive else error.help
    else:
        escape = lone_surrogate(value)
        if escape is None:
            return (value,)
        what = "an escape in it" if variable.sensitive else escape
        message, way_out = f"{what} is half of a character", HALF_HELP
    problems.append(Diagnostic(variable.place, f"{label}: {message}", "variable-misfit", way_out))
    return None


def _not_utf_8(place: Place, label: str) -> Diagnostic:
    return Diagnostic(place, f"{label}: the value is not UTF-8", "not-utf-8", "give it as UTF-8")


def _type_for_text(variable: Variable) -> ParameterType | None:
    if variable.type is not None:
        return variable.type
    match variable.default:
        case bool():
            return ParameterType.BOOLEAN
        case int() | Decimal():
            return ParameterType.NUMBER
        case list():
            return ParameterType.ARRAY
        case dict():
            return ParameterType.OBJECT
        case _:
            return None


def _from_file(
    variable: Variable, given: _FromFile, problems: list[Diagnostic]
) -> tuple[Json] | None:
    label = Label(variable.name, variable.sensitive)
    value, complaints = constant(given.node, variable.type, label)
    related = (Related(variable.place, "declared here"),)
    for complaint in complaints:
        problems.append(
            Diagnostic(
                complaint.place, complaint.message, complaint.code, complaint.help, related=related
            )
        )
    return None if complaints else (value,)


def _default(variable: Variable, problems: list[Diagnostic]) -> tuple[Json] | None:
    if not variable.required:
        return (variable.default,)
    name = variable.name
    problems.append(
        Diagnostic(
            variable.place,
            f"the variable {name!r} has no value and no default",
            "missing-variable",
            f"give it with --var {name}=…, {PREFIX}{name} or a --var-file",
        )
    )
    return None
