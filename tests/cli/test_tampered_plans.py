"""Saved plans that someone has changed: what they may not lead to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.aws_tools import aws_environment, fake, project_at
from tests.cli.tools import Shell, job, shell

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "fake", "shell"]

ACCOUNT = "arn:aws:states:us-east-1:123456789012:stateMachine"


def tamper(shell: Shell, change: Callable[[str], str]) -> None:
    file = shell.folder / "plan.json"
    file.write_text(change(file.read_text()))


def tamper_data(shell: Shell, change: Callable[[Any], object]) -> None:
    def changed(text: str) -> str:
        document = json.loads(text)
        change(document)
        return json.dumps(document, separators=(",", ":"))

    tamper(shell, changed)


def save(shell: Shell, fake: FakeAws, *jobs: str, allow: str = "") -> None:
    """Save a plan, and forget the calls that it took."""
    project = project_at(fake)
    if allow:
        project = project.replace("region: us-east-1,", f"region: us-east-1, allow: ['{allow}'],")
    shell.write(*(jobs or [job("a")]), project=project)
    assert shell("plan", "-o", "plan.json").code == 0
    fake.forget_calls()


@pytest.mark.parametrize(
    "name", ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "STEPFLEET_X"]
)
def test_a_plan_reads_nothing_that_specs_may_not_read(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "the-token")
    monkeypatch.setenv(name, "the-secret")
    save(shell, fake, job("a", more="parameters: {token: '${{ env.SHOP_TOKEN }}'}"))
    tamper(shell, lambda text: text.replace("SHOP_TOKEN", name))
    outcome = shell("apply", "plan.json")
    assert outcome.code == 3
    assert f"{name!r} is not an environment variable that may be read" in outcome.err
    assert fake.calls == {}


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        (f"{ACCOUNT}:slow", "is not among those that platform 'here' allows"),
        (f"{ACCOUNT.replace('us-east-1', 'eu-west-1')}:echo", "is in eu-west-1"),
        (f"{ACCOUNT.replace('123456789012', '210987654321')}:echo", "is in account 210987654321"),
    ],
)
def test_a_machine_that_its_platform_may_not_run_is_refused_before_any_call(
    shell: Shell, fake: FakeAws, machine: str, said: str
) -> None:
    save(shell, fake, allow=f"{ACCOUNT}:echo")
    tamper_data(shell, lambda plan: plan["jobs"][0].update(stateMachine=machine))
    outcome = shell("apply", "plan.json")
    assert outcome.code == 3
    assert said in outcome.err
    assert fake.calls == {}


def test_a_job_that_is_said_to_be_skipped_does_not_start_what_may_not_run(
    shell: Shell, fake: FakeAws
) -> None:
    save(shell, fake, allow=f"{ACCOUNT}:echo")

    def change(plan: Any) -> None:
        del plan["jobs"][0]["revision"]
        plan["jobs"][0].update(action="skip", stateMachine=f"{ACCOUNT}:slow")

    tamper_data(shell, change)
    outcome = shell("apply", "plan.json")
    assert outcome.code == 3
    assert "it would be started, which the plan does not do" in outcome.out
    assert fake.requests("StartExecution") == []


def test_a_plan_s_endpoint_elsewhere_is_called_only_when_it_is_allowed(
    shell: Shell, fake: FakeAws
) -> None:
    save(shell, fake)
    url = fake.url.replace("127.0.0.1", "0.0.0.0")
    tamper_data(shell, lambda plan: plan["platforms"]["here"].update(endpointUrl=url))
    refused = shell("apply", "plan.json")
    assert refused.code == 3
    assert url in refused.err
    assert "--endpoint-url" in refused.err
    assert fake.calls == {}
    assert shell("apply", "plan.json", "--endpoint-url", url).code == 0
    assert len(fake.requests("StartExecution")) == 1
