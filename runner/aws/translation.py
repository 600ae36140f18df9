"""The door at which the client library's errors become ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def aws_errors(operation: str, resource: str = "") -> Iterator[None]:
    """Turn every error of the client library into one of ours, with the way out.

    `operation` is the API's name for the call and `resource` the ARN that it is about.
    Raises ProviderError; no message holds a credential or a control character.
    """
    from runner.aws import faults  # noqa: PLC0415 - brings the client library in

    try:
        yield
    except faults.FOREIGN as error:
        raise faults.translate(error, operation, resource) from error
    except Exception as error:
        if not faults.is_of_library(error):
            raise
        raise faults.unreadable(error, operation) from error
