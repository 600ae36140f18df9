"""A review as a short text that a comment can carry, and back.

    1:<head>:<base>:<digest>:<form>:<base64>

Of the forms the fullest is taken that has room: marks with inputs, marks without, hashes
alone, nothing but the digest.
"""

from __future__ import annotations

import base64
import re
import zlib
from typing import TYPE_CHECKING

from runner import values
from runner.review.types import DIGITS, Mark, Review

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.values import Json

DETAILED = 12_000
"""Characters that marks with all that is for people may take; hashes alone may take more."""

MOST = 34_000

_MAX_BYTES = 4_000_000
_TEXT = re.compile(
    r"1:(?P<head>[0-9a-f]{40}|[0-9a-f]{64}):(?P<base>[0-9a-f]{40}|[0-9a-f]{64}|)"
    r":(?P<digest>[0-9a-f]{20})"
    r":(?P<form>marks|hashes|digest):(?P<data>[A-Za-z0-9+/=]*)"
)
_WORK = re.compile(rf"[0-9a-f]{{{DIGITS}}}")


def encode(review: Review, *, most: int = MOST) -> str:
    """The text of a review: at most `most` characters and some 100 more."""
    form, data = next(
        (form, data) for form, data, room in _forms(review) if len(data) <= min(room, most)
    )
    return f"1:{review.head}:{review.base}:{review.digest}:{form}:{data}"


def decode(text: str) -> Review | None:
    """The review that a text carries; None where it carries none that is whole."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    try:
        marks = _read(found["form"], found["data"])
    except (ValueError, zlib.error, KeyError, TypeError):
        return None
    return Review(found["head"], found["digest"], marks, base=found["base"])


def _forms(review: Review) -> Iterator[tuple[str, str, int]]:
    """Each form with its text and the room that it may take; the last one always fits."""
    if review.marks is not None:
        yield "marks", _packed([_fields(mark, with_input=True) for mark in review.marks]), DETAILED
        yield "marks", _packed([_fields(mark, with_input=False) for mark in review.marks]), DETAILED
        works = bytes.fromhex("".join(mark.work for mark in review.marks))
        yield "hashes", base64.b64encode(works).decode("ascii"), MOST
    yield "digest", "", MOST


def _fields(mark: Mark, *, with_input: bool) -> Json:
    return {
        "work": mark.work,
        "job": mark.job,
        "action": mark.action,
        "revision": mark.revision,
        "input": dict(mark.input) if with_input and mark.input is not None else None,
    }


def _packed(marks: list[Json]) -> str:
    text = values.well_formed(values.compact(marks))
    return base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")


def _read(form: str, data: str) -> tuple[Mark, ...] | None:
    raw = base64.b64decode(data, validate=True)
    if form == "digest":
        return None
    if form == "hashes":
        works = raw.hex()
        if len(works) % DIGITS:
            raise ValueError("not whole hashes")
        return tuple(Mark(works[i : i + DIGITS]) for i in range(0, len(works), DIGITS))
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(raw, _MAX_BYTES)
    if not unpacker.eof:
        raise ValueError("too much, or cut short")
    listed = values.parse(text.decode("utf-8"))
    if not isinstance(listed, list):
        raise TypeError("not a list")
    return tuple(_mark(each) for each in listed)


def _mark(fields: Json) -> Mark:
    if not isinstance(fields, dict):
        raise TypeError("not an object")
    work = _text(fields, "work")
    given = fields.get("input")
    if work is None or not _WORK.fullmatch(work):
        raise ValueError("not a hash")
    if given is not None and not isinstance(given, dict):
        raise TypeError("not an object")
    return Mark(
        work, _text(fields, "job"), _text(fields, "action"), _text(fields, "revision"), given
    )


def _text(fields: Mapping[str, Json], key: str) -> str | None:
    value = fields.get(key)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    return value
