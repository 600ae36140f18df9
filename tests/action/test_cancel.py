"""A cancelled workflow, through bash: its signals reach the step's own process alone."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from runner.github import body as bodies
from tests.action.team import job
from tests.action.using import ThroughBash
from tests.fake_aws import RUNS_ON

if TYPE_CHECKING:
    from tests.action.team import Team
    from tests.composite import Line


@pytest.mark.parametrize(
    ("on_cancel", "given", "stops"),
    [("stop", "", 1), ("detach", "", 0), ("stop", "detach", 0), ("detach", "stop", 1)],
)
def test_a_cancel_stops_or_leaves_what_runs_and_is_told(
    real_team: Team, on_cancel: str, given: str, stops: int
) -> None:
    team = real_team
    team.aws.machine("slow", RUNS_ON, versions=(1,))
    team.begin(job("extract"))
    endless = job("endless", machine="slow:1", more=f"onCancel: {on_cancel}")
    pull = team.propose(endless, job("after", more="needs: [endless]"))
    team.plan(pull)
    team.merge(pull)
    team.run = ThroughBash(
        cancel_when=lambda line: "started" in line.text and "endless" in line.text
    )
    used = team.apply(inputs={"on-cancel": given})
    assert used.conclusion == "cancelled", used.text
    assert used.steps["run"].signals == ("SIGINT",), used.text
    assert used.steps["run"].code == 130
    assert used.steps["finish"].code == 0
    assert used.outputs["result"] == "interrupted"
    assert team.aws.calls.get("StopExecution", 0) == stops
    assert team.started == ["endless"]
    body = bodies.read(team.comments[0])
    assert body is not None
    assert "Applying" not in body.run
    assert "endless" in body.run
    assert "endless" in used.summary
    team.run = ThroughBash()


def test_a_run_that_was_killed_tells_what_may_still_run(real_team: Team) -> None:
    team = real_team
    team.aws.machine("slow", RUNS_ON, versions=(1,))
    team.begin(job("endless", machine="slow:1"))

    def kill(line: Line) -> bool:
        if "started" in line.text and "endless" in line.text:
            ours = f"{team.runner_temp}/.* runner.cli.action run"
            subprocess.run(["pkill", "-9", "-f", ours], check=True)
        return False

    team.run = ThroughBash(cancel_when=kill)
    used = team.apply(inputs={"review": "off"})
    assert used.steps["run"].code == -9, used.text
    assert used.steps["finish"].code == 0
    assert used.outputs["result"] == "interrupted"
    assert json.loads(used.outputs["counts"]) == {"running": 1}
    assert "endless" in used.summary
    assert "may still run" in used.summary
