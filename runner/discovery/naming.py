"""Names of jobs and of files from names of machines, which may hold anything but a few signs."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from runner.arns import MachineArn

MAX_NAME = 63
"""Characters of a job's name."""

_MARK = 8
_OTHER = re.compile(r"[^A-Za-z0-9]+")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Names that no file can have on Windows, whatever its ending."""


def names_for(machines: Sequence[MachineArn], taken: Iterable[str]) -> Mapping[MachineArn, str]:
    """A valid job name for each machine, which no other one and none of `taken` has.

    They differ in more than the case of letters, as files are named after them. Which name a
    machine gets depends on its ARN, on `taken` and on machines of nearly the same name, and not
    on their order: where several would have one name, only a machine of just that name keeps it.
    """
    used = {name.casefold() for name in taken}
    plain = {arn: job_name(arn.name) for arn in machines}
    rivals: dict[str, list[MachineArn]] = {}
    for arn, name in plain.items():
        rivals.setdefault(name.casefold(), []).append(arn)
    named: dict[MachineArn, str] = {}
    for folded, arns in rivals.items():
        keeper = _keeper(arns) if folded not in used else None
        for arn in arns:
            named[arn] = plain[arn] if arn == keeper else _told_apart(plain[arn], arn, used)
            used.add(named[arn].casefold())
    return named


def job_name(machine: str) -> str:
    """The job name that is nearest to the name of a machine; it may be that of others too."""
    ascii_text = unicodedata.normalize("NFKD", machine).encode("ascii", "ignore").decode()
    words = _OTHER.sub("_", ascii_text).strip("_")
    if not words:
        return f"machine_{_mark(machine)}"
    name = words if words[0].isalpha() else f"machine_{words}"
    return name if len(name) <= MAX_NAME else _shortened(name, _mark(machine))


def _keeper(arns: Sequence[MachineArn]) -> MachineArn | None:
    """Who keeps the name that several have: the only one, or one that is called just so."""
    if len(arns) == 1:
        return arns[0]
    exact = sorted((arn for arn in arns if arn.name == job_name(arn.name)), key=str)
    return exact[0] if exact else None


def _told_apart(name: str, arn: MachineArn, used: AbstractSet[str]) -> str:
    """The name with a mark of the whole ARN; a longer one where that is in use."""
    digest = hashlib.sha256(_bytes(str(arn))).hexdigest()
    lengths = range(_MARK, len(digest) // 2)
    marked = (_shortened(name, digest[:length]) for length in lengths)
    return next(one for one in marked if one.casefold() not in used)


def _shortened(name: str, mark: str) -> str:
    return f"{name[: MAX_NAME - len(mark) - 1].rstrip('_')}_{mark}"


def _mark(text: str) -> str:
    return hashlib.sha256(_bytes(text)).hexdigest()[:_MARK]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


class FileNames:
    """Hands out file names in one folder that nothing there has, whatever the case of letters.

    None of them is the name of a device, as the file could not be checked out on Windows.
    """

    def __init__(self, present: Iterable[str]) -> None:
        self._taken = {name.casefold() for name in present}

    def new(self, stem: str, ending: str, mark: str) -> str:
        """`STEM.ENDING`, or with a mark of the text `mark`, or with a number."""
        stems = (stem, f"{stem}_{_mark(mark)}", *(f"{stem}_{_mark(mark)}_{n}" for n in range(99)))
        names = (f"{one}{ending}" for one in stems)
        name = next(name for name in names if self._is_free(name))
        self._taken.add(name.casefold())
        return name

    def _is_free(self, name: str) -> bool:
        return name.casefold() not in self._taken and not _DEVICE.fullmatch(name)
