"""A project on the fake whose surroundings are right unless a test breaks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from runner import schema
from tests.cli.tools import PROJECT, Shell, job, shell
from tests.fake_aws import FakeAws, RealClock
from tests.fake_aws.fixtures import aws_environment
from tests.fake_aws.iam import ANYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CALLER", "ROLE", "aws_environment", "fake", "shell"]

VALIDATOR = Draft202012Validator(schema.load("doctor.schema.json"))
ACCOUNT = "123456789012"
CALLER = f"arn:aws:iam::{ACCOUNT}:user/tester"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/machines"


@pytest.fixture
def fake(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """The fake in real time, whose caller may do anything."""
    with FakeAws(RealClock()) as running:
        running.machine("echo")
        running.machine("live", versions=(1, 2), aliases={"prod": {1: 100}})
        running.directory.allow(CALLER, ANYTHING)
        running.directory.role(ROLE)
        monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", running.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", running.url)
        yield running


def project_at(url: str, more: str = "") -> str:
    platform = (
        f"spec: {{type: aws-step-functions, region: us-east-1, accountId: '{ACCOUNT}',"
        f" endpointUrl: '{url}'{more}}}"
    )
    return PROJECT.replace("spec: {type: local, timeScale: 0}", platform)


def examined(shell: Shell, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the checks of a doctor, whose JSON is what its schema says."""
    outcome = shell("doctor", "--format", "json", *options)
    assert outcome.err == "", outcome.err
    assert list(VALIDATOR.iter_errors(outcome.data)) == []
    checks: list[dict[str, Any]] = outcome.data["checks"]
    for each in checks:
        assert (each["fix"] is None) == (each["verdict"] == "pass"), each
    return outcome.code, checks


def of(checks: list[dict[str, Any]], name: str, subject: str | None = None) -> Any:
    """The only check of that name, about that subject if one is given."""
    found = [each for each in checks if each["name"] == name and subject in (None, each["subject"])]
    assert len(found) == 1, found
    return found[0]


def verdicts(checks: list[dict[str, Any]], name: str) -> list[str]:
    return [each["verdict"] for each in checks if each["name"] == name]


def job_on(machine: str, more: str = "") -> str:
    return job("a", machine, more)
