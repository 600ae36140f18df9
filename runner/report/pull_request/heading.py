"""The line that every comment and summary begins with."""

from __future__ import annotations

from runner.report import markup


def heading(command: str, project: str = "", label: str = "") -> str:
    """`### Stepfleet plan for shop (prod)`, with the names that there are."""
    of_project = f" for {markup.code(project)}" if project else ""
    of_label = f" ({markup.code(label)})" if label else ""
    return f"### Stepfleet {command}{of_project}{of_label}"
