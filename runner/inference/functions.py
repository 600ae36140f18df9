"""Intrinsic functions: the types that they take, and what they give.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from runner.inference.shapes import UNKNOWN, Field, Shape, built, merged, typed
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.inference.paths import Call

_A: Final = ParameterType.ARRAY
_B: Final = ParameterType.BOOLEAN
_I: Final = ParameterType.INTEGER
_O: Final = ParameterType.OBJECT
_S: Final = ParameterType.STRING

TAKEN: Final[dict[str, tuple[ParameterType | None, ...]]] = {
    "States.ArrayContains": (_A,),
    "States.ArrayGetItem": (_A, _I),
    "States.ArrayLength": (_A,),
    "States.ArrayPartition": (_A, _I),
    "States.ArrayRange": (_I, _I, _I),
    "States.ArrayUnique": (_A,),
    "States.Base64Decode": (_S,),
    "States.Base64Encode": (_S,),
    "States.Format": (_S,),
    "States.Hash": (None, _S),
    "States.JsonMerge": (_O, _O, _B),
    "States.MathAdd": (_I, _I),
    "States.MathRandom": (_I, _I, _I),
    "States.StringSplit": (_S, _S),
    "States.StringToJson": (_S,),
}

_GIVEN: Final = {
    "States.Array": _A,
    "States.ArrayContains": _B,
    "States.ArrayLength": _I,
    "States.ArrayPartition": _A,
    "States.ArrayRange": _A,
    "States.Base64Decode": _S,
    "States.Base64Encode": _S,
    "States.Format": _S,
    "States.Hash": _S,
    "States.JsonToString": _S,
    "States.MathAdd": _I,
    "States.MathRandom": _I,
    "States.StringSplit": _A,
    "States.UUID": _S,
}


def given(call: Call, arguments: Sequence[Shape], index: int | None) -> Shape:
    """What a call gives. `index` is its second argument, where that is a literal number."""
    match call.name, arguments:
        case "States.Array", _:
            return built(((at, Field(shape)) for at, shape in enumerate(arguments)), _A)
        case "States.ArrayGetItem", [array, *_]:
            return array.at(index)
        case "States.ArrayUnique", [array, *_]:
            return built([(None, Field(array.at(None)))], _A)
        case "States.JsonMerge", [first, second, *_]:
            return merged(first, second)
        case _:
            kind = _GIVEN.get(call.name)
            return typed(kind) if kind else UNKNOWN
