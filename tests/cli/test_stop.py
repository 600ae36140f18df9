from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from runner import schema
from tests.cli.aws_tools import (
    arns,
    aws_environment,
    detached,
    fake,
    job_in,
    keep_of_journal,
    project_at,
    rewrite,
)
from tests.cli.tools import Shell, job, shell
from tests.fake_aws import EXPIRED, FakeAws, Outcome, denied, fails, slow

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["aws_environment", "fake", "shell"]


LONG_AGO = "2026-01-01T00:00:00.000+00:00"
VALIDATOR = Draft202012Validator(schema.load("stop.schema.json"))


def began_long_ago(document: dict[str, Any]) -> None:
    document["run"].update(startedAt=LONG_AGO, endedAt=LONG_AGO)
    for each in document["jobs"]:
        each["attempts"][0].update(startedAt=LONG_AGO)


def stopped(shell: Shell, *options: str) -> tuple[int, dict[str, str]]:
    """The exit code, and what came of each job."""
    outcome = shell("stop", "--format", "json", *options)
    assert list(VALIDATOR.iter_errors(outcome.data)) == []
    return outcome.code, {each["job"]: each["result"] for each in outcome.data["jobs"]}


def test_what_a_run_left_running_is_stopped(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"), job("b", "slow"), job("c", more="needs: [a]"))
    before = (shell.folder / "results.json").read_bytes()
    run_id = shell.results()["run"]["id"]
    outcome = shell("stop")
    assert outcome.code == 0
    assert outcome.out == "  ✓ a  stopped\n  ✓ b  stopped\n\nStop: 2 stopped\n"
    asked = fake.requests("StopExecution")
    assert {each["executionArn"] for each in asked} == set(running.values())
    assert {each["error"] for each in asked} == {"Stepfleet.Stopped"}
    assert all(run_id in each["cause"] for each in asked)
    assert (shell.folder / "results.json").read_bytes() == before
    assert shell("status").code == 1


def test_stopping_twice_does_no_harm(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, job("a", "slow"))
    assert stopped(shell) == (0, {"a": "stopped"})
    assert stopped(shell) == (0, {"a": "stopped"})


def test_many_are_stopped_with_few_looks(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, *(job(f"j{number}", "slow") for number in range(40)))
    for number in range(20):
        fake.world.finish(running[f"j{number}"])
    outcome = shell("stop")
    assert outcome.code == 0
    assert outcome.out.endswith("\nStop: 20 stopped, 20 ended before\n")
    assert fake.calls == {"StopExecution": 40, "ListExecutions": 1}


def test_what_ended_meanwhile_is_told_as_it_ended(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, *(job(name, "slow") for name in "abcd"))
    fake.world.finish(running["a"])
    fake.world.finish(running["b"], fails("Broken"))
    fake.world.finish(running["c"], Outcome("ABORTED", error="ByHand"))
    assert "Broken" not in shell("stop", "--job", "b").out
    outcome = shell("stop", "--causes")
    assert outcome.code == 0
    assert outcome.out == (
        "  = a  ended before  succeeded\n"
        "  = b  ended before  failed: Broken\n"
        "  = c  ended before  cancelled: ByHand\n"
        "  ✓ d  stopped\n"
        "\nStop: 1 stopped, 3 ended before\n"
    )


def test_the_next_apply_takes_it_for_stopped_by_a_person(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, job("a", "slow"))
    shell("stop")
    assert shell("apply", "--no-retry").code == 1
    assert job_in(shell.results(), "a")["status"] == "cancelled"


def test_only_the_jobs_that_are_named_are_stopped(shell: Shell, fake: FakeAws) -> None:
    names = ("extract_a", "extract_b", "load")
    detached(shell, fake, *(job(name, "slow") for name in names))
    assert stopped(shell, "--job", "extract_*") == (
        0,
        {"extract_a": "stopped", "extract_b": "stopped"},
    )
    outcome = shell("stop", "--job", "exract_a")
    assert outcome.code == 3
    assert "no such job" in outcome.err
    assert stopped(shell, "--job", "load") == (0, {"load": "stopped"})


def test_what_another_run_started_is_left_alone(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, job("a", "slow"))
    assert shell("apply", "--detach", "--results", "second.json", "--run-id", "second").code == 4
    assert job_in(shell.results("second.json"), "a")["attempts"][0]["adopted"]
    fake.forget_calls()
    outcome = shell("stop", "second.json")
    assert outcome.code == 4
    assert "another run started it; --adopted stops it as well" in outcome.out
    assert "StopExecution" not in fake.calls
    assert stopped(shell, "second.json", "--adopted") == (0, {"a": "stopped"})


def test_what_another_run_started_and_has_ended_runs_no_more(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"))
    shell("apply", "--detach", "--results", "second.json", "--run-id", "second")
    fake.world.finish(running["a"])
    assert stopped(shell, "second.json") == (0, {"a": "ended"})


def test_what_an_earlier_apply_of_the_run_started_is_stopped(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"), job("b", "slow", "run: always"))
    for _ in range(2):
        assert shell("apply", "--detach").code == 4
    assert arns(shell) == running
    assert stopped(shell) == (0, {"a": "stopped", "b": "stopped"})


def test_what_names_the_run_is_its_own_also_when_no_file_tells(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a", "slow"), job("b", "slow", "run: always"), project=project_at(fake))
    for name in ("first.json", "second.json"):
        assert shell("apply", "--detach", "--run-id", "7", "--results", name).code == 4
    assert stopped(shell, "second.json") == (4, {"a": "left", "b": "stopped"})


def test_a_stop_that_is_not_allowed_is_told_with_its_arn(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"), job("b", "slow"))
    fake.faults.add("StopExecution", denied("states:StopExecution"), about=running["b"])
    outcome = shell("stop")
    assert outcome.code == 1
    assert "  ✓ a  stopped\n" in outcome.out
    assert "  ✗ b  not stopped\n" in outcome.out
    assert "not authorized to: states:StopExecution" in " ".join(outcome.out.split())
    assert f"      {running['b']}\n" in outcome.out
    assert "Stop: 1 stopped, 1 not stopped\n" in outcome.out


def test_what_may_be_stopped_and_not_be_looked_at_is_not_taken_for_stopped(
    shell: Shell, fake: FakeAws
) -> None:
    detached(shell, fake, job("a", "slow"))
    fake.faults.add("DescribeExecution", denied("states:DescribeExecution"))
    outcome = shell("stop")
    assert outcome.code == 1
    assert "it was asked to stop; its end could not be seen" in outcome.out


def test_one_that_is_gone_has_ended(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"))
    fake.world.vanish(running["a"])
    rewrite(shell, began_long_ago)
    assert stopped(shell) == (0, {"a": "ended"})
    assert "ended more than 90 days ago" in shell("stop").out


def test_an_express_execution_is_left_and_that_is_said(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("e", "quick"), project=project_at(fake))
    shell("apply")
    rewrite(shell, lambda document: job_in(document, "e").update(status="running"))
    keep_of_journal(shell)
    outcome = shell("stop")
    assert outcome.code == 0
    assert "can be neither looked up nor stopped" in outcome.out


def test_a_run_that_was_killed_is_stopped_also_where_an_answer_was_not_written_down(
    shell: Shell, fake: FakeAws
) -> None:
    detached(shell, fake, job("a", "slow"))

    def kill(document: dict[str, Any]) -> None:
        document["run"].update(status="running", endedAt=None)
        document["jobs"][0].update(status="pending", executionArn=None)
        document["jobs"][0]["attempts"][0].update(status=None, executionArn=None)

    rewrite(shell, kill)
    keep_of_journal(shell, "starting")
    outcome = shell("stop")
    assert outcome.code == 0
    assert "  ✓ a  stopped\n" in outcome.out
    assert "If that apply still does, it starts what waits" in outcome.out.replace("\n", " ")


def test_what_a_file_calls_its_run_is_sent_on_in_a_harmless_form(
    shell: Shell, fake: FakeAws
) -> None:
    detached(shell, fake, job("a", "slow"))
    rewrite(shell, lambda document: document["run"].update(id="\x1b[31m" + "x" * 100_000))
    assert shell("stop").code == 0
    (asked,) = fake.requests("StopExecution")
    assert asked["cause"].isprintable()
    assert len(asked["cause"]) < 300


def test_nothing_to_stop_is_said(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a"), project=project_at(fake))
    shell("apply")
    outcome = shell("stop")
    assert (outcome.code, outcome.out) == (
        0,
        "Nothing to stop: nothing of this run was left running\n",
    )


def test_without_good_credentials_it_is_refused(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, job("a", "slow"))
    fake.faults.add("StopExecution", EXPIRED)
    outcome = shell("stop")
    assert outcome.code == 3
    assert outcome.err.startswith("Refused: nothing was stopped: ")
    assert "expired" in outcome.err


def test_an_arn_of_other_work_is_not_stopped(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, job("a", "slow"))
    payment = fake.world.past("slow", "payment-2026", ago=60, outcome=Outcome(duration=1e9)).arn

    def point_elsewhere(document: dict[str, Any]) -> None:
        attempt = document["jobs"][0]["attempts"][0]
        attempt.update(executionArn=payment, name="payment-2026")

    rewrite(shell, point_elsewhere)
    outcome = shell("stop")
    assert outcome.code == 1
    assert "does not have a name that the job's executions have" in outcome.out.replace(
        "\n      ", " "
    )
    assert fake.calls == {}


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """As wide as an ARN needs, whatever the terminal is that the tests are run at."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.parametrize(("answer", "calls"), [("n", 0), ("y", 1)])
def test_on_a_terminal_a_person_is_asked(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch, answer: str, calls: int
) -> None:
    running = detached(shell, fake, job("a", "slow"))
    at_a_terminal(monkeypatch)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda *_: answer)
    outcome = shell("stop")
    assert f"  a: {running['a']}\n" in outcome.out
    assert outcome.code == (0 if calls else 130)
    assert fake.calls.get("StopExecution", 0) == calls


def test_with_yes_nobody_is_asked(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    detached(shell, fake, job("a", "slow"))
    at_a_terminal(monkeypatch)
    assert shell("stop", "--yes").code == 0


class Asked:
    """All calls, and an event that tells of the first."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __contains__(self, number: object) -> bool:
        self.event.set()
        return True


@contextmanager
def stopping(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "runner.cli", "stop", "--format", "json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_tells_what_was_stopped_and_what_was_not(
    shell: Shell, fake: FakeAws, number: signal.Signals
) -> None:
    running = detached(shell, fake, job("a", "slow"), job("b", "slow"))
    asked = Asked()
    fake.faults.add("StopExecution", slow(120), calls=asked, about=running["b"])
    with stopping(shell.folder) as process:
        assert asked.event.wait(60)
        process.send_signal(number)
        out, complaint = process.communicate(timeout=30)
    assert process.returncode == 130, complaint
    told = json.loads(out)
    assert list(VALIDATOR.iter_errors(told)) == []
    assert told["interrupted"] is True
    by_name = {each["job"]: each for each in told["jobs"]}
    assert by_name["b"]["result"] == "not_stopped"
    assert by_name["b"]["executionArn"] == running["b"]
    assert by_name["b"]["reason"] == "interrupted: it is not known whether it was stopped"
    assert by_name["a"]["result"] in ("stopped", "not_stopped")
