"""A lean HTTP/1.1 server on loopback: keep-alive POST requests with a Content-Length."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from tests.fake_aws import reports

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tests.fake_aws.protocol import App, Reply

_KEY = re.compile(rb"Credential=([^/,\s]+)/")
_REASONS = {
    200: b"OK",
    400: b"Bad Request",
    403: b"Forbidden",
    404: b"Not Found",
    500: b"Internal Server Error",
    503: b"Service Unavailable",
}


class Header:
    """Finds one header's value in a request's head: at once where its name is spelled so."""

    def __init__(self, name: str) -> None:
        self._plain = b"\r\n%s: " % name.encode()
        self._any = re.compile(rb"\r\n%s:[ \t]*([^\r]*)" % name.encode(), re.IGNORECASE)

    def value(self, head: bytes) -> bytes:
        """The value, or nothing."""
        start = head.find(self._plain)
        if start < 0:
            found = self._any.search(head)
            return found[1].strip() if found else b""
        start += len(self._plain)
        end = head.find(b"\r", start)
        return head[start:] if end < 0 else head[start:end]


_ID = b"x-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\n"
_LENGTH = Header("Content-Length")
_TARGET = Header("X-Amz-Target")
_HOST = Header("Host")
_AUTHORIZATION = Header("Authorization")


class Connection(asyncio.Protocol):
    def __init__(self, app: App, open_connections: set[Connection]) -> None:
        self._app = app
        self._open = open_connections
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        self._transport = None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            total = end + 4 + int(_LENGTH.value(head) or 0)
            if len(self._buffer) < total:
                return
            body, self._buffer = self._buffer[end + 4 : total], self._buffer[total:]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        reply = self._reply(head, body)
        if reply.delay > 0:
            asyncio.get_running_loop().call_later(reply.delay, self._send, reply)
        else:
            self._send(reply)

    def _reply(self, head: bytes, body: bytes) -> Reply:
        if head.startswith(b"GET "):
            return reports.report(self._app, head.split(b" ", 2)[1].decode("ascii", "replace"))
        if head.startswith(b"POST /control "):
            return reports.control(self._app, body)
        key = b""
        target, host = _TARGET.value(head), _HOST.value(head)
        # Who signed is looked for only where it could matter.
        if self._app.world.expired or not target:
            signed = _KEY.search(_AUTHORIZATION.value(head))
            key = signed[1] if signed else b""
        return self._app.answer(target, host.decode(), body, key.decode())

    def _send(self, reply: Reply) -> None:
        if self._transport is None:
            return
        if reply.drop:
            self._transport.abort()
            return
        reason = _REASONS.get(reply.status, b"Other")
        self._transport.write(
            b"HTTP/1.1 %d %s\r\n%s%sContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (reply.status, reason, self._date(), _ID, reply.type, len(reply.body), reply.body)
        )

    def _date(self) -> bytes:
        """The Date header, by the clock of the service that is faked."""
        world = self._app.world
        return _date_header(int(world.clock.now())) if world.tells_time else b""


@lru_cache(maxsize=4)
def _date_header(second: int) -> bytes:
    return b"Date: %s\r\n" % formatdate(second, usegmt=True).encode()


class Server:
    """Serves an app on 127.0.0.1 in a thread of its own, between `with` and its end."""

    def __init__(self, app: App, port: int = 0) -> None:
        self._app = app
        self._socket = socket.create_server(("127.0.0.1", port))
        self._connections: set[Connection] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self.run, name="fake-aws", daemon=True)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def run(self) -> None:
        """Serve in this thread until `stop`."""
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(
                lambda: Connection(self._app, self._connections), sock=self._socket
            )
        )
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for connection in list(self._connections):
            connection.close()
        self._loop.run_until_complete(server.wait_closed())
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def call(self, function: Callable[[], object]) -> None:
        """Do something in the server's thread, between two requests."""
        done = threading.Event()

        def step() -> None:
            function()
            done.set()

        self._loop.call_soon_threadsafe(step)
        done.wait()

    def __enter__(self) -> Self:
        self._thread.start()
        # A stop in the midst of its beginning would end that, and not what comes after it.
        self._ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._thread.join()
