"""What AWS says of a signature that it does not accept, in numbers and names that are no secret.

The text itself may quote the whole request, so nothing of it is shown.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_TIME = r"(\d{8}T\d{6}Z)"
_SKEWED = re.compile(
    rf"Signature (?:expired|not yet current): {_TIME} is (?:now earlier|still later) than {_TIME} "
    rf"\({_TIME} [-+] \d+ min"
)
_REGION = re.compile(
    r"scoped to (?:a valid|the correct|correct) region(?:, not '([a-z0-9-]{1,40})')?"
)
_SERVICE = re.compile(r"scoped to (?:the )?correct service: '([a-z0-9.-]{1,40})'")


def hint(said: str) -> str:
    """What is wrong about a signature, as a sentence; empty where the text does not say."""
    skewed = _SKEWED.search(said)
    if skewed:
        return _skew(skewed[1], skewed[3])
    service = _SERVICE.search(said)
    if service:
        return f"The endpoint is one of the service {service[1]!r}: check `endpointUrl`."
    region = _REGION.search(said)
    if region:
        signed = f" {region[1]}" if region[1] else ""
        return (
            f"The call was signed for another region{signed} than the endpoint's: check the "
            "Platform's `region` and `endpointUrl`."
        )
    return ""


def _skew(signed: str, served: str) -> str:
    try:
        seconds = (_time(signed) - _time(served)).total_seconds()
    except ValueError:
        return ""
    way = "ahead of" if seconds > 0 else "behind"
    minutes, rest = divmod(abs(int(seconds)), 60)
    return f"This machine's clock is {minutes} min {rest} s {way} that of AWS: set it right."


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
