"""The client library's errors as ours, each with its way out. Imports that library."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from boto3.exceptions import Boto3Error
from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError, UndefinedModelAttributeError
from botocore.parsers import ResponseParserError

from runner.aws import hosts, pages
from runner.aws.codes import kind_of, meaning, plain
from runner.errors import (
    CredentialsFailed,
    ProviderError,
    Rejected,
    Throttled,
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


def unreadable(error: Exception, operation: str) -> Transient:
    """Our error for an answer over which the client library stumbled."""
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
    raw = answer.get("Error", {}).get("Message", "")
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0
    page = pages.told(raw)
    if page is not None:
        kind, message = kind_of(code, status), f"{plain(page)} (status {status}). {pages.WAY_OUT}"
    else:
        said = plain(raw) or "no reason given"
        kind, message = meaning(code, status, said, operation=operation, about=resource)
    about = f" on {plain(resource)}" if resource else ""
    return kind(f"{operation}{about}: {message}", operation=operation, code=code)


def _from_library(error: BotoCoreError, operation: str) -> ProviderError:
    """What went wrong before an answer came."""
    name = type(error).__name__
    for kind, message in (_of_credentials(error), _of_connection(error)):
        if message:
            return kind(f"{operation}: {message}", operation=operation, code=name)
    return Rejected(f"{operation}: {plain(error)}", operation=operation, code=name)


def _details(error: BotoCoreError) -> dict[str, Any]:
    """The values in its text; a few of the library's classes keep none."""
    return getattr(error, "kwargs", None) or {}


def _of_credentials(error: BotoCoreError) -> tuple[type[ProviderError], str]:
    details = _details(error)
    source = plain(details.get("provider", "their source"))
    message = ""
    match error:
        case boto.NoCredentialsError() | boto.NoAuthTokenError():
            message = (
                "no credentials found. The way out: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or run where a role gives them "
                "(an emulator takes any values)."
            )
        case boto.PartialCredentialsError():
            missing = plain(details.get("cred_var", "a part"))
            message = (
                f"credentials from {source} are incomplete: {missing} is missing. "
                "The way out: set it too, or unset the others."
            )
        case boto.ProfileNotFound():
            profile = plain(details.get("profile", ""))
            message = (
                f"there is no profile {profile!r} in the AWS configuration. "
                "The way out: correct AWS_PROFILE, or add the profile."
            )
        case boto.CredentialRetrievalError() | boto.TokenRetrievalError():
            # What a helper program printed may hold what it was to keep secret.
            message = (
                f"credentials could not be had from {source}. "
                "The way out: try `aws sts get-caller-identity` with the same environment."
            )
        case boto.SSOError() | boto.LoginError():
            message = (
                f"the login of the AWS profile is no longer valid ({type(error).__name__}). "
                "The way out: `aws sso login` or `aws login`, as the profile needs."
            )
        case boto.RefreshWithMFAUnsupportedError():
            message = (
                "the credentials need a second factor to be renewed. "
                "The way out: get a session beforehand and use its credentials."
            )
        case (
            boto.ConfigParseError()
            | boto.ConfigNotFound()
            | boto.InvalidConfigError()
            | boto.MetadataRetrievalError()
            | boto.UnknownCredentialError()
            | boto.UnknownTokenProviderError()
            | boto.MissingDependencyException()
        ):
            message = f"credentials could not be had: {plain(error)}"
        case _:
            pass
    return CredentialsFailed, message


def _of_connection(error: BotoCoreError) -> tuple[type[ProviderError], str]:
    details = _details(error)
    where = plain(details.get("endpoint_url", "the endpoint"))
    reason = plain(details.get("error", "") or error)
    kind: type[ProviderError] = Transient
    message = ""
    match error:
        case boto.EndpointConnectionError():
            kind, message = Unreachable, _unreachable(where, reason)
        case boto.ConnectTimeoutError():
            kind, message = (
                Unreachable,
                (
                    f"{where} did not accept a connection in time. "
                    "The way out: check the network, a proxy or a firewall between."
                ),
            )
        case boto.ProxyConnectionError():
            kind, message = Unreachable, _of_proxy(plain(details.get("proxy_url", "")), reason)
        case boto.SSLError():
            kind, message = _of_tls(where, reason)
        case boto.ReadTimeoutError():
            message = f"{where} took the call but did not answer in time"
        case boto.ConnectionClosedError():
            message = f"{where} closed the connection before it answered"
            if _TLS_ALERT.search(str(details.get("error", ""))) or hosts.is_plain_on_tls(where):
                message += ", as it may speak TLS. The way out: write https:// in `endpointUrl`."
        case boto.CapacityNotAvailableError():
            kind, message = Throttled, "turned away by the client library's own rate limit"
        case boto.ConnectionError() | boto.HTTPClientError() | boto.IncompleteReadError():
            message = f"the connection to {where} failed: {reason}"
        case _:
            pass
    return kind, message


_TLS_ALERT = re.compile(r"BadStatusLine\W{1,4}x15\W{1,2}x03")
"""What a server of TLS answers to a call that is none."""


def _of_proxy(proxy: str, reason: str) -> str:
    if "407" in reason:
        return (
            f"the proxy {proxy} wants a login. The way out: write it as "
            "http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY."
        )
    return f"the proxy {proxy} can't be reached. The way out: check HTTPS_PROXY and NO_PROXY."


def _unreachable(where: str, reason: str) -> str:
    if "resolve" in reason or "Name or service not known" in reason or "getaddrinfo" in reason:
        region = hosts.hint(where)
        return (
            f"the host name of {where} can't be resolved. {f'{region} ' if region else ''}"
            "The way out: check the Platform's region or endpointUrl, and DNS."
        )
    if "refused" in reason:
        return (
            f"{where} refuses the connection. "
            "The way out: check that something listens there, and the Platform's endpointUrl."
        )
    return (
        f"{where} can't be reached. "
        "The way out: check the Platform's region or endpointUrl, and the network."
    )


_BAD_HANDSHAKE = re.compile(
    r"CERTIFICATE|certificate|WRONG_VERSION|HANDSHAKE|handshake|UNSUPPORTED_PROTOCOL|UNKNOWN_PROTOCOL"
)


def _of_tls(where: str, reason: str) -> tuple[type[ProviderError], str]:
    """A handshake that fails once fails always; anything later may have taken effect."""
    if "WRONG_VERSION_NUMBER" in reason or "wrong version number" in reason:
        return Rejected, (
            f"{where} speaks no TLS. The way out: write http:// in `endpointUrl`, or check that "
            "HTTPS_PROXY has the proxy's own http://."
        )
    if _BAD_HANDSHAKE.search(reason):
        return Rejected, (
            f"no secure connection to {where}: {reason}. The way out: set AWS_CA_BUNDLE to the "
            "certificate authority's file, or write http:// where the endpoint speaks no TLS."
        )
    return Transient, f"the secure connection to {where} broke: {reason}"
