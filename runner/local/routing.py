"""The one client that moto answers in this process: no socket, no credentials, nothing shared.

moto's own `mock_aws` takes the whole process over: it rewrites environment variables and
intercepts every client. Here moto's stubber stands on the `before-send` event of our client
alone. Each engine has a backend of its own; which one a call is for travels in a context
variable for the length of that call.
"""

from __future__ import annotations

import importlib
from contextvars import ContextVar
from functools import cache
from typing import Any, NoReturn

from botocore import UNSIGNED
from botocore.config import Config
from botocore.configprovider import ConfigValueStore, ConstantProvider
from botocore.session import Session

from runner.errors import Refused

ENDPOINT = "https://states.us-east-1.amazonaws.com"
"""The address that moto's URL table knows; the engine's own region is the backend's matter."""

_BACKEND: ContextVar[Any] = ContextVar("stepfleet_backend", default=None)


def current_backend() -> Any:
    """The backend of the engine whose client is calling; None for any other client."""
    return _BACKEND.get()


def client(backend: Any) -> Any:
    """Make a Step Functions client whose calls this backend answers in process.

    The engine has to be loaded.
    """
    made = session().create_client(
        "stepfunctions",
        region_name=backend.region_name,
        endpoint_url=ENDPOINT,
        config=_config(),
    )
    made.meta.events.register_first("before-send.*", _Route(backend))
    return made


def _config() -> Config:
    settings: dict[str, Any] = {
        "signature_version": UNSIGNED,
        "retries": {"total_max_attempts": 1},
        "inject_host_prefix": False,
        "ignore_configured_endpoint_urls": True,
        "defaults_mode": "legacy",
        "parameter_validation": False,
    }
    return Config(**settings)


@cache
def session() -> Session:
    """The session of every engine of this process; it holds nothing but the service's model."""
    return _IsolatedSession()


class _Route:
    """Answers a request from one backend, or refuses it. Never lets it go out."""

    def __init__(self, backend: Any) -> None:
        stubber = importlib.import_module("moto.core.botocore_stubber")
        self._stubber = stubber.BotocoreStubber()
        self._stubber.enabled = True
        self._backend = backend

    def __call__(self, *, event_name: str, request: Any, **_: object) -> Any:
        if not request.url.startswith(f"{ENDPOINT}/"):
            refuse(request.url)
        token = _BACKEND.set(self._backend)
        try:
            response = self._stubber(event_name, request)
        finally:
            _BACKEND.reset(token)
        return refuse(request.url) if response is None else response


def refuse(what: str) -> NoReturn:
    """Raise Refused: the embedded engine reaches nothing outside this process."""
    raise Refused(f"the embedded engine does not reach {what}: nothing leaves this process")


class _IsolatedSession(Session):
    """A botocore session that reads no file, no environment variable and no metadata service."""

    def __init__(self) -> None:
        super().__init__()
        values = {
            name: ConstantProvider(value=default)
            for name, (_, _, default, _) in self.SESSION_VARIABLES.items()
        }
        self.register_component("config_store", ConfigValueStore(mapping=values))
        self.set_credentials("stepfleet", "stepfleet")

    @property
    def full_config(self) -> dict[str, Any]:
        return {"profiles": {}}

    @property
    def profile(self) -> None:
        return None

    def get_scoped_config(self) -> dict[str, Any]:
        return {}

    def get_auth_token(self, **_: object) -> None:  # type: ignore[override]
        return None

    def _register_client_plugins(self, client: Any) -> None:
        """Load no plug-in that the environment names."""
