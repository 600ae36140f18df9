"""The provider for Step Functions, in AWS or at any endpoint that speaks its API."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from runner import aws
from runner.provider import refusal
from runner.retry import Policy
from runner.step_functions.buckets import Buckets
from runner.step_functions.checks import MAX_INPUT
from runner.step_functions.inventory import Inventory, Wanted
from runner.step_functions.probing import Prober
from runner.step_functions.reads import LOOKUP_SECONDS
from runner.step_functions.service import StepFunctions

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.model import AwsPlatform

__all__ = [
    "MAX_INPUT",
    "STOP_SECONDS",
    "Buckets",
    "Inventory",
    "Policy",
    "Prober",
    "StepFunctions",
    "Wanted",
    "account",
    "inventory",
    "policies",
    "prober",
    "provider",
]

STOP_SECONDS = 15.0
"""How long a stop is repeated, be it throttled, unanswered or without any connection."""

READERS = 8
"""Calls that looking up and observing make at once, besides those of the engine's workers."""


def policies(wait: Callable[[float], bool] | None = None) -> tuple[Policy, Policy]:
    """The policies of all calls and of those that stop. `wait` ends the waits of the first."""
    stop = Policy(deadline=STOP_SECONDS, unreachable=STOP_SECONDS, base=0.05, longest=2.0)
    return (Policy(wait=wait) if wait else Policy()), stop


def account(
    platform: AwsPlatform,
    *,
    session: aws.Session | None = None,
    wait: Callable[[float], bool] | None = None,
) -> str:
    """The account of the platform's credentials, 12 digits. Raises ProviderError.

    See `aws.account_id` for endpoints of one's own. Throttles and faults of STS are repeated.
    """
    opened = session or aws.session(platform.region)
    policy, _ = policies(wait)
    return replace(policy, unreachable=LOOKUP_SECONDS).call(
        lambda: aws.account_id(opened, endpoint_url=platform.endpoint_url)
    )


def provider(
    platform: AwsPlatform,
    *,
    account: str | None = None,
    session: aws.Session | None = None,
    wait: Callable[[float], bool] | None = None,
    workers: int = 32,
    buckets: Buckets | None = None,
) -> StepFunctions:
    """A provider for a platform, with a pool for as many workers as call it at once.

    `account` is that of the credentials where the platform names none. `wait` sleeps between
    repeated calls and returns True when it was interrupted, as `threading.Event.wait` does.
    `buckets` is shared by all providers of one account and region. Raises ProviderError.
    """
    clients = aws.clients(
        session or aws.session(platform.region),
        endpoint_url=platform.endpoint_url,
        threads=workers + READERS,
    )
    policy, stop_policy = policies(wait)
    return StepFunctions(
        clients,
        policy=policy,
        stop_policy=stop_policy,
        refusal=partial(refusal, platform, account=account),
        threads=READERS,
        lookback=platform.limits.lookback,
        buckets=buckets,
    )


def inventory(
    platform: AwsPlatform,
    *,
    session: aws.Session | None = None,
    wait: Callable[[float], bool] | None = None,
    buckets: Buckets | None = None,
    within: float = math.inf,
) -> Inventory:
    """A reader of what a platform's account has in its region. Raises ProviderError.

    `wait` and `buckets` are as for `provider`; a call that fails is repeated `within` so many
    seconds at most. An endpoint of one's own tells tags by itself.
    """
    opened = session or aws.session(platform.region)
    ready = aws.clients(opened, endpoint_url=platform.endpoint_url, threads=READERS)
    tagging = aws.tagging(opened) if platform.endpoint_url is None else None
    policy, _ = policies(wait)
    every = (ready.call, ready.express, ready.stop, *([tagging] if tagging else []))
    return Inventory(
        ready.call,
        policy=policy.within(within),
        tagging=tagging,
        threads=READERS,
        buckets=buckets,
        closing=[client.close for client in every],
    )


def prober(
    platform: AwsPlatform,
    *,
    session: aws.Session | None = None,
    wait: Callable[[float], bool] | None = None,
    buckets: Buckets | None = None,
    within: float = math.inf,
) -> Prober:
    """A maker of small reads, to learn what is allowed. Raises ProviderError.

    `wait`, `buckets` and `within` are as for `inventory`.
    """
    opened = session or aws.session(platform.region)
    ready = aws.clients(opened, endpoint_url=platform.endpoint_url, threads=READERS)
    every = (ready.call, ready.express, ready.stop)
    policy, _ = policies(wait)
    return Prober(
        ready.call,
        policy=policy.within(within),
        refusal=partial(refusal, platform, account=None),
        buckets=buckets,
        closing=[client.close for client in every],
    )
