"""The jobs of the scenarios, as documents."""

from __future__ import annotations

from tests.cli.tools import job as document

__all__ = ["SUM", "after", "chain", "document", "job"]

SUM = "sum: {direction: output, type: integer}"


def job(name: str, *lines: str, n: int | str = 1, machine: str = "work") -> str:
    """A job with a parameter `n` and the output `sum`; `lines` are more of its spec."""
    return document(name, machine, "\n".join((*lines, f"parameters: {{n: {n}, {SUM}}}")))


def after(name: str, need: str, *lines: str, n: int | str = 1) -> str:
    """A job that takes a need's sum."""
    taken = f"from: '${{{{ jobs.{need}.outputs.sum }}}}'"
    return document(name, "work", "\n".join((*lines, f"parameters: {{n: {n}, {taken}, {SUM}}}")))


def chain(n: int = 1) -> tuple[str, ...]:
    """a, b after it, c after that, and d, which needs none of them."""
    return job("a", n=n), after("b", "a"), after("c", "b"), job("d")
