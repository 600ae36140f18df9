"""What a Task's `Resource` asks for, and whether the embedded engine can do it by itself."""

from __future__ import annotations

from dataclasses import dataclass

START = "states:startExecution"

SFN_CALLS = (
    "startExecution",
    "startSyncExecution",
    "describeExecution",
    "stopExecution",
    "sendTaskSuccess",
    "sendTaskFailure",
    "sendTaskHeartbeat",
)
"""Calls of `aws-sdk:sfn` that the engine answers itself."""

_PATTERNS = ("", "sync", "sync:2", "waitForTaskToken")


@dataclass(frozen=True, slots=True)
class Resource:
    """A Task's resource. `call` is such as `lambda:invoke` or `aws-sdk:sfn:startExecution`.

    `pattern` is what follows the dot: `sync`, `sync:2`, `waitForTaskToken` or nothing.
    """

    call: str
    pattern: str = ""

    @property
    def is_start(self) -> bool:
        """Tell whether it starts an execution by the optimised integration."""
        return self.call == START

    @property
    def starts(self) -> bool:
        """Tell whether it starts an execution in any way."""
        return self.is_start or self.call in (
            "aws-sdk:sfn:startExecution",
            "aws-sdk:sfn:startSyncExecution",
        )

    @property
    def waits(self) -> bool:
        """Tell whether the state goes on only when what it started has ended."""
        return self.pattern in ("sync", "sync:2")

    @property
    def runs_here(self) -> bool:
        """Tell whether the engine does this by itself, without a mock."""
        if self.is_start:
            return self.pattern in _PATTERNS
        service, _, call = self.call.rpartition(":")
        return service == "aws-sdk:sfn" and call in SFN_CALLS and not self.pattern


def read(text: object) -> Resource:
    """Read a Resource; what is none comes back as a call that the engine can't do."""
    if not isinstance(text, str):
        return Resource(call="")
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":  # noqa: PLR2004 - an ARN has five colons
        return Resource(call=text)
    service, rest = parts[2], parts[5]
    if service != "states":
        return Resource(call=f"{service}:{rest}")
    call, _, pattern = rest.partition(".")
    return Resource(call=call, pattern=pattern)


def describe(resource: Resource) -> str:
    """The service that a resource calls, in words for a complaint."""
    kind, _, rest = resource.call.partition(":")
    match kind:
        case "":
            return "no service"
        case "activity":
            return f"the activity {rest}"
        case "lambda":
            return "AWS Lambda"
        case "aws-sdk":
            service, _, call = rest.partition(":")
            return f"{call} of {service}" if call else rest
        case "http":
            return "an HTTP endpoint"
        case _:
            return f"{rest} of {kind}" if rest else resource.call
