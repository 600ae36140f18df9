"""The plan in the pull request: one comment for each label, and the summary."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

import pytest

from runner.github import body as bodies
from tests.action.team import job
from tests.fake_aws import RUNS_ON
from tests.fake_github import ACTIONS

if TYPE_CHECKING:
    from tests.action.team import Team

THEIRS = '<!-- stepfleet v1 label="" -->\n<!-- review: -->\n<!-- run:0 -->\nmine, I say\n'


def test_the_first_plan_posts_a_comment_and_the_next_one_edits_it(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"), job("report", more="needs: [extract]"))
    first = team.plan(pull)
    assert first.conclusion == "success", first.text
    assert first.outputs["result"] == "changes"
    assert json.loads(first.outputs["counts"])["run"] == 2
    assert first.outputs["pr-number"] == "7"
    [comment] = team.comments
    assert "report" in comment
    team.push(pull, job("extract"), job("publish"))
    second = team.plan(pull)
    assert second.outputs["comment-url"] == first.outputs["comment-url"]
    [comment] = team.comments
    assert "publish" in comment
    assert "report" not in comment
    assert second.outputs["plan-digest"] in html.unescape(comment)
    assert second.outputs["plan-digest"] != first.outputs["plan-digest"]


def test_our_comment_is_found_on_the_third_page(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"))
    for number in range(230):
        team.github.world.add_note(pull.number, "ann", f"comment {number}")
    team.plan(pull)
    for number in range(30):
        team.github.world.add_note(pull.number, "ann", f"later comment {number}")
    team.plan(pull)
    assert sum(text.startswith("<!-- stepfleet") for text in team.comments) == 1


def test_somebody_elses_comment_with_our_marker_is_left_alone(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"))
    team.github.world.add_note(pull.number, "mallory", THEIRS)
    team.plan(pull)
    assert team.comments[0] == THEIRS
    assert [note.author for note in team.github.world.notes] == ["mallory", ACTIONS]


def test_two_labels_have_a_comment_each(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"))
    for label in ("staging", "prod", "staging"):
        assert team.plan(pull, inputs={"label": label}).outputs["result"] == "changes"
    found = [bodies.read(text) for text in team.comments]
    assert [body and body.label for body in found] == ["staging", "prod"]


def test_the_summary_has_the_plan_too(team: Team) -> None:
    team.begin(job("extract"))
    used = team.plan(team.propose(job("extract")))
    assert "extract" in used.summary
    assert used.outputs["plan-digest"] in html.unescape(used.summary)


def test_input_changes_are_shown_as_diffs_against_the_base_branch(team: Team) -> None:
    team.begin(job("extract", more="parameters: {rows: 500}"))
    team.plan(team.propose(job("extract", more="parameters: {rows: 750}")))
    [comment] = team.comments
    assert "```diff" in comment
    assert "500" in comment
    assert "750" in comment


def test_without_changes_the_comment_may_be_left_out(team: Team) -> None:
    team.begin(job("extract"))
    team.aws.limit(None)
    applied = team.apply(inputs={"review": "off"})
    assert applied.outputs["result"] == "succeeded", applied.text
    pull = team.propose(job("extract", more="timeout: 2h"))
    used = team.plan(pull, inputs={"comment": "never"})
    assert used.outputs["result"] == "no-changes"
    assert team.comments == []
    team.push(pull, job("extract"))
    assert team.plan(pull, inputs={"comment": "changes"}).outputs["result"] == "no-changes"
    assert team.comments == []
    team.push(pull, job("extract"), job("more"))
    team.plan(pull, inputs={"comment": "changes"})
    assert len(team.comments) == 1
    team.push(pull, job("extract"))
    team.plan(pull, inputs={"comment": "changes"})
    assert "Merging starts nothing" in team.comments[0]


def test_invalid_specs_are_told_at_their_lines_and_take_the_plans_place(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"))
    team.plan(pull)
    team.push(pull, job("extract", more="timeuot: 2h"))
    used = team.plan(pull)
    assert used.conclusion == "failure"
    assert used.steps["run"].code == 3
    assert used.outputs["result"] == "invalid"
    assert used.outputs["failure-reason"] == "the specs have 1 error"
    [command] = used.named("error")
    assert command["file"] == "specs/all.yaml"
    assert "timeout" in command.data
    [comment] = team.comments
    body = bodies.read(comment)
    assert body is not None
    assert body.review == ""
    assert "timeuot" in comment


@pytest.mark.parametrize("where", ["fork", "dependabot"])
def test_what_comes_from_outside_is_validated_alone(team: Team, where: str) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"), head_repository="mallory/jobs" if where == "fork" else "")
    team.aws.forget_calls()
    used = team.plan(pull, actor="dependabot[bot]" if where == "dependabot" else "mallory")
    assert used.conclusion == "success", used.text
    assert used.outputs["result"] == "valid"
    assert [command.name for command in used.named("notice")] == ["notice"]
    assert team.comments == []
    assert team.aws.calls == {}
    assert team.github.calls() == []


def test_a_refused_plan_takes_the_earlier_ones_place(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"))
    team.plan(pull)
    team.push(pull, job("extract", machine="gone:1"))
    used = team.plan(pull)
    assert used.outputs["result"] == "invalid"
    body = bodies.read(team.comments[0])
    assert body is not None
    assert body.review == ""
    assert "gone:1" in body.plan


def test_a_removed_job_that_still_runs_is_warned_of(team: Team) -> None:
    team.aws.machine("slow", RUNS_ON, versions=(1,))
    team.begin(job("endless", machine="slow:1"), job("extract"))
    used = team.apply(inputs={"review": "off", "wait-minutes": "0.01"})
    assert used.outputs["result"] == "running", used.text
    team.plan(team.propose(job("extract")))
    assert "endless is removed and still runs" in team.comments[0]


def test_an_outside_variable_and_a_selection_are_the_workflows(team: Team) -> None:
    project = team.project(variables={"day": {"type": "date", "default": "2026-11-19"}})
    daily = job("daily", more='parameters: {day: "${{ vars.day }}"}')
    team.begin(daily, job("other"), project=project)
    pull = team.propose(daily, job("other"), project=project)
    used = team.plan(pull, inputs={"vars": "day=2026-11-20", "select": "daily"})
    assert json.loads(used.outputs["counts"])["run"] == 1
    assert "2026-11-20" in team.comments[0]


def test_an_input_that_is_none_is_refused(team: Team) -> None:
    team.begin(job("extract"))
    used = team.plan(team.propose(job("extract")), inputs={"review": "of"})
    assert used.conclusion == "failure"
    assert used.steps["run"].code == 3
    assert used.outputs["result"] == "refused"
    assert used.outputs["failure-reason"].startswith("input review: 'of' is none of required, off")
    assert "is none of required, off" in html.unescape(used.summary)
    [error] = used.named("error")
    assert "is none of required, off" in error.data


def test_two_thousand_jobs_fit(team: Team) -> None:
    jobs = [job(f"load_{number}", more=f"parameters: {{n: {number}}}") for number in range(2_000)]
    team.begin(jobs[0])
    used = team.plan(team.propose(*jobs))
    assert used.outputs["result"] == "changes", used.text
    assert len(team.comments[0].encode()) <= 60_000
    body = bodies.read(team.comments[0])
    assert body is not None
    assert ":hashes:" in body.review
    assert len(used.summary.encode()) <= 1024 * 1024
