"""GitHub's side of a use of the action: what fails there is a warning, and nothing fails by it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runner import github, report, review
from runner.cli import printing
from runner.errors import GitHubError
from runner.github import Body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.cli.action.inputs import Inputs
    from runner.github import Client, Comment, PullRequest, Workflow
    from runner.review import Review

NO_PULL_REQUEST = (
    "no merged pull request brought this commit, nor the one that last changed the specs"
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The pull request that brought a commit, its comment, and the review that this carries.

    `fault` says why there is no review that can be relied on.
    """

    pull_request: PullRequest | None = None
    comment: Comment | None = None
    review: Review | None = None
    fault: str | None = None


@dataclass
class Hub:
    """The repository on GitHub, as one use of the action sees it. `client` is None without a token."""

    workflow: Workflow
    label: str
    client: Client | None
    _login: str | None = field(default=None, init=False)

    @classmethod
    def of(cls, workflow: Workflow, inputs: Inputs) -> Hub:
        """The hub of a workflow, with the token that it gave."""
        return cls(workflow, inputs.label, github.client(workflow, inputs.token.text))

    def say_plan(self, number: int, text: str, carried: str) -> Comment | None:
        """Keep the comment of a pull request: its plan, and the review that it carries."""
        body = Body(self.label, review=carried, run="", plan=text)
        with self._warning("the plan could not be told in the pull request"):
            return self._keep(number, body)
        return None

    def has_comment(self, number: int) -> bool:
        """Tell whether the pull request has our comment; False where that can't be told."""
        with self._warning("the pull request's comments could not be read"):
            return self._find(number) is not None
        return False

    def say_run(self, comment: Comment, text: str) -> None:
        """Put how the apply goes on top of the comment's plan."""
        with self._warning("how the run goes could not be told in the pull request"):
            client = self._client()
            now = github.read_comment(client, self.workflow.repository, comment.id)
            body = github.read_body(now.body)
            if body is None or body.label != self.label:
                raise GitHubError("the comment is not as it was written")
            changed = Body(body.label, review=body.review, run=text, plan=body.plan)
            github.edit(client, self.workflow.repository, comment.id, github.write_body(changed))

    def reviewed(self, paths: list[str]) -> Reviewed:
        """The review of what is checked out: that of the pull request that brought the commit.

        Where that one has no comment, as it touched no spec, it is that of the pull request
        which brought the commit that changed the specs last.
        """
        try:
            return self._reviewed(paths)
        except GitHubError as error:
            return Reviewed(fault=f"the review can't be read from GitHub: {error}")

    def _reviewed(self, paths: list[str]) -> Reviewed:
        client, repository = self._client(), self.workflow.repository
        found = self._of_commit(self.workflow.commit)
        if found.comment is not None:
            return found
        last = github.last_change(client, repository, self.workflow.commit, paths)
        if last is None or last == self.workflow.commit:
            return found
        earlier = self._of_commit(last)
        return earlier if earlier.pull_request is not None else found

    def _of_commit(self, commit: str) -> Reviewed:
        client, repository = self._client(), self.workflow.repository
        pull_request = github.brought(client, repository, commit)
        if pull_request is None:
            return Reviewed(fault=NO_PULL_REQUEST)
        number = f"#{pull_request.number}"
        comment = self._find(pull_request.number)
        if comment is None:
            said = f" with the label {self.label}" if self.label else ""
            return Reviewed(pull_request, fault=f"{number} has no comment of ours{said}")
        body = github.read_body(comment.body)
        found = review.decode(body.review) if body is not None else None
        if found is None:
            return Reviewed(pull_request, comment, fault=f"the comment of {number} shows no plan")
        if found.head != pull_request.head:
            return Reviewed(
                pull_request,
                comment,
                fault=f"{number} moved after its plan: {found.head[:8]} was planned, and "
                f"{pull_request.head[:8]} was merged",
            )
        return Reviewed(pull_request, comment, found)

    def _find(self, number: int) -> Comment | None:
        client = self._client()
        return github.find(client, self.workflow.repository, number, self.label, self._author())

    def _keep(self, number: int, body: Body) -> Comment:
        return github.keep(
            self._client(),
            self.workflow.repository,
            number,
            label=self.label,
            author=self._author(),
            text=github.write_body(body),
        )

    def _author(self) -> str:
        if self._login is None:
            self._login = github.viewer(self._client())
        return self._login

    def _client(self) -> Client:
        if self.client is None:
            raise GitHubError("there is no github-token")
        return self.client

    @contextmanager
    def _warning(self, what: str) -> Iterator[None]:
        try:
            yield
        except GitHubError as error:
            warn(f"{what}: {error}")


def warn(text: str) -> None:
    """Warn in the log and beside the workflow run."""
    printing.write_raw(report.github_note("warning", text))


def tell_error(text: str) -> None:
    """Tell an error in the log and beside the workflow run."""
    printing.write_raw(report.github_note("error", text))
