"""Projects of jobs on the loopback fake, and what their runs leave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.tools import PROJECT, Shell
from tests.fake_aws import RUNS_ON, FakeAws, RealClock
from tests.fake_aws.fixtures import aws_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["aws_environment"]


@pytest.fixture
def fake(aws_environment: None) -> Iterator[FakeAws]:
    """The fake in real time, with a machine that runs on, one that ends and an Express one."""
    with FakeAws(RealClock()) as running:
        running.machine("slow", RUNS_ON)
        running.machine("echo")
        running.machine("quick", type="EXPRESS")
        yield running


def project_at(fake: FakeAws) -> str:
    platform = (
        "spec: {type: aws-step-functions, region: us-east-1, accountId: '123456789012',"
        f" endpointUrl: '{fake.url}'}}"
    )
    return PROJECT.replace("spec: {type: local, timeScale: 0}", platform)


def detached(shell: Shell, fake: FakeAws, *jobs: str) -> dict[str, str]:
    """Apply and leave; returns the ARN of each job that runs."""
    shell.write(*jobs, project=project_at(fake))
    assert shell("apply", "--detach").code == 4
    fake.forget_calls()
    return arns(shell)


def arns(shell: Shell) -> dict[str, str]:
    """The ARN of each job's execution, by the results file."""
    return {
        each["name"]: each["executionArn"]
        for each in shell.results()["jobs"]
        if each["executionArn"]
    }


def rewrite(shell: Shell, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the results file."""
    document = shell.results()
    change(document)
    (shell.folder / "results.json").write_text(json.dumps(document))


def keep_of_journal(shell: Shell, *events: str) -> None:
    """Have the journal end before everything but its beginning and transitions of these kinds."""
    path = shell.folder / "results.jsonl"
    lines = path.read_text().splitlines()
    kept = [line for line in lines if json.loads(line)["event"] in ("run_started", *events)]
    path.write_text("".join(f"{line}\n" for line in kept))


def job_in(document: dict[str, Any], name: str) -> Any:
    """The job of that name in a results document."""
    return next(each for each in document["jobs"] if each["name"] == name)
