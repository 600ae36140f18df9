"""What the specs of a pull request change against those of its base branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.errors import Place


@dataclass(frozen=True, slots=True)
class Changed:
    """A job, a state machine's definition or a platform that differs, as two texts.

    The texts have one line for each value, in a fixed order, so that a diff of their lines
    reads well; sensitive values are masked. `before` is empty for what is new, `after` for
    what is removed. `place` is where it stands now, or stood.
    """

    name: str
    place: Place
    before: str
    after: str

    @property
    def is_new(self) -> bool:
        """Tell whether the base branch does not have it."""
        return not self.before

    @property
    def is_removed(self) -> bool:
        """Tell whether only the base branch has it."""
        return not self.after


@dataclass(frozen=True, slots=True)
class SpecChanges:
    """All that differs, each part sorted by name.

    `jobs` holds parameters and settings of jobs, `definitions` the state machines kept in Git,
    `trust` what decides about trust: platforms' accounts, auth, endpoints and `allow`, and
    the environment names of the project, of which the base branch's hold while the pull request
    is open. `settings` holds what else differs of the Project, with its variables, and of
    platforms. In both the Project is named `project`.
    """

    jobs: tuple[Changed, ...] = ()
    definitions: tuple[Changed, ...] = ()
    trust: tuple[Changed, ...] = ()
    settings: tuple[Changed, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing differs."""
        return not (self.jobs or self.definitions or self.trust or self.settings)
