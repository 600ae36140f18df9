from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from runner import schema
from tests.cli.aws_tools import (
    aws_environment,
    detached,
    fake,
    job_in,
    keep_of_journal,
    project_at,
    rewrite,
)
from tests.cli.test_interrupt import apply, wait_for_starts
from tests.cli.tools import Shell, job, shell
from tests.fake_aws import EXPIRED, FakeAws, Outcome, denied, fails

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["aws_environment", "fake", "shell"]

VALIDATOR = Draft202012Validator(schema.load("status.schema.json"))


def status_of(shell: Shell, *options: str) -> tuple[int, dict[str, str]]:
    """The exit code, and each job's status now."""
    outcome = shell("status", "--format", "json", *options)
    assert list(VALIDATOR.iter_errors(outcome.data)) == []
    return outcome.code, {each["job"]: each["now"] for each in outcome.data["jobs"]}


def told_of(shell: Shell, name: str) -> Any:
    """What is told of one job."""
    jobs = shell("status", "--format", "json").data["jobs"]
    return next(each for each in jobs if each["job"] == name)


def test_what_runs_and_what_waits_for_it_is_told(shell: Shell, fake: FakeAws) -> None:
    running = detached(
        shell, fake, job("a", "slow"), job("c", more="needs: [a]"), job("d", more="needs: [c]")
    )
    before = (shell.folder / "results.json").read_bytes()
    outcome = shell("status")
    assert outcome.code == 4
    assert "  · c  pending" in outcome.out
    assert "waits for a\n" in outcome.out
    assert "waits for c\n" in outcome.out
    assert f"    execution  {running['a']}\n" in outcome.out
    assert "Now: 2 pending, 1 running\n" in outcome.out
    assert fake.calls == {"DescribeExecution": 1}
    assert (shell.folder / "results.json").read_bytes() == before


def test_what_ended_meanwhile_is_told(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"), job("b", "slow"), job("c", more="needs: [a]"))
    fake.world.finish(running["a"])
    assert status_of(shell) == (4, {"a": "succeeded", "b": "running", "c": "pending"})
    outcome = shell("status")
    assert "running → succeeded" in outcome.out
    assert "apply again goes on with it" in outcome.out
    fake.world.finish(running["b"])
    assert shell("apply").code == 0
    fake.forget_calls()
    assert status_of(shell) == (0, {"a": "up_to_date", "b": "up_to_date", "c": "succeeded"})
    assert fake.calls == {}


def test_what_failed_meanwhile_is_told_with_its_error(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"), job("c", more="needs: [a]"))
    fake.world.finish(running["a"], fails("Broken", "it broke"))
    outcome = shell("status")
    assert outcome.code == 1
    assert "running → failed" in outcome.out
    assert "    error      Broken\n" in shell("status", "--causes").out
    assert told_of(shell, "c")["reason"] == "a failed: apply again decides what follows"
    assert told_of(shell, "a")["reason"] == "its error is shown with --causes"


def test_a_cause_which_nobody_masked_is_shown_only_when_it_is_asked_for(
    shell: Shell, fake: FakeAws
) -> None:
    running = detached(shell, fake, job("a", "slow"))
    fake.world.finish(running["a"], fails("Broken hunter2", "token hunter2"))
    for form in ("text", "markdown", "json"):
        assert "hunter2" not in shell("status", "--format", form).out
    assert told_of(shell, "a")["cause"] is None
    shown = shell("status", "--causes").out
    assert "    cause      token hunter2\n" in shown
    assert "    error      Broken hunter2\n" in shown


def test_an_error_of_step_functions_own_is_shown(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"))
    fake.world.finish(running["a"], fails("States.TaskFailed"))
    assert told_of(shell, "a")["error"] == "States.TaskFailed"


def test_what_someone_stopped_is_cancelled(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"))
    fake.world.finish(running["a"], Outcome("ABORTED"))
    assert status_of(shell) == (1, {"a": "cancelled"})


def test_an_execution_that_is_gone_is_unknown(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"), job("b", "slow"))
    fake.world.vanish(running["a"])
    assert status_of(shell) == (1, {"a": "unknown", "b": "running"})
    assert "ended more than 90 days ago" in told_of(shell, "a")["reason"]


def test_one_that_may_not_be_looked_at_hides_no_other(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"), job("b", "slow"))
    fake.faults.add("DescribeExecution", denied("states:DescribeExecution"), about=running["b"])
    code, statuses = status_of(shell)
    assert code == 1
    assert statuses == {"a": "running", "b": "unknown"}
    assert "how it is can't be told" in told_of(shell, "b")["reason"]


def test_the_status_needs_no_key_for_what_an_execution_left(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"))
    fake.world.finish(running["a"], fails())
    locked = denied("kms:Decrypt", code="KmsAccessDeniedException")
    fake.faults.add("DescribeExecution", locked, calls={1, 2})
    told = told_of(shell, "a")
    assert (told["now"], told["reason"]) == ("failed", "its error may not be read")


def test_many_of_a_machine_are_told_by_one_list_and_failures_by_themselves(
    shell: Shell, fake: FakeAws
) -> None:
    running = detached(shell, fake, *(job(f"j{number}", "slow") for number in range(30)))
    fake.world.finish(running["j1"])
    fake.world.finish(running["j2"], fails("Broken"))
    code, statuses = status_of(shell)
    assert (code, statuses["j0"], statuses["j1"]) == (1, "running", "succeeded")
    assert fake.calls == {"ListExecutions": 1, "DescribeExecution": 1}
    assert told_of(shell, "j2")["now"] == "failed"


def test_who_may_not_list_describes(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, *(job(f"j{number}", "slow") for number in range(12)))
    fake.faults.add("ListExecutions", denied("states:ListExecutions"))
    code, statuses = status_of(shell)
    assert (code, set(statuses.values())) == (4, {"running"})
    assert fake.calls["DescribeExecution"] == 12


def test_without_credentials_it_is_refused(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    detached(shell, fake, job("a", "slow"))
    fake.faults.add("DescribeExecution", EXPIRED)
    assert shell("status").code == 3
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    outcome = shell("status")
    assert outcome.code == 3
    assert "Refused: " in outcome.err


def killed(shell: Shell, *, jobs: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
    """Make the results those of a run that was killed before it ended."""

    def change(document: dict[str, Any]) -> None:
        document["run"].update(status="running", endedAt=None)
        jobs(document)

    keep_of_journal(shell)

    rewrite(shell, change)


def test_the_file_of_a_killed_run_tells_as_much(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, job("a", "slow"), job("c", more="needs: [a]"))
    killed(shell)
    assert status_of(shell) == (4, {"a": "running", "c": "pending"})
    assert "it was killed: then `stepfleet apply` goes on" in shell("status").out.replace("\n", " ")
    assert "it was killed" in shell("status", "--format", "markdown").out


def test_a_start_whose_answer_was_not_written_down_is_found(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"), job("b", "slow"))

    def before_the_answer(document: dict[str, Any]) -> None:
        for each in document["jobs"]:
            each.update(status="pending", executionArn=None)
            each["attempts"][0].update(status=None, executionArn=None, startedAt=None)

    killed(shell, jobs=before_the_answer)
    fake.world.vanish(running["b"])
    assert status_of(shell) == (4, {"a": "running", "b": "pending"})
    assert told_of(shell, "a")["executionArn"] == running["a"]
    assert "about to be started" in told_of(shell, "b")["reason"]


def test_the_embedded_engine_remembers_nothing(shell: Shell) -> None:
    shell.write(job("a"))
    assert shell("apply").code == 0
    assert status_of(shell) == (0, {"a": "succeeded"})

    def running(document: dict[str, Any]) -> None:
        document["jobs"][0]["status"] = "running"
        document["jobs"][0]["attempts"][0]["status"] = "RUNNING"

    killed(shell, jobs=running)
    outcome = shell("status")
    assert outcome.code == 1
    assert "the embedded engine, which remembers nothing" in outcome.out.replace("\n", " ")


def test_an_express_execution_cannot_be_looked_up(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("e", "quick"), project=project_at(fake))
    shell("apply")

    def running(document: dict[str, Any]) -> None:
        document["jobs"][0]["status"] = "running"

    killed(shell, jobs=running)
    assert status_of(shell) == (1, {"e": "unknown"})
    assert "Express" in told_of(shell, "e")["reason"]


def test_attempts_are_numbered_and_all_is_in_markdown_too(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"), job("b", "slow"))
    fake.world.finish(running["a"], fails())
    assert shell("apply", "--detach").code == 4
    assert "attempt 2" in shell("status").out
    outcome = shell("status", "--format", "markdown")
    assert outcome.code == 4
    assert "**2 running**; detached at " in outcome.out
    assert "| attempt 2 |" in outcome.out


def test_a_results_file_elsewhere_is_named(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, job("a", "slow"))
    (shell.folder / "results.json").rename(shell.folder / "other.json")
    assert status_of(shell, "other.json") == (4, {"a": "running"})
    outcome = shell("status")
    assert outcome.code == 3
    assert "there is no results file results.json" in outcome.err


@pytest.mark.parametrize("command", ["status", "stop"])
def test_results_of_another_format_are_refused_with_a_way_out(
    shell: Shell, fake: FakeAws, command: str
) -> None:
    detached(shell, fake, job("a", "slow"))
    rewrite(shell, lambda document: document.update(formatVersion=2))
    outcome = shell(command)
    assert outcome.code == 3
    assert "is of format 2, and this version of stepfleet reads format 1" in outcome.err


@pytest.mark.parametrize("change", [{"name": "a\nb"}, {"needs": ["a\nb"]}, {"name": ""}])
def test_a_job_is_named_as_jobs_are(shell: Shell, fake: FakeAws, change: dict[str, Any]) -> None:
    detached(shell, fake, job("a", "slow"))
    rewrite(shell, lambda document: job_in(document, "a").update(change))
    outcome = shell("status")
    assert outcome.code == 3
    assert "breaks the rule 'pattern'" in outcome.err


@pytest.mark.parametrize("command", ["status", "stop"])
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_what_is_no_regular_file_is_not_read(shell: Shell, command: str, kind: str) -> None:
    path = shell.folder / "odd"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    outcome = shell(command, "odd")
    assert outcome.code == 3
    assert "odd can't be read: it is no regular file" in outcome.err


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"formatVersion": 1, "jobs": []}', "\x00", "[" * 100_000],
)
def test_what_is_no_results_file_is_refused(shell: Shell, text: str) -> None:
    (shell.folder / "results.json").write_text(text)
    outcome = shell("status")
    assert outcome.code == 3
    assert outcome.err.startswith("Refused: ")


def set_job(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["jobs"][0].update(changes)


def set_attempt(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["jobs"][0]["attempts"][0].update(changes)


def set_platform(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["platforms"]["here"].update(changes)


@pytest.mark.parametrize(
    "change",
    [
        set_job(status="fine"),
        set_job(more=1),
        set_attempt(startedAt="2026-11-21T14:00:00"),
        set_attempt(startedAt="0001-01-01T00:00:00+23:00"),
        set_attempt(startedAt="yesterday"),
        set_attempt(name="x" * 81),
        set_platform(region="us-east-1.example.com"),
        set_platform(accountId="123"),
        lambda document: document["jobs"].append(document["jobs"][0]),
        lambda document: document.update(events=5),
    ],
)
def test_a_file_that_is_not_as_an_apply_writes_it_is_refused_before_any_call(
    shell: Shell, fake: FakeAws, change: Callable[[dict[str, Any]], None]
) -> None:
    detached(shell, fake, job("a", "slow"))
    rewrite(shell, change)
    assert shell("status").code == 3
    assert fake.calls == {}


MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:slow"
NAME = "a-0123abcd-0123456789abcdef0123-0-1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_attempt(executionArn="arn:aws:iam::123456789012:role/x"), "not the ARN of an exec"),
        (set_attempt(executionArn="x"), "not the ARN of an execution"),
        (
            set_attempt(
                executionArn=f"arn:aws:states:eu-west-1:123456789012:execution:slow:{NAME}"
            ),
            "not in us-east-1",
        ),
        (
            set_attempt(
                executionArn=f"arn:aws:states:us-east-1:999999999999:execution:slow:{NAME}"
            ),
            "not in 123456789012",
        ),
        (
            set_attempt(executionArn=f"arn:aws:states:us-east-1:123456789012:execution:pay:{NAME}"),
            "not of the job's state machine",
        ),
        (
            set_attempt(
                executionArn=f"arn:aws:states:us-east-1:123456789012:execution:slow:{NAME}"
            ),
            "not have a name",
        ),
        (
            set_attempt(executionArn="arn:aws:states:us-east-1:123456789012:express:slow:a:b"),
            "Express",
        ),
        (set_job(stateMachine="slow"), "not an ARN"),
        (set_job(platform="there"), "does not say where the platform there is"),
        (set_platform(region=None), "does not say where the platform here is"),
        (lambda document: document["run"].update(project="other"), "not have a name"),
    ],
)
def test_an_arn_that_is_none_of_the_jobs_is_not_asked_about(
    shell: Shell, fake: FakeAws, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    detached(shell, fake, job("a", "slow"))
    rewrite(shell, change)
    code, statuses = status_of(shell)
    assert (code, statuses) == (1, {"a": "unknown"})
    assert said in told_of(shell, "a")["reason"]
    assert fake.calls == {}


def test_an_endpoint_elsewhere_is_called_only_when_it_is_allowed(
    shell: Shell, fake: FakeAws
) -> None:
    detached(shell, fake, job("a", "slow"))
    for url in (
        "https://evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1:80@evil.example",
        "http://localhost:1\\@evil.example/",
        "http://localhost\n.evil.example",
    ):
        rewrite(shell, set_platform(endpointUrl=url))
        outcome = shell("status")
        assert outcome.code == 3
        assert "--endpoint-url" in outcome.err
    assert fake.calls == {}
    url = fake.url.replace("127.0.0.1", "0.0.0.0")
    rewrite(shell, set_platform(endpointUrl=url))
    assert shell("status").code == 3
    assert status_of(shell, "--endpoint-url", url) == (4, {"a": "running"})


EVIL = "\x1b[31m##[error]x\n::error::y\u202e|<b>`@you"


def test_text_in_a_results_file_does_no_harm(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    detached(shell, fake, job("a", "slow"), job("b", "slow"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    def spoil(document: dict[str, Any]) -> None:
        document["run"].update(id=EVIL, commit=EVIL)
        for each in document["jobs"]:
            each.update(reason=EVIL, monitorUrl="javascript:x", platform=EVIL)
            each["attempts"][0].update(error=EVIL, cause=EVIL, monitorUrl="javascript:x")
        document["jobs"][0].update(status="failed")
        document["jobs"][1].update(status="pending", needs=["a"], attempts=[])

    rewrite(shell, spoil)
    for form in ("text", "markdown", "json"):
        outcome = shell("status", "--format", form)
        assert outcome.code == 1
        written = outcome.out
        assert "\x1b" not in written
        assert "##[" not in written
        assert "\n::" not in written
        assert "\u202e" not in written
        assert "<b>" not in written or form != "markdown"
        assert "javascript:" not in written
    assert fake.calls == {}


def test_what_aws_tells_does_no_harm(shell: Shell, fake: FakeAws) -> None:
    running = detached(shell, fake, job("a", "slow"))
    fake.world.finish(running["a"], fails(EVIL, EVIL))
    written = shell("status", "--causes").out
    assert "\x1b" not in written
    assert "\u202e" not in written


def test_an_execution_of_another_job_is_not_asked_about(shell: Shell, fake: FakeAws) -> None:
    detached(shell, fake, job("a", "slow"))
    rewrite(shell, lambda document: job_in(document, "a").update(name="b"))
    assert status_of(shell) == (1, {"b": "unknown"})


def test_a_run_that_goes_on_is_told_of_and_one_that_was_killed_is_stopped(
    shell: Shell, fake: FakeAws
) -> None:
    jobs = [job("a", "slow"), job("c", more="needs: [a]")]
    with apply(shell.folder, project_at(fake) + "".join(jobs)) as process:
        wait_for_starts(process, 1)
        # The file follows the run by up to a second.
        while status_of(shell)[1] != {"a": "running", "c": "pending"}:
            assert process.poll() is None
        assert shell.results()["run"]["status"] == "running"
        process.kill()
        process.communicate(timeout=60)
    assert status_of(shell) == (4, {"a": "running", "c": "pending"})
    assert shell("stop").code == 0
    assert status_of(shell) == (1, {"a": "cancelled", "c": "pending"})
    assert shell("stop").code == 0
    assert len(fake.world.executions) == 1
