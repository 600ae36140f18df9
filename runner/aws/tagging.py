"""The client of the Resource Groups Tagging API, which finds what has a tag in few calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.aws.clients import _config
from runner.aws.translation import aws_errors

if TYPE_CHECKING:
    from runner.aws.clients import Session


def tagging(session: Session) -> Any:
    """A client for one thread. Raises ProviderError."""
    with aws_errors("credentials"):
        return session.client("resourcegroupstaggingapi", config=_config(threads=1))
