"""What holds for all tests: a slow machine fails none of them, and botocore's data is read once."""

from __future__ import annotations

from typing import Any

from botocore import loaders
from hypothesis import HealthCheck, settings

settings.register_profile(
    "stepfleet",
    settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("stepfleet")

_READ: dict[object, Any] = {}
_create_loader = loaders.create_loader


def _one_that_has_read_before(search_path_string: str | None = None) -> loaders.Loader:
    """A loader that reads no data file of botocore's again which another has read.

    Each command makes a session of its own, and half of its time goes into these files.
    """
    made = _create_loader(search_path_string)
    made._cache = _READ.setdefault(search_path_string, {})  # type: ignore[attr-defined]
    return made


loaders.create_loader = _one_that_has_read_before
