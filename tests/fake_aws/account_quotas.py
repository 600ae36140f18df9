"""Service Quotas: the applied quotas of an account, in pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.fake_aws.api import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

TARGET = b"ServiceQuotasV20190624."
OPERATION = "ListServiceQuotas"
PAGE = 5


def answer(quotas: Mapping[str, float], body: bytes) -> bytes:
    """The answer to ListServiceQuotas, `quotas` by their names; raises ApiError."""
    request = json.loads(body)
    if request["ServiceCode"] != "states":
        raise ApiError("NoSuchResourceException")
    first = int(request.get("NextToken", "0"))
    rows = [{"QuotaName": name, "Value": value} for name, value in sorted(quotas.items())]
    more = {"NextToken": str(first + PAGE)} if first + PAGE < len(rows) else {}
    return json.dumps({"Quotas": rows[first : first + PAGE], **more}).encode()


def named(operation: str, bucket: float, per_second: float) -> dict[str, float]:
    """Both quotas of an operation, by the names that Service Quotas gives them."""
    return {
        f"{operation} throttle token bucket size": bucket,
        f"{operation} throttle token refill rate per second": per_second,
    }
