"""What the fake knows: tokens, pull requests, comments and commits of one repository."""

from __future__ import annotations

from dataclasses import dataclass, field

ACTIONS = "github-actions[bot]"
MAX_BODY = 65_536
"""Characters of a comment that GitHub takes."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token is of, and what it may do."""

    login: str
    can_write: bool = True
    has_graphql: bool = True


@dataclass(slots=True)
class Pull:
    """A pull request. `commits` are those of its branch, `merge` the one that merged it.

    `head_repository` is None where the fork was deleted, and "" for the repository itself.
    """

    number: int
    head: str
    base: str
    head_repository: str | None = ""
    merge: str | None = None
    state: str = "open"
    commits: tuple[str, ...] = ()
    base_branch: str = "main"


@dataclass(frozen=True, slots=True)
class Change:
    """A commit, when it was committed, and the paths that it changed."""

    commit: str
    date: str
    paths: tuple[str, ...]


@dataclass(slots=True)
class Note:
    """A comment below a pull request."""

    id: int
    number: int
    author: str | None
    body: str


@dataclass(slots=True)
class World:
    """All of it. `changes` are newest first."""

    repository: str = "octo/jobs"
    tokens: dict[str, Identity] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    oidc_token: str = "oidc-request-token"
    id_tokens: list[str] = field(default_factory=list)
    _last_id: int = 1000

    def add_pull(self, pull: Pull) -> Pull:
        self.pulls[pull.number] = pull
        return pull

    def add_note(self, number: int, author: str | None, body: str) -> Note:
        self._last_id += 1
        note = Note(self._last_id, number, author, body)
        self.notes.append(note)
        return note

    def notes_of(self, number: int) -> list[Note]:
        return [note for note in self.notes if note.number == number]

    def remove(self, note: Note) -> None:
        self.notes.remove(note)
