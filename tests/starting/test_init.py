"""`stepfleet init --yes`: options decide, nothing is overwritten, and what is written works."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from runner import starting
from runner.cli.main import COMMANDS
from runner.starting import hooks, recognising, workflows
from tests import workflow_examples
from tests.cli.tools import Shell, shell
from tests.fake_aws import FakeAws, RealClock, denied
from tests.fake_aws.fixtures import aws_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["aws_environment", "shell"]

WANTS_A_DAY = {
    "StartAt": "Check",
    "States": {
        "Check": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.day", "StringEquals": "today", "Next": "End"}],
            "Default": "End",
        },
        "End": {"Type": "Succeed"},
    },
}
WANTS_NOTHING = {
    "StartAt": "Say",
    "States": {"Say": {"Type": "Pass", "Result": {"ok": True}, "End": True}},
}
WORKFLOWS = ["stepfleet-apply.yml", "stepfleet-plan.yml"]
PAGE = workflow_examples.ROOT / "docs" / "getting-started.md"
_COMMAND = r"(?<=[ $]) *\bstepfleet ([a-z-]+)((?: [^\n]+)?)"
TEAMS_LAKE = "teams-lake-c356e9"
"""The label of the folder teams/lake."""
ON_AWS = ("init", "--yes", "--region", "us-east-1")


@pytest.fixture
def fake(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """An account with a machine that wants an input, and one that wants none."""
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with FakeAws(RealClock()) as running:
        running.machine("orders-extract", definition=json.dumps(WANTS_A_DAY))
        running.machine("ping", type="EXPRESS", definition=json.dumps(WANTS_NOTHING))
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        yield running


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def git(folder: Path, *arguments: str) -> None:
    environ = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *arguments], cwd=folder, env=environ, check=True, capture_output=True)


def test_the_example_is_valid_and_runs_on_the_embedded_engine(shell: Shell) -> None:
    outcome = shell("init", "--yes", "--example")
    assert (outcome.code, outcome.err) == (0, "")
    assert shell("validate").code == 0
    assert shell("apply", "--local").code == 0
    assert shell.results()["run"]["status"] == "succeeded"
    assert shell("plan").code == 0


def test_without_any_option_the_example_is_written(shell: Shell) -> None:
    shell("init", "--yes")
    plain = files(shell.folder)
    assert "specs/jobs/orders.yaml" in plain
    assert names_in(shell.folder / ".github" / "workflows") == WORKFLOWS
    assert "embedded-engine: true" in plain[".github/workflows/stepfleet-plan.yml"]
    assert "aws-role" not in plain[".github/workflows/stepfleet-apply.yml"]


def test_a_second_init_writes_nothing_and_says_what_it_kept(shell: Shell) -> None:
    shell("init", "--yes", "--example", "--name", "shop")
    before = files(shell.folder)
    outcome = shell("init", "--yes", "--example")
    assert outcome.code == 0
    assert files(shell.folder) == before
    assert "wrote" not in outcome.out
    assert "kept   specs: the project shop" in outcome.out
    assert "kept   .pre-commit-config.yaml" in outcome.out


def test_only_what_is_missing_is_added_to_a_project(shell: Shell) -> None:
    shell("init", "--yes", "--no-workflows", "--no-pre-commit")
    assert all(path.startswith("specs/") for path in files(shell.folder))
    project = (shell.folder / "specs" / "project.yaml").read_text()
    outcome = shell("init", "--yes", "--name", "other")
    assert re.findall(r"^wrote +(.*)", outcome.out, re.MULTILINE) == [
        ".github/workflows/stepfleet-plan.yml",
        ".github/workflows/stepfleet-apply.yml",
        ".pre-commit-config.yaml",
    ]
    assert (shell.folder / "specs" / "project.yaml").read_text() == project


def test_a_project_on_aws_needs_no_call(shell: Shell, fake: FakeAws) -> None:
    outcome = shell(*ON_AWS, "--account-id", "210987654321")
    assert (outcome.code, outcome.err, fake.calls) == (0, "", {})
    written = files(shell.folder)
    assert 'accountId: "210987654321"' in written["specs/project.yaml"]
    role = "arn:aws:iam::210987654321:role/stepfleet-apply"
    assert "put your own account" not in outcome.out
    assert "put your own account" in shell("init", "other", "--yes", "--region", "eu-west-1").out
    assert f"aws-role: {role}\n" in written[".github/workflows/stepfleet-apply.yml"]
    assert shell("validate").code == 0


def test_a_machine_that_wants_input_is_written_switched_off(shell: Shell, fake: FakeAws) -> None:
    outcome = shell(*ON_AWS, "--machine", "orders-extract")
    assert (outcome.code, outcome.err) == (0, "")
    job = yaml.safe_load((shell.folder / "specs/jobs/orders_extract.yaml").read_text())
    assert job["spec"]["if"] is False
    assert job["spec"]["parameters"] == {"day": {"type": "string"}}
    assert 'accountId: "123456789012"' in (shell.folder / "specs/project.yaml").read_text()
    assert "specs/jobs/orders_extract.yaml, give its parameters their values" in outcome.out
    assert shell("validate").code == 0
    assert shell("plan").code == 0


def test_a_machine_whose_input_cannot_be_seen_is_switched_off(shell: Shell, fake: FakeAws) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f", "Payload.$": "$"},
        "End": True,
    }
    whole = {"StartAt": "Call", "States": {"Call": task}}
    fake.machine("whole", definition=json.dumps(whole))
    fake.machine("odd", definition="no JSON")
    for name in ("whole", "odd"):
        assert shell(*ON_AWS, "--machine", name).code == 0
        job = yaml.safe_load((shell.folder / f"specs/jobs/{name}.yaml").read_text())
        assert job["spec"]["if"] is False
    assert shell("validate").code == 0


def test_an_apply_of_a_fresh_start_starts_nothing_although_no_input_is_wanted(
    shell: Shell, fake: FakeAws
) -> None:
    outcome = shell(*ON_AWS, "--machine", "ping")
    assert (outcome.code, "look at specs/jobs/ping.yaml" in outcome.out) == (0, True)
    job = yaml.safe_load((shell.folder / "specs/jobs/ping.yaml").read_text())
    assert (job["spec"]["if"], job["spec"]["stepFunctionsType"]) == (False, "EXPRESS")
    assert shell("apply").code == 0
    assert not any("Start" in name for name in fake.calls)


def test_a_machine_given_by_its_arn_brings_its_region(shell: Shell, fake: FakeAws) -> None:
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:orders-extract:live"
    assert shell("init", "--yes", "--machine", arn).code == 0
    job = yaml.safe_load((shell.folder / "specs/jobs/orders_extract.yaml").read_text())
    assert job["spec"]["stateMachine"] == "orders-extract:live"
    assert "region: us-east-1" in (shell.folder / "specs/project.yaml").read_text()


def test_a_job_is_added_to_a_project_that_is_there(shell: Shell, fake: FakeAws) -> None:
    shell(*ON_AWS, "--machine", "ping")
    outcome = shell("init", "--yes", "--machine", "orders-extract")
    assert re.findall(r"^wrote +(.*)", outcome.out, re.M) == ["specs/jobs/orders_extract.yaml"]
    assert shell("validate").code == 0


def test_no_second_job_is_written_for_a_machine(shell: Shell, fake: FakeAws) -> None:
    shell(*ON_AWS, "--machine", "ping")
    before = files(shell.folder)
    outcome = shell("init", "--yes", "--machine", "ping:live")
    assert "No job: ping runs this state machine already" in outcome.out
    assert files(shell.folder) == before


def test_a_job_of_another_platform_than_the_default_names_it(shell: Shell, fake: FakeAws) -> None:
    shell("init", "--yes", "--example")
    outcome = shell(*ON_AWS, "--machine", "ping")
    assert (outcome.code, outcome.err) == (0, "")
    job = yaml.safe_load((shell.folder / "specs/jobs/ping.yaml").read_text())
    assert job["spec"]["platform"] == "aws"
    assert "specs/platforms.yaml" in files(shell.folder)
    assert shell("validate").code == 0


def test_a_machine_that_is_not_there_is_refused_with_the_nearest(
    shell: Shell, fake: FakeAws
) -> None:
    outcome = shell(*ON_AWS, "--machine", "orders-extrakt")
    assert outcome.code == 3
    assert "did you mean orders-extract?" in outcome.err
    assert files(shell.folder) == {}


def test_a_machine_that_is_being_deleted_is_refused(shell: Shell, fake: FakeAws) -> None:
    fake.machine("going", status="DELETING")
    outcome = shell(*ON_AWS, "--machine", "going")
    assert (outcome.code, "is being deleted" in outcome.err) == (3, True)
    assert files(shell.folder) == {}


def test_what_may_not_be_described_becomes_a_job_as_it_was_named(
    shell: Shell, fake: FakeAws
) -> None:
    fake.faults.add("DescribeStateMachine", denied("states:DescribeStateMachine"))
    outcome = shell(*ON_AWS, "--machine", "ping")
    assert outcome.code == 0
    assert "could not be looked at" in outcome.err
    assert "states:DescribeStateMachine" in outcome.err
    job = yaml.safe_load((shell.folder / "specs/jobs/ping.yaml").read_text())
    assert (job["spec"]["if"], job["spec"]["stateMachine"]) == (False, "ping")
    assert shell("validate").code == 0


def test_without_credentials_the_job_is_written_and_the_reason_told(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    outcome = shell(*ON_AWS, "--machine", "ping")
    assert (outcome.code, fake.calls) == (0, {})
    assert "credentials" in outcome.err
    assert shell("validate").code == 0


def test_credentials_of_another_account_are_refused(shell: Shell, fake: FakeAws) -> None:
    outcome = shell(*ON_AWS, "--machine", "ping", "--account-id", "210987654321")
    assert outcome.code == 3
    assert "123456789012, not 210987654321" in outcome.err
    assert files(shell.folder) == {}


def test_a_profile_is_looked_with_and_not_written_down(
    shell: Shell, fake: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile 'data team']\nregion = us-east-1\n"
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    outcome = shell("init", "new", "--yes", "--machine", "ping", "--profile", "data team")
    assert (outcome.code, outcome.err) == (0, "")
    assert not any("data team" in text for text in files(shell.folder / "new").values())
    assert "AWS_PROFILE='data team' stepfleet plan" in outcome.out


def test_specs_without_a_project_get_one_and_keep_every_byte(shell: Shell) -> None:
    (shell.folder / "specs").mkdir()
    mine = (
        "apiVersion: stepfleet/v1\nkind: Platform # mine\nmetadata: {name: prod}\n"
        "spec: {type: aws-step-functions, region: eu-west-1}\n---\n"
        "apiVersion: stepfleet/v1\nkind: Job\nmetadata: {name: a}\nspec: {stateMachine: a}\n"
    )
    (shell.folder / "specs" / "project.yaml").write_text(mine)
    outcome = shell("init", "--yes", "--name", "shop")
    assert outcome.code == 0, outcome.err
    assert (shell.folder / "specs" / "project.yaml").read_text() == mine
    project = yaml.safe_load((shell.folder / "specs" / "project-2.yaml").read_text())
    assert (project["metadata"]["name"], project["spec"]["platform"]) == ("shop", "prod")
    assert shell("validate").code == 0


def test_a_project_that_is_not_valid_is_left_with_the_reason(shell: Shell) -> None:
    shell("init", "--yes", "--no-workflows", "--no-pre-commit")
    (shell.folder / "specs" / "broken.yaml").write_text("kind: Job\n")
    before = files(shell.folder)
    outcome = shell("init", "--yes")
    assert (outcome.code, "specs/broken.yaml:1:1" in outcome.err) == (3, True)
    assert "Nothing was written" in outcome.err
    assert files(shell.folder) == before


def test_another_region_than_the_projects_is_refused(shell: Shell) -> None:
    shell(*ON_AWS)
    outcome = shell("init", "--yes", "--region", "eu-west-1")
    assert (outcome.code, "is in us-east-1, not in eu-west-1" in outcome.err) == (3, True)


def test_a_folder_in_the_place_of_a_file_refuses_all(shell: Shell) -> None:
    (shell.folder / ".pre-commit-config.yaml").mkdir()
    outcome = shell("init", "--yes")
    assert (outcome.code, "it is a folder" in outcome.err) == (3, True)
    assert files(shell.folder) == {}


def test_a_link_out_of_the_folder_is_not_followed(shell: Shell, tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    (project / ".github").symlink_to(outside)
    outcome = shell("init", "project", "--yes")
    assert (outcome.code, "leads out of" in outcome.err) == (3, True)
    assert (files(outside), files(project)) == ({}, {})


def test_a_hook_configuration_is_left_alone_and_the_lines_are_shown(shell: Shell) -> None:
    mine = "repos: [] # mine\n"
    (shell.folder / ".pre-commit-config.yaml").write_text(mine)
    outcome = shell("init", "--yes")
    assert (shell.folder / ".pre-commit-config.yaml").read_text() == mine
    assert "  - repo: https://github.com/stepfleet/stepfleet\n" in outcome.out
    assert "      - id: stepfleet-validate" in outcome.out
    added = f"repos:\n{hooks.entry('specs')}"
    (shell.folder / ".pre-commit-config.yaml").write_text(added)
    assert "- repo:" not in shell("init", "--yes").out


def test_a_workflow_of_another_name_that_runs_the_action_is_enough(shell: Shell) -> None:
    folder = shell.folder / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ours.yaml").write_text(starting.workflows.plan(starting.Setting()).text)
    shell("init", "--yes")
    assert names_in(folder) == ["ours.yaml", "stepfleet-apply.yml"]


def test_a_project_without_a_default_platform_is_told_to_name_one(shell: Shell) -> None:
    shell(*ON_AWS, "--no-workflows", "--no-pre-commit")
    path = shell.folder / "specs" / "project.yaml"
    second = path.read_text().rpartition("---\n")[2].replace("name: aws", "name: other")
    path.write_text(path.read_text().replace("  platform: aws\n", "  concurrency: 3\n"))
    (shell.folder / "specs" / "other.yaml").write_text(second)
    outcome = shell(*ON_AWS)
    assert (outcome.code, "set `platform` in the Project" in outcome.err) == (3, True)


def test_each_of_two_projects_of_a_repository_gets_its_own_workflows(shell: Shell) -> None:
    git(shell.folder, "init", "-q")
    shell("init", "lake", "--yes")
    shell("init", "--yes")
    assert names_in(shell.folder / ".github" / "workflows") == [
        "stepfleet-apply-lake.yml",
        "stepfleet-apply.yml",
        "stepfleet-plan-lake.yml",
        "stepfleet-plan.yml",
    ]
    outcome = shell("init", "river", "--yes")
    assert "args: [river/specs]" in outcome.out


def test_projects_in_folders_of_similar_names_have_workflows_of_their_own(shell: Shell) -> None:
    git(shell.folder, "init", "-q")
    deep = f"{'long/' * 9}er"
    for lake in ("teams/lake", "teams-lake", f"a/{deep}", f"b/{deep}", "x" * 41, "x" * 42):
        assert shell("init", lake, "--yes", "--no-pre-commit").code == 0
    folder = shell.folder / ".github" / "workflows"
    assert len(names_in(folder)) == 2 * 6
    texts = [yaml.safe_load(path.read_text()) for path in folder.iterdir()]
    assert len({text["concurrency"]["group"] for text in texts}) == 2 * 6
    labels = {step.get("with", {}).get("label") for step in steps_of(texts)} - {None}
    assert len(labels) == 6
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,40}", label) for label in labels)


def steps_of(texts: list[Any]) -> list[Any]:
    return [step for text in texts for job in text["jobs"].values() for step in job["steps"]]


def test_a_workflow_of_our_name_that_does_something_else_gets_ours_beside_it(shell: Shell) -> None:
    folder = shell.folder / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "stepfleet-plan.yml").write_text("name: theirs\non: push\njobs: {}\n")
    outcome = shell("init", "--yes")
    assert (folder / "stepfleet-plan.yml").read_text().startswith("name: theirs")
    assert names_in(folder) == [WORKFLOWS[0], "stepfleet-plan-2.yml", WORKFLOWS[1]]
    assert "wrote  .github/workflows/stepfleet-plan-2.yml" in outcome.out
    again = shell("init", "--yes").out
    assert "kept   .github/workflows/stepfleet-plan-2.yml" in again
    assert "wrote" not in again


def test_a_first_job_on_aws_is_told_what_the_workflows_of_the_example_lack(
    shell: Shell, fake: FakeAws
) -> None:
    shell("init", "--yes", "--example", "--region", "us-east-1")
    outcome = shell(*ON_AWS, "--machine", "ping")
    assert outcome.code == 0
    folder = shell.folder / ".github" / "workflows"
    for command in ("plan", "apply"):
        role = f"          aws-role: arn:aws:iam::123456789012:role/stepfleet-{command}\n"
        token = "      id-token: write # the AWS role\n"
        said = outcome.out.partition(f"stepfleet-{command}.yml takes no role")[2]
        assert role in said
        assert token in said
        path = folder / f"stepfleet-{command}.yml"
        below = "      pull-requests: write"
        text = re.sub(rf"({below}.*\n)", rf"\1{token}", path.read_text(), count=1)
        path.write_text(text.replace(f"command: {command}\n", f"command: {command}\n{role}"))
    assert "make the roles" in outcome.out
    assert 'write `accountId: "123456789012"` into the spec of the Platform aws' in outcome.out
    told = shell("init", "--yes", "--machine", "orders-extract").out
    assert "takes no role" not in told


def test_a_platform_that_takes_a_role_itself_needs_none_of_the_workflows(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell("init", "--yes", "--example", "--region", "us-east-1")
    project = shell.folder / "specs" / "project.yaml"
    auth = "  auth: {method: web-identity, roleArn: 'arn:aws:iam::123456789012:role/x'}\n"
    project.write_text(f"{project.read_text()}{auth}")
    outcome = shell(*ON_AWS, "--machine", "ping")
    assert (outcome.code, "takes no role" in outcome.out) == (0, False), outcome.err


def test_workflows_for_both_platforms_take_the_role_and_the_embedded_engine(
    shell: Shell, fake: FakeAws
) -> None:
    shell("init", "--yes", "--example", "--no-workflows")
    shell(*ON_AWS, "--machine", "ping", "--no-workflows")
    shell("init", "--yes")
    for command in ("plan", "apply"):
        text = workflow(shell.folder, command)
        [inputs] = [
            step["with"]
            for step in steps_of([yaml.safe_load(text)])
            if step.get("with", {}).get("command") == command
        ]
        assert (inputs["embedded-engine"], "aws-role" in inputs) == (True, True)
        assert "id-token: write" in text


def test_the_example_is_not_mixed_into_the_specs_of_others(shell: Shell) -> None:
    shell(*ON_AWS)
    before = files(shell.folder)
    outcome = shell("init", "--yes", "--example")
    assert (outcome.code, "there are specs already" in outcome.err) == (3, True)
    assert files(shell.folder) == before


def test_a_profile_that_is_not_configured_is_refused(shell: Shell, fake: FakeAws) -> None:
    outcome = shell("init", "--yes", "--machine", "ping", "--profile", "nobody")
    assert (outcome.code, "nobody" in outcome.err) == (3, True), outcome.err
    assert files(shell.folder) == {}


def test_a_repository_gives_name_branch_and_the_commands_for_roles(shell: Shell) -> None:
    git(shell.folder, "init", "-q", "-b", "trunk")
    git(shell.folder, "remote", "add", "origin", "git@github.com:acme/shop.lake.git")
    outcome = shell(*ON_AWS)
    assert "--repo acme/shop.lake --pull-request" in outcome.out
    assert "git init" not in outcome.out
    written = files(shell.folder)
    assert "  name: shop-lake " in written["specs/project.yaml"]
    assert "branches: [trunk]" in workflow(shell.folder, "plan")


@pytest.mark.parametrize(
    ("branches", "head", "origin", "told"),
    [
        (["main", "feature"], "feature", None, "main"),
        (["master", "feature"], "feature", None, "master"),
        (["main", "develop"], "main", "develop", "develop"),
        (["trunk"], "trunk", None, "trunk"),
        (["main"], "main", "a[b", "main"),
    ],
)
def test_the_branch_is_the_one_that_others_start_from(
    shell: Shell, branches: list[str], head: str, origin: str | None, told: str
) -> None:
    author = ("-c", "user.name=a", "-c", "user.email=a@b")
    git(shell.folder, "init", "-q", "-b", branches[0])
    git(shell.folder, *author, "commit", "-q", "--allow-empty", "-m", "first")
    for branch in branches[1:]:
        git(shell.folder, "branch", branch)
    git(shell.folder, "checkout", "-q", head)
    if origin is not None:
        reference = f"refs/remotes/origin/{origin}"
        (shell.folder / ".git/refs/remotes/origin").mkdir(parents=True)
        (shell.folder / ".git/refs/remotes/origin/HEAD").write_text(f"ref: {reference}\n")
    shell("init", "--yes")
    assert f"branches: [{told}]" in workflow(shell.folder, "plan")


def test_a_branch_that_no_workflow_can_name_is_told(shell: Shell) -> None:
    git(shell.folder, "init", "-q", "-b", "rel+1")
    told = shell("init", "--yes").out
    assert "branches: [main]" in workflow(shell.folder, "plan")
    assert "The workflows are for the branch main: the name rel+1 would mean" in told
    assert "rel+1" not in shell("init", "--yes").out
    assert "rel+1" not in shell("init", "lake", "--yes", "--branch", "prod").out


def test_a_folder_that_looks_like_an_option_is_one_in_the_commands(shell: Shell) -> None:
    out = shell("init", "--yes", "--", "-x").out
    assert "  cd ./-x\n" in out


@pytest.mark.parametrize(
    ("address", "slug"),
    [
        ("https://github.com/acme/lake.git", "acme/lake"),
        ("https://token@github.com/acme/lake", "acme/lake"),
        ("ssh://git@github.example.com:22/acme/lake.git", "acme/lake"),
        ("git@gitlab.com:acme/lake.git", "ORG/REPO"),
        ("/srv/lake.git", "ORG/REPO"),
    ],
)
def test_the_repository_on_github_is_read_from_its_remote(
    shell: Shell, address: str, slug: str
) -> None:
    git(shell.folder, "init", "-q")
    git(shell.folder, "remote", "add", "origin", address)
    outcome = shell(*ON_AWS)
    assert f"--repo {slug} " in outcome.out
    assert "token" not in outcome.out.replace("tokens", "")


def workflow(top: Path, command: str) -> str:
    return (top / workflows.path_of(command)).read_text()


def test_a_folder_inside_a_repository_has_its_workflows_at_the_top(shell: Shell) -> None:
    git(shell.folder, "init", "-q")
    outcome = shell("init", "teams/lake", "--yes")
    assert outcome.code == 0, outcome.err
    assert sorted(files(shell.folder / "teams" / "lake"))[0].startswith("specs/")
    assert names_in(shell.folder / ".github" / "workflows") == [
        f"stepfleet-apply-{TEAMS_LAKE}.yml",
        f"stepfleet-plan-{TEAMS_LAKE}.yml",
    ]
    hook = yaml.safe_load((shell.folder / ".pre-commit-config.yaml").read_text())
    [told] = hook["repos"][0]["hooks"]
    assert told["args"] == ["teams/lake/specs"]
    assert re.search(told["files"], "teams/lake/specs/jobs/a.yaml")
    assert "cd teams/lake" in outcome.out


def test_a_folder_that_a_pattern_would_misread_gets_no_workflows(shell: Shell) -> None:
    git(shell.folder, "init", "-q")
    outcome = shell("init", "a [b]", "--yes")
    assert (outcome.code, "No workflows" in outcome.out) == (0, True)
    assert not (shell.folder / ".github").exists()


def test_without_a_terminal_and_without_yes_the_way_out_is_told(shell: Shell) -> None:
    outcome = shell("init")
    assert outcome.code == 64
    assert "give --yes" in outcome.err
    assert files(shell.folder) == {}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--region", "mars"), "is not an AWS region; write one such as us-east-1"),
        (("--account-id", "12"), "12 digits"),
        (("--name", "9 lives"), "is not a project name"),
        (("--plan-role", "reader"), "is not the ARN of a role"),
        (("--branch", "ma*n"), "is not a branch's name"),
        (("--release", "v1"), "40 hex digits"),
        (("--example", "--machine", "x"), "give one of them"),
        (("--plan-role", "arn:aws:iam::123456789012:role/x"), "say where with --region"),
        (("--no-workflows", "--release", "1" * 40), "leave out --no-workflows"),
    ],
)
def test_an_option_that_cannot_be_used_is_a_usage_error(
    shell: Shell, options: tuple[str, ...], reason: str
) -> None:
    outcome = shell("init", "--yes", *options)
    assert (outcome.code, reason in outcome.err) == (64, True), outcome.err
    assert files(shell.folder) == {}


def test_a_machine_without_any_region_asks_for_one(shell: Shell, fake: FakeAws) -> None:
    outcome = shell("init", "--yes", "--machine", "ping")
    assert (outcome.code, "--region REGION" in outcome.err) == (64, True)


def test_roles_and_release_stand_in_the_workflows(shell: Shell) -> None:
    role = "arn:aws:iam::210987654321:role/ci/{}"
    shell(
        *(*ON_AWS, "--plan-role", role.format("look"), "--apply-role", role.format("start")),
        *("--release", "a" * 40, "--branch", "prod"),
    )
    plan, apply = (workflow(shell.folder, command) for command in ("plan", "apply"))
    assert f"aws-role: {role.format('look')}\n" in plan
    assert f"aws-role: {role.format('start')}\n" in apply
    assert "0" * 40 not in plan + apply
    assert plan.count(f"stepfleet/stepfleet@{'a' * 40} # v") == 2
    assert "branches: [prod]" in plan


def test_the_commands_that_are_told_next_are_ones_that_there_are(shell: Shell) -> None:
    out = shell(*ON_AWS).out + shell("init", "x", "--yes", "--example").out
    told = out.partition("Next:")[2]
    assert {"validate", "doctor", "plan", "discover", "iam-policy", "apply"} <= commands_in(told)
    assert unknown_in(told, shell) == []


def test_the_commands_of_the_page_are_ones_that_there_are(shell: Shell) -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "$ "]
    assert {"init", "discover", "doctor", "iam-policy", "plan"} <= commands_in("\n".join(lines))
    assert unknown_in("\n".join(lines), shell) == []


def commands_in(text: str) -> set[str]:
    return {name for name, _ in re.findall(_COMMAND, text)}


def unknown_in(text: str, shell: Shell) -> list[str]:
    """The commands, and options of commands, that there are not."""
    unknown = sorted(commands_in(text) - COMMANDS.keys())
    for name, rest in re.findall(_COMMAND, text):
        options = [word for word in shlex.split(rest) if word.startswith("--")]
        shown = shell(name, "--help").out
        unknown += [option for option in options if option not in shown]
    return unknown


def test_the_workflows_of_the_documentation_are_those_that_are_written() -> None:
    shown = [
        workflows.plan(starting.Setting(roles=workflows.EXAMPLE_ROLES)).text,
        workflows.apply(starting.Setting(roles=workflows.EXAMPLE_ROLES)).text,
    ]
    readme, *_ = workflow_examples.PAGES
    page = readme.parent / "docs" / "github-action.md"
    assert workflow_examples.found_in(readme) == shown[:1]
    assert workflow_examples.found_in(page)[:2] == shown
    assert hooks.configuration("specs").text in page.read_text(encoding="utf-8")


def test_the_hook_is_one_that_this_repository_offers() -> None:
    offered = yaml.safe_load((workflow_examples.ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [each["id"] for each in offered] == [recognising.HOOK]
