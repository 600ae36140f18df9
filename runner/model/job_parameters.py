"""A job's parameters, in short form (a value) and long form (a mapping)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import expressions
from runner.documents import MapNode, plain
from runner.errors import Diagnostic, Severity
from runner.expressions import KEYS_ARE_LITERAL, OPEN, WRITE_THE_KEY, ExpressionError
from runner.model.fields import Fields
from runner.model.types import Parameter
from runner.parameters import Direction, Label, ParameterType, faults, literal

if TYPE_CHECKING:
    from runner.documents import Node
    from runner.errors import Place
    from runner.expressions import Template
    from runner.model.headings import Heading
    from runner.model.scope import Checking, Problems

FIELDS = frozenset(
    "direction type value required carry sensitive revision description".split()  # noqa: SIM905
)
JOB_FIELDS = frozenset(
    (  # noqa: SIM905
        "platform type stateMachine stepFunctionsType traceHeader needs trigger if parameters"
        " timeout retry run rerunOn onCancel idempotent"
    ).split()
)


def directions(heading: Heading) -> dict[str, Direction | None] | None:
    """The names of a job's parameters and where their values go.

    None stands for what the schema has complained about. Beside a field of an unknown name,
    one that is absent may be what was meant.
    """
    spec = heading.spec
    parameters = spec.get("parameters")
    misspelt = spec.node is None or not JOB_FIELDS.issuperset(spec)
    if misspelt if parameters is None else not isinstance(parameters, MapNode):
        return None
    return {
        name: _direction(Fields.of(node, heading.place))
        for name, node in spec.below("parameters").items()
    }


def _direction(fields: Fields) -> Direction | None:
    if fields.get("direction") is not None:
        return fields.option("direction", Direction)
    return Direction.INPUT if FIELDS.issuperset(fields) else None


def build(
    fields: Fields, places: dict[str, Place], on: Checking, *, is_off: bool = False
) -> tuple[Parameter, ...]:
    """Make the parameters in the author's order, and note where they stand.

    A job that `is_off`, as its `if` is plainly false, may have inputs that await their value:
    nothing is ever sent to its machine, so they are left out.
    """
    found = []
    for name, node in fields.items():
        label = Label(f"parameters.{name}")
        place = places[label.text] = fields.place_of(name)
        if OPEN in name:
            message = f"parameters: {KEYS_ARE_LITERAL}"
            on.problems.append(Diagnostic(place, message, "expression", WRITE_THE_KEY))
        if isinstance(node, MapNode):
            long = Fields.of(node, place)
            parameter = _long(name, long, place, on, is_off=is_off)
            if not (is_off and _awaits_its_value(long)):
                found.append(parameter)
            for key in long:
                places[f"{label.text}.{key}"] = long.place_of_value(key)
        else:
            template = _template(node, None, label, on)
            places[f"{label.text}.value"] = node.place
            found.append(Parameter(name, Direction.INPUT, None, node.place, template))
    return tuple(found)


def _awaits_its_value(fields: Fields) -> bool:
    is_input = _direction(fields) is Direction.INPUT
    return is_input and fields.get("value") is None and FIELDS.issuperset(fields)


def _long(name: str, fields: Fields, place: Place, on: Checking, *, is_off: bool) -> Parameter:
    direction = _direction(fields)
    type_ = fields.option("type", ParameterType)
    label = Label(f"parameters.{name}", fields.may_be("sensitive"))
    node = fields.get("value")
    read = _untyped if type_ is None and fields.get("type") is not None else _template
    if direction is not None:
        awaits = is_off and _awaits_its_value(fields)
        _check_fields(fields, direction, label, on.problems, awaits_its_value=awaits)
    return Parameter(
        name=name,
        direction=direction or Direction.INPUT,
        type=type_,
        place=place if node is None else node.place,
        template=None if node is None else read(node, type_, label, on),
        sensitive=label.secret,
        revision=fields.whole("revision"),
        carry=fields.flag("carry"),
        required=fields.flag("required"),
        description=fields.text("description") or "",
    )


def _template(
    node: Node, type_: ParameterType | None, label: Label, on: Checking
) -> Template | None:
    template, complaints = literal(node, type_, label)
    on.problems.extend(complaints)
    if template is not None and template.references:
        on.references(template.references, node, label)
    return template


def _untyped(node: Node, _: ParameterType | None, label: Label, on: Checking) -> Template | None:
    """A value whose type the schema has complained about: only its expressions are checked."""
    problems = faults(node, label)
    on.problems.extend(problems)
    try:
        template = None if problems else expressions.template(plain(node))
    except ExpressionError:
        return None
    if template is not None:
        on.references(template.references, node, label)
    return template


def _check_fields(
    fields: Fields,
    direction: Direction,
    label: Label,
    problems: Problems,
    *,
    awaits_its_value: bool,
) -> None:
    """Complain about fields that contradict the direction or each other."""

    def complain(key: str, message: str, way_out: str, severity: Severity) -> None:
        place = fields.place_of(key)
        problems.append(
            Diagnostic(place, f"{label.text}: {message}", "parameter-fields", way_out, severity)
        )

    has_value = fields.get("value") is not None
    if direction is Direction.OUTPUT and has_value:
        complain("value", "an output has no value", "say direction: inout", Severity.ERROR)
    is_whole = has_value or awaits_its_value or direction is Direction.OUTPUT
    if not is_whole and FIELDS.issuperset(fields):
        way_out = "write a value (an object literal stands under `value`), or direction: output"
        if direction is Direction.INPUT:
            way_out += "; a job with `if: false` needs none"
        complain("value", f"this {direction} has no value", way_out, Severity.ERROR)
    if direction is not Direction.INOUT and fields.flag("carry"):
        way_out = "say direction: inout, so that there is a value to carry over"
        complain("carry", f"carry has no meaning for an {direction}", way_out, Severity.ERROR)
    if direction is Direction.INPUT and fields.flag("required"):
        way_out = "leave it out: an input is always sent"
        complain("required", "required has no meaning for an input", way_out, Severity.ERROR)
    if fields.whole("revision") and not label.secret:
        way_out = "say sensitive: true, or leave it out: a change of the value is seen anyway"
        complain("revision", "revision counts only for a sensitive one", way_out, Severity.ERROR)
    if fields.whole("revision") and fields.flag("carry"):
        way_out = "leave one of them out"
        complain("revision", "a carried value has no revision", way_out, Severity.WARNING)
