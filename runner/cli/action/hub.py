"""GitHub's side of a use of the action: what fails there is a warning, and nothing fails by it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from runner import report, review
from runner.cli import printing
from runner.errors import GitHubError
from runner.github import Body, Client, Patience, comments, pulls
from runner.github import body as bodies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runner.cli.action.inputs import Secret
    from runner.github import Comment, PullRequest, Workflow
    from runner.review import Review

T = TypeVar("T")

PATIENCE = Patience(deadline=150.0)
"""For the plan and its review. GitHub asks callers that it turns away to wait for a minute."""

BRIEF = Patience(deadline=15.0)
"""For what jobs wait for."""

COMMENT_BYTES = 59_500
"""Of the 60,000 that a comment takes at most; the rest is its marker's."""

NO_PULL_REQUEST = (
    "no merged pull request brought this commit, nor the one that last changed the specs"
)

OVERTAKEN = (
    "the branch has newer specs than this run that is run again, which would take their work "
    "back: run the workflow on the newest commit"
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The pull request that brought a commit, its comment, and the review that this carries.

    `fault` says why there is no review that can be relied on. Where it `is_final`, no digest
    helps: what was approved may have been so for this very run, before there were newer specs.
    """

    pull_request: PullRequest | None = None
    comment: Comment | None = None
    review: Review | None = None
    fault: str | None = None
    is_final: bool = False

    @property
    def may_be_joined(self) -> bool:
        """Tell whether what else was merged may complete it: not where a head moved.

        A pull request without a comment may have changed nothing but remarks.
        """
        is_silent = self.pull_request is not None and self.comment is None
        return self.review is not None or is_silent


@dataclass
class Hub:
    """The repository on GitHub, as one use of the action sees it."""

    workflow: Workflow
    label: str
    token: Secret
    patience: Patience | None = None
    _opened: Client | None = field(default=None, init=False)
    _login: str | None = field(default=None, init=False)

    def say_plan(self, number: int, text: str, carried: str) -> Comment | None:
        """Keep the comment of an open pull request: its plan, and the review that it carries."""
        body = Body(self.label, review=carried, plan=text)
        return self.attempt(
            "the plan could not be told in the pull request",
            lambda: self._say_plan(number, body),
        )

    def _say_plan(self, number: int, body: Body) -> Comment:
        if not pulls.is_open(self._client(), self.workflow.repository, number):
            raise GitHubError("it is not open any more, and its comment tells what was reviewed")
        return self._keep(number, body)

    def has_comment(self, number: int) -> bool:
        """Tell whether the pull request has our comment; False where that can't be told."""
        found = self.attempt(
            "the pull request's comments could not be read", lambda: self._find(number)
        )
        return found is not None

    def say_run(self, number: int, text: str, known: Comment | None = None) -> None:
        """Put how the apply goes on top of the plan, in the comment that is there."""
        self.attempt(
            "how the run goes could not be told in the pull request",
            lambda: self._say_run(number, text, known),
        )

    def _say_run(self, number: int, text: str, known: Comment | None) -> None:
        known = known or self._find(number)
        body = bodies.read(known.body) if known is not None else None
        if body is None:
            raise GitHubError("its comment is gone")
        self._keep(number, replace(body, run=text), known)

    def hurried(self) -> Hub:
        """The same for what others wait for: it gives up sooner."""
        hub = Hub(self.workflow, self.label, self.token, BRIEF)
        hub._login = self._login
        return hub

    def reviewed(self, paths: Sequence[str]) -> Reviewed:
        """The review of what is checked out: that of the pull request that brought the commit.

        Where that one has no comment, as it touched no spec, it is that of the pull request
        which brought the commit that changed the specs last. `paths` are those of the specs,
        relative to the repository's root.
        """
        try:
            return self._reviewed(self._client(), paths)
        except GitHubError as error:
            return Reviewed(fault=f"the review can't be read from GitHub: {error}")

    def _reviewed(self, client: Client, paths: Sequence[str]) -> Reviewed:
        repository, commit = self.workflow.repository, self.workflow.commit
        if self._is_overtaken(client, paths):
            return Reviewed(fault=OVERTAKEN, is_final=True)
        into = self.workflow.branch
        found = self._of(pulls.brought(client, repository, commit, into=into))
        if found.comment is not None:
            return found
        last = pulls.last_change(client, repository, commit, paths)
        if last is None or last == commit:
            return found
        # The newest change of a file lies on the pull request's branch, if that was merged.
        earlier = self._of(pulls.brought(client, repository, last, into=into, exactly=False))
        return earlier if earlier.pull_request is not None else found

    def crossing(self, reviewed: Reviewed) -> tuple[Review, ...]:
        """The reviews of pull requests that were merged after this one was planned."""
        found = self.attempt(
            "what else was merged could not be read", lambda: self._crossing(reviewed)
        )
        return found or ()

    def _crossing(self, reviewed: Reviewed) -> tuple[Review, ...]:
        own, brought, flow = reviewed.review, reviewed.pull_request, self.workflow
        base = own.base if own is not None else brought.base if brought is not None else ""
        if not base or not flow.branch:
            return ()
        own_number = brought.number if brought is not None else 0
        merged = pulls.merged_since(
            self._client(), flow.repository, base, flow.commit, into=flow.branch
        )
        others = (self._of(each).review for each in merged if each.number != own_number)
        return tuple(each for each in others if each is not None)

    def _is_overtaken(self, client: Client, paths: Sequence[str]) -> bool:
        """Tell whether a run that is run again is of specs that the branch has changed since.

        A first attempt may have waited in a queue, and what it brings is what comes next.
        """
        flow = self.workflow
        if flow.run_attempt == 1 or not flow.branch:
            return False
        if pulls.last_change(client, flow.repository, flow.ref, ["."]) == flow.commit:
            return False
        then = pulls.last_change(client, flow.repository, flow.commit, paths)
        return then != pulls.last_change(client, flow.repository, flow.ref, paths)

    def _of(self, pull_request: PullRequest | None) -> Reviewed:
        """What the comment of a pull request that was merged says was reviewed."""
        if pull_request is None:
            return Reviewed(fault=NO_PULL_REQUEST)
        number = f"#{pull_request.number}"
        comment = self._find(pull_request.number)
        if comment is None:
            said = f" with the label {self.label}" if self.label else ""
            return Reviewed(pull_request, fault=f"{number} has no comment of ours{said}")
        body = bodies.read(comment.body)
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
        return comments.find(
            self._client(),
            self.workflow.repository,
            number,
            label=self.label,
            author=self._author(),
        )

    def _keep(self, number: int, body: Body, known: Comment | None = None) -> Comment:
        return comments.keep(
            self._client(),
            self.workflow.repository,
            number,
            bodies.write(body),
            label=self.label,
            author=self._author(),
            known=known,
        )

    def _author(self) -> str:
        if self._login is None:
            self._login = comments.viewer(self._client())
        return self._login

    def _client(self) -> Client:
        """The client, made when it is first needed. Raises GitHubError."""
        if self._opened is None:
            if not self.token.text:
                raise GitHubError("there is no github-token")
            flow = self.workflow
            self._opened = Client(
                flow.api_url,
                self.token.text,
                graphql_url=flow.graphql_url,
                patience=self.patience or PATIENCE,
            )
        return self._opened

    def attempt(self, what: str, work: Callable[[], T]) -> T | None:
        """Do some work, which has its own time; of what fails on GitHub's side make a warning."""
        if self._opened is not None:
            self._opened.renew()
        try:
            return work()
        except GitHubError as error:
            warn(f"{what}: {error}")
            return None


def warn(text: str) -> None:
    """Warn in the log and beside the workflow run."""
    printing.write_raw(report.github_note("warning", text))
