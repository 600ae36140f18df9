"""What is known of one platform: who its credentials are, and what answers at its endpoints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from runner import aws
from runner.cli.examining.lasting import lifetime
from runner.doctor.credentials import Identity
from runner.doctor.places import Answer, Reached, Unreached
from runner.errors import CredentialsFailed, ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.cli.examining.asking import Asking
    from runner.doctor.credentials import Lifetime
    from runner.model import Auth, AwsPlatform

_HOME = {"cn": "cn-north-1", "us-gov": "us-gov-west-1", "eusc": "eusc-de-east-1"}
"""A region of each partition that every account of it has."""

_GIVER = "whatever gives the credentials (a credential_process, SSO or a machine's role)"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was seen of a platform. `elsewhere` is None where STS was asked in one region alone.

    `session` is why there is none, where there is none.
    """

    session: aws.Session | ProviderError
    identity: Identity | ProviderError
    elsewhere: Identity | ProviderError | None
    lifetime: Lifetime | ProviderError | None
    states: Answer | None
    sts: Answer | None
    regions: frozenset[str]

    @property
    def trouble(self) -> str | None:
        """Why it is no use to ask Step Functions anything; None where it is some."""
        if isinstance(self.session, ProviderError):
            return "there are no credentials to ask with"
        if isinstance(self.identity, CredentialsFailed):
            return "the credentials do not work"
        if not isinstance(self.states, Reached):
            return "the endpoint of Step Functions does not answer"
        return None


def opened(open_session: Callable[[], aws.Session], asking: Asking) -> aws.Session | ProviderError:
    """A session with a platform's credentials, or why there is none."""
    return asking.ask(open_session, of=_GIVER)


def opened_by_person(open_session: Callable[[], aws.Session]) -> aws.Session | ProviderError:
    """The same in this thread, where a person can be asked for a second factor."""
    try:
        return open_session()
    except ProviderError as error:
        return error


def needs_person(opened: aws.Session | ProviderError) -> bool:
    """Tell whether nobody but a person can give what is missing, and one is there."""
    return isinstance(opened, ProviderError) and opened.code == aws.ASKS_A_PERSON


def look(
    platform: AwsPlatform,
    opened: aws.Session | ProviderError,
    open_session: Callable[[Auth], aws.Session],
    asking: Asking,
) -> Surroundings:
    """Look at a platform's surroundings, in no more time than its calls may take."""
    plain = opened if not isinstance(opened, ProviderError) else _without_credentials(platform)
    states = _reached(plain, platform, "stepfunctions", asking)
    sts = _reached(plain, platform, "sts", asking)
    known = asking.ask(partial(aws.regions, plain)) if plain is not None else frozenset[str]()
    regions = frozenset[str]() if isinstance(known, ProviderError) else known
    if isinstance(opened, ProviderError):
        return Surroundings(opened, opened, None, None, states, sts, regions)
    identity = _identity(opened, platform, sts, asking)
    return Surroundings(
        opened,
        identity,
        _elsewhere(opened, platform, identity, asking),
        asking.ask(partial(lifetime, platform.auth, open_session), of=_GIVER),
        states,
        sts,
        regions,
    )


def _without_credentials(platform: AwsPlatform) -> aws.Session | None:
    """A session that can tell where endpoints are, though there are no credentials."""
    try:
        return aws.nobody(platform.region)
    except ProviderError:
        return None


def _reached(
    session: aws.Session | None, platform: AwsPlatform, service: str, asking: Asking
) -> Answer | None:
    """An answer of an endpoint; None where nobody can tell where it is."""
    if session is None:
        return None
    url = asking.ask(partial(aws.endpoint_of, session, service, platform.endpoint_url))
    if isinstance(url, ProviderError):
        return Unreached("its endpoint", url)
    answer = asking.ask(partial(_answer, session, url))
    if isinstance(answer, ProviderError):
        return Unreached(url, answer)
    if service != "stepfunctions" or answer.is_service:
        return replace(answer, is_service=True)
    speaks = asking.ask(partial(aws.speaks_states, session, url))
    return replace(answer, is_service=speaks is True)


def _answer(session: aws.Session, url: str) -> Reached:
    began = datetime.now(UTC)
    answered = aws.reach(session, url)
    took = (datetime.now(UTC) - began).total_seconds()
    if answered.date is None:
        return Reached(url, answered.status, is_service=answered.has_id)
    # A Date is a whole second, cut off, at some moment between question and answer.
    middle = (began - answered.date).total_seconds() + took / 2 - 0.5
    return Reached(url, answered.status, middle, 1 + took / 2, answered.has_id)


def _identity(
    session: aws.Session, platform: AwsPlatform, sts: Answer | None, asking: Asking
) -> Identity | ProviderError:
    if isinstance(sts, Unreached):
        return sts.problem
    question = partial(_asked, session, platform.endpoint_url, None)
    # An endpoint of one's own may have no STS: what it answers then is no passing fault.
    return asking.ask(question) if platform.endpoint_url is None else asking.once(question)


def _asked(session: aws.Session, endpoint_url: str | None, region: str | None) -> Identity:
    caller = aws.caller(session, endpoint_url=endpoint_url, region=region)
    return Identity(caller.arn, caller.account)


def _elsewhere(
    session: aws.Session,
    platform: AwsPlatform,
    here: Identity | ProviderError,
    asking: Asking,
) -> Identity | ProviderError | None:
    """Who the credentials are in a region that every account has, if they are nobody here."""
    home = next(
        (name for head, name in _HOME.items() if platform.region.startswith(f"{head}-")),
        "us-east-1",
    )
    is_refused = isinstance(here, CredentialsFailed) and bool(here.code)
    if not is_refused or platform.endpoint_url is not None or platform.region == home:
        return None
    return asking.ask(partial(_asked, session, None, home))
