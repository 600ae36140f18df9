"""docs/platforms.md shows what the command prints, for the project that it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runner import iam, report
from runner.arns import parse_machine
from runner.iam import MachineUse, Purpose
from tests.cli.tools import Shell, shell

__all__ = ["shell"]

PAGE = (Path(__file__).parents[2] / "docs" / "platforms.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Permissions\n")[2].partition("\n## Another endpoint\n")[0]
SHOWN = re.findall(
    r"^```sh\nstepfleet (iam-policy [^\n]*)\n```\n\n```json\n(.*?)^```$", SECTION, re.M | re.S
)


@pytest.fixture
def project(shell: Shell) -> Shell:
    [specs] = re.findall(r"^```yaml\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    shell.write(project=specs)
    return shell


@pytest.mark.parametrize(("command", "printed"), SHOWN)
def test_a_shown_policy_is_what_the_command_prints(
    project: Shell, command: str, printed: str
) -> None:
    outcome = project(*command.split())
    assert (outcome.code, outcome.out) == (0, printed)


def test_both_policies_and_both_trusts_are_shown() -> None:
    assert len(SHOWN) == SECTION.count("```json") == 4


def test_every_purpose_stands_in_the_table() -> None:
    assert re.findall(r"^\| `([a-z]+)` \|", SECTION, re.MULTILINE) == list(report.PURPOSES)


def test_the_calls_of_each_command_are_those_that_are_allowed() -> None:
    calls = PAGE.partition("\n### Quotas\n")[0]
    table = dict(re.findall(r"^\| `(plan|apply|drift)` \| (.*) \|$", calls, re.MULTILINE))
    used = [
        MachineUse(parse_machine(f"arn:aws:states:us-east-1:123456789012:stateMachine:x{tail}"))
        for tail in ("", ":live")
    ]
    redriven = [MachineUse(used[0].arn, redrives=True), *used]
    for purpose in Purpose:
        named = set(re.findall(r"`([A-Z]\w+)`", table[purpose.value]))
        if "those" in table[purpose.value]:
            named |= set(re.findall(r"`([A-Z]\w+)`", table["plan"]))
        allowed = {each.action for each in iam.permissions(redriven, purpose)}
        assert allowed == {f"states:{name}" for name in named}
