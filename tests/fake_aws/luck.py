"""Luck that a seed settles: the same for the same seed and words, whatever happens between."""

from __future__ import annotations

import hashlib

Range = tuple[float, float]


def share(seed: int, *words: str) -> float:
    """A number from 0 to below 1."""
    text = ":".join((str(seed), *words))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def within(bounds: Range, seed: int, *words: str) -> float:
    """A number between two bounds."""
    least, most = bounds
    return least if least == most else least + (most - least) * share(seed, *words)
