"""Branches hand the clock of an execution down and up, so that shortened sleeps add up."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.asl.eval.environment import Environment

from runner.local.patches.base import Patch, replace
from runner.local.run import inherit


def _apply() -> None:
    for opening in ("open_frame", "open_inner_frame"):
        _hand_down(opening)
    for closing in ("close_frame", "delete_frame"):
        _hand_up(closing)


def _hand_down(name: str) -> None:
    def opened(self: Any, *arguments: Any, **options: Any) -> Any:
        frame = before(self, *arguments, **options)
        inherit(frame, self)
        return frame

    before = replace(Environment, name, opened)


def _hand_up(name: str) -> None:
    def closed(self: Any, frame: Any) -> None:
        before(self, frame)
        inherit(self, frame)

    before = replace(Environment, name, closed)


PATCH = Patch(
    name="clocks",
    reason="moto knows no time scale: without a clock of its own for each branch, shortened "
    "Waits would hide timeouts that AWS would report",
    apply=_apply,
)
