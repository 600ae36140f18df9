"""From an account with state machines and nothing else to the first run, command by command."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.tools import Shell, shell
from tests.fake_aws import FakeAws, Outcome, RealClock
from tests.fake_aws.fixtures import aws_environment
from tests.iam.test_calls import called, denied
from tests.starting.test_init import PAGE, WANTS_A_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["aws_environment", "shell"]

EXTRACT = {
    "StartAt": "Which day",
    "States": {
        "Which day": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.day", "StringEquals": "never", "Next": "Nothing"}],
            "Default": "Extract",
        },
        "Nothing": {"Type": "Succeed"},
        "Extract": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "extract", "Payload": {"table.$": "$.table"}},
            "ResultSelector": {"rows.$": "$.Payload.rows"},
            "End": True,
        },
    },
}
PING = {"StartAt": "Ping", "States": {"Ping": {"Type": "Succeed"}}}
NIGHTLY = {
    "StartAt": "Extract",
    "States": {
        "Extract": {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {
                "StateMachineArn": (
                    "arn:aws:states:us-east-1:123456789012:stateMachine:extract-orders"
                ),
                "Input": {"day": "2026-11-19", "table": "orders"},
            },
            "End": True,
        }
    },
}
CALLER = "arn:aws:iam::123456789012:user/tester"
ROLE = "arn:aws:iam::123456789012:role/machines"


@pytest.fixture
def account(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """An account with three machines, where AWS's services are all at the fake."""
    with FakeAws(RealClock()) as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        fake.machine(
            "extract-orders", Outcome(output='{"rows": 7}'), definition=json.dumps(EXTRACT)
        )
        fake.machine(
            "ping",
            type="EXPRESS",
            definition=json.dumps(PING),
            logging={"level": "ERROR", "destinations": []},
        )
        fake.machine("nightly", definition=json.dumps(NIGHTLY))
        yield fake


def in_git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def printed_policy(shell: Shell, *arguments: str) -> list[dict[str, Any]]:
    """The statements of the one policy that was printed."""
    printed = shell("iam-policy", *arguments)
    assert printed.code == 0
    statements: list[dict[str, Any]] = printed.data["Statement"]
    return statements


def switch_on(shell: Shell, job: str, **values: str) -> None:
    """Give a discovered job's inputs their values, and take out its `if: false`."""
    file = shell.folder / "specs" / "jobs" / f"{job}.yaml"
    text = re.sub("^  if: false.*\n", "", file.read_text(), flags=re.MULTILINE)
    for name, value in values.items():
        text, count = re.subn(f"^    {name}: {{[^}}]*}}", f"    {name}: {value}", text, flags=re.M)
        assert count == 1
    file.write_text(text)


def checks(shell: Shell, verdict: str) -> list[tuple[str, str]]:
    """The checks that came to a verdict, by name and subject."""
    told = shell("doctor", "--format", "json").data
    return [(one["name"], one["subject"]) for one in told["checks"] if one["verdict"] == verdict]


def test_a_fresh_discovery_is_safe_and_what_is_switched_on_runs_with_the_printed_policies(
    shell: Shell, account: FakeAws
) -> None:
    in_git(shell.folder, "init", "-q")
    started = shell("init", "--yes", "--region", "us-east-1", "--machine", "ping")
    assert started.code == 0
    options = ("--write", "specs/jobs", "--infer-parameters", "--definitions")
    assert shell("discover", *options).code == 0
    assert shell("validate").code == 0
    assert sorted(path.name for path in (shell.folder / "specs/jobs").glob("*.yaml")) == [
        "extract_orders.yaml",
        "nightly.yaml",
        "ping.yaml",
    ]

    plan = shell("plan", "--format", "json").data
    actions = {job["name"]: job["action"] for job in plan["jobs"]}
    assert (actions["extract_orders"], actions["nightly"]) == ("skip", "skip")

    switch_on(shell, "extract_orders", day="2026-11-19", table="orders")
    assert shell("validate").code == 0

    account.directory.role(
        ROLE, None, *printed_policy(shell, "--for", "machines", "--machine", "nightly")
    )
    account.directory.allow(CALLER, *printed_policy(shell, "--for", "apply"))
    assert checks(shell, "fail") == []

    applied = shell("apply")
    assert applied.code == 0, applied.err
    jobs = {job["name"]: job for job in shell.results()["jobs"]}
    assert jobs["extract_orders"]["outputs"]["rows"] == 7
    (start,) = account.requests("StartExecution")
    assert json.loads(start["input"]) == {"day": "2026-11-19", "table": "orders"}

    before = {path: path.read_bytes() for path in shell.folder.rglob("*") if path.is_file()}
    assert shell("discover", *options).code == 0
    assert {path: path.read_bytes() for path in before} == before
    assert shell("plan", "--detailed-exitcode", "--select", "extract_orders").code == 0


def test_the_doctor_names_the_permission_that_the_printed_policy_would_have_given(
    shell: Shell, account: FakeAws
) -> None:
    assert shell("init", "--yes", "--region", "us-east-1", "--machine", "extract-orders").code == 0
    switch_on(shell, "extract_orders", day="2026-11-19", table="orders")
    statements = printed_policy(shell, "--for", "apply")
    account.directory.role(ROLE)
    less = [one for one in statements if "states:StopExecution" not in one["Action"]]
    assert less != statements
    account.directory.allow(CALLER, *less)
    told = shell("doctor")
    assert told.code == 1
    assert "states:StopExecution" in told.out
    account.directory.allow(CALLER, *statements)
    assert shell("doctor").code == 0


def step(number: int) -> str:
    """The text of a step of the guide."""
    return re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[number]


def policies_by_role(shell: Shell, text: str) -> dict[str, list[Any]]:
    """What the command in a text writes for the two roles, by what each is for."""
    [command] = re.findall(r"stepfleet (iam-policy [^\n]*--write policies)\n", text)
    assert shell(*shlex.split(command)).code == 0
    return {
        name: [json.loads(path.read_text()) for path in shell.folder.glob(f"policies/{name}*.json")]
        for name in ("plan", "apply")
    }


@pytest.mark.parametrize("source", ["the guide", "init"])
def test_the_roles_of_the_first_day_may_do_what_the_first_reviewed_run_takes(
    shell: Shell, account: FakeAws, source: str
) -> None:
    account.machine("orders-extract", definition=json.dumps(WANTS_A_DAY))
    for number in range(60):
        account.machine(f"one-of-very-many-state-machines-{number:03}")
    [begin] = re.findall(r"^\$ stepfleet (init .*--machine.*)", step(1), re.MULTILINE)
    told = shell(*shlex.split(begin))
    [more] = re.findall(r"^\$ stepfleet (.*)", step(2), re.MULTILINE)
    assert (told.code, shell(*shlex.split(more)).code) == (0, 0)
    roles = policies_by_role(shell, step(4) if source == "the guide" else told.out)

    [job] = re.findall(r"^```yaml\n(.*?)^```", step(6), re.MULTILINE | re.DOTALL)
    (shell.folder / "specs/jobs/orders_extract.yaml").write_text(job)
    for command in ("plan", "apply"):
        account.forget_calls()
        assert shell(command).code == 0
        assert denied(roles[command], account) == []
    assert "states:StartExecution" in {call.action for call in called(account)}
