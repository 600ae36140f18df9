"""A team that works with the action: its repository, its pull requests, its workflow runs."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.action.using import Use
from tests.fake_github import Change, Pull
from tests.fake_github.routes import pull_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.composite import Outcome
    from tests.fake_aws import FakeAws
    from tests.fake_github import FakeGitHub

_GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.com",
    "GIT_AUTHOR_DATE": "2026-11-19T03:00:00Z",
    "GIT_COMMITTER_DATE": "2026-11-19T03:00:00Z",
}


def job(name: str, machine: str = "echo:1", more: str = "") -> str:
    """A Job document; `more` are further lines of its spec."""
    lines = "".join(f"  {line}\n" for line in more.splitlines())
    return (
        "---\napiVersion: stepfleet/v1\nkind: Job\n"
        f"metadata: {{name: {name}}}\nspec:\n  stateMachine: {machine}\n{lines}"
    )


@dataclass
class Team:
    """Works in `folder`. Each workflow run has a number of its own, from 1000 on."""

    folder: Path
    github: FakeGitHub
    aws: FakeAws
    runner_temp: Path
    run: Callable[[Use], Outcome]
    environ: dict[str, str] = field(default_factory=dict)
    _runs: int = 1000
    _files: int = 0

    def __post_init__(self) -> None:
        self.workspace.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    @property
    def workspace(self) -> Path:
        """The checkout."""
        return self.folder / "jobs"

    def git(self, *arguments: str) -> str:
        """Run git in the checkout."""
        ran = subprocess.run(
            ["git", *arguments],
            cwd=self.workspace,
            env=os.environ | _GIT_ENVIRONMENT,
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout.strip()

    def project(self, **spec: Any) -> str:
        """The documents of a project on the fake AWS."""
        platform = {
            "type": "aws-step-functions",
            "region": "us-east-1",
            "accountId": "123456789012",
            "endpointUrl": self.aws.url,
        } | spec.pop("platform", {})
        documents = [
            {
                "apiVersion": "stepfleet/v1",
                "kind": "Project",
                "metadata": {"name": "shop"},
                "spec": {"platform": "aws"} | spec,
            },
            {
                "apiVersion": "stepfleet/v1",
                "kind": "Platform",
                "metadata": {"name": "aws"},
                "spec": platform,
            },
        ]
        return "---\n".join(f"{json.dumps(each)}\n" for each in documents)

    def write(self, *jobs: str, project: str | None = None, file: str = "specs/all.yaml") -> None:
        """Write the specs, all anew."""
        path = self.workspace / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((project or self.project()) + "".join(jobs))

    def commit(self, message: str = "Change the specs") -> str:
        """Commit what is in the checkout, where it is; returns the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self._noted(self.git("rev-parse", "HEAD"))

    def _noted(self, commit: str) -> str:
        """Let GitHub know of a commit of the main branch, or of what is about to be."""
        changed = self.git(
            "diff-tree", "--root", "-m", "--name-only", "-r", "--no-commit-id", commit
        )
        date = f"2026-11-19T03:00:{len(self.github.world.changes):02}Z"
        self.github.world.changes.insert(0, Change(commit, date, tuple(changed.splitlines())))
        return commit

    def begin(self, *jobs: str, project: str | None = None) -> str:
        """The specs that the main branch has at first."""
        self.write(*jobs, project=project)
        return self.commit("Begin")

    def propose(self, *jobs: str, project: str | None = None, number: int = 7, **pull: Any) -> Pull:
        """Open a pull request that changes the specs, and check out its merge commit."""
        base = self.git("rev-parse", "main")
        self.git("checkout", "-q", "-b", f"change-{number}", "main")
        self.write(*jobs, project=project)
        head = self.commit()
        opened = self.github.world.add_pull(
            Pull(number=number, head=head, base=base, commits=(head,), **pull)
        )
        self.check_out(opened)
        return opened

    def push(self, pull: Pull, *jobs: str, project: str | None = None) -> None:
        """Push another commit to a pull request, and check out its merge commit."""
        self.git("checkout", "-q", f"change-{pull.number}")
        self.write(*jobs, project=project)
        pull.head = self.commit()
        pull.commits = (*pull.commits, pull.head)
        self.check_out(pull)

    def check_out(self, pull: Pull) -> None:
        """Check out what merging would make, as GitHub's own action does."""
        self.git("checkout", "-q", "--detach", "main")
        self.git("merge", "-q", "--no-ff", "-m", "Merge", pull.head)

    def merge(self, pull: Pull) -> str:
        """Merge a pull request, and check the main branch out."""
        self.git("checkout", "-q", "main")
        self.git("merge", "-q", "--no-ff", "-m", f"Merge #{pull.number}", pull.head)
        pull.merge, pull.state = self._noted(self.git("rev-parse", "HEAD")), "closed"
        return pull.merge

    def plan(self, pull: Pull, **use: Any) -> Outcome:
        """The workflow run of a pull request."""
        event = {
            "pull_request": pull_json(self.github.world, pull),
            "repository": {"full_name": self.github.world.repository},
        }
        inputs = {"command": "plan"} | use.pop("inputs", {})
        return self.use("pull_request", inputs=inputs, payload=event, **use)

    def apply(self, event: str = "push", **use: Any) -> Outcome:
        """A workflow run on the main branch."""
        inputs = {"command": "apply"} | use.pop("inputs", {})
        return self.use(event, inputs=inputs, **use)

    def use(
        self,
        event: str,
        *,
        inputs: Mapping[str, str],
        payload: Mapping[str, Any] | None = None,
        run_id: int | None = None,
        attempt: int = 1,
        actor: str = "ann",
        environ: Mapping[str, str] | None = None,
    ) -> Outcome:
        """One workflow run that uses the action once, on what is checked out."""
        if run_id is None:
            self._runs += 1
            run_id = self._runs
        self._files += 1
        event_file = self.folder / f"event-{self._files}.json"
        event_file.write_text(json.dumps(payload or {}))
        here = {
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(event_file),
            "GITHUB_SHA": self.git("rev-parse", "HEAD"),
            "GITHUB_REF": "refs/pull/7/merge" if "pull_request" in event else "refs/heads/main",
            "GITHUB_RUN_ID": str(run_id),
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_ACTOR": actor,
        }
        used = Use(
            inputs,
            workspace=self.workspace,
            temp=self.runner_temp,
            environ={
                **_AWS,
                **self.github.environment(),
                **here,
                **self.environ,
                **(environ or {}),
            },
            token=self.github.token,
        )
        return self.run(used)

    @property
    def comments(self) -> list[str]:
        """The bodies of all comments, oldest first."""
        return [note.body for note in self.github.world.notes]

    @property
    def started(self) -> list[str]:
        """The job of each execution that was started, in order."""
        return [start["name"].split("-")[0] for start in self.aws.requests("StartExecution")]


_AWS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nowhere/config",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere/credentials",
}
