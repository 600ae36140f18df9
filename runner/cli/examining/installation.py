"""What is installed here, by the metadata of packages."""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib import metadata

from runner.doctor.environment import Installed
from runner.doctor.versions import requirements

_PACKAGE = "stepfleet"


def installed() -> Installed:
    """This Python and the packages that Stepfleet's own metadata asks for."""
    python = platform.python_version()
    try:
        own = metadata.distribution(_PACKAGE)
    except metadata.PackageNotFoundError:
        return Installed(python, None, (), {})
    needed = [each for each in requirements(own.requires or ()) if each.extra in (None, "local")]
    versions = {}
    for each in needed:
        with suppress(metadata.PackageNotFoundError):
            versions[each.name] = metadata.version(each.name)
    return Installed(python, own.metadata["Requires-Python"], needed, versions)
