"""This computer and the specs: Python, packages, the embedded engine, what the specs come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.doctor.types import Check, failed, passed, unknown
from runner.doctor.versions import fits
from runner.errors import has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runner.doctor.versions import Requirement
    from runner.errors import Diagnostic

_REINSTALL = "install Stepfleet anew, in a virtual environment of its own"


@dataclass(frozen=True, slots=True)
class Installed:
    """This Python, what Stepfleet's own metadata asks for, and what is there.

    `python_wanted` and `requirements` are None and empty where Stepfleet was not installed as a
    package. `versions` lacks what is not installed.
    """

    python: str
    python_wanted: str | None
    requirements: Sequence[Requirement]
    versions: Mapping[str, str]


def python_version(installed: Installed) -> Check:
    """Whether this Python is one that Stepfleet is made for."""
    name, wanted = "python-version", installed.python_wanted
    if wanted is None:
        return unknown(name, _unpackaged(installed.python), _REINSTALL)
    fit = fits(installed.python, wanted)
    if fit is None:
        return unknown(name, f"{installed.python} can't be compared with {wanted}", _REINSTALL)
    if fit:
        return passed(name, installed.python)
    return failed(name, f"{installed.python} is not {wanted}", f"use a Python {wanted}")


def package_versions(installed: Installed) -> Check:
    """Whether what Stepfleet needs is there, in versions that it works with."""
    name = "package-versions"
    needed = [each for each in installed.requirements if each.extra is None]
    if not needed:
        return unknown(name, _unpackaged("packages"), _REINSTALL)
    wrong = _wrong(needed, installed)
    if wrong:
        return failed(name, "; ".join(wrong), _REINSTALL)
    return passed(name, f"{len(needed)} packages, each in a version that is wanted")


def embedded_engine(installed: Installed, *, is_used: bool) -> Check:
    """Whether the embedded engine is installed. Without a local platform it need not be."""
    name = "embedded-engine"
    needed = [each for each in installed.requirements if each.extra == "local"]
    if not needed:
        return unknown(name, _unpackaged("the embedded engine"), _REINSTALL)
    wrong = _wrong(needed, installed)
    if not wrong:
        return passed(name, "installed")
    if not is_used:
        return passed(name, f"not installed, and no platform needs it ({'; '.join(wrong)})")
    return failed(name, "; ".join(wrong), "pip install 'stepfleet[local]'")


def _wrong(needed: Iterable[Requirement], installed: Installed) -> list[str]:
    wrong = []
    for each in needed:
        version = installed.versions.get(each.name)
        if version is None:
            wrong.append(f"{each.name} is not installed")
        elif fits(version, each.wanted) is False:
            wrong.append(f"{each.name} {version} is not {each.wanted}")
    return wrong


def _unpackaged(what: str) -> str:
    return f"{what}: Stepfleet is not installed as a package, so nothing tells what it needs"


def specs(diagnostics: Sequence[Diagnostic], *, files: int, told: str, is_given: bool) -> Check:
    """Whether the specs are valid. `told` says what they hold; no file at all is no fault.

    `is_given` tells that paths were given: then there has to be something.
    """
    name = "specs"
    if not files and not is_given:
        return unknown(
            name,
            "no specs here, so only what needs none is checked",
            "give their PATH, or begin with `stepfleet init`",
        )
    errors = [each for each in diagnostics if has_errors((each,))]
    if not errors:
        return passed(name, told)
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    way_out = f"{errors[0].help}; " if errors[0].help else ""
    return failed(
        name,
        f"{errors[0].place}: {errors[0].message}{more}",
        f"{way_out}`stepfleet validate` tells all of it, and below is what can be read",
    )
