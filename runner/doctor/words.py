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

    `role` is the ARN of the machine's own role. AWS's own words, and statements for one machine
    alone, are left out: they would be true of none once they are changed.
    """
    if check.fix is None:
        return check
    return replace(
        check,
        shared=check.shared or _common(check.message, role),
        shared_fix=check.shared_fix or _common(_without_statement(check.fix), role),
    )


_STATEMENT = r'the statement \{"Effect": "Allow", "Action": "(?P<action>[^"]+)".*\}'
_INSTEAD = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (rf"add {_STATEMENT} to one\b", r"allow \g<action> on {each}"),
        (
            rf"add {_STATEMENT}(?P<how>, with a Principal,)? to ",
            r"allow \g<action> on {each}\g<how> in ",
        ),
        (
            rf"allow this action on this resource to (?P<whom>.+), with {_STATEMENT}",
            r"allow \g<action> on {each} to \g<whom>",
        ),
        (rf"with {_STATEMENT}", r"with a statement that allows \g<action> on {each}"),
    )
)
"""How a way out tells of a statement for one resource, and the words for that of each machine."""


def _without_statement(fix: str) -> str:
    """The way out without what AWS says, and with no statement that only one machine needs."""
    fix = fix.partition(" AWS says: ")[0].removesuffix(".")
    for pattern, words in _INSTEAD:
        found = pattern.search(fix)
        if found is None:
            continue
        told = found.expand(words.format(each=_each(found["action"])))
        is_ours = found["action"].startswith("states:")
        policy = " (`stepfleet iam-policy` prints a whole policy)" if is_ours else ""
        return f"{fix[: found.start()]}{told}{fix[found.end() :]}{policy}"
    return fix


def _each(action: str) -> str:
    services = {"iam": "the role of each", "kms": "the key of each"}
    return services.get(action.partition(":")[0], "each of them")


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
