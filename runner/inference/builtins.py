"""JSONata's functions, and those that Step Functions adds: types that they take and give.

Sources: https://docs.jsonata.org and
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from typing import Final

from runner.parameters import ParameterType

_A: Final = ParameterType.ARRAY
_B: Final = ParameterType.BOOLEAN
_D: Final = ParameterType.DATETIME
_I: Final = ParameterType.INTEGER
_N: Final = ParameterType.NUMBER
_O: Final = ParameterType.OBJECT
_S: Final = ParameterType.STRING

TAKEN: Final[dict[str, tuple[ParameterType | None, ...]]] = {
    **dict.fromkeys(("abs", "ceil", "floor", "round", "sqrt", "formatNumber"), (_N,)),
    **dict.fromkeys(("sum", "max", "min", "average", "count"), (_A,)),
    **dict.fromkeys(("map", "filter", "single", "reduce", "sort"), (_A,)),
    **dict.fromkeys(("reverse", "shuffle", "distinct", "zip"), (_A,)),
    **dict.fromkeys(("keys", "each", "sift", "spread"), (_O,)),
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
    "toMillis": (_D,),
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
    **dict.fromkeys(("append", "keys", "partition", "range", "split", "zip"), _A),
}

OF_ITEMS: Final = frozenset({"filter", "map", "reduce", "single", "sort"})
"""Functions that call a function with an item of their first argument."""

OF_SAME_ITEMS: Final = frozenset({"distinct", "filter", "reverse", "shuffle", "sort"})
"""Functions that give the items of their first argument, or some of them."""
