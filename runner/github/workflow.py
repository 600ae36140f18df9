"""What GitHub tells a workflow's step: the repository, the commit, the event, where to write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runner import values
from runner.errors import Refused
from runner.github import shapes
from runner.report.cleaning import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runner.values import Json

MAX_EVENT = 32 * 1024 * 1024
"""Bytes of an event's file; GitHub sends none of more than 25 MB."""

_PULL_REQUEST_EVENTS = {"pull_request", "pull_request_target"}
_COUNT = re.compile(r"[0-9]{1,18}")
_NAME = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request. `head` and `base` are commits; `base` is that of the branch `base_branch`.

    `is_fork` tells that the head lies in another repository. `is_open` is False once it was
    merged or closed.
    """

    number: int
    head: str
    base: str
    is_fork: bool = False
    is_open: bool = True
    base_branch: str = ""


@dataclass(frozen=True, slots=True)
class Workflow:
    """The workflow run that a step is part of.

    `repository` is `owner/name`, `commit` the one that the event is about. Addresses are
    without a slash at their end, on GitHub Enterprise with the path that it has there.
    `pull_request` is that of the event, None where the event is about none, and `ref` the branch
    or tag, such as refs/heads/main, empty where GitHub tells none. `output` and
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
    output: Path | None = None
    summary: Path | None = None
    pull_request: PullRequest | None = None
    ref: str = ""

    @property
    def repository_url(self) -> str:
        """Where people see the repository."""
        return f"{self.server_url}/{self.repository}"

    @property
    def run_url(self) -> str:
        """Where people see the workflow run."""
        return f"{self.repository_url}/actions/runs/{self.run_id}"

    @property
    def branch(self) -> str:
        """The branch's name, such as main; empty for a tag."""
        prefix = "refs/heads/"
        return self.ref.removeprefix(prefix) if self.ref.startswith(prefix) else ""

    @property
    def is_from_outside(self) -> bool:
        """Tell whether it runs with a read-only token and without credentials for a cloud.

        So does what comes from a fork, and what Dependabot starts:
        https://docs.github.com/actions/security-for-github-actions/security-guides
        """
        is_fork = self.pull_request is not None and self.pull_request.is_fork
        return is_fork or self.actor == "dependabot[bot]"


def read(environ: Mapping[str, str]) -> Workflow:
    """What the environment of a step says of its workflow run.

    Raises Refused, and names the variable, where one is missing or is not as GitHub has it.
    """
    event = _checked(environ, "GITHUB_EVENT_NAME", _is_name)
    return Workflow(
        repository=_checked(environ, "GITHUB_REPOSITORY", shapes.is_repository),
        commit=_checked(environ, "GITHUB_SHA", shapes.is_commit),
        event=event,
        run_id=_checked(environ, "GITHUB_RUN_ID", _is_count),
        run_attempt=int(_checked(environ, "GITHUB_RUN_ATTEMPT", _is_count)),
        actor=_checked(environ, "GITHUB_ACTOR", _is_name),
        server_url=_address(environ, "GITHUB_SERVER_URL"),
        api_url=_address(environ, "GITHUB_API_URL"),
        graphql_url=_address(environ, "GITHUB_GRAPHQL_URL"),
        output=_file(environ, "GITHUB_OUTPUT"),
        summary=_file(environ, "GITHUB_STEP_SUMMARY"),
        pull_request=_pull_request(environ) if event in _PULL_REQUEST_EVENTS else None,
        ref=_checked(environ, "GITHUB_REF", _is_ref) if environ.get("GITHUB_REF") else "",
    )


def _checked(environ: Mapping[str, str], name: str, is_right: Callable[[str], bool]) -> str:
    value = environ.get(name, "")
    if not value:
        raise Refused(f"{name} is not set: this command runs in a step of a GitHub workflow")
    if not is_right(value):
        raise Refused(f"{name} is not what GitHub sets: {one_line(value, 100)!r}")
    return value


def _is_name(value: str) -> bool:
    return _NAME.fullmatch(value) is not None


def _is_ref(value: str) -> bool:
    return value.startswith("refs/") and value.isprintable()


def _is_count(value: str) -> bool:
    return _COUNT.fullmatch(value) is not None


def _is_path(value: str) -> bool:
    return "\0" not in value and Path(value).is_absolute()


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return (
        has_host
        and parts.scheme in {"http", "https"}
        and not (parts.query or parts.fragment or parts.username or parts.password)
        and value.isascii()
        and _is_name(value)
    )


def _address(environ: Mapping[str, str], name: str) -> str:
    return _checked(environ, name, _is_address).rstrip("/")


def _file(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(_checked(environ, name, _is_path)) if environ.get(name) else None


def _pull_request(environ: Mapping[str, str]) -> PullRequest:
    path = Path(_checked(environ, "GITHUB_EVENT_PATH", _is_path))
    try:
        return pull_request_of(shapes.at(_event(path), "pull_request"))
    except shapes.Misshapen as error:
        raise Refused(f"GITHUB_EVENT_PATH tells of no pull request: {error}") from error


def _event(path: Path) -> Json:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_EVENT + 1)
        if len(content) > MAX_EVENT:
            raise Refused(f"GITHUB_EVENT_PATH: {path} has more than {MAX_EVENT} bytes")
        return values.parse(content.decode())
    except OSError as error:
        raise Refused(f"GITHUB_EVENT_PATH: can't read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, values.NotJson) as error:
        raise Refused(f"GITHUB_EVENT_PATH: {path} is no JSON: {one_line(str(error))}") from error


def pull_request_of(value: Json) -> PullRequest:
    """A pull request as the API and the events have it. Raises Misshapen.

    A fork that was deleted has no repository any more.
    """
    home = shapes.text(value, "base", "repo", "full_name")
    origin = shapes.at(value, "head", "repo")
    return PullRequest(
        number=shapes.number(value, "number"),
        head=shapes.commit(value, "head", "sha"),
        base=shapes.commit(value, "base", "sha"),
        is_fork=origin is None or shapes.text(origin, "full_name").lower() != home.lower(),
        is_open=shapes.text(value, "state") == "open",
        base_branch=shapes.text(value, "base", "ref"),
    )
