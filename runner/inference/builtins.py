"""JSONata's functions, and those that Step Functions adds: types that they take and give.

Sources: https://docs.jsonata.org and
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from runner.inference.reads import Question
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from runner.inference.reads import Use

_A: Final = ParameterType.ARRAY
_B: Final = ParameterType.BOOLEAN
_I: Final = ParameterType.INTEGER
_N: Final = ParameterType.NUMBER
_O: Final = ParameterType.OBJECT
_S: Final = ParameterType.STRING

TAKEN: Final[dict[str, tuple[Use, ...]]] = {
    **dict.fromkeys(("abs", "ceil", "floor", "round", "sqrt", "formatNumber"), (_N,)),
    **dict.fromkeys(("sum", "max", "min", "average", "count"), (_A,)),
    **dict.fromkeys(("map", "filter", "single", "reduce", "sort"), (_A,)),
    **dict.fromkeys(("reverse", "shuffle", "distinct", "zip"), (_A,)),
    **dict.fromkeys(("keys", "each", "sift"), (_O,)),
    **dict.fromkeys(("lowercase", "uppercase", "trim", "length", "match", "replace"), (_S,)),
    **dict.fromkeys(("base64encode", "base64decode", "encodeUrl", "decodeUrl"), (_S,)),
    **dict.fromkeys(("encodeUrlComponent", "decodeUrlComponent", "eval"), (_S,)),
    **dict.fromkeys(("substringBefore", "substringAfter", "contains", "split"), (_S, _S)),
    "formatBase": (_N, _I),
    "fromMillis": (_N,),
    "hash": (None, _S),
    "join": (_A, _S),
    "lookup": (_O, _S),
    "pad": (_S, _I),
    "parse": (_S,),
    "partition": (_A, _I),
    "power": (_N, _N),
    "range": (_I, _I, _I),
    "substring": (_S, _I, _I),
    # It takes a date alone, too, and any text with a picture.
    "toMillis": (_S, _S),
    "type": (Question.KIND,),
}

GIVEN: Final = {
    **dict.fromkeys(("boolean", "contains", "exists", "not"), _B),
    **dict.fromkeys(("count", "length", "millis", "toMillis"), _I),
    **dict.fromkeys(("abs", "average", "ceil", "floor", "number", "power", "random"), _N),
    **dict.fromkeys(("round", "sqrt", "sum"), _N),
    **dict.fromkeys(("base64decode", "base64encode", "formatBase", "formatNumber"), _S),
    **dict.fromkeys(("fromMillis", "hash", "join", "lowercase", "now", "pad", "replace"), _S),
    **dict.fromkeys(("string", "substring", "substringAfter", "substringBefore"), _S),
    **dict.fromkeys(("trim", "type", "uppercase", "uuid"), _S),
    # Many others give the item itself where there is but one.
    **dict.fromkeys(("partition", "range", "reverse", "shuffle", "sort", "split", "zip"), _A),
}

OF_ITEMS: Final = frozenset({"filter", "map", "reduce", "single", "sort"})
"""Functions that call a function with an item of their first argument."""

OF_SAME_ITEMS: Final = frozenset({"distinct", "filter", "reverse", "shuffle", "sort"})
"""Functions that give the items of their first argument, or some of them."""
