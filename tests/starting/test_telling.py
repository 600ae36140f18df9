"""What `stepfleet init` says besides the files: roles, accounts, and paths that lead there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.tools import Shell, shell
from tests.fake_aws.fixtures import aws_environment
from tests.starting.test_init import ON_AWS, fake, git

if TYPE_CHECKING:
    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "fake", "shell"]

LACKS = r"stepfleet-(plan|apply)\.yml takes no role in AWS"


def by_hand(told: str) -> str:
    return told.partition("By hand:")[2]


def test_a_first_platform_of_aws_tells_what_the_workflows_of_the_example_lack(
    shell: Shell, fake: FakeAws
) -> None:
    shell("init", "--yes", "--example")
    told = shell(*ON_AWS).out
    assert re.findall(LACKS, told) == ["plan", "apply"]
    assert "stepfleet iam-policy --trust github" in told
    assert "make the roles" in by_hand(told)
    assert "put your own account into the ARNs of the roles" in by_hand(told)


def test_what_workflows_lack_is_told_for_as_long_as_they_lack_it(
    shell: Shell, fake: FakeAws
) -> None:
    shell("init", "--yes", "--example")
    shell(*ON_AWS)
    assert re.findall(LACKS, shell(*ON_AWS).out) == ["plan", "apply"]
    assert shell("discover", "--write", "specs/jobs", "--infer-parameters").code == 0
    told = shell("init", "--yes").out
    assert re.findall(LACKS, told) == ["plan", "apply"]
    assert "make the roles" in by_hand(told)


def test_the_example_alone_needs_no_role(shell: Shell) -> None:
    for _ in range(2):
        told = shell("init", "--yes", "--example").out
        assert (re.findall(LACKS, told), "roles" in told) == ([], False)


def test_workflows_of_a_project_that_gets_a_platform_of_aws_take_its_role(shell: Shell) -> None:
    shell("init", "--yes", "--example", "--no-workflows")
    assert shell(*ON_AWS).code == 0
    for command in ("plan", "apply"):
        text = (shell.folder / f".github/workflows/stepfleet-{command}.yml").read_text()
        assert "id-token: write" in text
        assert f"role/stepfleet-{command}\n" in text
        assert "embedded-engine: true" in text


@pytest.mark.parametrize("options", [(), ("--machine", "ping")])
def test_a_new_platform_without_an_account_is_told(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for _ in range(2):
        outcome = shell(*ON_AWS, *options)
        assert outcome.code == 0
        assert (
            '- write `accountId: "…"`, your 12 digits, into the spec of the Platform aws, '
            "so that nothing starts in another account\n"
        ) in by_hand(outcome.out)
    assert "accountId" not in (shell.folder / "specs/project.yaml").read_text()


def test_a_platform_with_an_account_is_told_nothing_of_it(shell: Shell, fake: FakeAws) -> None:
    assert "accountId" not in shell(*ON_AWS, "--machine", "ping").out
    assert "accountId" not in shell(*ON_AWS).out


def test_an_account_that_is_given_is_named_where_the_platform_lacks_it(shell: Shell) -> None:
    shell(*ON_AWS)
    told = shell(*ON_AWS, "--account-id", "210987654321").out
    assert 'write `accountId: "210987654321"` into the spec of the Platform aws' in told


def test_paths_to_look_at_lead_there_from_where_the_commands_before_them_go(
    shell: Shell, fake: FakeAws
) -> None:
    git(shell.folder, "init", "-q")
    told = shell("init", "lake", *ON_AWS[1:], "--machine", "ping").out
    assert "wrote  lake/specs/jobs/ping.yaml" in told
    assert "  cd lake\n" in told
    assert "- look at specs/jobs/ping.yaml, " in by_hand(told)
