"""While a pull request is open, its base branch decides what is trusted and what is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.github import body as bodies
from tests.action.team import job
from tests.fake_aws import FakeAws, RealClock

if TYPE_CHECKING:
    from tests.action.team import Team
    from tests.composite import Outcome

SECRET = "hunter2-and-more"


def test_another_endpoint_is_not_called_before_the_merge(team: Team) -> None:
    team.begin(job("extract"))
    with FakeAws(RealClock()) as elsewhere:
        elsewhere.machine("echo", versions=(1,))
        moved = team.project(platform={"endpointUrl": elsewhere.url})
        pull = team.propose(job("extract"), project=moved)
        used = team.plan(pull)
        assert used.outputs["result"] == "changes", used.text
        assert elsewhere.calls == {}
        assert "That holds once it is merged" in team.comments[0]
        team.merge(pull)
        refused = team.apply()
        assert refused.outputs["result"] == "refused", refused.text
        assert "StartExecution" not in elsewhere.calls
        approved = {"approve-digest": refused.outputs["plan-digest"]}
        assert team.apply(inputs=approved).outputs["result"] == "succeeded"
        assert elsewhere.calls["StartExecution"] == 1


def test_another_region_is_not_asked_before_the_merge(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"), project=team.project(platform={"region": "eu-west-3"}))
    used = team.plan(pull)
    assert used.outputs["result"] == "changes", used.text
    asked = json.dumps([*team.aws.requests("DescribeStateMachine")])
    assert "us-east-1" in asked
    assert "eu-west-3" not in asked
    assert "That holds once it is merged" in team.comments[0]


def test_a_platform_that_the_base_branch_does_not_have_is_not_called(team: Team) -> None:
    (team.workspace / "README.md").write_text("no specs yet")
    team.commit("Begin")
    pull = team.propose(job("extract"))
    used = team.plan(pull)
    assert used.outputs["result"] == "changes", used.text
    assert team.aws.calls == {}
    assert "aws is not trusted before the merge" in team.comments[0]
    team.merge(pull)
    applied = team.apply()
    assert applied.outputs["result"] == "succeeded", applied.text


def test_specs_of_the_base_branch_that_are_invalid_trust_nothing(team: Team) -> None:
    team.begin(job("extract", more="oops: 1"))
    used = team.plan(team.propose(job("extract")))
    assert used.outputs["result"] == "changes", used.text
    assert team.aws.calls == {}
    assert "The specs of the base branch are not valid" in team.comments[0]


def test_a_wider_allow_holds_after_the_merge_alone(team: Team) -> None:
    team.aws.machine("other", versions=(1,))
    narrow = {"allow": ["arn:aws:states:us-east-1:123456789012:stateMachine:echo"]}
    wide = {"allow": ["*"]}
    team.begin(job("extract"), project=team.project(platform=narrow))
    pull = team.propose(job("extract", machine="other:1"), project=team.project(platform=wide))
    used = team.plan(pull)
    assert used.outputs["result"] == "invalid", used.text
    assert "allow" in used.text
    assert "DescribeStateMachine" not in team.aws.calls


def test_another_role_is_taken_after_the_merge_alone(team: Team) -> None:
    role = "arn:aws:iam::123456789012:role/%s"
    old, new = ({"auth": {"method": "assume-role", "roleArn": role % each}} for each in "ab")
    team.environ["AWS_ENDPOINT_URL_STS"] = team.aws.url
    team.begin(job("extract"), project=team.project(platform=old))
    pull = team.propose(job("extract"), job("load"), project=team.project(platform=new))
    used = team.plan(pull)
    assert used.outputs["result"] == "changes", used.text
    assert {form["RoleArn"] for form in team.aws.forms("AssumeRole")} == {role % "a"}
    assert "account, auth, endpoint, allow or environment names change here" in team.comments[0]
    assert "auth.roleArn" in team.comments[0]
    team.merge(pull)
    team.aws.forget_calls()
    applied = team.apply()
    assert applied.steps["run"].code == 0, applied.text
    assert {form["RoleArn"] for form in team.aws.forms("AssumeRole")} == {role % "b"}


def test_the_role_of_the_workflow_is_the_source_of_a_platforms_role(team: Team) -> None:
    role = "arn:aws:iam::123456789012:role/%s"
    chained = {"auth": {"method": "assume-role", "roleArn": role % "jobs"}}
    team.environ["AWS_ENDPOINT_URL_STS"] = team.aws.url
    project = team.project(platform=chained)
    team.begin(job("extract"), project=project)
    pull = team.propose(job("extract"), job("load"), project=project)
    used = team.plan(pull, inputs={"aws-role": role % "hub", "aws-region": "us-east-1"})
    assert used.outputs["result"] == "changes", used.text
    (hub,) = team.aws.forms("AssumeRoleWithWebIdentity")
    (jobs,) = team.aws.forms("AssumeRole")
    assert (hub["RoleArn"], jobs["RoleArn"]) == (role % "hub", role % "jobs")
    assert jobs["RoleSessionName"].startswith("stepfleet-")
    assert team.aws.signers("AssumeRole") == ["ASIA0000000000000001"]


def test_names_of_the_environment_are_read_after_the_merge_alone(team: Team) -> None:
    team.begin(job("extract"))
    wanting = job("extract", more='parameters: {token: "${{ env.PIPELINE_TOKEN }}"}')
    project = team.project(environment=["PIPELINE_TOKEN"])
    pull = team.propose(wanting, project=project)
    team.environ["PIPELINE_TOKEN"] = SECRET
    used = team.plan(pull)
    assert used.outputs["result"] == "changes", used.text
    assert "environment" in team.comments[0]
    team.merge(pull)
    applied = team.apply()
    assert applied.outputs["result"] == "succeeded", applied.text
    [start] = team.aws.requests("StartExecution")
    assert SECRET in start["input"]
    for text in (used.text, used.summary, *team.comments, applied.text, applied.summary):
        assert SECRET not in text


def test_dropping_sensitive_shows_no_earlier_value(team: Team) -> None:
    team.begin(job("extract", more=f"parameters: {{token: {{value: {SECRET}, sensitive: true}}}}"))
    assert team.apply(inputs={"review": "off"}).outputs["result"] == "succeeded"
    pull = team.propose(job("extract", more="parameters: {token: other}"))
    used = team.plan(pull)
    assert used.outputs["result"] == "changes", used.text
    saved = (team.folder / "temp" / "use-2" / "plan.json").read_text()
    for text in (used.text, used.summary, team.comments[0], saved):
        assert SECRET not in text


def test_a_sensitive_variable_stays_so_before_the_merge(team: Team) -> None:
    def project(*, sensitive: bool) -> str:
        return team.project(variables={"key": {"type": "string", "sensitive": sensitive}})

    sends = job("extract", more='parameters: {key: "${{ vars.key }}"}')
    team.begin(sends, project=project(sensitive=True))
    pull = team.propose(sends, project=project(sensitive=False))
    used = team.plan(pull, environ={"STEPFLEET_VAR_key": SECRET})
    assert used.outputs["result"] == "changes", used.text
    for text in (used.text, used.summary, team.comments[0]):
        assert SECRET not in text
    assert "key stays sensitive before the merge" in team.comments[0]


def test_without_the_base_commit_no_plan_is_made(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract", more="timeout: 2h"))
    shallow = team.folder / "shallow"
    team.git("clone", "-q", "--depth=1", f"file://{team.workspace}", str(shallow))
    team.git("branch", "-q", "merged")
    team.git("clone", "-q", "--depth=1", "-b", "merged", f"file://{team.workspace}", f"{shallow}2")
    team.workspace.rename(team.folder / "elsewhere")
    (team.folder / "shallow2").rename(team.workspace)
    team.git("remote", "set-url", "origin", "/nowhere")
    used = team.plan(pull)
    assert used.outputs["result"] == "refused", used.text
    assert "fetch-depth: 2" in used.outputs["failure-reason"]
    body = bodies.read(team.comments[0])
    assert body is not None
    assert "fetch-depth" in body.plan
    assert body.review == ""
    assert team.aws.calls == {}


def test_a_shallow_clone_of_depth_two_is_enough(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract", more="timeout: 2h"))
    team.git("branch", "-q", "merged")
    clone = team.folder / "clone"
    team.git("clone", "-q", "--depth=2", "-b", "merged", f"file://{team.workspace}", str(clone))
    team.workspace.rename(team.folder / "elsewhere")
    clone.rename(team.workspace)
    team.git("remote", "set-url", "origin", "/nowhere")
    used = team.plan(pull)
    assert used.outputs["result"] == "changes", used.text
    assert "```diff" in team.comments[0]


def test_nothing_runs_with_the_power_of_a_pull_request_from_outside(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"))
    used = team.use(
        "pull_request_target",
        inputs={"command": "plan"},
        payload={
            "pull_request": {
                "number": 7,
                "state": "open",
                "head": {"sha": pull.head, "repo": {"full_name": "mallory/jobs"}},
                "base": {"sha": pull.base, "ref": "main", "repo": {"full_name": "octo/jobs"}},
            },
            "repository": {"full_name": "octo/jobs"},
        },
    )
    assert used.outputs["result"] == "refused", used.text
    assert "on pull_request_target" in used.outputs["failure-reason"]
    assert used.summary.startswith("**Stepfleet plan** in ")
    assert team.aws.calls == {}
    assert team.comments == []


def test_what_waits_in_a_merge_queue_is_validated_alone(team: Team) -> None:
    team.begin(job("extract"))
    team.propose(job("extract"))
    used = team.use("merge_group", inputs={"command": "plan"})
    assert (used.conclusion, used.outputs["result"]) == ("success", "valid"), used.text
    assert team.aws.calls == {}


SENDS = job("extract", more='parameters: {key: "${{ vars.key }}"}')


def _with_key(team: Team, **fields: object) -> str:
    return team.project(variables={"key": {"type": "string"} | fields})


def _told(team: Team, used: Outcome) -> str:
    """All that anyone gets to see of a plan."""
    path = used.outputs["plan-path"]
    saved = Path(path).read_text(encoding="utf-8") if path else ""
    return "\n".join((used.text, used.summary, *team.comments, saved))


def test_what_is_given_to_a_variable_that_the_base_branch_does_not_declare_is_not_shown(
    team: Team,
) -> None:
    team.begin(job("extract"))
    pull = team.propose(SENDS, project=_with_key(team))
    used = team.plan(pull, environ={"STEPFLEET_VAR_key": SECRET})
    assert used.outputs["result"] == "changes", used.text
    assert SECRET not in _told(team, used)
    assert "What the workflow gives key is not shown before the merge" in team.comments[0]
    team.merge(pull)
    applied = team.apply(environ={"STEPFLEET_VAR_key": SECRET})
    assert applied.outputs["result"] == "succeeded", applied.text
    [start] = team.aws.requests("StartExecution")
    assert SECRET in start["input"]


def test_another_value_than_the_one_that_was_not_shown_is_not_applied(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(SENDS, project=_with_key(team))
    team.plan(pull, environ={"STEPFLEET_VAR_key": SECRET})
    team.merge(pull)
    applied = team.apply(environ={"STEPFLEET_VAR_key": "another"})
    assert applied.outputs["result"] == "refused", applied.text
    assert team.started == []


@pytest.mark.parametrize("form", ["vars", "environment", "file"])
def test_without_a_valid_base_branch_no_value_that_is_given_is_shown(team: Team, form: str) -> None:
    team.begin(SENDS, job("x", more="oops: 1"), project=_with_key(team, sensitive=True))
    pull = team.propose(SENDS, project=_with_key(team))
    (team.workspace / "values.yaml").write_text(f"key: {SECRET}\n")  # a step of the workflow
    inputs = {"vars": {"vars": f"key={SECRET}"}, "file": {"var-file": "values.yaml"}}
    environ = {"STEPFLEET_VAR_key": SECRET} if form == "environment" else {}
    used = team.plan(pull, inputs=inputs.get(form, {}), environ=environ)
    assert used.outputs["result"] == "changes", used.text
    assert SECRET not in _told(team, used)


def test_what_is_committed_in_a_var_file_is_no_secret(team: Team) -> None:
    """So the first pull request may choose the state machine by its environment."""
    team.begin()
    chosen = job(
        "extract", machine="${{ vars.key }}:1", more='parameters: {key: "${{ vars.key }}"}'
    )
    (team.workspace / "values.yaml").write_text("key: echo\n")
    pull = team.propose(chosen, project=_with_key(team))
    used = team.plan(pull, inputs={"var-file": "values.yaml"})
    assert used.outputs["result"] == "changes", used.text
    assert "What the workflow gives" not in team.comments[0]
    (team.workspace / "values.yaml").write_text(f"key: {SECRET}\n")
    used = team.plan(pull, inputs={"var-file": "values.yaml"})
    assert used.outputs["result"] == "invalid", used.text
    assert SECRET not in _told(team, used)


def test_a_default_of_the_pull_request_is_shown(team: Team) -> None:
    team.begin(job("extract"))
    used = team.plan(team.propose(SENDS, project=_with_key(team, default="from-the-specs")))
    assert used.outputs["result"] == "changes", used.text
    assert "from-the-specs" in team.comments[0]


def test_a_value_that_does_not_fit_a_new_variable_is_not_quoted(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(SENDS, project=_with_key(team, type="integer"))
    used = team.plan(pull, environ={"STEPFLEET_VAR_key": SECRET})
    assert used.outputs["result"] == "invalid", used.text
    assert SECRET not in _told(team, used)


@pytest.mark.parametrize("is_declared", [True, False])
def test_no_complaint_tells_a_letter_of_a_value(team: Team, is_declared: bool) -> None:
    team.begin(SENDS, project=_with_key(team, sensitive=True) if is_declared else None)
    guesses = [
        job(
            f"guess_{letter}_{index}",
            more=f'parameters: {{x: {{type: integer, value: "${{{{ {guess} }}}}"}}}}',
        )
        for letter in "ghi"
        for index, guess in enumerate(
            (
                f"starts_with(vars.key, '{letter}') && 'bad' || '2'",
                f"starts_with(vars.key, '{letter}') && abs(vars.key) || '2'",
            )
        )
    ]
    pull = team.propose(SENDS, *guesses, project=_with_key(team))
    used = team.plan(pull, environ={"STEPFLEET_VAR_key": SECRET})
    assert used.outputs["result"] == "changes", used.text


def test_a_new_platform_that_no_job_uses_keeps_the_plan_online(team: Team) -> None:
    team.begin(job("extract"))
    unused = (
        "---\napiVersion: stepfleet/v1\nkind: Platform\nmetadata: {name: other}\n"
        "spec: {type: aws-step-functions, region: eu-west-1}\n"
    )
    used = team.plan(team.propose(job("extract"), unused))
    assert used.outputs["result"] == "changes", used.text
    assert team.aws.calls["DescribeStateMachine"] == 1
    assert "not trusted before the merge" not in team.comments[0]
