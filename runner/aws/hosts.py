"""Mistakes in a region or an endpoint, told from the host that could not be reached."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError
from botocore.session import get_session

_ALIKE = 0.8
_SHOWN = 3
_TLS_PORTS = (443, 8443)
_HOST = re.compile(
    r"(?P<service>(?:sync-)?[a-z-]{2,40})\.(?P<region>[a-z0-9-]{2,40})\."
    r"(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|api\.aws|api\.amazonwebservices\.(?:com\.cn|eu))"
)


def hint(url: str) -> str:
    """What may be wrong about the region in the host name of AWS, as a sentence.

    Empty for another host, and for a region that is known.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    found = _HOST.fullmatch(host)
    if found is None or found["region"] in known():
        return ""
    near = " or ".join(repr(each) for each in _nearest(found["region"]))
    return (
        f"No region {found['region']!r} is known here{f'; did you mean {near}?' if near else '.'}"
    )


def is_plain_on_tls(url: str) -> bool:
    """Tell whether an address asks for no TLS at a port that is for it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "http" and port in _TLS_PORTS


def _nearest(region: str) -> list[str]:
    """The likest regions; two letters that changed places are the likest mistake."""
    close = get_close_matches(region, sorted(known()), n=4, cutoff=_ALIKE)
    swapped = [each for each in close if sorted(each) == sorted(region)]
    return swapped or close[:_SHOWN]


@cache
def known() -> frozenset[str]:
    """The regions that the client library knows, of all partitions."""
    session = get_session()
    try:
        partitions = session.get_available_partitions()
        return frozenset(
            region
            for partition in partitions
            for service in ("stepfunctions", "ec2")
            for region in session.get_available_regions(service, partition)
        )
    except BotoCoreError:
        return frozenset()
