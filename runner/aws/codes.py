"""What the error codes of AWS mean, and how its texts are made fit to show."""

from __future__ import annotations

import re

from runner.errors import (
    AccessDenied,
    CredentialsFailed,
    NotFound,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)

MAX_TEXT = 1000
"""Characters that a message takes over from a service's own."""

THROTTLES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "ExecutionLimitExceeded",
        "KmsThrottlingException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)
BAD_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
DENIALS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "KmsAccessDeniedException",
        "OptInRequired",
        "UnauthorizedOperation",
    }
)
MISSING = frozenset(
    {
        "ExecutionDoesNotExist",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "StateMachineDoesNotExist",
    }
)
SERVER_FAULTS = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)

_SECRETS = (
    (re.compile(r"://[^@\s]*@"), "://***@"),
    (re.compile(r"\b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}"), r"\1***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "***"),
    (
        re.compile(
            r"(?i)(signature|credential|security[-_]?token|session[-_]?token|secret[-_a-z]*"
            r"|password|authorization)(\W{0,3}[=:]\s*)[^\s&,;]+"
        ),
        r"\1\2***",
    ),
)


def plain(text: object) -> str:
    """A foreign text as one bounded printable line, without what looks like a credential."""
    line = "".join(mark if mark.isprintable() else " " for mark in str(text)[: 4 * MAX_TEXT])
    for pattern, replacement in _SECRETS:
        line = pattern.sub(replacement, line)
    line = " ".join(line.split())
    return line if len(line) <= MAX_TEXT else f"{line[:MAX_TEXT]}…"


def meaning(code: str, status: int, said: str) -> tuple[type[ProviderError], str]:
    """The kind of an error and its message, by the service's code, then by HTTP status."""
    kind = _kind(code, status)
    if kind is CredentialsFailed:
        # The service's own text may quote the request's headers, a session token among them.
        return kind, _credential_trouble(code)
    if kind is Throttled:
        return kind, f"turned away for its rate ({code or status}): {said}"
    if kind is AccessDenied:
        return kind, f"access denied ({code or status}): {said}. {_way_in(code)}"
    if kind is Transient:
        return kind, f"server fault ({code or status}): {said}"
    return kind, f"{code or status}: {said}"


KINDS: tuple[tuple[frozenset[str], type[ProviderError]], ...] = (
    (EXPIRED | BAD_CREDENTIALS, CredentialsFailed),
    (THROTTLES, Throttled),
    (DENIALS, AccessDenied),
    (MISSING, NotFound),
    (SERVER_FAULTS, Transient),
)


def _kind(code: str, status: int) -> type[ProviderError]:
    for codes, kind in KINDS:
        if code in codes:
            return kind
    by_status: dict[int, type[ProviderError]] = {
        401: CredentialsFailed,
        403: AccessDenied,
        429: Throttled,
    }
    return Transient if status >= 500 else by_status.get(status, Rejected)  # noqa: PLR2004 - server errors


def _credential_trouble(code: str) -> str:
    if code in EXPIRED:
        return (
            f"the credentials have expired ({code}). "
            "The way out: get new ones, and apply again; running executions are adopted."
        )
    return (
        f"the credentials are not accepted ({code}). The way out: check that they are "
        "complete, of this partition and still active, and that this machine's clock is right."
    )


def _way_in(code: str) -> str:
    if code == "KmsAccessDeniedException":
        return "The way out: allow kms:Decrypt and kms:GenerateDataKey on the machine's key."
    return "The way out: allow this action on this resource in the caller's IAM policy."
