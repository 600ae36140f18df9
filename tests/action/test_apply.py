"""Exactly what was reviewed, on merge."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.github import body as bodies
from tests.action.team import job
from tests.fake_aws import RUNS_ON, SUCCEEDS, Start, fails
from tests.fake_aws import Outcome as Ending
from tests.fake_github import BAD_GATEWAY, READ_ONLY, Change, Pull
from tests.fake_github.routes import pull_json

if TYPE_CHECKING:
    from tests.action.team import Team
    from tests.composite import Outcome

TWO = (job("extract", more="parameters: {rows: 500}"), job("report", more="needs: [extract]"))


def reviewed(team: Team, *jobs: str) -> None:
    """Propose, plan and merge."""
    team.begin(job("extract"))
    pull = team.propose(*jobs)
    assert team.plan(pull).conclusion == "success"
    team.merge(pull)


def assert_nothing_started(team: Team, used: Outcome) -> None:
    assert used.steps["run"].code == 3, used.text
    assert used.outputs["result"] == "refused"
    assert team.started == []


def digest_of(used: Outcome) -> str:
    """The digest that a person reads off a refused run."""
    found = re.search(r"approve-digest ([0-9a-f]{20})", used.text)
    assert found
    return found[1]


def test_what_was_reviewed_is_started_on_merge(team: Team) -> None:
    reviewed(team, *TWO)
    used = team.apply()
    assert used.conclusion == "success", used.text
    assert used.outputs["result"] == "succeeded"
    assert json.loads(used.outputs["counts"]) == {"succeeded": 2}
    assert used.outputs["pr-number"] == "7"
    assert used.outputs["failure-reason"] == ""
    results = json.loads(Path(used.outputs["results-path"]).read_text())
    assert results["run"]["status"] == "succeeded"
    assert sorted(team.started) == ["extract", "report"]


def test_how_the_run_went_stands_in_the_summary_and_on_top_of_the_comment(team: Team) -> None:
    reviewed(team, *TWO)
    used = team.apply()
    body = bodies.read(team.comments[0])
    assert body is not None
    assert "2 succeeded" in body.run
    assert "2 succeeded" in used.summary
    assert body.review
    assert "Merging starts" in body.plan


def test_a_machine_that_changed_after_the_review_starts_nothing(team: Team) -> None:
    team.aws.machine("loose")
    reviewed(team, job("extract", machine="loose"))
    team.aws.world.machines["loose"].revision = "another"
    used = team.apply()
    assert_nothing_started(team, used)
    assert "its state machine has changed since the review" in used.text
    assert "its state machine has changed since the review" in used.summary
    assert used.outputs["failure-reason"] == "1 job would start otherwise than reviewed"
    [error] = used.named("error")
    assert error.data.startswith("Nothing was started")
    body = bodies.read(team.comments[0])
    assert body is not None
    assert "its state machine has changed since the review" in body.run


def test_two_merges_that_cross_are_refused_and_a_person_approves_by_digest(team: Team) -> None:
    team.begin(job("extract"))
    first = team.propose(job("extract"), job("one"))
    team.plan(first)
    team.git("checkout", "-q", "-b", "other", "main")
    (team.workspace / "specs" / "other.yaml").write_text(job("late"))
    crossing = team.commit()
    team.git("checkout", "-q", "main")
    team.git("merge", "-q", "--no-ff", "-m", "Cross", crossing)
    team.merge(first)
    refused = team.apply()
    assert_nothing_started(team, refused)
    assert "late: the reviewed plan does not start it" in refused.text
    wrong = team.apply("workflow_dispatch", inputs={"approve-digest": "0" * 20})
    assert_nothing_started(team, wrong)
    digest = digest_of(refused)
    assert digest == refused.outputs["plan-digest"]
    used = team.apply("workflow_dispatch", inputs={"approve-digest": digest})
    assert used.outputs["result"] == "succeeded", used.text
    assert sorted(team.started) == ["extract", "late", "one"]


def test_a_head_that_moved_after_the_plan_starts_nothing(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(*TWO)
    team.plan(pull)
    team.push(pull, *TWO, job("sneaky"))
    team.merge(pull)
    used = team.apply()
    assert_nothing_started(team, used)
    assert "#7 moved after its plan" in used.outputs["failure-reason"]


def test_a_push_without_a_pull_request_starts_nothing(team: Team) -> None:
    team.begin(*TWO)
    used = team.apply()
    assert_nothing_started(team, used)
    assert "no merged pull request brought this commit" in used.outputs["failure-reason"]


def test_without_a_review_what_is_there_is_started_when_reviews_are_off(team: Team) -> None:
    team.begin(*TWO)
    used = team.apply(inputs={"review": "off"})
    assert used.outputs["result"] == "succeeded", used.text
    assert team.github.calls() == []


def test_a_merge_without_a_comment_starts_nothing(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(*TWO)
    team.plan(pull, inputs={"comment": "never"})
    team.merge(pull)
    used = team.apply()
    assert_nothing_started(team, used)
    assert used.outputs["failure-reason"] == "#7 has no comment of ours"


def test_the_comment_of_another_label_is_no_review(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(*TWO)
    team.plan(pull, inputs={"label": "staging"})
    team.merge(pull)
    assert_nothing_started(team, team.apply(inputs={"label": "prod"}))
    used = team.apply(inputs={"label": "staging"})
    assert used.outputs["result"] == "succeeded", used.text


def test_a_forged_comment_is_no_review(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(*TWO)
    team.plan(pull)
    [note] = team.github.world.notes
    team.github.world.remove(note)
    team.github.world.add_note(pull.number, "mallory", note.body)
    team.merge(pull)
    assert_nothing_started(team, team.apply())


def test_the_plan_of_invalid_specs_is_no_review(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(*TWO)
    team.plan(pull)
    team.push(pull, job("extract", more="oops: 1"))
    team.plan(pull)
    pull.head = team.git("rev-parse", "HEAD^2")
    team.push(pull, *TWO)
    team.merge(pull)
    used = team.apply()
    assert_nothing_started(team, used)
    assert used.outputs["failure-reason"] == "the comment of #7 shows no plan"


def test_when_nothing_would_start_no_review_is_needed(team: Team) -> None:
    team.begin(*TWO)
    team.apply(inputs={"review": "off"})
    used = team.apply()
    assert used.outputs["result"] == "succeeded", used.text
    assert len(team.started) == 2


def test_a_scheduled_run_uses_the_review_of_what_changed_the_specs_last(team: Team) -> None:
    project = team.project(
        variables={"day": {"type": "date", "default": "2026-11-19", "perRun": True}}
    )
    daily = job("daily", more='parameters: {day: "${{ vars.day }}"}')
    team.begin(job("extract"))
    pull = team.propose(daily, job("after", more="needs: [daily]"), project=project)
    team.plan(pull)
    team.merge(pull)
    assert team.apply().outputs["result"] == "succeeded"
    (team.workspace / "README.md").write_text("nothing about jobs")
    team.commit("Write a README")
    team.github.world.changes[0] = Change(
        team.git("rev-parse", "HEAD"), "2026-11-20T03:00:00Z", ("README.md",)
    )
    used = team.apply("schedule", inputs={"vars": "day=2026-11-20"})
    assert used.outputs["result"] == "succeeded", used.text
    assert used.outputs["pr-number"] == "7"
    assert sorted(team.started) == ["after", "after", "daily", "daily"]


def test_an_apply_of_an_open_pull_request_is_refused(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(*TWO)
    used = team.plan(pull, inputs={"command": "apply", "review": "off"})
    assert_nothing_started(team, used)
    assert "command: apply is for what was merged" in used.text


def test_the_review_of_a_merge_into_another_branch_is_none(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(*TWO, base_branch="dev")
    team.plan(pull)
    team.merge(pull)
    used = team.apply()
    assert_nothing_started(team, used)
    assert "no merged pull request brought this commit" in used.outputs["failure-reason"]


def test_a_push_with_an_old_date_has_no_earlier_review(team: Team) -> None:
    paths = {"paths": "platforms\nspecs"}
    (team.workspace / "platforms").mkdir()
    (team.workspace / "platforms" / "all.yaml").write_text(team.project())
    (team.workspace / "specs").mkdir()
    team.git("checkout", "-q", "-b", "begun")
    team.commit("Begin")
    team.git("branch", "-q", "-f", "main")
    base = team.git("rev-parse", "HEAD")
    (team.workspace / "specs" / "jobs.yaml").write_text(job("extract"))
    pull = team.github.world.add_pull(Pull(number=7, head=team.commit(), base=base))
    pull.commits = (pull.head,)
    team.check_out(pull)
    assert team.plan(pull, inputs=paths).outputs["result"] == "changes"
    team.merge(pull)
    limits = {"limits": {"share": 0.9}}
    (team.workspace / "platforms" / "all.yaml").write_text(team.project(platform=limits))
    pushed = team.commit("Without a pull request")
    changed = ("platforms/all.yaml",)
    team.github.world.changes[0] = Change(pushed, "2001-01-01T00:00:00Z", changed)
    assert_nothing_started(team, team.apply(inputs=paths))


def test_a_plan_that_is_run_again_after_the_merge_leaves_the_comment_as_it_is(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(*TWO)
    team.plan(pull)
    team.merge(pull)
    team.apply()
    [before] = team.comments
    team.git("checkout", "-q", "--detach", pull.base)
    team.git("merge", "-q", "--no-ff", "-m", "Merge", pull.head)
    pull.state = "open"
    event = pull_json(team.github.world, pull)
    pull.state = "closed"
    used = team.use(
        "pull_request",
        inputs={"command": "plan"},
        payload={"pull_request": event, "repository": {"full_name": "octo/jobs"}},
        attempt=2,
    )
    assert used.conclusion == "success", used.text
    assert team.comments == [before]
    assert any("not open any more" in each.data for each in used.named("warning"))


def test_without_a_change_the_daily_run_keeps_its_review(team: Team) -> None:
    variables = {"day": {"type": "date", "default": "2026-11-19", "perRun": True}}
    project = team.project(variables=variables)
    daily = job("daily", more='parameters: {day: "${{ vars.day }}"}')
    team.begin(daily, project=project)
    team.apply(inputs={"review": "off"})
    pull = team.propose("# a remark\n", daily, project=project)
    team.plan(pull, inputs={"comment": "changes"})
    team.merge(pull)
    used = team.apply("schedule", inputs={"vars": "day=2026-11-20"})
    assert used.outputs["result"] == "succeeded", used.text
    assert team.started == ["daily", "daily"]


def test_what_is_under_way_without_a_mark_is_not_tried_again(team: Team) -> None:
    tries = "retry: {maxAttempts: 3, interval: 0s}"
    world = team.aws.world
    team.begin(job("extract", more=tries))
    team.apply(inputs={"review": "off"})
    [execution] = world.machines["echo"].executions
    again = f"{execution.start.name[:-1]}2"

    def ends_the_other(_: Start) -> Ending:
        world.finish(world.execution_arn("echo", again), fails("Data.Missing"))
        return SUCCEEDS

    team.aws.machine("other", ends_the_other, versions=(1,))
    pull = team.propose(job("extract", more=tries), job("other", machine="other:1"))
    team.plan(pull)
    team.merge(pull)
    given = {"input": execution.start.input, "qualifier": "1"}
    world.past("echo", again, ago=0.0, outcome=RUNS_ON, **given)
    used = team.apply()
    assert used.outputs["result"] == "failed", used.text
    assert team.started == ["extract", "other"]


def test_two_labels_in_one_workflow_run_are_two_runs(team: Team) -> None:
    team.begin(job("ping", more="run: always"))
    for label in ("staging", "prod"):
        used = team.apply(run_id=55, inputs={"label": label, "review": "off"})
        assert used.outputs["result"] == "succeeded", used.text
    assert team.started == ["ping", "ping"]


def test_running_an_old_apply_again_takes_nothing_newer_back(team: Team) -> None:
    team.begin(job("extract"))
    first = team.propose(job("extract", more="parameters: {n: 1}"))
    team.plan(first)
    old = team.merge(first)
    assert team.apply(run_id=55).outputs["result"] == "succeeded"
    second = team.propose(job("extract", more="parameters: {n: 2}"), number=8)
    team.plan(second)
    team.merge(second)
    assert team.apply(run_id=56).outputs["result"] == "succeeded"
    team.git("checkout", "-q", old)
    used = team.apply(run_id=55, attempt=2)
    assert used.steps["run"].code == 3, used.text
    assert "the branch has newer specs" in used.outputs["failure-reason"]
    assert len(team.started) == 2
    digest = used.outputs["plan-digest"]
    used = team.apply(run_id=55, attempt=3, inputs={"approve-digest": digest})
    assert used.steps["run"].code == 3, used.text
    assert len(team.started) == 2


def test_an_apply_that_waited_in_a_queue_starts_what_it_brings(team: Team) -> None:
    team.begin(job("extract"))
    first = team.propose(job("extract", more="parameters: {n: 1}"))
    team.plan(first)
    old = team.merge(first)
    second = team.propose(job("extract", more="parameters: {n: 2}"), number=8)
    team.plan(second)
    team.merge(second)
    team.git("checkout", "-q", old)
    used = team.apply()
    assert used.outputs["result"] == "succeeded", used.text
    assert used.outputs["pr-number"] == "7"


def test_no_more_jobs_run_at_once_than_the_workflow_says(team: Team) -> None:
    timed = team.aws.machine("timed", Ending(duration=0.1), versions=(1,))
    team.begin(*(job(name, machine="timed:1") for name in ("a", "b", "c")))
    used = team.apply(inputs={"review": "off", "max-parallel": "1"})
    assert used.outputs["result"] == "succeeded", used.text
    legs = [execution.legs[0] for execution in timed.executions]
    assert all(one.ended <= other.started for one, other in pairwise(legs))


def test_what_ran_when_it_was_reviewed_may_be_tried_again(team: Team) -> None:
    slow = team.aws.machine("slow", RUNS_ON, versions=(1,))
    team.begin(job("extract", machine="slow:1"))
    left = team.apply(inputs={"review": "off", "wait-minutes": "0.01"})
    assert left.outputs["result"] == "running", left.text
    pull = team.propose(job("extract", machine="slow:1"), job("other"))
    team.plan(pull)
    team.merge(pull)
    team.aws.world.finish(slow.executions[0].arn, fails("Data.Missing"))
    slow.script = SUCCEEDS
    used = team.apply()
    assert used.outputs["result"] == "succeeded", used.text
    assert sorted(team.started) == ["extract", "extract", "other"]


@pytest.mark.parametrize(
    "event",
    [
        *("pull_request_review", "pull_request_target", "merge_group", "pull_request"),
        *("issue_comment", "workflow_run"),
    ],
)
@pytest.mark.parametrize("command", ["apply", "drift"])
def test_what_is_not_merged_is_neither_applied_nor_compared(
    team: Team, event: str, command: str
) -> None:
    team.begin(job("extract"))
    pull = team.propose(*TWO)
    payload = {"pull_request": pull_json(team.github.world, pull)}
    used = team.use(event, inputs={"command": command, "review": "off"}, payload=payload)
    assert_nothing_started(team, used)
    assert team.aws.calls == {}


def test_failures_are_told_at_the_lines_of_their_jobs(team: Team) -> None:
    team.aws.machine("bad", fails("Data.Missing", "no rows ::error::in"), versions=(1,))
    reviewed(team, job("extract", machine="bad:1"))
    used = team.apply()
    assert used.steps["run"].code == 1
    assert used.outputs["result"] == "failed"
    assert used.outputs["failure-reason"] == "1 failed"
    [error] = used.named("error")
    assert (error["file"], error["line"]) == ("specs/all.yaml", "5")
    assert "no rows" in used.summary


def test_rerunning_failed_jobs_goes_on_where_the_run_stopped(team: Team) -> None:
    bad = team.aws.machine("bad", fails("Data.Missing", "no rows"), versions=(1,))
    always = job("ping", more="run: always")
    reviewed(team, always, job("extract", machine="bad:1"))
    assert team.apply(run_id=55).outputs["result"] == "failed"
    bad.script = SUCCEEDS
    used = team.apply(run_id=55, attempt=2)
    assert used.outputs["result"] == "succeeded", used.text
    assert sorted(team.started) == ["extract", "extract", "ping"]


def test_a_wait_that_is_over_leaves_what_runs_and_says_how_to_go_on(team: Team) -> None:
    team.aws.machine("slow", RUNS_ON, versions=(1,))
    reviewed(team, job("extract", machine="slow:1"))
    used = team.apply(inputs={"wait-minutes": "0.01"})
    assert used.conclusion == "success", used.text
    assert used.outputs["result"] == "running"
    [warning] = used.named("warning")
    assert "takes over what runs" in warning.data
    assert team.aws.calls.get("StopExecution", 0) == 0
    again = team.apply("schedule", inputs={"wait-minutes": "0.01"})
    assert again.outputs["result"] == "running", again.text
    assert team.started == ["extract"]


@pytest.mark.parametrize("fault", [READ_ONLY, BAD_GATEWAY])
def test_a_comment_that_cannot_be_written_fails_no_apply(team: Team, fault: object) -> None:
    reviewed(team, *TWO)
    team.github.faults.add("edit_comment", fault, calls=range(1, 100))  # type: ignore[arg-type]
    used = team.apply()
    assert used.conclusion == "success", used.text
    assert used.outputs["result"] == "succeeded"
    assert any("could not be told" in each.data for each in used.named("warning"))


def test_a_drift_is_told(team: Team) -> None:
    team.begin(job("extract"))
    team.apply(inputs={"review": "off"})
    calm = team.use("schedule", inputs={"command": "drift"})
    assert (calm.steps["run"].code, calm.outputs["result"]) == (0, "no-drift"), calm.text
    team.write(job("extract"), job("new"))
    team.commit()
    used = team.use("schedule", inputs={"command": "drift"})
    assert (used.steps["run"].code, used.outputs["result"]) == (6, "drift"), used.text
    assert "new" in used.summary


def test_specs_are_validated(team: Team) -> None:
    team.begin(job("extract"))
    used = team.use("push", inputs={"command": "validate"})
    assert (used.conclusion, used.outputs["result"]) == ("success", "valid")
