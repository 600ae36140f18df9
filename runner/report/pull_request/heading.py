"""The line that every comment and summary begins with."""

from __future__ import annotations

from runner.report import markup


def heading(*names: str) -> str:
    """`### Stepfleet: shop, prod`, of the names that there are."""
    told = ", ".join(markup.code(name) for name in names if name)
    return f"### Stepfleet{f': {told}' if told else ''}"
