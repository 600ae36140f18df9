"""How data flows through a state in JSONata.

Fields: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from runner.inference import visits
from runner.inference.answers import answer_of
from runner.inference.jsonata import Evaluator, TooDeep
from runner.inference.literals import shape_of
from runner.inference.reads import shown
from runner.inference.shapes import UNKNOWN, Field, Shape, built
from runner.inference.visits import ERROR, Exit, Flow
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.inference.jsonata_trees import Trees
    from runner.inference.reads import Use
    from runner.inference.visits import Visit
    from runner.values import Json

MAX_NESTING: Final = 60

_FIELDS: Final = {
    "Cause": ParameterType.STRING,
    "Error": ParameterType.STRING,
    "HeartbeatSeconds": ParameterType.INTEGER,
    "MaxConcurrency": ParameterType.INTEGER,
    "Seconds": ParameterType.INTEGER,
    "TimeoutSeconds": ParameterType.INTEGER,
    "Timestamp": ParameterType.DATETIME,
    "ToleratedFailureCount": ParameterType.INTEGER,
    "ToleratedFailurePercentage": ParameterType.NUMBER,
}
_BATCH_FIELDS: Final = ("MaxInputBytesPerBatch", "MaxItems", "MaxItemsPerBatch")


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the expressions of a state see: `$states`, and the variables."""

    visit: Visit
    trees: Trees
    flow: Flow
    result: Shape | None = None
    error: Shape | None = None

    def template(self, value: Json, use: Use = None, nesting: int = 0) -> Shape:
        """What a field gives: text in `{% %}` is an expression, at any depth."""
        self.visit.reads.spend(1)
        if nesting > MAX_NESTING:
            self.visit.reads.note(f"{shown(self.visit.name)} has a template that nests too deep")
            return UNKNOWN
        if isinstance(value, list):
            items = [self.template(each, None, nesting + 1) for each in value]
            fields = ((index, Field(shape)) for index, shape in enumerate(items))
            return self._built(built(fields, ParameterType.ARRAY))
        if isinstance(value, dict):
            members = [(k, Field(self.template(v, None, nesting + 1))) for k, v in value.items()]
            return self._built(built(members))
        if isinstance(value, str) and value.startswith("{%") and value.endswith("%}"):
            return self._expression(value[2:-2].strip(), use)
        return shape_of(value, self.visit.reads.spend)

    def _built(self, shape: Shape) -> Shape:
        self.visit.reads.spend(shape.size)
        return shape

    def assigned(self, value: Json) -> Mapping[str, Shape]:
        """The variables that an Assign sets."""
        if not isinstance(value, dict):
            return {}
        return {name: self.template(each) for name, each in value.items()}

    def _expression(self, text: str, use: Use) -> Shape:
        visit = self.visit
        visit.reads.spend(visits.CONTEXT_WORK + len(self.flow.variables) // 8)
        tree = self.trees.tree(text)
        if tree is None:
            visit.reads.note(f"{shown(visit.name)} has an expression that can't be read")
            return UNKNOWN
        variables = {**self.flow.variables, "states": self._states()}
        try:
            return Evaluator(visit.name, visit.reads, variables).shape(tree, use)
        except TooDeep:
            visit.reads.note(f"{shown(visit.name)} has an expression that nests too deep")
            return UNKNOWN

    def _states(self) -> Shape:
        fields = {"input": self.flow.document, "context": self.flow.context()}
        if self.result is not None:
            fields["result"] = self.result
        if self.error is not None:
            fields["errorOutput"] = self.error
        return built((name, Field(shape)) for name, shape in fields.items())


def visit(visit: Visit, trees: Trees) -> list[Exit]:
    """Look at a state: note what it reads, hand on what flows into it, and tell its ways out."""
    body = visit.body
    scope = _Scope(visit, trees, visit.flow)
    for key, kind in _FIELDS.items():
        if key in body:
            scope.template(body[key], kind)
    match visit.type:
        case "Fail":
            return []
        case "Choice":
            return _choice(scope)
        case "Task" | "Parallel" | "Map":
            return [*_worked(scope), *_caught(scope)]
        case _:
            return visits.next_of(body, _left(scope, body, visit.flow.document))


def _worked(scope: _Scope) -> list[Exit]:
    """The way on of a state that has a result."""
    visit = scope.visit
    result = visits.outcome(visit, _begun(scope))
    if result is None:
        return []
    return visits.next_of(visit.body, _left(replace(scope, result=result), visit.body, result))


def _begun(scope: _Scope) -> Shape:
    """Read what goes into the state's work, and tell its answer, if it is known."""
    visit, body = scope.visit, scope.visit.body
    if "Credentials" in body:
        scope.template(body["Credentials"])
    if visit.type == "Map":
        _map(scope)
        return UNKNOWN
    given = "Arguments" in body
    arguments = scope.template(body["Arguments"]) if given else visit.flow.document
    if visit.type == "Parallel":
        branches = body.get("Branches")
        for index in range(len(branches) if isinstance(branches, list) else 0):
            visit.enter(index, visits.replaced(visit.flow, arguments))
        return UNKNOWN
    if arguments.has_whole_input():
        visit.reads.note(f"{shown(visit.name)} takes the whole input")
    return answer_of(body.get("Resource"))


def _map(scope: _Scope) -> None:
    visit, body = scope.visit, scope.visit.body
    item = UNKNOWN
    if "ItemReader" in body:
        _reading(body["ItemReader"], scope)
    elif "Items" in body:
        array = scope.template(body["Items"], ParameterType.ARRAY)
        visit.reads.spend_on_items(array)
        item = array.at(None)
    else:
        item = visits.read_items(visit, visit.flow.document, "$states.input")
    _reading(body.get("ResultWriter"), scope)
    inner = replace(scope, flow=visits.with_item(visit.flow, item))
    document = inner.template(body["ItemSelector"]) if "ItemSelector" in body else item
    if "ItemBatcher" in body:
        document = _batch(body["ItemBatcher"], document, inner)
    visits.enter_map(visit, item, document)


def _reading(value: Json, scope: _Scope) -> None:
    """Read what an ItemReader or a ResultWriter is told."""
    if isinstance(value, dict):
        scope.template(value.get("Arguments"))
        _numbers(value.get("ReaderConfig"), scope)


def _batch(value: Json, item: Shape, scope: _Scope) -> Shape:
    fields = {"Items": Field(built([(None, Field(item))], ParameterType.ARRAY))}
    if isinstance(value, dict):
        _numbers(value, scope)
        if "BatchInput" in value:
            fields["BatchInput"] = Field(scope.template(value["BatchInput"]))
    return built(fields.items())


def _numbers(value: Json, scope: _Scope) -> None:
    for key in _BATCH_FIELDS:
        if isinstance(value, dict) and key in value:
            scope.template(value[key], ParameterType.INTEGER)


def _choice(scope: _Scope) -> list[Exit]:
    body, document = scope.visit.body, scope.visit.flow.document
    rules = body.get("Choices")
    exits: list[Exit] = []
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict):
            scope.template(rule.get("Condition"), ParameterType.BOOLEAN)
            exits += _to(rule.get("Next"), _left(scope, rule, document))
    # The state's own Output and Assign hold where no rule does.
    return [*exits, *_to(body.get("Default"), _left(scope, body, document))]


def _caught(scope: _Scope) -> list[Exit]:
    catchers = scope.visit.body.get("Catch")
    failed = replace(scope, error=ERROR)
    exits: list[Exit] = []
    for catcher in catchers if isinstance(catchers, list) else ():
        if isinstance(catcher, dict):
            exits += _to(catcher.get("Next"), _left(failed, catcher, ERROR))
    return exits


def _left(scope: _Scope, body: Mapping[str, Json], document: Shape) -> Flow:
    """What flows on, after the Output and the Assign of a state, a rule or a catcher."""
    variables = scope.assigned(body.get("Assign"))
    output = scope.template(body["Output"]) if "Output" in body else document
    return visits.replaced(scope.visit.flow, output).with_variables(variables)


def _to(target: Json, flow: Flow) -> list[Exit]:
    return [Exit(target, flow)] if isinstance(target, str) else []
