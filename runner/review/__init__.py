"""Reviews: what a pull request showed of a plan, written down, and compared later. Pure.

`of` marks what a plan may start, `marked` and `may_start` tell which jobs these are, `encode`
and `decode` carry it in a comment, and `compare` tells what of a later plan may be started by it.
"""

from runner.review.comparing import compare
from runner.review.marking import digest, marked, may_start, of
from runner.review.types import Comparison, Difference, Mark, Review
from runner.review.writing import decode, encode

__all__ = [
    "Comparison",
    "Difference",
    "Mark",
    "Review",
    "compare",
    "decode",
    "digest",
    "encode",
    "marked",
    "may_start",
    "of",
]
