"""The quotas of calls that Service Quotas says an account has."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runner.aws.asking import config
from runner.aws.translation import aws_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.aws.clients import Session

_OPERATION = "ListServiceQuotas"
_MOST_PAGES = 20
_PAGE = 100
_NAME = re.compile(
    r"(?P<operation>[A-Za-z]+) throttle token (?P<what>bucket size|refill rate per second)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AccountQuota:
    """What an account has of one operation; None for what was not told."""

    bucket: float | None = None
    per_second: float | None = None


def account_quotas(session: Session) -> Mapping[str, AccountQuota]:
    """The account's quotas of Step Functions in the session's region, by operation.

    Service Quotas tells only those of which it knows the applied value. Raises ProviderError.
    """
    with aws_errors(_OPERATION, "states"):
        client: Any = session.client("service-quotas", config=config())
        with closing(client):
            return _read(client)


def _read(client: Any) -> Mapping[str, AccountQuota]:
    sizes: dict[str, float] = {}
    rates: dict[str, float] = {}
    more: dict[str, str] = {}
    for _ in range(_MOST_PAGES):
        answer = client.list_service_quotas(ServiceCode="states", MaxResults=_PAGE, **more)
        for row in answer.get("Quotas") or ():
            told = row if isinstance(row, dict) else {}
            found = _NAME.fullmatch(str(told.get("QuotaName") or ""))
            value = told.get("Value")
            if found is not None and isinstance(value, (int, float)):
                kind = sizes if found["what"].lower() == "bucket size" else rates
                kind[found["operation"]] = float(value)
        if not answer.get("NextToken"):
            break
        more = {"NextToken": answer["NextToken"]}
    names = {*sizes, *rates}
    return {name: AccountQuota(sizes.get(name), rates.get(name)) for name in sorted(names)}
