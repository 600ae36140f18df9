"""From a definition to what its executions want, and what they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.inference.following import Following
from runner.inference.levels import graph_of
from runner.inference.shapes import join_all
from runner.inference.types import Inferred, InferredOutput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.inference.shapes import Shape
    from runner.inference.types import InferredInput
    from runner.parameters import ParameterType
    from runner.values import Json


def infer(definition: Json) -> Inferred:
    """Propose the inputs and outputs of a machine. Never raises, whatever the definition is."""
    if not isinstance(definition, dict):
        return Inferred(notes=("a definition is an object",))
    following = Following(graph_of(definition))
    following.follow()
    inputs = following.reads.inputs()
    return Inferred(inputs, _outputs(following.ends, inputs), tuple(following.reads.noted))


def _outputs(
    ends: Mapping[str, Shape], inputs: tuple[InferredInput, ...]
) -> tuple[InferredOutput, ...]:
    whole = join_all(ends.values())
    types = {each.name: each.type for each in inputs}
    return tuple(
        InferredOutput(
            name,
            each.shape.type or _type_of_source(each.shape, types),
            tuple(state for state, shape in ends.items() if name in shape.fields),
            each.is_sure,
        )
        for name, each in sorted(whole.fields.items(), key=str)
        if isinstance(name, str)
    )


def _type_of_source(
    shape: Shape, types: Mapping[str, ParameterType | None]
) -> ParameterType | None:
    """The type of the input that an output is a copy of, if it is of one."""
    if len(shape.sources) != 1 or shape.fields:
        return None
    ((*source,),) = shape.sources
    return types.get(str(source[0])) if len(source) == 1 else None
