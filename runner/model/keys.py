"""Strings in documents that look like credentials, which must not stand in Git."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner.documents import ListNode, MapNode, ScalarNode
from runner.errors import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from runner.documents import Document, Node
    from runner.errors import Place

CODE = "credentials-in-spec"

_CERTAIN = (
    (
        # Nearly all keys have a digit, and words in capitals have none.
        re.compile(r"(?<![A-Z0-9])A(?:KIA|SIA)(?=[A-Z]*[0-9])[A-Z0-9]{16}(?![A-Z0-9])"),
        "an AWS access key",
    ),
    (
        re.compile(
            r"(?i:secret[-_ ]?(?:access[-_ ]?)?key)[\"']?(?:\s*[=:]\s*|\s+)[\"']?"
            r"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
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
    (
        re.compile(r"(?<![A-Z0-9])A(?:KIA|SIA|ROA|IDA)[A-Z0-9]{16}(?![A-Z0-9])"),
        "an AWS access key",
    ),
    (re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"), "an identity token"),
)
_LONG_WORD = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_WORDS = re.compile(r"(?:[A-Z]?[a-z]{2,}|[A-Z]{2,}|[0-9]+){1,3}")
_PATH_PARTS = 3
_SECRET_NAME = re.compile(
    r"(?i)secret|passwo?r?d|credential|access[-_]?key|session[-_]?token|security[-_]?token"
    r"|private[-_]?key|api[-_]?key"
)
_NAMES = frozenset({"externalId", "tokenFile"})
"""Fields of `auth` in which 40 characters of any kind are nothing to wonder about."""

_MAYBE = re.compile(r"A(?:KIA|SIA|ROA|IDA)|[A-Za-z0-9/+]{40}|IQoJ|AgoJ|F[QwR]o|AQoD|eyJ|-----BEGIN")
"""What every text holds that looks like a credential, so that most need no closer look."""

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*", re.MULTILINE)
_SHORTEST = 20
_SHOWN = 60
_BEGINNING = 12
_ADVICE = "take it out and revoke it; credentials come from where stepfleet runs"

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text, key or value: where it stands, under which key, and whether around it is a secret."""

    text: str
    path: _Path
    place: Place
    name: str
    is_suspect: bool


@dataclass(frozen=True, slots=True)
class _Find:
    """What a text looks like, and the part of it that does."""

    what: str
    secret: str


def refuse(documents: Sequence[Document]) -> Iterator[Diagnostic]:
    """A complaint for each string that looks like a credential; none of them repeats it.

    What is one for certain is refused everywhere; what only looks like one, in a Platform and
    where its name or that of a mapping around it tells of a secret.
    """
    known: set[str] = set()
    for text, find in _finds(documents):
        known.add(find.secret)
        yield _complaint(text.place, _label(text), find.what)
    for source in {id(each.root.source): each.root.source for each in documents}.values():
        for comment in _COMMENT.finditer(source.text) if _MAYBE.search(source.text) else ():
            hit = _found(comment[0], _CERTAIN)
            if hit is not None and hit.secret not in known:
                yield _complaint(source.place_at(comment.start()), "a comment", hit.what)


def may_hold_any(text: str) -> bool:
    """Tell whether the text of a file is worth a closer look."""
    # What is written with escapes can't be told from how the file looks.
    return "\\" in text or _MAYBE.search(text) is not None


def _complaint(place: Place, label: str, what: str) -> Diagnostic:
    message = f"{label}: it looks like {what}, which must not stand in Git"
    return Diagnostic(place, message, CODE, _ADVICE)


def conceal(
    diagnostics: Iterable[Diagnostic], documents: Sequence[Document]
) -> tuple[Diagnostic, ...]:
    """The diagnostics without any text that is refused as a credential, or surely is one.

    In a file that can't be read whole nothing is refused, and its complaints quote it.
    """
    told = tuple(diagnostics)
    if not any(each.code == CODE or _quotes(each) for each in told):
        return told
    # A message may have cut the text, and what is left of it begins as the text does.
    beginnings = {re.escape(find.secret[:_BEGINNING]) for _, find in _finds(documents)}
    # After the head of a private key comes the key, with spaces and escapes between.
    hidden = [r"-----BEGIN[^'\"]*", *(rf"{each}[\w+/=.-]*" for each in sorted(beginnings))]
    patterns = (re.compile("|".join(hidden)), *(pattern for pattern, _ in _CERTAIN))

    def without(text: str) -> str:
        for pattern in patterns:
            text = pattern.sub("***", text)
        return text

    return tuple(
        replace(
            each,
            message=without(each.message),
            help=each.help and without(each.help),
            related=tuple(replace(one, message=without(one.message)) for one in each.related),
        )
        for each in told
    )


def _quotes(diagnostic: Diagnostic) -> bool:
    texts = (
        diagnostic.message,
        diagnostic.help or "",
        *(one.message for one in diagnostic.related),
    )
    return any(_MAYBE.search(text) and _found(text, _CERTAIN) for text in texts)


def _finds(documents: Sequence[Document]) -> Iterator[tuple[_Text, _Find]]:
    worthwhile: dict[int, bool] = {}
    for document in documents:
        root = document.root
        key = id(root.source)
        if key not in worthwhile:
            worthwhile[key] = may_hold_any(root.source.text)
        if worthwhile[key]:
            kind = root.items.get("kind") if isinstance(root, MapNode) else None
            loose = isinstance(kind, ScalarNode) and kind.text == "Platform"
            for each in _texts(root, (), "", loose):
                hit = _of(each)
                if hit is not None:
                    yield each, hit


def _texts(node: Node, path: _Path, name: str, suspect: bool) -> Iterator[_Text]:
    """Each text that is long enough and at first glance may be one."""
    match node:
        case ScalarNode(value=value):
            if isinstance(value, str) and _is_worth_it(value):
                yield _Text(value, path, node.place, name, suspect)
        case ListNode(items=items):
            for index, item in enumerate(items):
                yield from _texts(item, (*path, index), name, suspect)
        case MapNode(items=entries):
            suspect = suspect or _is_named_secret(entries)
            for key, item in entries.items():
                if _is_worth_it(key):
                    place = node.key_places.get(key, node.place)
                    yield _Text(key, (*path, _OF_KEY), place, "", False)
                named = suspect or _SECRET_NAME.search(key) is not None
                yield from _texts(item, (*path, key), key, named)


_OF_KEY = -1
"""At the end of a path: what is meant is a key there."""


def _is_worth_it(text: str) -> bool:
    return len(text) >= _SHORTEST and _MAYBE.search(text) is not None


def _is_named_secret(entries: Mapping[str, Node]) -> bool:
    """Tell a mapping that names a secret in a field, as lists of variables do."""
    named = (entries.get(key) for key in ("name", "Name", "key", "Key"))
    return any(
        isinstance(each, ScalarNode) and _SECRET_NAME.search(str(each.value)) for each in named
    )


def _label(text: _Text) -> str:
    label = ""
    for part in text.path:
        if part == _OF_KEY:
            return f"a key of {label.removeprefix('spec.') or 'it'}"
        if isinstance(part, int):
            label += f"[{part}]"
        else:
            shown = "…" if _found(part, _CERTAIN) else part[:_SHOWN]
            label += f".{shown}" if label else shown
    return label.removeprefix("spec.")


def _of(text: _Text) -> _Find | None:
    """What credential a text looks like, if any."""
    hit = _found(text.text, (*_CERTAIN, *_LIKELY) if text.is_suspect else _CERTAIN)
    # No ARN is a secret, however long its name.
    if hit or not text.is_suspect or text.name in _NAMES or text.text.startswith("arn:"):
        return hit
    words = (word[0] for word in _LONG_WORD.finditer(text.text))
    mixed = next((word for word in words if _is_mixed(word)), None)
    return None if mixed is None else _Find("an AWS secret access key", mixed)


def _found(text: str, patterns: Iterable[tuple[re.Pattern[str], str]]) -> _Find | None:
    for pattern, what in patterns:
        hit = pattern.search(text)
        if hit is not None:
            return _Find(what, hit.groupdict().get("secret") or hit[0])
    return None


def _is_mixed(word: str) -> bool:
    """Tell 40 characters that mix cases and digits, as secret keys do and paths of words don't."""
    is_mixed = all(re.search(marks, word) for marks in ("[a-z]", "[A-Z]", "[0-9]"))
    return is_mixed and not _is_path(word)


def _is_path(word: str) -> bool:
    parts = word.split("/")
    return len(parts) >= _PATH_PARTS and all(map(_WORDS.fullmatch, parts))
