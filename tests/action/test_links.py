"""Symbolic links of a pull request: they lead nowhere but to files of its own repository."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from runner.cli.action.proposing import BROKEN_BASE, NO_BASE
from tests.action.team import Team, job
from tests.fake_github import Pull

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "hunter2-correct-horse"
SENDS = job("extract", more='parameters: {key: "${{ vars.key }}"}')


def project(team: Team, *, sensitive: bool) -> str:
    return team.project(variables={"key": {"type": "string", "sensitive": sensitive}})


def linked(team: Team, target: str | Path, *, of: str = "") -> Pull:
    """A pull request in which the folder of the specs is a link."""
    base = team.git("rev-parse", "main")
    team.git("checkout", "-q", "-b", "links", "main")
    shutil.rmtree(team.workspace / "specs")
    (team.workspace / "specs").symlink_to(target)
    head = team.commit()
    pull = Pull(number=7, head=head, base=base, commits=(head,), head_repository=of)
    team.check_out(team.github.world.add_pull(pull))
    return pull


@pytest.mark.parametrize("of", ["", "mallory/jobs"])
def test_no_other_repository_of_the_runner_is_read(team: Team, of: str) -> None:
    team.begin(job("extract"))
    (team.folder / "private" / ".git").mkdir(parents=True)
    stolen = (
        f"apiVersion: stepfleet/v1\nkind: Project\nmetadata: {{name: '{SECRET} x'}}\nspec: {{}}\n"
    )
    (team.folder / "private" / "secret.yaml").write_text(stolen)
    used = team.plan(linked(team, team.folder / "private", of=of))
    assert used.outputs["result"] == "invalid"
    assert "leads out of the project's folder" in used.text
    assert SECRET not in "".join([used.text, used.summary, *team.comments])


def test_the_base_branch_is_read_where_it_had_its_specs(team: Team) -> None:
    (team.workspace / "compose.yaml").write_text("services: {}\n")
    team.begin(SENDS, project=project(team, sensitive=True))
    (team.workspace / "all.yaml").write_text(project(team, sensitive=False) + SENDS)
    (team.workspace / "compose.yaml").unlink()
    used = team.plan(linked(team, "."), environ={"STEPFLEET_VAR_key": SECRET})
    assert used.outputs["result"] == "changes", used.text
    assert not [note for note in (BROKEN_BASE, NO_BASE) if note in used.text + team.comments[0]]
    assert SECRET not in "".join([used.text, used.summary, *team.comments])
