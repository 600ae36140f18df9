"""What an error of AWS says: its kind and its message, and its texts made fit to show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner.aws import denials, enabled, signatures
from runner.aws.explanations import EXPIRED, TABLE, Explanation
from runner.errors import (
    AccessDenied,
    CredentialsFailed,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ASKS_A_PERSON", "EXPIRED", "MAX_TEXT", "meaning", "plain"]

MAX_TEXT = 1000
"""Characters that a message takes over from a service's own."""

ASKS_A_PERSON = "SecondFactorAsked"
"""Our code where a second factor can be asked for in the main thread alone."""

_MAX_SAID = 500
"""Characters of the service's text that stand besides an explanation."""

_SHORT = 100
"""Characters of a text that is told before its explanation."""

_SECRETS = (
    (re.compile(r"://[^@\s]*@"), "://***@"),
    (re.compile(r"(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}"), r"\1***"),
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"), "***"),
    (
        re.compile(
            r"(?i)(signature|credential|security[-_]?token|session[-_]?token|secret[-_a-z]*"
            r"|password|authorization)(\W{0,3}[=:>]\s*)[^\s&,;<]+"
        ),
        r"\1\2***",
    ),
    # A secret key of 40 marks, which is no digest and no machine's name, or a session token.
    (
        re.compile(
            r"(?<!stateMachine:)(?<!execution:)(?<![A-Za-z0-9/+])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[a-z])"
            r"(?=[A-Za-z0-9/+]*[0-9])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])"
        ),
        "***",
    ),
    (re.compile(r"[A-Za-z0-9/+_=-]{120,}"), "***"),
)


def plain(text: object) -> str:
    """A foreign text as one bounded printable line, without what looks like a credential."""
    whole = str(text)
    line = "".join(mark if mark.isprintable() else " " for mark in whole[: 4 * MAX_TEXT])
    if len(whole) > len(line):
        # What is cut in two is not known for a credential any more.
        line = line.rpartition(" ")[0] or line[:MAX_TEXT]
    for pattern, replacement in _SECRETS:
        line = pattern.sub(replacement, line)
    return _cut(" ".join(line.split()), MAX_TEXT)


def _cut(line: str, limit: int) -> str:
    return line if len(line) <= limit else f"{line[:limit]}…"


KINDS: dict[str, type[ProviderError]] = {
    code: each.kind for code, each in TABLE.items() if each.kind is not None
}
"""The kinds of the codes whose kind does not hang on the status."""

_BY_STATUS: dict[int, type[ProviderError]] = {
    401: CredentialsFailed,
    403: AccessDenied,
    429: Throttled,
}
_BY_KIND: dict[type[ProviderError], Explanation] = {
    CredentialsFailed: TABLE["AuthFailure"],
    Throttled: TABLE["ThrottlingException"],
    AccessDenied: TABLE["AccessDenied"],
    Transient: TABLE["InternalFailure"],
}


def meaning(
    code: str, status: int, said: str, *, operation: str = "", about: str = ""
) -> tuple[type[ProviderError], str]:
    """The kind of an error and its message, by the service's code, then by HTTP status.

    `said` is its text, made plain; the message may hold it. `operation` and `about`, the ARN of
    the call, tell which permission it needs.
    """
    kind = kind_of(code, status)
    told = code or str(status)
    found = TABLE.get(code) or _BY_KIND.get(kind)
    if found is None:
        return kind, f"{told}: {_sentence(said)}"
    hints = (signatures.hint(said), enabled.hint(code, about))
    if kind is CredentialsFailed:
        # The service's own text may quote the request's headers, a session token among them.
        return kind, " ".join(filter(None, (f"{found.means} ({told}).", _remedy(found, hints))))
    denied = None
    if (kind is AccessDenied and code not in TABLE) or code in denials.CODES:
        denied = denials.explain(code, said, operation, about)
    remedy = denied or _remedy(found, hints)
    return kind, _joined(f"{found.means} ({told})", denials.shown(said), remedy)


def _joined(means: str, said: str, remedy: str) -> str:
    """A message; a long text comes last in it, as the end is what is cut where room is short."""
    if len(said) <= _SHORT:
        return f"{means}: {_sentence(said)} {remedy}"
    return f"{means}. {remedy} AWS says: {_sentence(_cut(said, _MAX_SAID))}"


def kind_of(code: str, status: int) -> type[ProviderError]:
    """The kind of an error by its code, and by the status where that decides."""
    if code in KINDS:
        return KINDS[code]
    return Transient if status >= 500 else _BY_STATUS.get(status, Rejected)  # noqa: PLR2004 - server errors


def _remedy(found: Explanation, hints: Iterable[str]) -> str:
    return " ".join(filter(None, (found.concerns, *hints, f"The way out: {found.way_out}.")))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
