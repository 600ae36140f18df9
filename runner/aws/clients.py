"""Sessions, clients and the account.

The client library is imported inside functions: commands without AWS never pay for it.
"""

from __future__ import annotations

import re
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from runner import __version__
from runner.aws.codes import plain
from runner.aws.translation import aws_errors
from runner.errors import AccessDenied, NotFound, Rejected, Transient

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from mypy_boto3_stepfunctions import SFNClient

    from runner.aws.web_identity import Credentials

Session: TypeAlias = "boto3.Session"

CONNECT_SECONDS = 5
READ_SECONDS = 20
STOP_READ_SECONDS = 5
"""A stop does no harm when it is sent twice, and a person waits for it."""

EXPRESS_READ_SECONDS = 330
"""An Express execution runs for up to 5 minutes, and its answer comes at its end."""

STAND_IN_ACCOUNT = "123456789012"
"""The account of an endpoint of one's own where nobody answers for STS."""


@dataclass(frozen=True, slots=True)
class Clients:
    """Three clients of one session.

    `express` waits for the end of Express executions; `stop` has a pool of its own, so that
    no poll delays a cancel, and waits for an answer no longer than it takes to ask again.
    `is_aws` tells an endpoint of AWS from any other.
    """

    call: SFNClient
    express: SFNClient
    stop: SFNClient
    is_aws: bool = True


def session(
    region: str, credentials: Credentials | None = None, *, profile: str | None = None
) -> Session:
    """A session with these credentials, or those of boto's default chain.

    The configuration of the `profile` counts, without one that of AWS_PROFILE. Raises
    CredentialsFailed.
    """
    with aws_errors("credentials"):
        import boto3  # noqa: PLC0415 - slow, and not needed by every command
        from botocore.session import get_session  # noqa: PLC0415

        core = get_session()
        parsers = core.get_component("response_parser_factory")
        parsers.set_parser_defaults(timestamp_parser=read_time)
        if profile is not None:
            core.set_config_variable("profile", profile)
        if credentials is not None:
            from runner.aws import renewing  # noqa: PLC0415 - as above

            renewing.use(core, credentials)
        return boto3.Session(botocore_session=core, region_name=region)


def read_time(told: Any) -> datetime:
    """A time of an answer, in UTC.

    Step Functions tells times as numbers. The client library's own way of reading them tries
    the computer's time zone first, and takes most of the time that a list of 1,000 rows takes.
    """
    if isinstance(told, (int, float)):
        with suppress(OverflowError, OSError, ValueError):
            return datetime.fromtimestamp(told, UTC)
    from botocore.utils import parse_timestamp  # noqa: PLC0415 - as above

    parsed: datetime = parse_timestamp(told)
    return parsed


def clients(session: Session, *, endpoint_url: str | None, threads: int) -> Clients:
    """Clients for Step Functions whose pools hold a connection for each thread.

    Raises ProviderError.
    """
    _check_endpoint(endpoint_url)
    with aws_errors("credentials"):
        call = _client(session, endpoint_url, _config(threads))
        is_aws = _is_aws(call.meta.endpoint_url)
        # The prefix `sync-` belongs to AWS's own host names; elsewhere that host isn't there.
        express = _config(threads, read_timeout=EXPRESS_READ_SECONDS, inject_host_prefix=is_aws)
        return Clients(
            call=call,
            express=_client(session, endpoint_url, express),
            stop=_client(session, endpoint_url, _config(threads, read_timeout=STOP_READ_SECONDS)),
            is_aws=is_aws,
        )


def account_id(session: Session, *, endpoint_url: str | None) -> str:
    """The account of the session's credentials, 12 digits, by STS. Raises ProviderError.

    An endpoint of one's own is asked too: emulators of several services answer there with
    the account that they use. One that speaks only Step Functions gets STAND_IN_ACCOUNT.
    """
    _check_endpoint(endpoint_url)
    try:
        with aws_errors("GetCallerIdentity"):
            sts: Any = session.client("sts", endpoint_url=endpoint_url, config=_config(threads=1))
            with closing(sts):
                answer = sts.get_caller_identity()
    except (AccessDenied, NotFound, Rejected, Transient):
        if endpoint_url is None:
            raise
        return STAND_IN_ACCOUNT
    return _account_in(answer, endpoint_url)


def _check_endpoint(url: str | None) -> None:
    """Raise Rejected for an address that the client library would stumble over."""
    if url is None:
        return
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname)
        # Reading the port checks it.
        is_whole = is_whole and parts.port != 0 and parts.username is None
    except ValueError:
        is_whole = False
    if not is_whole:
        raise Rejected(
            f"endpointUrl {plain(url)!r} is not http:// or https:// with a host and perhaps a "
            "port; it takes no user name and no password"
        )


def _account_in(answer: dict[str, Any], endpoint_url: str | None) -> str:
    account = str(answer.get("Account", ""))
    if re.fullmatch(r"\d{12}", account):
        return account
    if endpoint_url is not None:
        return STAND_IN_ACCOUNT
    raise Transient(
        "GetCallerIdentity answered without an account. Name it: accountId in the Platform's spec.",
        operation="GetCallerIdentity",
    )


def _config(threads: int, **more: Any) -> Config:
    from botocore.config import Config  # noqa: PLC0415 - as above

    settings: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "max_pool_connections": threads,
        # Repeating is the retry policy's; two layers would multiply.
        "retries": {"total_max_attempts": 1},
        # Lengths and patterns, which it doesn't look at, are checked before each call.
        "parameter_validation": False,
        "tcp_keepalive": True,
        "user_agent_extra": f"stepfleet/{__version__}",
    }
    return Config(**(settings | more))


def _client(session: Session, endpoint_url: str | None, config: Config) -> SFNClient:
    client: SFNClient = session.client("stepfunctions", endpoint_url=endpoint_url, config=config)
    return client


_AWS_HOST = re.compile(
    r"states(-fips)?\.[a-z0-9-]+\."
    r"(amazonaws\.com(\.cn)?|api\.aws|amazonaws\.eu|api\.amazonwebservices\.(com\.cn|eu))"
)


def _is_aws(endpoint_url: str) -> bool:
    return bool(_AWS_HOST.fullmatch(urlsplit(endpoint_url).hostname or ""))
