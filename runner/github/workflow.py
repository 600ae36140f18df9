"""What GitHub tells a workflow's step: the repository, the commit, the event, where to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request. `head` and `base` are commits; `base` is that of the base branch.

    `is_fork` tells that the head lies in another repository. `is_open` is False once it was
    merged or closed.
    """

    number: int
    head: str
    base: str
    is_fork: bool = False
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Workflow:
    """The workflow run that a step is part of.

    `repository` is `owner/name`, `commit` the one that the event is about. Addresses are
    without a slash at their end, on GitHub Enterprise with the path that it has there.
    `pull_request` is that of the event, None where the event is about none. `output` and
    `summary` are the files that GitHub reads after the step, None outside of GitHub.
    """

    repository: str
    commit: str
    event: str
    run_id: str
    run_attempt: int
    actor: str
    server_url: str
    api_url: str
    graphql_url: str
    workspace: Path
    output: Path | None = None
    summary: Path | None = None
    pull_request: PullRequest | None = None

    @property
    def repository_url(self) -> str:
        """Where people see the repository."""
        return f"{self.server_url}/{self.repository}"

    @property
    def run_url(self) -> str:
        """Where people see the workflow run."""
        return f"{self.repository_url}/actions/runs/{self.run_id}"

    @property
    def is_from_outside(self) -> bool:
        """Tell whether it runs with a read-only token and without credentials for a cloud.

        So does what comes from a fork, and what Dependabot starts:
        https://docs.github.com/actions/security-for-github-actions/security-guides
        """
        is_fork = self.pull_request is not None and self.pull_request.is_fork
        return is_fork or self.actor == "dependabot[bot]"
