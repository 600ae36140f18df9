"""Places in spec files, diagnostics about them, and the exception tree.

StepfleetError                what a user can mend; never a traceback
├── Refused                   nothing was started, and why (exit code 3)
│   └── Invalid               … because of diagnostics: specs, variables, definitions
├── GitHubError               a call to GitHub failed; an apply never fails by it
└── ProviderError             a call to where executions run failed
    ├── Throttled             the call was turned away for its rate; repeat later
    ├── Unreachable           no connection was made: the call had no effect; repeat later
    ├── Transient             connection or server fault; the call may have taken effect
    ├── NotFound              the execution or state machine does not exist (yet)
    ├── AccessDenied          the caller may not make this call
    ├── CredentialsFailed     no credentials, or ones that are not accepted (any more)
    │   └── RenewalFailed     they ended and can't be renewed: the call was not made at all
    └── Rejected              the call itself is wrong; repeating it can't help

Diagnostics are returned as values; exceptions are raised only to stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a text file. Lines and columns count from 1, in characters."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """How bad a diagnostic is: an error refuses the project, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that explains a diagnostic, such as the first of two definitions."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One complaint: where, what is wrong, and the way out.

    `code` is a stable kebab-case name of the rule, for machines.
    """

    place: Place
    message: str
    code: str
    help: str | None = None
    severity: Severity = Severity.ERROR
    related: tuple[Related, ...] = ()


def has_errors(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> bool:
    """Tell whether any of the diagnostics refuses the project."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


class StepfleetError(Exception):
    """Base of every error that a user can mend."""


class Refused(StepfleetError):
    """Nothing was started, and the message says why and what to do."""


class Invalid(Refused):
    """Refused because of diagnostics, of which at least one is an error."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(f"{len(diagnostics)} problems")
        self.diagnostics = diagnostics


class GitHubError(StepfleetError):
    """A call to GitHub failed. `status` is that of its HTTP answer, None where none came."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class ProviderError(StepfleetError):
    """A call failed. `operation` is the API's name for it, `code` the provider's error code."""

    def __init__(self, message: str, *, operation: str = "", code: str = "") -> None:
        super().__init__(message)
        self.operation = operation
        self.code = code


class Throttled(ProviderError):
    """The call was turned away because of its rate."""


class Unreachable(ProviderError):
    """No connection was made, so the call had no effect."""


class Transient(ProviderError):
    """A connection or server fault. The call may have taken effect."""


class StartLost(Transient):
    """A start of which it is not known what it came to, first sent `since_sent` seconds ago.

    With `is_anothers`, an execution of this name existed before, for certain.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        code: str = "",
        since_sent: float,
        is_anothers: bool = False,
    ) -> None:
        super().__init__(message, operation=operation, code=code)
        self.since_sent = since_sent
        self.is_anothers = is_anothers


class NotFound(ProviderError):
    """The execution or state machine does not exist, or is not visible yet."""


class AccessDenied(ProviderError):
    """The caller may not make this call."""


class CredentialsFailed(ProviderError):
    """There are no credentials, they expired, or they can't be renewed."""


class RenewalFailed(CredentialsFailed):
    """Credentials have ended and could not be renewed, so the call was not even sent.

    `operation` and `code` are those of the renewal.
    """


class Rejected(ProviderError):
    """The call itself is wrong: repeating it can't help."""


HAD_NO_EFFECT = (Throttled, Unreachable, CredentialsFailed)
"""The call had no effect, and a later one may be let through."""

CAN_PASS = (*HAD_NO_EFFECT, Transient)
"""What failed for a reason that can pass; the call may have taken effect."""
