"""Pages that come where an answer of AWS should: of a proxy, a login or a web server."""

from __future__ import annotations

import re
from typing import Any

WAY_OUT = (
    "The way out: check that the endpoint is one of Step Functions (`endpointUrl`), HTTPS_PROXY "
    "and NO_PROXY, and whether the network wants a login."
)

UNTITLED = "an HTML page came in place of an answer of AWS"

_HEAD = 2000
_PAGE = re.compile(r"(?is)\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body)\b")
_WITHIN = re.compile(r"(?i)<(?:!doctype\s+html|html)\b")
_TITLE = re.compile(r"(?is)<title[^>]*>(.{1,120}?)</title>")
_TLS_PORT = re.compile(r"(?i)plain HTTP request was sent to HTTPS port|speaking plain HTTP to an")


def told(text: object) -> str | None:
    """What to say of a text that is a page; None for any other text."""
    head = str(text)[:_HEAD]
    if _TLS_PORT.search(head):
        return "the port expects TLS: write https:// in `endpointUrl`"
    if _PAGE.match(head) is None:
        return None
    title = _TITLE.search(head)
    named = f" titled {' '.join(title[1].split())!r}" if title else ""
    return f"an HTML page{named} came in place of an answer of AWS"


def is_in(error: Exception) -> bool:
    """Tell whether the client library quotes a page in what it can't read."""
    return _WITHIN.search(str(error)[:_HEAD]) is not None


def is_page(answer: Any) -> bool:
    """Tell whether an answer came as a page, by its headers; the library keeps no more of it."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders") or {}
    return str(headers.get("content-type", "")).lower().startswith("text/html")
