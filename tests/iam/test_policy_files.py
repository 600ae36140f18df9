"""`iam-policy --write` leaves each policy in a file that IAM takes, and says for whom it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.tools import Shell, job, shell
from tests.iam.checking import complaints
from tests.iam.test_command import SECOND, aws_project

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["shell"]

OFFLINE = ("iam-policy", "--offline", "--write", "policies")


def written(folder: Path) -> dict[str, Any]:
    found = {path.name: json.loads(path.read_text()) for path in sorted(folder.iterdir())}
    assert [fault for each in found.values() for fault in complaints(each)] == []
    return found


def test_each_policy_is_a_file_as_it_is_printed_by_itself(shell: Shell) -> None:
    shell.write(job("a"), project=aws_project())
    outcome = shell(*OFFLINE)
    assert outcome.code == 0
    made = written(shell.folder / "policies")
    assert list(made) == ["apply.json", "discover.json", "drift.json", "plan.json"]
    printed = shell("iam-policy", "--offline", "--for", "apply").out
    assert (shell.folder / "policies" / "apply.json").read_text() == printed
    holder = "for the credentials that stepfleet runs with"
    assert f"wrote  policies/plan.json      {holder}\n" in outcome.out


def test_one_purpose_alone_is_written_over_what_it_left(shell: Shell) -> None:
    shell.write(job("a"), project=aws_project())
    folder = shell.folder / "policies"
    folder.mkdir()
    old = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "ReadExecutions2"}]})
    ours = ("plan-2.json", "plan-here.json", "plan-there-1.json")
    for name in ("plan.json", *ours, "planet.json", "apply.json"):
        (folder / name).write_text(old)
    (folder / "plan-of-attack.json").write_text("{}")
    (folder / "plan-more.json").write_text(old.replace("ReadExecutions2", "Buckets"))
    outcome = shell(*OFFLINE, "--for", "plan")
    assert (outcome.code, outcome.out.count("wrote")) == (0, 1)
    assert json.loads((folder / "plan.json").read_text()) != json.loads(old)
    assert (folder / "apply.json").read_text() == old
    told = [line for line in outcome.err.splitlines() if "is of an earlier time" in line]
    assert [line.split()[1] for line in told] == [f"policies/{name}" for name in ours]


@pytest.mark.parametrize(
    "foreign", ['{"mine": 1}', "", "no JSON", "[]", '{"Version": "2012-10-17"}', b"\xff"]
)
def test_nothing_is_written_over_a_file_that_is_no_policy(
    shell: Shell, foreign: str | bytes
) -> None:
    shell.write(job("a"), project=aws_project())
    folder = shell.folder / "policies"
    folder.mkdir()
    (folder / "plan.json").write_bytes(foreign if isinstance(foreign, bytes) else foreign.encode())
    before = (folder / "plan.json").read_bytes()
    outcome = shell(*OFFLINE)
    assert (outcome.code, outcome.out) == (3, "")
    assert "policies/plan.json is there and is no policy: nothing was written" in outcome.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"plan.json": before}


def test_a_saved_plan_is_not_written_over(shell: Shell) -> None:
    shell.write(job("a"))
    (shell.folder / "policies").mkdir()
    assert shell("plan", "-o", "policies/plan.json").code == 0
    saved = (shell.folder / "policies" / "plan.json").read_bytes()
    shell.write(job("a"), project=aws_project())
    assert shell(*OFFLINE).code == 3
    assert (shell.folder / "policies" / "plan.json").read_bytes() == saved


def test_a_policy_of_several_parts_is_several_files(shell: Shell) -> None:
    jobs = [job(f"job_{i}", f"machine-with-quite-a-long-name-{i}") for i in range(120)]
    shell.write(*jobs, project=aws_project())
    assert shell(*OFFLINE).code == 0
    parts = [name for name in written(shell.folder / "policies") if name.startswith("apply")]
    assert parts == [f"apply-{number}.json" for number in range(1, len(parts) + 1)]
    assert len(parts) > 1


def test_policies_of_several_holders_are_told_apart(shell: Shell) -> None:
    role = "roleArn: 'arn:aws:iam::123456789012:role/x/{}'"
    chained = f"auth: {{method: assume-role, {role.format('last')}, source: {{method: assume-role, "
    chained += f"{role.format('first')}}}}}"
    there = job("b", more="platform: there")
    shell.write(SECOND, job("a"), there, project=aws_project(chained))
    outcome = shell(*OFFLINE)
    assert outcome.code == 0, outcome.err
    assert [name for name in written(shell.folder / "policies") if name[0] in "ap"] == [
        "apply-here.json",
        "apply-there.json",
        "assume-first.json",
        "assume-the-credentials-that-stepfleet-runs-with.json",
        "plan-here.json",
        "plan-there.json",
    ]


def test_a_folder_that_cannot_be_written_to_is_told(shell: Shell) -> None:
    shell.write(job("a"), project=aws_project())
    (shell.folder / "policies").mkdir()
    (shell.folder / "policies" / "apply.json").mkdir()
    outcome = shell(*OFFLINE)
    assert (outcome.code, "apply.json can't be written" in outcome.err) == (3, True)


@pytest.mark.parametrize(
    "more", [("--trust", "github"), ("--format", "json"), ("--for", "plan", "--part", "1")]
)
def test_what_is_printed_by_itself_is_not_written(shell: Shell, more: tuple[str, ...]) -> None:
    shell.write(job("a"), project=aws_project())
    outcome = shell(*OFFLINE, *more)
    assert (outcome.code, "--write excludes" in outcome.err) == (64, True)
