"""Words that several checks share."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.doctor.types import Check
    from runner.errors import ProviderError

_WAY_OUT = "The way out: "
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def because(error: ProviderError) -> tuple[str, str | None]:
    """What went wrong, and the way out if the error's message tells one."""
    message, mark, fix = str(error).partition(_WAY_OUT)
    told = message.removeprefix(f"{error.operation}: ").rstrip().removesuffix(".")
    return told, fix.strip().removesuffix(".") if mark else None


_ARN = re.compile(
    r"arn:[a-z-]+:states:[a-z0-9-]*:[0-9]*:(?P<kind>[A-Za-z]+):[^\s\"',;()]*[^\s\"',;().:]"
)


def in_common(check: Check, role: str = "") -> Check:
    """The check with words that fit each machine in the same trouble.

    `role` is the ARN of the machine's own role.
    """
    if check.fix is None:
        return check
    return replace(
        check,
        shared=check.shared or _common(check.message, role),
        shared_fix=check.shared_fix or _common(check.fix, role),
    )


def _common(text: str, role: str) -> str:
    if role:
        name = role.rpartition("/")[2]
        owns = "|".join(map(re.escape, (f"its role {role}", role, f"role {name}")))
        text = re.sub(rf"(?:{owns}|(?<= on ){re.escape(name)})(?![\w+=,.@/-])", "its role", text)
    return _ARN.sub(_its, text)


def _its(found: re.Match[str]) -> str:
    return "the ARN of its execution" if found["kind"] == "execution" else "its ARN"


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3.5 h`, `2 days`: rounded down, as promises are."""
    if seconds <= 0:
        return "no time"
    if seconds < 2 * _MINUTE:
        return f"{int(seconds)} s"
    if seconds < 2 * _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    if seconds < 2 * _DAY:
        return f"{int(seconds / _HOUR * 10) / 10:g} h"
    return f"{int(seconds // _DAY)} days"
