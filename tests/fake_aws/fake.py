"""The fake as tests hold it: its world, its faults, its counts and its address."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from tests.fake_aws import sts
from tests.fake_aws.clock import Clock, SteppedClock
from tests.fake_aws.protocol import App
from tests.fake_aws.quotas import Quotas
from tests.fake_aws.server import Server
from tests.fake_aws.world import SUCCEEDS, Machine, Script, World

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from tests.fake_aws.chaos import Chaos
    from tests.fake_aws.faults import Faults
    from tests.fake_aws.iam import Directory
    from tests.fake_aws.quotas import Rate


class FakeAws:
    """Serves between `with` and its end. Its clock stands still unless a test steps it."""

    def __init__(
        self,
        clock: Clock | None = None,
        port: int = 0,
        *,
        quotas: Mapping[str, Rate] | None = None,
        chaos: Chaos | None = None,
    ) -> None:
        self.world = World(clock=clock or SteppedClock())
        self._app = App(self.world, chaos=chaos)
        self.limit(quotas)
        self._server = Server(self._app, port)
        self._stack = ExitStack()

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def faults(self) -> Faults:
        return self._app.faults

    @property
    def directory(self) -> Directory:
        """Roles and policies of IAM."""
        return self._app.directory

    @property
    def account_quotas(self) -> dict[str, float]:
        """What Service Quotas tells of the account, by the names of quotas."""
        return self._app.account_quotas

    @property
    def calls(self) -> dict[str, int]:
        """Requests so far by operation, those that met a fault included."""
        return dict(self._app.calls)

    @property
    def throttles(self) -> dict[str, int]:
        """Calls so far that were throttled, by operation."""
        return dict(self._app.throttles)

    @property
    def mishaps(self) -> dict[str, int]:
        """What chaos did so far, by OPERATION.RATE such as `StartExecution.lost`."""
        return dict(self._app.mishaps)

    @property
    def chaos(self) -> Chaos | None:
        """Faults by chance, or None."""
        return self._app.chaos

    @chaos.setter
    def chaos(self, chaos: Chaos | None) -> None:
        self._app.chaos = chaos

    def limit(self, rates: Mapping[str, Rate] | None) -> None:
        """Throttle by these rates, such as `published("us-east-1")`, from now on; or not."""
        self._app.quotas = None if rates is None else Quotas(rates, self.world.clock)

    @property
    def hosts(self) -> set[str]:
        """The Host headers of all requests."""
        return set(self._app.hosts)

    def requests(self, operation: str) -> list[dict[str, Any]]:
        """The bodies of the requests of one operation of Step Functions."""
        return [json.loads(body) for name, body in self._app.bodies if name == operation]

    def forms(self, operation: str) -> list[dict[str, str]]:
        """The bodies of the requests of one operation of STS or IAM."""
        return [sts.form_of(body) for name, body in self._app.bodies if name == operation]

    def signers(self, operation: str) -> list[str]:
        """The access keys that signed the requests of one operation of STS, first to last."""
        return [key for name, key in self._app.signers if name == operation]

    def machine(self, name: str, script: Script = SUCCEEDS, **details: object) -> Machine:
        """Create a state machine; `details` are fields of Machine."""
        return self.world.add(name, script, **details)

    def forget_calls(self) -> None:
        self._app.calls.clear()
        self._app.throttles.clear()
        self._app.bodies.clear()
        self._app.signers.clear()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._server)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
