"""Strings in documents that look like credentials, which must not stand in Git."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner.documents import ListNode, MapNode, ScalarNode
from runner.errors import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.documents import Document, Node
    from runner.errors import Place

_CERTAIN = (
    (re.compile(r"(?<![A-Z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Z0-9])"), "an AWS access key"),
    (
        re.compile(
            r"(?i:secret[-_ ]?(?:access[-_ ]?)?key)[\"']?\s*[=:]\s*[\"']?"
            r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
        ),
        "an AWS secret access key",
    ),
    (
        # How the base64 of every session token of STS begins.
        re.compile(
            r"(?:IQoJb3JpZ2lu|AgoJb3JpZ2lu|F[QwR]o[A-Z]ZXIvYXdz|FQoDYXdz|AQoDYXdz)[\w+/=-]{40}"
        ),
        "an AWS session token",
    ),
    (re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"), "a private key"),
)
_LIKELY = (
    (re.compile(r"(?<![A-Z0-9])A(?:ROA|IDA)[A-Z0-9]{16}(?![A-Z0-9])"), "an AWS access key"),
    (re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"), "an identity token"),
)
_LONG_WORD = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_SECRET_NAME = re.compile(
    r"(?i)secret|passwo?r?d|credential|access[-_]?key|session[-_]?token|security[-_]?token"
    r"|private[-_]?key|api[-_]?key"
)
_NAMES = frozenset({"roleArn", "externalId", "tokenFile", "profile"})
"""Fields of `auth` in which 40 characters of any kind are nothing to wonder about."""

_SHOWN = 60


def refuse(document: Document) -> Iterator[Diagnostic]:
    """A complaint for each string that looks like a credential; none of them repeats it.

    What is one for certain is refused everywhere; what only looks like one, in a Platform and
    where its name or that of a mapping around it tells of a secret.
    """
    root = document.root
    kind = root.items.get("kind") if isinstance(root, MapNode) else None
    loose = isinstance(kind, ScalarNode) and kind.text == "Platform"
    for label, name, text, place, is_suspect in _texts(root, "", "", loose):
        what = _kind_of(text, is_suspect=is_suspect, is_name=name in _NAMES)
        if what is not None:
            yield Diagnostic(
                place,
                f"{label}: it looks like {what}, which must not stand in Git",
                "credentials-in-spec",
                "take it out and revoke it; credentials come from where stepfleet runs",
            )


def _texts(
    node: Node, label: str, name: str, suspect: bool
) -> Iterator[tuple[str, str, str, Place, bool]]:
    """Each text, key or value, with how to call it, the key it stands under and its place."""
    match node:
        case ScalarNode():
            if isinstance(node.value, str):
                yield label.removeprefix("spec."), name, node.value, node.place, suspect
        case ListNode(items=items):
            for index, item in enumerate(items):
                yield from _texts(item, f"{label}[{index}]", name, suspect)
        case MapNode(items=entries):
            suspect = suspect or _is_named_secret(entries)
            for key, item in entries.items():
                place = node.key_places.get(key, node.place)
                yield f"a key of {label.removeprefix('spec.') or 'it'}", "", key, place, False
                below = _label(label, key)
                named = suspect or _SECRET_NAME.search(key) is not None
                yield from _texts(item, below, key, named)


def _is_named_secret(entries: Mapping[str, Node]) -> bool:
    """Tell a mapping that names a secret in a field, as lists of variables do."""
    named = (entries.get(key) for key in ("name", "Name", "key", "Key"))
    return any(
        isinstance(each, ScalarNode) and _SECRET_NAME.search(str(each.value)) for each in named
    )


def _label(label: str, key: str) -> str:
    shown = "…" if _kind_of(key, is_suspect=False, is_name=False) else key[:_SHOWN]
    return f"{label}.{shown}" if label else shown


def _kind_of(text: str, *, is_suspect: bool, is_name: bool) -> str | None:
    """What credential a text looks like, if any."""
    patterns = (*_CERTAIN, *_LIKELY) if is_suspect else _CERTAIN
    for pattern, what in patterns:
        if pattern.search(text):
            return what
    # No ARN is a secret, however long its name.
    if is_suspect and not is_name and not text.startswith("arn:") and _is_mixed(text):
        return "an AWS secret access key"
    return None


def _is_mixed(text: str) -> bool:
    """Tell 40 characters that mix cases and digits, as secret keys do."""
    return any(
        re.search("[a-z]", word[0]) and re.search("[A-Z]", word[0]) and re.search("[0-9]", word[0])
        for word in _LONG_WORD.finditer(text)
    )
