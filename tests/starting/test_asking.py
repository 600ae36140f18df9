"""`stepfleet init` at a terminal: questions with defaults, bad answers, and ways out of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.cli.tools import Shell, shell
from tests.fake_aws import FakeAws, RealClock, denied
from tests.fake_aws.fixtures import aws_environment
from tests.starting.terminal import Terminal
from tests.starting.test_init import PAGE, WANTS_A_DAY, WANTS_NOTHING, files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["aws_environment", "shell"]


@pytest.fixture
def fake(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    with FakeAws(RealClock()) as running:
        running.machine("orders-extract", definition=json.dumps(WANTS_A_DAY))
        running.machine("ping", type="EXPRESS", definition=json.dumps(WANTS_NOTHING))
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        yield running


def specs_of(folder: Path) -> list[str]:
    return [name for name in files(folder) if name.startswith("specs/")]


def test_defaults_lead_to_a_project_with_the_first_machine(fake: FakeAws, tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    folder.mkdir()
    with Terminal(folder, "init") as terminal:
        terminal.answer("Project name", "")
        terminal.answer("Where do the jobs run", "")
        assert "[us-east-1]" in terminal.answer("AWS region", "")
        shown = terminal.answer("First job", "")
        terminal.answer("Write GitHub workflows", "")
        role = terminal.answer("that may look", "")
        terminal.answer("that may start and stop", "")
        terminal.answer("Write .pre-commit-config.yaml", "")
        listed = terminal.answer("Write them?", "")
        code, told = terminal.ended()
    assert "1  orders-extract  standard" in shown
    assert "2  ping  express" in shown
    assert "[arn:aws:iam::123456789012:role/stepfleet-plan]" in role
    assert "specs/jobs/orders_extract.yaml" in listed
    assert (code, "wrote  specs/project.yaml" in told) == (0, True), told
    job = yaml.safe_load((folder / "specs/jobs/orders_extract.yaml").read_text())
    assert job["spec"]["if"] is False
    assert "name: lake " in (folder / "specs/project.yaml").read_text()
    block = re.search(r"^\$ stepfleet init\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    assert block
    lines = [line.rstrip() for line in terminal.transcript.splitlines()]
    assert block[1].splitlines() == lines[: block[1].count("\n")]


def test_bad_answers_are_asked_again_with_the_reason(fake: FakeAws, tmp_path: Path) -> None:
    with Terminal(tmp_path, "init", "--name", "shop") as terminal:
        terminal.answer("Where do the jobs run", "moon")
        assert "'moon' is not one of" in terminal.answer("Where do the jobs run", "aws")
        terminal.answer("AWS region", "mars")
        assert "is not an AWS region" in terminal.answer("AWS region", "us-east-1")
        terminal.answer("First job", "7")
        assert "there is no number 7: 1 to 2, or a name" in terminal.answer("First job", "pong")
        assert "there is no state machine pong" in terminal.answer("First job", "pin:live:x")
        assert "is neither the ARN" in terminal.answer("First job", "ping")
        terminal.answer("Write GitHub workflows", "")
        terminal.answer("that may look", "reader")
        assert "is not the ARN of a role" in terminal.answer("that may look", "")
        terminal.answer("that may start and stop", "")
        terminal.answer("Write .pre-commit-config.yaml", "n")
        terminal.answer("Write them?", "y")
        code, told = terminal.ended()
    assert (code, specs_of(tmp_path)) == (0, ["specs/jobs/ping.yaml", "specs/project.yaml"]), told
    assert ".pre-commit-config.yaml" not in files(tmp_path)


@pytest.mark.parametrize(
    "questions",
    [[], ["Where do the jobs run", "AWS region"], ["Where do the jobs run", "AWS region", "First"]],
)
def test_an_interrupt_at_a_question_leaves_nothing(
    fake: FakeAws, tmp_path: Path, questions: list[str]
) -> None:
    with Terminal(tmp_path, "init", "--name", "shop") as terminal:
        for question in questions:
            terminal.answer(question, "")
        terminal.expect("]: ")
        code = terminal.interrupt()
    assert (code, files(tmp_path)) == (130, {})


def test_no_is_an_answer_to_the_last_question(fake: FakeAws, tmp_path: Path) -> None:
    with Terminal(tmp_path, "init", "--example", "--name", "shop", "--no-workflows") as terminal:
        terminal.answer("Write .pre-commit-config.yaml", "y")
        terminal.answer("Write them?", "n")
        code, _ = terminal.ended()
    assert (code, files(tmp_path)) == (130, {})


def test_the_embedded_engine_asks_aws_nothing(fake: FakeAws, tmp_path: Path) -> None:
    with Terminal(tmp_path, "init", "--no-pre-commit") as terminal:
        terminal.answer("Project name", "")
        terminal.answer("Where do the jobs run", "local")
        terminal.answer("Write GitHub workflows", "n")
        terminal.answer("Write them?", "")
        code, told = terminal.ended()
    assert (code, fake.calls) == (0, {}), told
    assert "specs/jobs/orders.yaml" in files(tmp_path)


def test_a_denied_list_is_told_and_a_name_can_be_typed(fake: FakeAws, tmp_path: Path) -> None:
    fake.faults.add("ListStateMachines", denied("states:ListStateMachines"))
    with Terminal(tmp_path, "init", "--name", "shop", "--region", "us-east-1") as terminal:
        shown = terminal.answer("First job", "orders-extract")
        terminal.answer("Write GitHub workflows", "n")
        terminal.answer("Write .pre-commit-config.yaml", "n")
        terminal.answer("Write them?", "")
        code, told = terminal.ended()
    assert "They can't be listed" in shown
    assert "states:ListStateMachines" in shown
    assert code == 0, told
    job = yaml.safe_load((tmp_path / "specs/jobs/orders_extract.yaml").read_text())
    assert job["spec"]["parameters"] == {"day": {"type": "string"}}


def test_without_credentials_the_example_is_next(
    fake: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with Terminal(tmp_path, "init", "--name", "shop", "--region", "us-east-1") as terminal:
        shown = terminal.answer("empty if you don't know", "12")
        assert "is not an AWS account" in terminal.answer("empty if you", "210987654321")
        assert "[example]" in terminal.answer("First job", "")
        terminal.answer("Write GitHub workflows", "n")
        terminal.answer("Write .pre-commit-config.yaml", "n")
        terminal.answer("Write them?", "")
        code, told = terminal.ended()
    assert "They can't be listed" in shown
    assert "credentials" in shown
    assert code == 0, told
    assert "specs/jobs/orders.yaml" in files(tmp_path)
    assert 'accountId: "210987654321"' in (tmp_path / "specs/project.yaml").read_text()


def test_an_account_without_machines_says_so(
    aws_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeAws(RealClock()) as empty:
        monkeypatch.setenv("AWS_ENDPOINT_URL", empty.url)
        with Terminal(tmp_path, "init", "--name", "shop", "--region", "us-east-1") as terminal:
            shown = terminal.answer("First job", "none")
            terminal.answer("Write GitHub workflows", "n")
            terminal.answer("Write .pre-commit-config.yaml", "n")
            terminal.answer("Write them?", "")
            code, told = terminal.ended()
    assert "There is no state machine in us-east-1 of account 123456789012" in shown
    assert (code, specs_of(tmp_path)) == (0, ["specs/project.yaml"]), told


def test_of_very_many_machines_some_are_listed_and_all_can_be_named(
    fake: FakeAws, tmp_path: Path
) -> None:
    for number in range(150):
        fake.machine(f"many-{number:03}", definition=json.dumps(WANTS_NOTHING))
    with Terminal(tmp_path, "init", "--name", "shop", "--region", "us-east-1") as terminal:
        shown = terminal.answer("First job", "41")
        unshown = terminal.answer("First job", "many-149")
        terminal.answer("Write GitHub workflows", "n")
        terminal.answer("Write .pre-commit-config.yaml", "n")
        terminal.answer("Write them?", "")
        code, told = terminal.ended()
    assert "there is no number 41: 1 to 40, or a name" in unshown
    assert "and 112 more" in shown
    assert "many-149" not in shown
    assert (code, "specs/jobs/many_149.yaml" in files(tmp_path)) == (0, True), told


def test_roles_are_told_where_the_workflows_of_the_example_are_there(
    fake: FakeAws, shell: Shell
) -> None:
    shell("init", "--yes", "--example")
    with Terminal(shell.folder, "init", "--region", "us-east-1", "--machine", "ping") as terminal:
        terminal.answer("Write them?", "")
        code, told = terminal.ended()
    assert (code, "takes no role in AWS" in told) == (0, True), told
    assert "stepfleet iam-policy --trust github" in told
    assert "make the roles" in told
