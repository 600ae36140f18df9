"""How data flows through a state in JSONPath.

Order of the fields: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from runner.inference import visits
from runner.inference.answers import answer_of
from runner.inference.jsonpath import Reader
from runner.inference.literals import shape_of
from runner.inference.paths import PathRef
from runner.inference.reads import shown
from runner.inference.shapes import UNKNOWN, Field, Shape, built, put
from runner.inference.visits import ERROR, Exit
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.inference.visits import Visit
    from runner.values import Json

_INTEGERS: Final = (
    "HeartbeatSecondsPath",
    "MaxConcurrencyPath",
    "SecondsPath",
    "TimeoutSecondsPath",
    "ToleratedFailureCountPath",
)
_PATHS: Final = {
    **dict.fromkeys(_INTEGERS, ParameterType.INTEGER),
    "TimestampPath": ParameterType.DATETIME,
    "ToleratedFailurePercentagePath": ParameterType.NUMBER,
}
_BATCH_PATHS: Final = ("MaxInputBytesPerBatchPath", "MaxItemsPath", "MaxItemsPerBatchPath")
_WITH_RESULT: Final = frozenset({"Task", "Pass", "Parallel", "Map"})


def visit(visit: Visit) -> list[Exit]:
    """Look at a state: note what it reads, hand on what flows into it, and tell its ways out."""
    body, raw = visit.body, visit.flow.document
    if visit.type == "Fail":
        for key in ("ErrorPath", "CausePath"):
            if key in body:
                _reader(visit, raw).text(body[key], ParameterType.STRING)
        return []
    effective = _selected(visit, "InputPath", raw)
    reader = _reader(visit, effective)
    for key, kind in _PATHS.items():
        if key in body:
            reader.text(body[key], kind)
    if visit.type == "Choice":
        return _choice(visit, effective)
    if visit.type not in _WITH_RESULT:
        return _leave(visit, effective, effective)
    return [*_worked(visit, effective, reader), *_caught(visit)]


def _worked(visit: Visit, effective: Shape, reader: Reader) -> list[Exit]:
    """The way on of a state that has a result."""
    body = visit.body
    result = visits.outcome(visit, _begun(visit, effective, reader))
    if result is None:
        return []
    selected = result
    if "ResultSelector" in body:
        selected = _reader(visit, result).template(body["ResultSelector"])
    return _leave(visit, _placed(visit, body, selected), result)


def _begun(visit: Visit, effective: Shape, reader: Reader) -> Shape:
    """Read what goes into the state's work, and tell its answer, if it is known."""
    body = visit.body
    if "Credentials" in body:
        reader.template(body["Credentials"])
    match visit.type:
        case "Map":
            _map(visit, effective, reader)
            return UNKNOWN
        case "Pass" if "Result" in body:
            _arguments(body, effective, reader)
            return shape_of(body["Result"], visit.reads.spend)
        case "Pass":
            return _arguments(body, effective, reader)
        case "Parallel":
            document = _arguments(body, effective, reader)
            branches = body.get("Branches")
            for index in range(len(branches) if isinstance(branches, list) else 0):
                visit.enter(index, visits.replaced(visit.flow, document))
            return UNKNOWN
        case _:
            if _arguments(body, effective, reader).has_whole_input():
                visit.reads.note(f"{shown(visit.name)} takes the whole input")
            return answer_of(body.get("Resource"))


def _map(visit: Visit, effective: Shape, reader: Reader) -> None:
    body = visit.body
    if "ItemReader" in body:
        item = UNKNOWN
        _reading(body["ItemReader"], reader)
    elif "ItemsPath" in body:
        array = reader.text(body["ItemsPath"], ParameterType.ARRAY)
        visit.reads.spend_on_items(array)
        item = array.at(None)
    else:
        item = visits.read_items(visit, effective, "$")
    _reading(body.get("ResultWriter"), reader)
    inner = replace(reader, flow=visits.with_item(visit.flow, item))
    given = next((body[key] for key in ("ItemSelector", "Parameters") if key in body), None)
    document = item if given is None else inner.template(given)
    if "ItemBatcher" in body:
        document = _batch(body["ItemBatcher"], document, inner)
    visits.enter_map(visit, item, document)


def _reading(value: Json, reader: Reader) -> None:
    """Read what an ItemReader or a ResultWriter is told."""
    if isinstance(value, dict):
        reader.template(value.get("Parameters"))
        _numbers(value.get("ReaderConfig"), reader)


def _batch(value: Json, item: Shape, reader: Reader) -> Shape:
    items = built([(None, Field(item))], ParameterType.ARRAY)
    fields = {"Items": Field(items)}
    if isinstance(value, dict):
        _numbers(value, reader)
        if "BatchInput" in value:
            fields["BatchInput"] = Field(reader.template(value["BatchInput"]))
    return built(fields.items())


def _numbers(value: Json, reader: Reader) -> None:
    for key in _BATCH_PATHS:
        if isinstance(value, dict) and key in value:
            reader.text(value[key], ParameterType.INTEGER)


def _choice(visit: Visit, effective: Shape) -> list[Exit]:
    exits: list[Exit] = []
    rules = visit.body.get("Choices")
    reader = _reader(visit, effective)
    for rule in rules if isinstance(rules, list) else ():
        reader.condition(rule)
        if isinstance(rule, dict):
            exits += _to(visit, rule.get("Next"), effective, rule)
    return [*exits, *_to(visit, visit.body.get("Default"), effective, visit.body)]


def _to(visit: Visit, target: Json, effective: Shape, rule: Mapping[str, Json]) -> list[Exit]:
    if not isinstance(target, str):
        return []
    variables = _reader(visit, effective).assigned(rule.get("Assign"))
    document = _selected(visit, "OutputPath", effective)
    return [Exit(target, visits.replaced(visit.flow, document).with_variables(variables))]


def _leave(visit: Visit, document: Shape, result: Shape) -> list[Exit]:
    variables = _reader(visit, result).assigned(visit.body.get("Assign"))
    output = _selected(visit, "OutputPath", document)
    flow = visits.replaced(visit.flow, output).with_variables(variables)
    return visits.next_of(visit.body, flow)


def _caught(visit: Visit) -> list[Exit]:
    catchers = visit.body.get("Catch")
    exits: list[Exit] = []
    for catcher in catchers if isinstance(catchers, list) else ():
        target = catcher.get("Next") if isinstance(catcher, dict) else None
        if isinstance(catcher, dict) and isinstance(target, str):
            variables = _reader(visit, ERROR).assigned(catcher.get("Assign"))
            document = _placed(visit, catcher, ERROR)
            flow = visits.replaced(visit.flow, document).with_variables(variables)
            exits.append(Exit(target, flow))
    return exits


def _arguments(body: Mapping[str, Json], effective: Shape, reader: Reader) -> Shape:
    return reader.template(body["Parameters"]) if "Parameters" in body else effective


def _selected(visit: Visit, key: str, document: Shape) -> Shape:
    """What InputPath or OutputPath leaves of the document."""
    path = visit.body.get(key, "$")
    if path is None:
        return built(())
    return document if path == "$" else _reader(visit, document).text(path)


def _placed(visit: Visit, body: Mapping[str, Json], result: Shape) -> Shape:
    """The state's raw input with the result where ResultPath says."""
    raw = visit.flow.document
    path = body.get("ResultPath", "$")
    if path is None:
        return raw
    term = visit.terms.term(path, visit.reads.spend) if isinstance(path, str) else None
    if not isinstance(term, PathRef):
        visit.reads.note(f"{shown(visit.name)} has a ResultPath that can't be read")
        return raw
    visit.reads.spend_on(raw)
    return put(raw, term.keys, result)


def _reader(visit: Visit, root: Shape) -> Reader:
    return Reader(visit.name, root, visit.flow, visit.reads, visit.terms)
