"""What a user wishes of a discovery, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner.discovery import Filters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options as they were given. `profile` goes with `region`, and neither with `platform`.

    `composes` tells that documents are wanted, be it to write or to show them.
    """

    paths: tuple[Path, ...] = ()
    platform: str | None = None
    region: str | None = None
    profile: str | None = None
    filters: Filters = field(default_factory=Filters)
    versions: bool = False
    aliases: bool = False
    infer: bool = False
    definitions: bool = False
    write: Path | None = None
    composes: bool = False
    var: Mapping[str, str] = field(default_factory=dict)
    var_file: tuple[Path, ...] = ()
