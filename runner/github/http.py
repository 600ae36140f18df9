"""Exchanges over HTTP with one origin: what is sent there goes nowhere else.

urllib3 does the work: it comes with botocore anyway and takes a few hundredths of a second to
import; it verifies certificates, speaks through proxies with CONNECT, keeps connections, times
each of its reads, and tells a connection that was never made from an answer that got lost, on
which it depends whether a call may be sent again. Its own repeats and redirects are off.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from runner.errors import GitHubError
from runner.github.patience import Lost, NotSent
from runner.report.cleaning import one_line

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

    from urllib3 import BaseHTTPResponse, PoolManager

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
MAX_ANSWER = 20 * 1024 * 1024
"""Bytes of one answer."""

_LEAST_SECONDS = 1.0
"""A call is given this long at least, even where the deadline has passed."""

_PORTS = {"http": 80, "https": 443}
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1")
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a token may go: scheme, host and port, and nothing that only looks like it."""

    scheme: str
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Tell whether it is this machine itself."""
        return _LOOPBACK.fullmatch(self.host) is not None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def origin_of(url: str) -> Origin:
    """The origin of an address. Raises GitHubError where a token must not be sent there."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError as error:
        raise GitHubError(
            f"{one_line(url, 200)!r} is no address: {one_line(str(error))}"
        ) from error
    if scheme not in _PORTS or not host or parts.username is not None:
        raise GitHubError(f"{one_line(url, 200)!r} is no address of GitHub")
    origin = Origin(scheme, host.lower(), port or _PORTS[scheme])
    if scheme == "http" and not origin.is_loopback:
        raise GitHubError(f"{one_line(url, 200)}: no token is sent without TLS; use https")
    return origin


def bearer(token: str, what: str) -> str:
    """The header for a token. Raises GitHubError, without the token, where it can't be one."""
    if not token:
        raise GitHubError(f"{what} is empty")
    if not _TOKEN.fullmatch(token):
        raise GitHubError(f"{what} holds a line end, white space or letters that no token has")
    return f"Bearer {token}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Calls to one origin. Close it after use."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin

    @cached_property
    def _pool(self) -> PoolManager:
        import urllib3  # noqa: PLC0415 - not needed by every command

        proxy = _proxy_for(self.origin)
        context = _tls() if self.origin.scheme == "https" else None
        if proxy is None:
            return urllib3.PoolManager(num_pools=1, ssl_context=context)
        try:
            return _through(proxy, context)
        except (ValueError, urllib3.exceptions.HTTPError):
            # Neither its address nor what is said of it: there may be a password in it.
            raise GitHubError("the proxy of the environment is no address of one") from None

    def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        left: Callable[[], float],
    ) -> Answer:
        """Send one request to `target`, a path with its query, and read the whole answer.

        `left` tells the seconds until the caller's deadline. Follows no redirect. Raises
        NotSent, Lost and GitHubError.
        """
        import urllib3  # noqa: PLC0415

        seconds = max(left(), _LEAST_SECONDS)
        until = urllib3.Timeout(
            connect=min(CONNECT_SECONDS, seconds), read=min(READ_SECONDS, seconds)
        )
        with _translated(self.origin):
            response = self._pool.request(
                method,
                f"{self.origin}{target}",
                body=body,
                headers={**headers, "Accept-Encoding": "identity"},
                redirect=False,
                retries=False,
                timeout=until,
                preload_content=False,
            )
            content = _content(response, left)
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, names, content)

    def close(self) -> None:
        """Close all connections."""
        if "_pool" in self.__dict__:
            self._pool.clear()


def _through(proxy: str, context: ssl.SSLContext | None) -> PoolManager:
    import urllib3  # noqa: PLC0415

    parts = urlsplit(proxy)
    password = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    headers = urllib3.make_headers(proxy_basic_auth=password) if parts.username else None
    return urllib3.ProxyManager(proxy, num_pools=1, proxy_headers=headers, ssl_context=context)


def _content(response: BaseHTTPResponse, left: Callable[[], float]) -> bytes:
    content = bytearray()
    try:
        for chunk in response.stream(65536, decode_content=False):
            content += chunk
            if len(content) > MAX_ANSWER:
                raise GitHubError(f"GitHub answers with more than {MAX_ANSWER} bytes")
            if left() < -_LEAST_SECONDS:
                raise Lost("GitHub's answer takes too long")
    finally:
        # Read to its end, it has given its connection back before; else none may use that again.
        response.close()
    return bytes(content)


@contextmanager
def _translated(origin: Origin) -> Iterator[None]:
    from urllib3 import exceptions as faults  # noqa: PLC0415

    where = f"{origin.host}:{origin.port}"
    try:
        yield
    except (faults.NewConnectionError, faults.ConnectTimeoutError, faults.ProxyError) as error:
        raise NotSent(f"no connection to {where}: {_words(error)}") from error
    except faults.SSLError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            way_out = "name the file of your authority's certificates in SSL_CERT_FILE"
            raise GitHubError(f"{where} is not trusted: {_words(error)}; {way_out}") from error
        raise Lost(f"the connection to {where} failed: {_words(error)}") from error
    except (faults.ProtocolError, faults.TimeoutError, OSError) as error:
        raise Lost(f"the answer of {where} did not come: {_words(error)}") from error
    except faults.HTTPError as error:
        raise GitHubError(f"can't call {where}: {_words(error)}") from error


def _words(error: Exception) -> str:
    return one_line(str(error), 200)


def _tls() -> ssl.SSLContext:
    """Python's own, which heeds SSL_CERT_FILE; REQUESTS_CA_BUNDLE as many companies set it."""
    import ssl  # noqa: PLC0415

    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    if not bundle or os.environ.get("SSL_CERT_FILE"):
        return ssl.create_default_context()
    try:
        is_folder = os.path.isdir(bundle)  # noqa: PTH112 - a word of the environment as it is
        return ssl.create_default_context(
            cafile=None if is_folder else bundle, capath=bundle if is_folder else None
        )
    except OSError as error:
        raise GitHubError(f"REQUESTS_CA_BUNDLE: can't read {one_line(bundle, 200)}") from error


def _proxy_for(origin: Origin) -> str | None:
    """The proxy that the environment names for the origin; none is asked for this machine."""
    from urllib.request import getproxies_environment, proxy_bypass  # noqa: PLC0415

    known = getproxies_environment()
    if origin.is_loopback or proxy_bypass(f"{origin.host}:{origin.port}"):
        return None
    proxy = known.get(origin.scheme) or known.get("all")
    if proxy is None:
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
