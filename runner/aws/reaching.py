"""Whether an endpoint answers, and what time it says it is. No call is signed for it."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from runner.aws.asking import CONNECT_SECONDS, config
from runner.aws.clients import session as new_session
from runner.aws.translation import aws_errors
from runner.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from botocore.credentials import Credentials

    from runner.aws.clients import Session


@dataclass(frozen=True, slots=True)
class Answered:
    """An endpoint's answer: its HTTP status, and its Date if it told one.

    With `has_id` it has a request's id as answers of AWS do.
    """

    status: int
    date: datetime | None
    has_id: bool = True


def regions(session: Session) -> frozenset[str]:
    """The regions of all partitions in which boto knows Step Functions to be."""
    with aws_errors("regions"):
        return frozenset(
            region
            for partition in session.get_available_partitions()
            for region in session.get_available_regions("stepfunctions", partition)
        )


def nobody(region: str) -> Session:
    """A session for what needs no credentials: it looks for none, nor for a profile that lacks."""
    from botocore.credentials import Credentials  # noqa: PLC0415 - not needed by every command

    keys = Credentials("nobody", "nothing")
    try:
        return new_session(region, keys)
    except ProviderError:
        return _without_profile(region, keys)


def _without_profile(region: str, keys: Credentials) -> Session:
    import boto3  # noqa: PLC0415 - as above
    from botocore.session import Session as CoreSession  # noqa: PLC0415

    from runner.aws import renewing  # noqa: PLC0415

    core = CoreSession(session_vars={"profile": (None, None, None, None)})
    renewing.use(core, keys)
    return boto3.Session(botocore_session=core, region_name=region)


def endpoint_of(session: Session, service: str, endpoint_url: str | None = None) -> str:
    """The URL at which boto would call a service. Raises ProviderError."""
    with aws_errors("endpoint"):
        opened: Any = session
        client: Any = opened.client(service, endpoint_url=endpoint_url, config=config())
        with closing(client):
            url: str = client.meta.endpoint_url
            return url


_OF_AWS = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".api.amazonwebservices.eu",
)


def is_of_aws(url: str) -> bool:
    """Tell AWS's own endpoint of any service from others."""
    return (urlsplit(url).hostname or "").endswith(_OF_AWS)


def reach(session: Session, url: str) -> Answered:
    """Send an unsigned request that asks for nothing, by boto's proxies and authorities.

    Raises ProviderError where no answer comes.
    """
    answer = _sent(session, "GET", url)
    has_id = answer.headers.get(_ID) is not None
    return Answered(answer.status_code, _date(answer.headers.get("Date")), has_id)


def speaks_states(session: Session, url: str) -> bool:
    """Tell whether what is there answers as Step Functions does, be it that it refuses.

    An unsigned request for one state machine is sent. Raises ProviderError.
    """
    headers = {
        "X-Amz-Target": "AWSStepFunctions.ListStateMachines",
        "Content-Type": "application/x-amz-json-1.0",
    }
    answer = _sent(session, "POST", url, headers, b'{"maxResults": 1}')
    if answer.headers.get(_ID) is not None:
        return True
    try:
        told = json.loads(answer.content)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and bool(_OF_STATES & told.keys())


_ID = "x-amzn-RequestId"
_OF_STATES = {"__type", "stateMachines"}


def _sent(
    session: Session,
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Any:
    with aws_errors(method):
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - not needed by every command
        from botocore.httpsession import URLLib3Session  # noqa: PLC0415
        from botocore.utils import get_environ_proxies  # noqa: PLC0415

        core: Any = session._session  # noqa: SLF001 - boto3 keeps botocore's session there
        verify = core.get_config_variable("ca_bundle") or True
        sender = URLLib3Session(
            verify=verify, proxies=get_environ_proxies(url), timeout=CONNECT_SECONDS
        )
        with closing(sender):
            asked = AWSRequest(method=method, url=url, headers=dict(headers or {}), data=body)
            return sender.send(asked.prepare())


def _date(text: str | None) -> datetime | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - as above

    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return date if date.tzinfo is not None else None
