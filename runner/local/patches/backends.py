"""moto has one backend per account and region for the whole process; each engine needs its own."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions import responses

from runner.local.patches.base import Patch, replace
from runner.local.routing import current_backend


def _apply() -> None:
    def get_backend(account: str, region: str) -> Any:
        return current_backend() or before(account, region)

    before = replace(responses, "get_backend", get_backend)


PATCH = Patch(
    name="backends",
    reason="two engines of one process would see each other's machines and executions, and "
    "executing definitions would need a switch that holds for the whole process",
    apply=_apply,
)
