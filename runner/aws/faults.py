"""The client library's errors as ours, each with its way out. Imports that library."""

from __future__ import annotations

from typing import Any, TypeAlias

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError, UndefinedModelAttributeError
from botocore.parsers import ResponseParserError

from runner.aws import hosts, pages, unanswered
from runner.aws.codes import kind_of, meaning, plain
from runner.errors import (
    ProviderError,
    Rejected,
    Transient,
    Unreachable,
)

Foreign: TypeAlias = (
    BotoCoreError | ClientError | ResponseParserError | Boto3Error | UndefinedModelAttributeError
)

FOREIGN = (
    BotoCoreError,
    ClientError,
    ResponseParserError,
    Boto3Error,
    UndefinedModelAttributeError,
)
"""Every root of the exceptions that the client library raises."""


def translate(error: Foreign, operation: str, resource: str) -> ProviderError:
    """Our error for a foreign one."""
    match error:
        case ClientError():
            return _from_answer(error, operation, resource)
        case BotoCoreError():
            return _from_library(error, operation)
        case ResponseParserError():
            return unreadable(error, operation)
        case _:
            return Rejected(f"{operation}: {plain(error)}", operation=operation)


def unreadable(error: Exception, operation: str) -> ProviderError:
    """Our error for an answer over which the client library stumbled."""
    if is_bad_endpoint(error):
        return Rejected(
            f"{operation}: {plain(error)}. The way out: write it with http:// or https:// in "
            "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS or the like, or in the AWS configuration",
            operation=operation,
        )
    if pages.is_in(error):
        return Transient(
            f"{operation}: an HTML page came in place of an answer of AWS. {pages.WAY_OUT}",
            operation=operation,
        )
    return Transient(
        f"{operation}: the answer can't be read: {plain(error)}. "
        "The way out: check that the endpoint is one of Step Functions.",
        operation=operation,
    )


def is_bad_endpoint(error: Exception) -> bool:
    """Tell the library's complaint about an address that is none."""
    return isinstance(error, ValueError) and str(error).startswith("Invalid endpoint: ")


def is_of_library(error: Exception) -> bool:
    """Tell whether the client library's own code raised it.

    An answer of another shape than it expects makes it fail with errors that are not its own.
    """
    trace = error.__traceback__
    module = ""
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        trace = trace.tb_next
    return module.partition(".")[0] == "botocore"


def _from_answer(error: ClientError, operation: str, resource: str) -> ProviderError:
    """What the service itself answered."""
    answer: Any = error.response
    code = plain(answer.get("Error", {}).get("Code", ""))
    raw = answer.get("Error", {}).get("Message") or ""
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0
    page = pages.told(raw)
    if page is None and not code.isidentifier() and pages.is_page(answer):
        page = pages.UNTITLED
    if page is not None:
        kind, message = kind_of(code, status), f"{plain(page)} (status {status}). {pages.WAY_OUT}"
    else:
        said = plain(raw) or "no reason given"
        kind, message = meaning(code, status, said, operation=operation, about=resource)
    about = f" on {plain(resource)}" if resource else ""
    return kind(f"{operation}{about}: {message}", operation=operation, code=code)


_TOLD = ("provider", "cred_var", "proxy_url")


def _from_library(error: BotoCoreError, operation: str) -> ProviderError:
    """What went wrong before an answer came."""
    kind = type(error).__name__
    # A few of the library's classes keep no values.
    details: dict[str, Any] = getattr(error, "kwargs", None) or {}
    cause = str(details.get("error", "") or error)
    where = plain(details.get("endpoint_url", ""))
    if hosts.is_plain_on_tls(where):
        cause = f"{cause} at a port of TLS"
    found = unanswered.find(error, cause)
    if found is None:
        return Rejected(f"{operation}: {plain(error)}", operation=operation, code=kind)
    told = {
        "WHERE": where,
        "REASON": plain(details.get("error", "") or error),
        "KIND": kind,
        "PROFILE": repr(plain(details.get("profile", ""))),
        **{
            key.upper(): plain(details.get(key, ""))
            for key in ("provider", "cred_var", "proxy_url")
        },
    }
    message = found.message(told)
    region = hosts.hint(where) if found.kind is Unreachable else ""
    if region:
        message = message.replace(". The way out:", f". {region} The way out:", 1)
    return found.kind(f"{operation}: {message}", operation=operation, code=kind)
