"""The plan in the pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.action.team import job

if TYPE_CHECKING:
    from tests.action.team import Team


def test_the_first_plan_posts_a_comment_and_the_next_one_edits_it(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"), job("report", more="needs: [extract]"))
    first = team.plan(pull)
    assert first.conclusion == "success", first.text
    assert first.outputs["result"] == "changes"
    assert len(team.comments) == 1
    team.push(pull, job("extract"))
    second = team.plan(pull)
    assert second.conclusion == "success", second.text
    assert len(team.comments) == 1
    print(first.text, first.outputs, team.comments[0])
    assert 0
