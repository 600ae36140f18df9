"""What answers at the endpoint of Step Functions has to be Step Functions."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.doctor.tools import aws_environment, examined, job_on, of, project_at, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.tools import Shell

__all__ = ["aws_environment", "shell"]


@pytest.fixture(
    params=[b"<html>It works!</html>", b"[]", b'{"ok": true}', b'{"stateMachines": []}']
)
def answering(request: pytest.FixtureRequest) -> Iterator[tuple[str, bytes]]:
    """The URL of a server that answers everything alike, and its answer."""

    class Always(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(request.param)))
            self.end_headers()
            self.wfile.write(request.param)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, format: str, *of: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Always) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", request.param
        server.shutdown()


@pytest.mark.usefixtures("aws_environment")
def test_what_answers_otherwise_than_step_functions_fails(
    shell: Shell, answering: tuple[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.cli.examining.asking.CALL_SECONDS", 0.1)
    url, answer = answering
    shell.write(job_on("echo"), project=project_at(url))
    states = of(examined(shell)[1], "states-endpoint")
    assert states["verdict"] == ("pass" if b"stateMachines" in answer else "fail")
    if states["verdict"] == "fail":
        assert "not Step Functions" in states["message"]
        assert "endpointUrl" in states["fix"]
