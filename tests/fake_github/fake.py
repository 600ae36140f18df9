"""The fake as tests hold it: its world, its faults, and the requests that came."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from tests.fake_github import routes
from tests.fake_github.faults import Faults
from tests.fake_github.routes import Call, Reply
from tests.fake_github.server import Incoming, Outgoing, Server
from tests.fake_github.world import ACTIONS, Identity, World

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from tests.fake_github.faults import Fault, Route

_OIDC = "/oidc/token"


@dataclass(frozen=True, slots=True)
class Request:
    """A request that came. `authorization` is the header as it was, `body` its JSON."""

    route: Route
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any

    @property
    def authorization(self) -> str:
        return self.headers.get("authorization", "")


class FakeGitHub:
    """Serves between `with` and its end. `prefix` is `/api/v3` for GitHub Enterprise.

    The token `token` is that of a workflow, who writes as github-actions[bot]. `tls` holds a
    certificate to serve with.
    """

    def __init__(
        self,
        *,
        prefix: str = "",
        repository: str = "octo/jobs",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.token = "ghs_FakeTokenOfAWorkflow"
        self.world = World(repository, {self.token: Identity(ACTIONS)})
        self.faults = Faults()
        self.requests: list[Request] = []
        self._prefix = prefix
        self._lock = threading.Lock()
        self._server = Server(self._answer, tls)

    @property
    def server_url(self) -> str:
        return self._server.url

    @property
    def api_url(self) -> str:
        return f"{self._server.url}{self._prefix}"

    @property
    def graphql_url(self) -> str:
        return f"{self._server.url}{self._graphql_path}"

    @property
    def _graphql_path(self) -> str:
        return f"{self._prefix.removesuffix('/v3')}/graphql"

    @property
    def oidc_url(self) -> str:
        """As GitHub has it: with a query already."""
        return f"{self._server.url}{_OIDC}?api-version=2.0"

    def environment(self) -> dict[str, str]:
        """The variables by which a step finds the fake."""
        return {
            "GITHUB_SERVER_URL": self.server_url,
            "GITHUB_API_URL": self.api_url,
            "GITHUB_GRAPHQL_URL": self.graphql_url,
            "GITHUB_REPOSITORY": self.world.repository,
            "ACTIONS_ID_TOKEN_REQUEST_URL": self.oidc_url,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.world.oidc_token,
        }

    def calls(self, *names: Route) -> list[Request]:
        """The requests of the routes so far, all without names."""
        with self._lock:
            return [one for one in self.requests if not names or one.route in names]

    def _answer(self, incoming: Incoming) -> Outgoing:
        with self._lock:
            return self._answer_alone(incoming)

    def _answer_alone(self, incoming: Incoming) -> Outgoing:
        request = self._request(incoming)
        self.requests.append(request)
        fault = self.faults.next(request.route)
        if fault is None:
            return _outgoing(self._reply(request))
        reply = self._reply(request) if fault.takes_effect else None
        return _faulty(fault, reply)

    def _request(self, incoming: Incoming) -> Request:
        path = urlsplit(incoming.target).path
        route: Route
        if path == _OIDC:
            route = "id_token"
        elif path == self._graphql_path:
            route = routes.route_of(incoming.method, "/graphql", self.world.repository)
        elif path.startswith(f"{self._prefix}/"):
            below = path[len(self._prefix) :]
            route = routes.route_of(incoming.method, below, self.world.repository)
        else:
            route = "unknown"
        return Request(
            route,
            incoming.method,
            path,
            routes.parsed_query(incoming.target),
            dict(incoming.headers),
            json.loads(incoming.body) if incoming.body else None,
        )

    def _reply(self, request: Request) -> Reply:
        token = request.authorization.removeprefix("Bearer ")
        if request.route == "id_token":
            if token != self.world.oidc_token:
                return routes.BAD_CREDENTIALS
            return routes.id_token(self.world, request.query.get("audience", ""))
        identity = self.world.tokens.get(token)
        if identity is None:
            return routes.BAD_CREDENTIALS
        call = Call(
            request.method,
            request.path[len(self._prefix) :],
            request.query,
            request.body,
            identity,
            self.api_url,
        )
        return routes.HANDLERS[request.route](self.world, call)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()


def _outgoing(reply: Reply) -> Outgoing:
    headers = {"Content-Type": "application/json; charset=utf-8", **reply.headers}
    return Outgoing(reply.status, json.dumps(reply.content).encode(), headers)


def _faulty(fault: Fault, reply: Reply | None) -> Outgoing:
    if fault.status is not None:
        return Outgoing(fault.status, fault.body, fault.headers, fault.drop, fault.delay)
    sent = _outgoing(reply) if reply else Outgoing(500, b"")
    return Outgoing(sent.status, sent.body, sent.headers, fault.drop, fault.delay)
