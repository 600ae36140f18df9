"""The configuration of pre-commit that validates specs before each commit."""

from __future__ import annotations

import re

from runner import __version__
from runner.discovery.yaml_text import scalar
from runner.starting import texts
from runner.starting.recognising import DEFAULT_SPECS
from runner.starting.types import NewFile

PATH = ".pre-commit-config.yaml"
_HEAD = "repos:\n"


def configuration(specs: str) -> NewFile:
    """A whole configuration, for the specs in this folder."""
    text = texts.read("pre-commit-config.yaml")
    text = texts.put(text, "rev: v0.1.0", f"rev: v{__version__}")
    if specs != DEFAULT_SPECS:
        text += f"        args: [{scalar(specs)}]\n"
        pattern = rf"^{re.escape(specs)}/.*\.(ya?ml|json)$"
        text += f"        files: {scalar(pattern)}\n"
    return NewFile(PATH, text)


def entry(specs: str) -> str:
    """What a configuration that is there already needs below its `repos`."""
    return configuration(specs).text.removeprefix(_HEAD)
