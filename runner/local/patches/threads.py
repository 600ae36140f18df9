"""moto keeps every thread that it ever started in one list, and all that they hold with them."""

from __future__ import annotations

import sys

from moto.stepfunctions.parser import utils

from runner.local.patches.base import Patch


class _Forgetful(list[object]):
    """A list that keeps nothing."""

    def append(self, _: object, /) -> None:
        """Drop what is given."""


def _apply() -> None:
    forgetful = _Forgetful()
    before = utils.TMP_THREADS
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions.") and vars(module).get("TMP_THREADS") is before:
            module.__dict__["TMP_THREADS"] = forgetful


PATCH = Patch(
    name="threads",
    reason="every thread that ever ran is kept in a module's list, so memory only grows",
    apply=_apply,
)
