"""What flows through a state: the document, the context object, and variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from runner.inference.shapes import UNKNOWN, Field, Shape, built, join, typed
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from runner.inference.paths import Terms
    from runner.inference.reads import Reads
    from runner.values import Json

WHOLE_INPUT: Final = Shape(frozenset({()}))

_STRING: Final = typed(ParameterType.STRING)
_DATETIME: Final = typed(ParameterType.DATETIME)
_INTEGER: Final = typed(ParameterType.INTEGER)

ERROR: Final = built((("Error", Field(_STRING)), ("Cause", Field(_STRING))))
"""What a Catch hands on."""

MAX_VARIABLES: Final = 300
CONTEXT_WORK: Final = 8
"""The work of making a context object, as Reads counts it."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What a state sees. `execution_input` is another one within a Distributed Map's children."""

    document: Shape
    execution_input: Shape = WHOLE_INPUT
    item: Shape | None = None
    variables: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many shapes it is made of."""
        item = self.item.size if self.item else 0
        variables = sum(each.size for each in self.variables.values())
        return self.document.size + self.execution_input.size + item + variables

    def with_variables(self, new: Mapping[str, Shape]) -> Flow:
        """The flow after an Assign."""
        if not new or len(self.variables) >= MAX_VARIABLES:
            return self
        return replace(self, variables={**self.variables, **new})

    def context(self) -> Shape:
        """The context object; https://docs.aws.amazon.com/step-functions/ names its fields."""
        execution = _object(
            Id=_STRING,
            Input=self.execution_input,
            Name=_STRING,
            RoleArn=_STRING,
            StartTime=_DATETIME,
            RedriveCount=_INTEGER,
        )
        state = _object(EnteredTime=_DATETIME, Name=_STRING, RetryCount=_INTEGER)
        machine = _object(Id=_STRING, Name=_STRING)
        fields = {"Execution": execution, "State": state, "StateMachine": machine}
        if self.item is not None:
            fields["Map"] = _object(Item=_object(Index=_INTEGER, Value=self.item))
        return _object(**fields, Task=_object(Token=_STRING))


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a state: to the next one, or out of the machine where `target` is None."""

    target: str | None
    flow: Flow


Enter: TypeAlias = Callable[[int, Flow], None]
"""Called with the index of a machine inside the state and what flows into it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a state, with what flows in by then.

    `results` are the outputs of the machines inside it, None where not all are known yet.
    `terms` are the paths that were read by then.
    """

    name: str
    body: Mapping[str, Json]
    flow: Flow
    reads: Reads
    enter: Enter
    results: tuple[Shape, ...] | None
    terms: Terms

    @property
    def type(self) -> str:
        """The state's Type; empty where it is no text."""
        kind = self.body.get("Type")
        return kind if isinstance(kind, str) else ""


def join_flows(one: Flow, other: Flow) -> Flow:
    """What flows in from either side; a variable that one side lacks is the other's."""
    if one is other:
        return one
    variables = dict(one.variables)
    for name, shape in other.variables.items():
        variables[name] = join(variables[name], shape) if name in variables else shape
    items = [item for item in (one.item, other.item) if item is not None]
    return Flow(
        join(one.document, other.document),
        join(one.execution_input, other.execution_input),
        join(items[0], items[-1]) if items else None,
        variables,
    )


def outcome(visit: Visit, answer: Shape) -> Shape | None:
    """The result of a state: its branches' or items' as an array, or the answer of its task.

    None while what runs inside is not known yet.
    """
    kind = visit.type
    if kind not in ("Parallel", "Map"):
        return answer
    if visit.results is None:
        return None
    keys = enumerate(visit.results) if kind == "Parallel" else ((None, r) for r in visit.results)
    if kind == "Map" and "ResultWriter" in visit.body:
        return UNKNOWN
    return built(((key, Field(result)) for key, result in keys), ParameterType.ARRAY)


def is_distributed(body: Mapping[str, Json]) -> bool:
    """Tell whether a Map runs each item as an execution of its own."""
    processor = body.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"


def enter_map(visit: Visit, item: Shape, document: Shape) -> None:
    """Hand an item on to the machine of a Map."""
    if is_distributed(visit.body):
        visit.enter(0, Flow(document, document, item))
    else:
        visit.enter(0, replace(visit.flow, document=document, item=item))


def read_items(visit: Visit, array: Shape, text: str) -> Shape:
    """Read what a Map takes its items from where it tells no field of it: what an item is."""
    if () in array.sources:
        visit.reads.takes_whole(visit.name)
    visit.reads.spend_on_items(array)
    item = array.at(None)
    visit.reads.read(item, visit.name, text)
    return item


def replaced(flow: Flow, document: Shape) -> Flow:
    """The flow with another document."""
    return replace(flow, document=document)


def with_item(flow: Flow, item: Shape) -> Flow:
    """The flow as a Map's ItemSelector sees it."""
    return replace(flow, item=item)


def next_of(body: Mapping[str, Json], flow: Flow) -> list[Exit]:
    """The way out of a state that has no choice."""
    if body.get("Type") == "Succeed" or body.get("End") is True:
        return [Exit(None, flow)]
    target = body.get("Next")
    return [Exit(target, flow)] if isinstance(target, str) else []


def _object(**fields: Shape) -> Shape:
    return built((name, Field(shape)) for name, shape in fields.items())
