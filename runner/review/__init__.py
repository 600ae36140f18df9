"""Reviews: what a pull request showed of a plan, written down, and compared later. Pure."""

from runner.review.types import Difference, Mark, Review

__all__ = ["Difference", "Mark", "Review"]
