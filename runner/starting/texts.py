"""The texts that come with the package, and what is put in place of their example values."""

from __future__ import annotations

from importlib import resources


def read(name: str) -> str:
    """The text of a template, by its path below the folder of templates."""
    return (resources.files("runner.starting") / "templates" / name).read_text("utf-8")


def put(text: str, old: str, new: str) -> str:
    """The text with each `old` replaced. Raises ValueError where there is none."""
    if old not in text:
        raise ValueError(f"the template holds no {old!r}")
    return text.replace(old, new)
