"""Links from a comment into the repository: lines of specs, the workflow run."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from runner.report import markup
from runner.report.cleaning import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runner.errors import Diagnostic, Place


@dataclass(frozen=True, slots=True)
class Links:
    """Where what a comment tells of is to be seen.

    `repository_url` is `https://github.com/owner/name`, `commit` the one whose files are
    linked. `folder` leads from the repository's root to where the places' file names are
    relative to, `""` or `a/b`; where that is a folder above the root, `within` leads from it to
    the root.
    """

    repository_url: str
    commit: str
    run_url: str
    folder: str = ""
    within: str = ""

    def line(self, place: Place) -> str:
        """The address of a line, empty where its file lies outside of the repository."""
        path = self.path(place)
        if not place.file or path.startswith(("/", "../")) or path in (".", ".."):
            return ""
        try:
            escaped = quote(path, safe="/", errors="surrogateescape")
        except UnicodeEncodeError:
            return ""
        return f"{self.repository_url}/blob/{quote(self.commit, safe='')}/{escaped}#L{place.line}"

    def path(self, place: Place) -> str:
        """The path of a file from the repository's root; one that begins with .. lies outside."""
        path = posixpath.normpath(posixpath.join(self.folder, place.file))
        return posixpath.relpath(path, self.within) if self.within and place.file else path

    def at(self, place: Place, label: str = "") -> str:
        """A link to a place in Markdown; the label is Markdown already."""
        label = label or markup.code(f"{one_line(place.file)}:{place.line}")
        return markup.link(label, self.line(place))

    def relocated(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The same diagnostics, with paths from the repository's root as GitHub wants them."""
        return [
            replace(each, place=replace(each.place, file=self.path(each.place)))
            for each in diagnostics
        ]

    @property
    def run(self) -> str:
        """A link to the workflow run in Markdown."""
        return markup.link("this run", self.run_url)


def short(commit: str) -> str:
    """A commit as people write it."""
    return commit[:7]
