"""The provider of each platform, and the account that its credentials are of."""

from __future__ import annotations

import math
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

from runner import aws, local, step_functions
from runner.cli import tokens
from runner.model import AwsPlatform, LocalPlatform
from runner.quotas import rates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Self

    from runner.model import Platform, StateMachine
    from runner.provider import Provider
    from runner.step_functions import Buckets

    _Payer = tuple[str | None, str, str | None]


class Providers:
    """Opens what platforms need, once each, and closes all of it in the end.

    `wait` sleeps between repeated calls and returns True when it was interrupted. Platforms with
    the same auth share its credentials, also those at an endpoint of one's own. An `identity`
    stands in for boto's default chain.
    """

    def __init__(
        self,
        wait: Callable[[float], bool] | None = None,
        identity: aws.WebIdentity | None = None,
    ) -> None:
        self._wait = wait
        self._keyring = aws.Keyring(
            tokens=lambda auth: tokens.of(auth, os.environ),
            session_name=tokens.session_name(os.environ),
            stand_in=identity,
        )
        self._accounts: dict[str, str] = {}
        self._open: dict[str, Provider] = {}
        self._buckets: dict[_Payer, Buckets] = {}
        self._stack = ExitStack()
        self._stack.callback(self._keyring.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def accounts(self, platforms: Iterable[AwsPlatform]) -> Mapping[str, str]:
        """The account of each platform's credentials. Raises ProviderError.

        An endpoint of one's own is believed to be the account that its platform names.
        """
        return {platform.name: self._account(platform) for platform in platforms}

    def _account(self, platform: AwsPlatform) -> str:
        if platform.name not in self._accounts:
            named = platform.account_id if platform.endpoint_url else None
            account = named or step_functions.account(
                platform, session=self.session(platform), wait=self._wait
            )
            if platform.endpoint_url is None:
                self._keyring.hold_to(platform.auth, platform.region, account)
            self._accounts[platform.name] = account
        return self._accounts[platform.name]

    def session(self, platform: AwsPlatform) -> aws.Session:
        """The session of a platform, with its credentials. Raises ProviderError."""
        return self._keyring.session(platform.auth, platform.region)

    def provider(self, platform: Platform, machines: Mapping[str, StateMachine]) -> Provider:
        """The provider of a platform. Raises StepfleetError."""
        if platform.name not in self._open:
            opened = self._make(platform, machines)
            self._stack.callback(opened.close)
            self._open[platform.name] = opened
        return self._open[platform.name]

    def _make(self, platform: Platform, machines: Mapping[str, StateMachine]) -> Provider:
        match platform:
            case LocalPlatform():
                return local.provider(machines, platform)
            case AwsPlatform():
                return step_functions.provider(
                    platform,
                    account=self._accounts.get(platform.name),
                    session=self.session(platform),
                    wait=self._wait,
                    buckets=self._shared(platform),
                )

    def inventory(
        self, platform: AwsPlatform, *, within: float = math.inf
    ) -> step_functions.Inventory:
        """A reader of what a platform's account has in its region. Raises ProviderError.

        A call that fails is repeated `within` so many seconds at most.
        """
        opened = step_functions.inventory(
            platform,
            session=self.session(platform),
            wait=self._wait,
            buckets=self._shared(platform),
            within=within,
        )
        self._stack.callback(opened.close)
        return opened

    def prober(self, platform: AwsPlatform, *, within: float) -> step_functions.Prober:
        """A maker of small reads on a platform, as patient as `inventory`."""
        opened = step_functions.prober(
            platform,
            session=self.session(platform),
            wait=self._wait,
            buckets=self._shared(platform),
            within=within,
        )
        self._stack.callback(opened.close)
        return opened

    def _shared(self, platform: AwsPlatform) -> Buckets:
        """The buckets of all platforms whose calls count against the same quotas.

        They keep under the lowest of what these platforms allow.
        """
        account = self._accounts.get(platform.name) or platform.account_id
        payer = (platform.endpoint_url, platform.region, account)
        limits = platform.limits
        allowed = rates(platform.region, share=limits.share, raised=limits.quotas)
        if payer in self._buckets:
            self._buckets[payer].lower(allowed)
        else:
            self._buckets[payer] = step_functions.Buckets(allowed)
        return self._buckets[payer]
