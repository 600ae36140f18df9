"""What services answer to a Task, where Step Functions documents it.

Only what is known to be there is named: services add fields, and newer integrations leave out
the metadata of the call.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from runner.definitions import resources
from runner.inference.shapes import UNKNOWN, Field, built, typed
from runner.parameters import ParameterType

if TYPE_CHECKING:
    from runner.inference.shapes import Shape
    from runner.values import Json

_S: Final = ParameterType.STRING
_I: Final = ParameterType.INTEGER
_O: Final = ParameterType.OBJECT
_A: Final = ParameterType.ARRAY
_META: Final[dict[str, ParameterType | None]] = {"SdkHttpMetadata": _O, "SdkResponseMetadata": _O}
_HTTP: Final = {"Headers": _O, "ResponseBody": None, "StatusCode": _I, "StatusText": _S}
_ENDED: Final = {
    "ExecutionArn": _S,
    "Input": None,
    "Name": _S,
    "Output": None,
    "StartDate": None,
    "StateMachineArn": _S,
    "Status": _S,
    "StopDate": None,
}

_ANSWERS: Final[dict[tuple[str, str], dict[str, ParameterType | None]]] = {
    ("lambda:invoke", ""): {"ExecutedVersion": _S, "Payload": None, "StatusCode": _I, **_META},
    ("states:startExecution", ""): {"ExecutionArn": _S, "StartDate": None, **_META},
    ("states:startExecution", "sync"): {**_ENDED, "Input": _S, "Output": _S},
    ("states:startExecution", "sync:2"): _ENDED,
    ("aws-sdk:sfn:startExecution", ""): {"ExecutionArn": _S, "StartDate": None},
    ("sqs:sendMessage", ""): {"MD5OfMessageBody": _S, "MessageId": _S, **_META},
    ("sns:publish", ""): {"MessageId": _S, **_META},
    ("events:putEvents", ""): {"Entries": _A, "FailedEntryCount": _I},
    ("dynamodb:getItem", ""): {"Item": _O, **_META},
    ("dynamodb:putItem", ""): _META,
    ("dynamodb:updateItem", ""): _META,
    ("dynamodb:deleteItem", ""): _META,
    ("http:invoke", ""): _HTTP,
    ("apigateway:invoke", ""): _HTTP,
    ("bedrock:invokeModel", ""): {"Body": None, "ContentType": _S},
    ("athena:startQueryExecution", ""): {"QueryExecutionId": _S},
    ("athena:startQueryExecution", "sync"): {"QueryExecution": _O},
    ("athena:getQueryResults", ""): {"ResultSet": _O},
}


_MAY_BE_ABSENT: Final = frozenset({("dynamodb:getItem", "Item")})


def answer_of(resource: Json) -> Shape:
    """The shape of what a Task's service answers; unknown where that isn't documented."""
    read = resources.read(resource)
    found = _ANSWERS.get((read.call, read.pattern))
    if found is None:
        return UNKNOWN
    return built(
        (name, Field(typed(kind) if kind else UNKNOWN, (read.call, name) not in _MAY_BE_ABSENT))
        for name, kind in found.items()
    )
