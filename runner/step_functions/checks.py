"""Step Functions' limits on what a call may hold, which its client library does not check.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner import values
from runner.arns import is_express
from runner.errors import Rejected

if TYPE_CHECKING:
    from runner.provider import StartRequest

MAX_INPUT = 262_144
MAX_ERROR = 256
MAX_CAUSE = 32_768

_NAME = re.compile(r"[0-9A-Za-z_-]{1,80}")
_TRACE_HEADER = re.compile(r"[\x20-\x7e]{0,256}")


def check_start(request: StartRequest, operation: str) -> None:
    """Raise Rejected for a name, an input or a trace header that the service would not take."""
    problem = _problem_of(request)
    if problem is not None:
        raise Rejected(f"{operation} on {request.machine}: {problem}", operation=operation)


def _problem_of(request: StartRequest) -> str | None:
    if not _NAME.fullmatch(request.name):
        return f"the name {request.name[:100]!r} is not 1 to 80 of 0-9 A-Z a-z - _"
    size = len(values.encode(request.input))
    if size > MAX_INPUT:
        return f"the input has {size:,} bytes, and {MAX_INPUT:,} are allowed"
    if request.trace_header is not None and not _TRACE_HEADER.fullmatch(request.trace_header):
        return "the trace header is not at most 256 printable ASCII characters"
    return None


def check_standard(execution_arn: str, operation: str) -> None:
    """Raise Rejected for an Express execution, which can only be started."""
    if is_express(execution_arn):
        raise Rejected(
            f"{operation} on {execution_arn}: an Express execution can't be described, stopped "
            "nor redriven; it ends by itself after at most 5 minutes",
            operation=operation,
        )
