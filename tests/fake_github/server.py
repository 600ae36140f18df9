"""An HTTP server on loopback that can be made to answer badly, and that always ends."""

from __future__ import annotations

import socket
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Incoming:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent: all of it, nothing, or the half of its body."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: Literal["at-once", "in-body"] | None = None
    delay: float = 0.0


class Server(ThreadingHTTPServer):
    """Answers in a thread for each connection; `close` waits for all of them."""

    daemon_threads = False

    def __init__(
        self, answer: Callable[[Incoming], Outgoing], tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._scheme = "https" if tls else "http"
        if tls:
            # The handshake is for the connection's own thread, which may end by it.
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self.answer = answer
        self.is_closing = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._serve, name="fake-github")

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.server_port}"

    def _serve(self) -> None:
        self.serve_forever(poll_interval=0.01)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self.is_closing.set()
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                _shut(connection)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Callers may go away at any time: that is no fault of the fake's.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """A log of each request would hide what a test says."""

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.answer(Incoming(self.command, self.path, headers, body))
        if reply.delay:
            self.server.is_closing.wait(reply.delay)
        if reply.drop == "at-once":
            self.close_connection = True
            _shut(self.connection)
            return
        self._send(reply)

    def _send(self, reply: Outgoing) -> None:
        self.send_response_only(reply.status)
        names = {name.lower() for name in reply.headers}
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.drop == "in-body":
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self.close_connection = True
            return
        self.wfile.write(reply.body)


for _method in ("GET", "POST", "PATCH", "PUT", "DELETE", "CONNECT"):
    setattr(_Handler, f"do_{_method}", _Handler.serve)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
