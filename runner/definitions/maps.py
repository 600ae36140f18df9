"""The Map states of a definition that run their items as executions of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.definitions.reading import machines, processor_of

if TYPE_CHECKING:
    from runner.definitions.reading import State
    from runner.values import Json

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,40}")
_OF_S3 = ("ItemReader", "ResultWriter")


@dataclass(frozen=True, slots=True)
class DistributedMap:
    """A Map state that starts an execution of its own machine for each item or batch.

    `label` stands in the ARNs of these; None where the service makes one. `is_express` tells
    that they are Express executions. `uses` are its fields that read or write S3.
    """

    state: str
    label: str | None = None
    is_express: bool = False
    uses: tuple[str, ...] = ()


def distributed_maps(definition: Json) -> tuple[DistributedMap, ...]:
    """Every Map state in the mode DISTRIBUTED, at any depth."""
    return tuple(
        _map(name, state)
        for machine in machines(definition)
        for name, state in machine.states.items()
        if isinstance(state, dict)
        and state.get("Type") == "Map"
        and _config(state).get("Mode") == "DISTRIBUTED"
    )


def _map(name: str, state: State) -> DistributedMap:
    label = state.get("Label")
    return DistributedMap(
        state=name,
        label=label if isinstance(label, str) and _LABEL.fullmatch(label) else None,
        is_express=_config(state).get("ExecutionType") == "EXPRESS",
        uses=tuple(field for field in _OF_S3 if field in state),
    )


def _config(state: State) -> State:
    processor = state.get(processor_of(state))
    found = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return found if isinstance(found, dict) else {}
