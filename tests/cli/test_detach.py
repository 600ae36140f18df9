from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from runner import schema
from tests.cli.aws_tools import arns, aws_environment, detached, fake, project_at
from tests.cli.tools import Shell, job, shell
from tests.fake_aws import fails

if TYPE_CHECKING:
    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "fake", "shell"]


def test_a_detached_apply_starts_what_can_start_and_says_how_to_go_on(
    shell: Shell, fake: FakeAws
) -> None:
    shell.write(
        job("a", "slow"), job("b", "slow"), job("c", more="needs: [a, b]"), project=project_at(fake)
    )
    outcome = shell("apply", "--detach", "--results", "out/my results.json")
    assert outcome.code == 4
    assert fake.calls["StartExecution"] == 2
    results = shell.results("out/my results.json")
    assert results["run"]["status"] == "detached"
    assert [each["status"] for each in results["jobs"]] == ["running", "running", "pending"]
    assert "2 executions may still run:\n" in outcome.out
    assert "1 job waits for them: c\n" in outcome.out
    assert "stepfleet status 'out/my results.json'\n" in outcome.out
    assert "stepfleet stop 'out/my results.json'\n" in outcome.out
    assert "stepfleet apply, with the same arguments\n" in outcome.out


def test_nothing_left_to_run_is_done(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a"), project=project_at(fake))
    assert shell("apply").code == 0
    outcome = shell("apply", "--detach")
    assert outcome.code == 0
    assert "stepfleet status" not in outcome.out


def test_an_express_job_is_waited_for_as_nobody_could_look_it_up(
    shell: Shell, fake: FakeAws
) -> None:
    shell.write(job("e", "quick"), project=project_at(fake))
    outcome = shell("apply", "--detach")
    assert outcome.code == 0
    assert shell.results()["jobs"][0]["status"] == "succeeded"


def test_the_next_apply_finds_what_ended_and_adopts_what_runs(shell: Shell, fake: FakeAws) -> None:
    before = detached(
        shell,
        fake,
        job("a", "slow"),
        job("b", "slow"),
        job("c", more="needs: [a]"),
        job("d", more="needs: [b]"),
    )
    run_id = shell.results()["run"]["id"]
    fake.world.finish(before["a"])
    assert shell("apply", "--detach").code == 4
    assert shell.results()["run"]["id"] == run_id
    assert {"a": before["a"], "b": before["b"]}.items() <= arns(shell).items()
    assert fake.calls["StartExecution"] == 1
    fake.world.finish(before["b"])
    assert shell("apply").code == 0
    statuses = {each["name"]: each["status"] for each in shell.results()["jobs"]}
    assert statuses["d"] == "succeeded"
    assert fake.calls["StartExecution"] == 2
    assert set(fake.world.starts.values()) == {1}


def test_the_next_apply_tries_again_what_failed_meanwhile(shell: Shell, fake: FakeAws) -> None:
    before = detached(shell, fake, job("a", "slow"))
    fake.world.finish(before["a"], fails())
    assert shell("apply", "--detach").code == 4
    assert arns(shell)["a"] == before["a"].removesuffix("-1") + "-2"


def test_a_detached_run_that_failed_to_start_says_so_with_what_runs(
    shell: Shell, fake: FakeAws
) -> None:
    shell.write(job("a", "slow"), job("e", "quick"), project=project_at(fake))
    fake.world.machines["quick"].script = fails()
    outcome = shell("apply", "--detach")
    assert outcome.code == 1
    assert "1 execution may still run:\n" in outcome.out
    assert "stepfleet stop results.json\n" in outcome.out


@pytest.mark.parametrize("options", [[], ["--local"]])
def test_the_embedded_engine_cannot_be_left(shell: Shell, options: list[str]) -> None:
    shell.write(job("a"), job("b"))
    outcome = shell("apply", "--detach", *options)
    assert outcome.code == 3
    assert "a and b would run on the embedded engine, which ends with the apply" in outcome.err
    assert not (shell.folder / "results.json").exists()


def test_the_results_say_where_the_executions_are(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, job("a", "slow"))
    results = shell.results()
    Draft202012Validator(schema.load("results.schema.json")).validate(results)
    assert results["platforms"] == {
        "here": {
            "type": "aws-step-functions",
            "region": "us-east-1",
            "accountId": "123456789012",
            "endpointUrl": fake.url,
        }
    }


def test_the_account_of_the_credentials_is_told_where_the_platform_names_none(
    shell: Shell, fake: FakeAws
) -> None:
    project = project_at(fake).replace(" accountId: '123456789012',", "")
    shell.write(job("a"), project=project)
    assert shell("apply").code == 0
    assert shell.results()["platforms"]["here"]["accountId"] == "123456789012"


def test_the_results_of_the_embedded_engine_name_no_place(shell: Shell) -> None:
    shell.write(job("a"))
    assert shell("apply").code == 0
    (platform,) = shell.results()["platforms"].values()
    assert platform == {"type": "local", "region": None, "accountId": None, "endpointUrl": None}
