"""The embedded engine: moto executing a project's machines in this process, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.local.check import check
from runner.local.provider import provider

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from runner.errors import Diagnostic
    from runner.model import StateMachine

__all__ = ["check", "provider", "read"]


def read(machines: Mapping[str, StateMachine], used: Collection[str]) -> tuple[Diagnostic, ...]:
    """Tell what the engine itself can't read of the used machines and of their children.

    Imports the engine, which costs a third of a second. Raises Refused where it is missing
    or is not a tested version.
    """
    from runner.local import reading  # noqa: PLC0415 - brings the client library in

    return reading.read(machines, used)
