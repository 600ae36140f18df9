"""GitHub, AWS and disks that fail: a warning, or a refusal, and never a lost run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runner.github import body as bodies
from tests.action.team import Team, job
from tests.fake_github import (
    BAD_GATEWAY,
    BROKEN,
    DROPPED,
    LOST,
    NOT_JSON,
    READ_ONLY,
    TRUNCATED,
    UNAUTHORIZED,
    UNPROCESSABLE,
    FakeGitHub,
    limited,
    redirect,
    throttled,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.action.using import Use
    from tests.composite import Outcome
    from tests.fake_aws import FakeAws

FAULTS: dict[str, Any] = {
    "unauthorized": UNAUTHORIZED,
    "read-only": READ_ONLY,
    "unprocessable": UNPROCESSABLE,
    "bad gateway": BAD_GATEWAY,
    "broken": BROKEN,
    "dropped": DROPPED,
    "not json": NOT_JSON,
    "truncated": TRUNCATED,
    "limited": limited(retry_after="3600"),
    "throttled": throttled(3600),
    "redirect": redirect("http://127.0.0.1:9/elsewhere"),
}
ROUTES = ("graphql", "list_comments", "create_comment", "edit_comment", "commit_pulls")


def proposed(team: Team) -> Any:
    team.begin(job("extract"))
    return team.propose(job("extract"), job("report"))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_plan_that_can_not_be_told_is_a_warning(team: Team, fault: Any) -> None:
    pull = proposed(team)
    for route in ROUTES:
        team.github.faults.add(route, fault)  # type: ignore[arg-type]
    used = team.plan(pull)
    assert used.conclusion == "success", used.text
    assert used.outputs["result"] == "changes"
    assert used.outputs["comment-url"] == ""
    assert any("could not be told" in each.data for each in used.named("warning")), used.text
    assert team.github.token not in used.text


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_an_apply_that_can_not_read_its_review_starts_nothing(team: Team, fault: Any) -> None:
    pull = proposed(team)
    team.plan(pull)
    team.merge(pull)
    team.github.faults.add("commit_pulls", fault)
    used = team.apply()
    assert used.steps["run"].code == 3, used.text
    assert used.outputs["failure-reason"].startswith("the review can't be read from GitHub")
    assert team.started == []
    team.github.faults.clear()
    assert team.apply().outputs["result"] == "succeeded"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_an_apply_whose_comment_can_not_be_kept_runs_all_the_same(team: Team, fault: Any) -> None:
    pull = proposed(team)
    team.plan(pull)
    team.merge(pull)
    team.github.faults.add("edit_comment", fault)
    used = team.apply()
    assert used.conclusion == "success", used.text
    assert used.outputs["result"] == "succeeded"


def test_an_apply_that_needs_no_review_does_without_github(team: Team) -> None:
    team.begin(job("extract"))
    team.apply(inputs={"review": "off"})
    team.github.faults.add("commit_pulls", BROKEN)
    used = team.apply()
    assert used.outputs["result"] == "succeeded", used.text


def test_a_comment_whose_answer_was_lost_is_not_written_twice(team: Team) -> None:
    pull = proposed(team)
    team.github.faults.add("create_comment", LOST, calls={1})
    used = team.plan(pull)
    assert used.outputs["comment-url"], used.text
    assert len(team.comments) == 1


def test_github_enterprise_is_called_below_its_path(
    team: Team, aws: FakeAws, tmp_path: Any
) -> None:
    with FakeGitHub(prefix="/api/v3") as enterprise:
        theirs = Team(tmp_path / "enterprise", enterprise, aws, team.runner_temp, team.run)
        pull = proposed(theirs)
        assert theirs.plan(pull).outputs["comment-url"]
        theirs.merge(pull)
        assert theirs.apply().outputs["result"] == "succeeded"
        assert all(call.path.startswith("/api/") for call in enterprise.calls())
        assert not enterprise.calls("unknown")


def test_without_credentials_the_plan_is_refused_with_the_way_out(team: Team) -> None:
    pull = proposed(team)
    none = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    used = team.plan(pull, environ=none)
    assert used.steps["run"].code == 3
    assert used.outputs["result"] == "refused"
    assert "credentials" in used.outputs["failure-reason"]
    assert "credentials" in team.comments[0]
    assert "credentials" in used.summary


def test_a_role_is_taken_with_the_workflows_own_token(team: Team) -> None:
    pull = proposed(team)
    none = {
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_ENDPOINT_URL_STS": team.aws.url,
    }
    role = {"aws-role": "arn:aws:iam::123456789012:role/stepfleet", "aws-region": "us-east-1"}
    used = team.plan(pull, environ=none, inputs=role)
    assert used.outputs["result"] == "changes", used.text
    assert team.github.world.id_tokens
    for text in (used.text, used.summary, *team.comments):
        assert team.github.world.id_tokens[0] not in text


def test_a_role_without_permission_for_a_token_says_which_one_is_missing(team: Team) -> None:
    pull = proposed(team)
    none = {"ACTIONS_ID_TOKEN_REQUEST_URL": "", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": ""}
    role = {"aws-role": "arn:aws:iam::123456789012:role/stepfleet", "aws-region": "us-east-1"}
    used = team.plan(pull, environ=none, inputs=role)
    assert used.steps["run"].code == 3
    assert "id-token: write" in used.outputs["failure-reason"]


def test_a_crash_before_the_results_is_told_as_an_error(team: Team) -> None:
    team.begin(job("extract"))
    used = team.use("push", inputs={"command": "plan"}, environ={"GITHUB_SHA": "not a commit"})
    assert used.conclusion == "failure"
    assert used.outputs["result"] in ("refused", "error")


def test_an_apply_that_can_not_begin_is_told_in_its_comment(team: Team) -> None:
    pull = proposed(team)
    team.plan(pull)
    team.merge(pull)

    run = team.run

    def spoiled(use: Use) -> Outcome:
        (use.temp / "use-2" / "results.json").mkdir(parents=True)
        return run(use)

    team.run = spoiled
    used = team.apply()
    assert used.steps["run"].code == 3, used.text
    assert used.outputs["result"] == "refused"
    body = bodies.read(team.comments[0])
    assert body is not None
    assert "ended early" in body.run
    assert "ended early" in used.summary
    assert team.started == []


@pytest.mark.parametrize("command", ["plan", "apply", "drift"])
def test_a_refusal_is_told_in_the_summary_and_beside_the_run(team: Team, command: str) -> None:
    team.begin(job("extract"))
    none = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    used = team.use("push", inputs={"command": command}, environ=none)
    assert used.outputs["result"] == "refused", used.text
    assert "credentials" in used.summary
    assert command == "plan" or "credentials" in used.named("error")[0].data


def test_an_input_that_is_none_is_told_in_the_summary(team: Team) -> None:
    team.begin(job("extract"))
    used = team.apply(inputs={"select": "nothing_like_it"})
    assert used.outputs["result"] == "refused", used.text
    assert "nothing_like_it" in used.summary


def test_a_checkout_in_a_folder_of_the_workspace_is_linked_as_the_repository_has_it(
    team: Team, tmp_path: Path
) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract", more="timeuot: 2h"))
    outer = tmp_path / "outer"
    outer.mkdir()
    team.workspace.rename(outer / "sub")
    team.workspace.symlink_to(outer / "sub")
    run = team.run
    team.run = lambda use: run(replace(use, workspace=outer))
    used = team.plan(pull, inputs={"paths": "sub/specs"})
    [error] = used.named("error")
    assert error["file"] == "specs/all.yaml"
    assert f"/blob/{pull.head}/specs/all.yaml" in team.comments[0]
