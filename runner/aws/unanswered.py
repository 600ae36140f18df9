"""What goes wrong before AWS answers, by the client library's names for it: a second table.

docs/errors.md shows it, as it does that of `explanations`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.errors import (
    CredentialsFailed,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Unanswered:
    """What errors of these classes mean, or of classes below them.

    `means` and `way_out` are as in Explanation, with the places WHERE (the address) and REASON
    (the cause, made plain), and the names of what else the error tells. With a `sign`, a regular
    expression, an entry is only for errors in whose cause it is found.
    """

    names: tuple[str, ...]
    means: str
    way_out: str = ""
    kind: type[ProviderError] = CredentialsFailed
    sign: str = ""

    def message(self, told: Mapping[str, str]) -> str:
        """The message, ending in a full stop where it tells a way out."""
        means = _PLACE.sub(lambda place: told.get(place[0]) or _UNTOLD[place[0]], self.means)
        return f"{means.rstrip('.')}. The way out: {self.way_out}." if self.way_out else means


_UNTOLD = {
    "WHERE": "the endpoint",
    "REASON": "no reason given",
    "PROVIDER": "their source",
    "CRED_VAR": "a part",
    "PROFILE": "that name",
    "PROXY_URL": "of the environment",
    "KIND": "an error",
}
"""The places of texts, and what stands there where an error does not tell it."""

_PLACE = re.compile("|".join(rf"\b{name}\b" for name in _UNTOLD))

_NO_CREDENTIALS = (
    Unanswered(
        ("NoCredentialsError", "NoAuthTokenError"),
        "no credentials found",
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role "
        "gives them (an emulator takes any values)",
    ),
    Unanswered(
        ("PartialCredentialsError",),
        "credentials from PROVIDER are incomplete: CRED_VAR is missing",
        "set it too, or unset the others",
    ),
    Unanswered(
        ("ProfileNotFound",),
        "there is no profile PROFILE in the AWS configuration",
        "correct AWS_PROFILE, or add the profile",
    ),
    Unanswered(
        # What a helper program printed may hold what it was to keep secret.
        ("CredentialRetrievalError", "TokenRetrievalError"),
        "credentials could not be had from PROVIDER",
        "try `aws sts get-caller-identity` with the same environment",
    ),
    Unanswered(
        ("SSOError", "LoginError"),
        "the login of the AWS profile is no longer valid (KIND)",
        "`aws sso login` or `aws login`, as the profile needs",
    ),
    Unanswered(
        ("RefreshWithMFAUnsupportedError",),
        "the credentials need a second factor to be renewed",
        "get a session beforehand and use its credentials",
    ),
    Unanswered(
        ("ConfigParseError", "ConfigNotFound", "InvalidConfigError"),
        "credentials could not be had: REASON",
        "correct that in the AWS configuration",
    ),
    Unanswered(
        ("MetadataRetrievalError", "UnknownCredentialError", "UnknownTokenProviderError"),
        "credentials could not be had: REASON",
        "try `aws sts get-caller-identity` with the same environment",
    ),
    Unanswered(("MissingDependencyException",), "credentials could not be had: REASON"),
)
_NO_CONNECTION = (
    Unanswered(
        ("InvalidSTSRegionalEndpointsConfigError",),
        "REASON",
        "correct `sts_regional_endpoints` in the AWS configuration, or AWS_STS_REGIONAL_ENDPOINTS",
        Rejected,
    ),
    Unanswered(
        ("NoRegionError",),
        "no region is named",
        "name it: `region` of the Platform, or AWS_REGION",
        Rejected,
    ),
    Unanswered(
        ("EndpointConnectionError",),
        "the host name of WHERE can't be resolved",
        "check the Platform's region or endpointUrl, and DNS",
        Unreachable,
        "resolve|Name or service not known|getaddrinfo",
    ),
    Unanswered(
        ("EndpointConnectionError",),
        "WHERE refuses the connection",
        "check that something listens there, and the Platform's endpointUrl",
        Unreachable,
        "refused",
    ),
    Unanswered(
        ("EndpointConnectionError",),
        "WHERE can't be reached",
        "check the Platform's region or endpointUrl, and the network",
        Unreachable,
    ),
    Unanswered(
        ("ConnectTimeoutError",),
        "WHERE did not accept a connection in time",
        "check the network, a proxy or a firewall between",
        Unreachable,
    ),
    Unanswered(
        ("ProxyConnectionError",),
        "the proxy PROXY_URL wants a login",
        "write it as http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY",
        Unreachable,
        r"\b407\b",
    ),
    Unanswered(
        ("ProxyConnectionError",),
        "the proxy PROXY_URL can't be reached",
        "check HTTPS_PROXY and NO_PROXY",
        Unreachable,
    ),
    Unanswered(
        ("SSLError",),
        "WHERE speaks no TLS",
        "write http:// in `endpointUrl`, or check that HTTPS_PROXY has the proxy's own http://",
        Rejected,
        "(?i)wrong[_ ]version[_ ]number",
    ),
    Unanswered(
        ("SSLError", "HTTPClientError"),
        "the file of certificate authorities can't be read: REASON",
        "correct AWS_CA_BUNDLE, or `ca_bundle` in the AWS configuration",
        Rejected,
        "No such file or directory|Permission denied|CA certificate bundle",
    ),
    Unanswered(
        # A handshake that fails once fails always; anything later may have taken effect.
        ("SSLError",),
        "no secure connection to WHERE: REASON",
        "set AWS_CA_BUNDLE to the certificate authority's file, or write http:// where the "
        "endpoint speaks no TLS",
        Rejected,
        "(?i)certificate|handshake|UNSUPPORTED_PROTOCOL|UNKNOWN_PROTOCOL",
    ),
    Unanswered(("SSLError",), "the secure connection to WHERE broke: REASON", kind=Transient),
    Unanswered(
        ("ReadTimeoutError",), "WHERE took the call but did not answer in time", kind=Transient
    ),
    Unanswered(
        # What a server of TLS answers to a call that is none.
        ("ConnectionClosedError",),
        "WHERE closed the connection before it answered, as it may speak TLS",
        "write https:// in `endpointUrl`",
        Transient,
        r"BadStatusLine\W{1,4}x15\W{1,2}x03|at a port of TLS",
    ),
    Unanswered(
        ("ConnectionClosedError",),
        "WHERE closed the connection before it answered",
        kind=Transient,
    ),
    Unanswered(
        ("CapacityNotAvailableError",),
        "turned away by the client library's own rate limit",
        kind=Throttled,
    ),
    Unanswered(
        ("ConnectionError", "HTTPClientError", "IncompleteReadError"),
        "the connection to WHERE failed: REASON",
        kind=Transient,
    ),
)

SUBJECTS: tuple[tuple[str, tuple[Unanswered, ...]], ...] = (
    ("No credentials", _NO_CREDENTIALS),
    ("No connection", _NO_CONNECTION),
)
"""The whole table, by subject; of several entries that fit, the first counts."""


def find(error: Exception, cause: str) -> Unanswered | None:
    """The entry for an error whose cause is this text; None where there is none."""
    names = {kind.__name__ for kind in type(error).__mro__}
    for _, entries in SUBJECTS:
        for each in entries:
            if names.intersection(each.names) and re.search(each.sign, cause):
                return each
    return None
