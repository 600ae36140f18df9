"""Pull requests that cross: each was planned without the other, and both are merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.action.team import job
from tests.fake_aws import SUCCEEDS, fails
from tests.fake_github import Pull

if TYPE_CHECKING:
    from tests.action.team import Team
    from tests.composite import Outcome


def beside(team: Team, text: str, number: int = 8) -> Pull:
    """Open a pull request upon the main branch that adds a file, and check out its merge."""
    team.git("checkout", "-q", "-b", f"change-{number}", "main")
    (team.workspace / "specs" / f"{number}.yaml").write_text(text)
    head, base = team.commit(), team.git("rev-parse", "main")
    pull = team.github.world.add_pull(Pull(number=number, head=head, base=base, commits=(head,)))
    team.check_out(pull)
    return pull


def assert_refused(team: Team, used: Outcome, *started: str) -> None:
    assert used.steps["run"].code == 3, used.text
    assert team.started == list(started)


def test_what_the_other_left_undone_is_done_by_its_own_review(team: Team) -> None:
    bad = team.aws.machine("bad", fails("Data.Missing"), versions=(1,))
    team.begin(job("extract"))
    seven = team.propose(job("extract"), job("seven", machine="bad:1"))
    team.plan(seven)
    eight = beside(team, job("eight"))
    team.plan(eight)
    team.merge(seven)
    assert team.apply().outputs["result"] == "failed"
    team.merge(eight)
    bad.script = SUCCEEDS
    used = team.apply()
    assert used.outputs["result"] == "succeeded", used.text
    assert used.outputs["pr-number"] == "8"
    assert sorted(team.started) == ["eight", "extract", "seven", "seven"]


def test_one_without_a_review_lends_none(team: Team) -> None:
    team.begin(job("extract"))
    seven = team.propose(job("extract"), job("seven"))
    eight = beside(team, job("eight"))
    team.plan(eight)
    team.merge(seven)
    team.merge(eight)
    assert_refused(team, team.apply())


def test_one_that_changes_a_remark_alone_keeps_nothing_from_being_done(team: Team) -> None:
    quiet: dict[str, Any] = {"inputs": {"comment": "changes"}}
    bad = team.aws.machine("bad", fails("Data.Missing"), versions=(1,))
    team.begin(job("extract"))
    team.apply(inputs={"review": "off"})
    seven = team.propose(job("extract"), job("seven", machine="bad:1"))
    team.plan(seven, **quiet)
    eight = beside(team, "# a remark\n")
    team.plan(eight, **quiet)
    assert len(team.comments) == 1
    team.merge(seven)
    assert team.apply().outputs["result"] == "failed"
    team.merge(eight)
    bad.script = SUCCEEDS
    used = team.apply()
    assert used.outputs["result"] == "succeeded", used.text
    assert team.started == ["extract", "seven", "seven"]


def test_work_that_was_taken_back_since_is_not_lent(team: Team) -> None:
    team.begin(job("a"))
    team.apply(inputs={"review": "off"})
    nine = beside(team, job("o"), number=9)
    team.plan(nine)
    for number, value in ((7, 7), (8, 8)):
        pull = team.propose(job("a", more=f"parameters: {{x: {value}}}"), number=number)
        team.plan(pull)
        team.merge(pull)
        assert team.apply().outputs["result"] == "succeeded"
    team.write(job("a", more="parameters: {x: 7}"))
    team.commit("Without a pull request")
    assert_refused(team, team.apply(), "a", "a", "a")
    team.merge(nine)
    assert_refused(team, team.apply(), "a", "a", "a")


@pytest.mark.parametrize("changes", [False, True])
def test_a_machine_that_one_review_saw_is_held_to_what_it_saw(team: Team, changes: bool) -> None:
    loose = team.aws.machine("loose")
    go = {"go": {"type": "boolean", "perRun": True}}
    project = team.project(variables=go)
    late = job("b", machine="loose", more="if: ${{ vars.go }}")
    team.begin(job("a"), project=project)
    team.apply(inputs={"review": "off", "vars": "go=false"})
    seven = team.propose(job("a"), late, project=project)
    team.plan(seven, inputs={"vars": "go=false"})
    eight = beside(team, late)
    team.plan(eight, inputs={"vars": "go=true"})
    team.merge(seven)
    team.git("checkout", "-q", "main")
    team.git("merge", "-q", "--no-ff", "-s", "ours", "-m", "Merge #8", eight.head)
    eight.merge, eight.state = team.commit(), "closed"
    loose.revision = "another" if changes else loose.revision
    used = team.apply(inputs={"vars": "go=true"})
    assert used.outputs["result"] == ("refused" if changes else "succeeded"), used.text
    assert team.started == (["a"] if changes else ["a", "b"])
