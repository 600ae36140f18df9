"""What an expression refers to, known before anything runs.

An expression is evaluated on a root that has the names `jobs`, `vars`, `env`, `run` and
`project`. Only some places of an expression see the root: its start, the operands of its
operators, the arguments of its functions and what stands left of a pipe. Everything right of
a dot or a pipe, in a filter or after `&` sees another value and can refer to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Never

from runner.expressions.functions import FUNCTIONS
from runner.expressions.syntax import children
from runner.expressions.types import (
    MAX_MULTI_SELECTS,
    SIMPLER,
    EnvironmentReference,
    ExpressionError,
    JobReference,
    ProjectReference,
    Reference,
    RunReference,
    VariableReference,
)
from runner.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.expressions.syntax import Node

ROOTS = {
    "jobs": "jobs.<name>.outputs.<parameter>",
    "vars": "vars.<name>",
    "env": "env.<NAME>",
    "run": "run.id",
    "project": "project.name",
}
_JOB_FIELDS = ("outputs", "status", "execution_arn")
_OPERATORS = frozenset({"or_expression", "and_expression", "not_expression", "comparator"})
_MULTI_SELECTS = frozenset({"multi_select_list", "multi_select_dict"})
_CHAINS = frozenset({"subexpression", "index_expression"})
_CONSTANTS = frozenset({"true", "false", "null"})
_OUTPUT_NAMES = 4
_NAMES = 2


def references(root: Node) -> frozenset[Reference]:
    """All that an expression refers to. Raises ExpressionError where that can't be known."""
    _check_everywhere(root)
    return frozenset(_at_root(root))


def _check_everywhere(root: Node) -> None:
    multi_selects = 0
    todo = [root]
    if root["type"] == "expref":
        _stray_expref(root)
    while todo:
        node = todo.pop()
        multi_selects += node["type"] in _MULTI_SELECTS
        _check_not(node)
        wants_expref: tuple[bool, ...] = ()
        if node["type"] == "function_expression":
            wants_expref = _check_function(node)
        for index, child in enumerate(children(node)):
            if child["type"] == "expref" and not (
                index < len(wants_expref) and wants_expref[index]
            ):
                _stray_expref(child)
            todo.append(child)
    if multi_selects > MAX_MULTI_SELECTS:
        raise ExpressionError(
            f"the expression has {multi_selects} multi-selects ([…] and {{…}}); "
            f"at most {MAX_MULTI_SELECTS} are allowed",
            help=SIMPLER,
        )


def _check_not(node: Node) -> None:
    """Refuse `!a.b`, which JMESPath reads as `(!a).b`: always null, and never meant."""
    inner = children(node)
    if node["type"] in _CHAINS and inner[0]["type"] == "not_expression":
        raise ExpressionError(
            "! binds closer than what follows the name, so this is always null",
            inner[0].get("start", 0),
            help="write !(vars.x) for !vars.x",
        )


def _stray_expref(node: Node) -> Never:
    raise ExpressionError(
        "& stands only before an argument of map, sort_by, min_by or max_by",
        node.get("start", 0),
        help="write && for 'and'",
    )


def _check_function(node: Node) -> tuple[bool, ...]:
    """Check name and number of arguments; tell which arguments are expressions (`&`)."""
    name, offset = node["value"], node.get("start", 0)
    function = FUNCTIONS.get(name)
    if function is None:
        found = nearest(name, FUNCTIONS)
        way_out = f"did you mean {found}()?" if found else f"there is {', '.join(FUNCTIONS)}"
        raise ExpressionError(f"there is no function {name}()", offset, help=way_out)
    given, wanted = len(node["children"]), len(function.arguments)
    if given < wanted or (given > wanted and not function.variadic):
        least = "at least " if function.variadic else ""
        plural = "" if wanted == 1 else "s"
        raise ExpressionError(
            f"{name}() takes {least}{wanted} argument{plural}, not {given}", offset
        )
    return tuple("expression" in kinds for kinds in function.arguments)


def _at_root(node: Node) -> Iterator[Reference]:
    kind = node["type"]
    if kind in _OPERATORS or kind == "function_expression":
        for child in node["children"]:
            yield from _at_root(child)
    elif kind == "pipe":
        yield from _at_root(node["children"][0])
    elif kind not in ("literal", "expref"):
        yield from _chain(node)


def _chain(node: Node) -> Iterator[Reference]:
    """Follow a chain such as `jobs.a.outputs.b[0].c` to its start, the only part at the root."""
    names = _leading_fields(node)
    if names:
        yield _reference(names)
        return
    first = _first(node)
    if first["type"] in ("identity", "current") or first["type"] in _MULTI_SELECTS:
        raise _whole_root(first, node)
    yield from _at_root(first)


def _first(node: Node) -> Node:
    while node["type"] not in _ENDS and children(node):
        node = node["children"][0]
    return node


_ENDS = _OPERATORS | _MULTI_SELECTS | {"function_expression", "pipe", "literal", "field"}


def _leading_fields(node: Node) -> list[Node]:
    """The fields that a chain begins with, up to the first thing that isn't `.name`."""
    fields, _ = _leading(node)
    return fields


def _leading(node: Node) -> tuple[list[Node], bool]:
    """The same, and whether the whole node is made of them."""
    if node["type"] == "field":
        return [node], True
    if node["type"] in _ENDS or not children(node):
        return [], False
    fields, whole = _leading(node["children"][0])
    if node["type"] != "subexpression":
        return fields, False
    for child in node["children"][1:]:
        if not whole:
            break
        more, whole = _leading(child)
        fields = fields + more
    return fields, whole


def _whole_root(first: Node, node: Node) -> ExpressionError:
    what = {
        "current": "@ alone is",
        "identity": "a wildcard, index or filter here is over",
    }.get(first["type"], "a multi-select here is over")
    offset: int = first["start"] if "start" in first else node.get("start", 0)
    way_out = "begin with a name: " + ", ".join(ROOTS.values())
    if first["type"] in _MULTI_SELECTS:
        way_out = "write a YAML list or mapping with one ${{ }} for each part"
    return ExpressionError(
        f"{what} the whole context, so what it refers to can't be known before anything runs",
        offset,
        help=way_out,
    )


def _reference(fields: list[Node]) -> Reference:
    names = [field["value"] for field in fields]
    root = names[0]
    if root not in ROOTS:
        raise _unknown_root(fields[0])
    if root == "jobs":
        return _job_reference(fields, names)
    if len(names) < _NAMES:
        raise ExpressionError(
            f"after {root} must follow a name, written out", _end(fields[0]), help=_write(root)
        )
    if root == "run":
        _check_only(fields, "id")
        return RunReference()
    if root == "project":
        _check_only(fields, "name")
        return ProjectReference()
    if root == "env":
        _check_text(fields, _NAMES)
        return EnvironmentReference(names[1])
    return VariableReference(names[1])


def _job_reference(fields: list[Node], names: list[str]) -> JobReference:
    if len(names) < _NAMES:
        raise ExpressionError(
            "after jobs must follow the name of a job, written out",
            _end(fields[0]),
            help=_write("jobs"),
        )
    job = names[1]
    if len(names) == _NAMES:
        raise ExpressionError(
            f"jobs.{job} alone is no value",
            fields[1].get("start", 0),
            help=f"write jobs.{job}.outputs.<parameter>, jobs.{job}.status "
            f"or jobs.{job}.execution_arn",
        )
    name = names[2]
    if name not in _JOB_FIELDS:
        found = nearest(name, _JOB_FIELDS)
        raise ExpressionError(
            f"a job has {', '.join(_JOB_FIELDS)}, but no {name!r}",
            fields[2].get("start", 0),
            help=f"did you mean {found!r}?" if found else f"write jobs.{job}.outputs.{name}",
        )
    if name != "outputs":
        _check_text(fields, 3)
        return JobReference(job, name)
    if len(names) < _OUTPUT_NAMES:
        raise ExpressionError(
            f"jobs.{job}.outputs alone is no value: the name of a parameter must follow, "
            "written out",
            _end(fields[2]),
            help=f"write jobs.{job}.outputs.<parameter>",
        )
    return JobReference(job, "outputs", names[3])


def _check_only(fields: list[Node], name: str) -> None:
    found = fields[1]["value"]
    if found != name:
        root = fields[0]["value"]
        raise ExpressionError(
            f"{root} has only {name!r}, no {found!r}", fields[1].get("start", 0), help=_write(root)
        )
    _check_text(fields, _NAMES)


def _check_text(fields: list[Node], count: int) -> None:
    if len(fields) > count:
        path = ".".join(field["value"] for field in fields[:count])
        raise ExpressionError(
            f"{path} is text and has no {fields[count]['value']!r}", fields[count].get("start", 0)
        )


def _unknown_root(field: Node) -> ExpressionError:
    name = field["value"]
    if field.get("quoted"):
        way_out = f"text stands in single quotes: '{name}'"
    elif name in _CONSTANTS:
        way_out = f"a constant stands in backquotes: `{name}`"
    else:
        found = nearest(name, ROOTS)
        way_out = f"did you mean {found}?" if found else "write " + ", ".join(ROOTS.values())
    return ExpressionError(f"unknown name {name!r}", field.get("start", 0), help=way_out)


def _write(root: str) -> str:
    return f"write {ROOTS[root]}"


def _end(field: Node) -> int:
    start: int = field.get("start", 0)
    return start + len(field["value"])
