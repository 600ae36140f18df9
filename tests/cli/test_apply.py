from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from runner import schema
from tests.cli.tools import PROJECT, Shell, job, shell
from tests.fake_aws import SUCCEEDS, FakeAws, Outcome, RealClock, Start, fails
from tests.fake_aws.fixtures import aws_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["aws_environment", "shell"]


@pytest.fixture
def fake(aws_environment: None) -> Iterator[FakeAws]:
    """The fake in real time, as the engine's own clock is real here."""
    with FakeAws(RealClock()) as running:
        yield running


def project_at(fake: FakeAws) -> str:
    return PROJECT.replace(
        "spec: {type: local, timeScale: 0}",
        "spec: {type: aws-step-functions, region: us-east-1, accountId: '123456789012',"
        f" endpointUrl: '{fake.url}'}}",
    )


def statuses(shell: Shell) -> dict[str, str]:
    return {each["name"]: each["status"] for each in shell.results()["jobs"]}


def test_outputs_are_handed_on(shell: Shell) -> None:
    shell.write(
        job("a", more="parameters: {rows: {direction: inout, type: integer, value: 41}}"),
        job(
            "b",
            more="parameters: {got: '${{ jobs.a.outputs.rows }}', GOT: {direction: output}}",
        ),
    )
    outcome = shell("apply")
    assert outcome.code == 0
    outputs = {each["name"]: each["outputs"] for each in shell.results()["jobs"]}
    assert outputs == {"a": {"rows": 41}, "b": {"GOT": 41}}
    assert "2 succeeded" in outcome.out


def test_a_failure_skips_what_needs_it_and_runs_its_handler(shell: Shell) -> None:
    shell.write(
        job("a", "broken"),
        job("b", more="needs: [a]"),
        job("c", more="needs: [a]\ntrigger: any-failed"),
        job("d"),
    )
    outcome = shell("apply")
    assert outcome.code == 1
    assert statuses(shell) == {"a": "failed", "b": "skipped", "c": "succeeded", "d": "succeeded"}
    assert "Broken" in outcome.out
    assert "it broke" in outcome.out


def test_the_results_follow_their_schema_and_the_journal_has_every_event(shell: Shell) -> None:
    shell.write(job("a"), job("b", "broken"))
    shell("apply", "--include-inputs")
    results = shell.results()
    Draft202012Validator(schema.load("results.schema.json")).validate(results)
    journal = (shell.folder / "results.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in journal] == results["events"]


def test_nothing_starts_where_the_results_cannot_be_written(shell: Shell) -> None:
    shell.write(job("a"))
    (shell.folder / "taken").touch()
    outcome = shell("apply", "--results", "taken/results.json")
    assert outcome.code == 3
    assert "taken" in outcome.err


def test_json_results_go_to_stdout_and_logs_to_stderr(shell: Shell) -> None:
    shell.write(job("a"))
    outcome = shell("apply", "--format", "json", "--log-format", "json")
    assert outcome.data["run"]["status"] == "succeeded"
    events = [json.loads(line)["event"] for line in outcome.err.splitlines()]
    assert events[0] == "run_started"
    assert events[-1] == "run_ended"


def test_the_run_id_is_taken_over(shell: Shell) -> None:
    shell.write(job("a"))
    shell("apply", "--run-id", "nightly-7")
    assert shell.results()["run"]["id"] == "nightly-7"


def test_the_commit_is_told_where_there_is_one(shell: Shell) -> None:
    shell.write(job("a"))
    shell("apply")
    assert shell.results()["run"]["commit"] is None
    command = (
        "git",
        "-C",
        str(shell.folder),
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
    )
    for words in (("init", "-q"), ("commit", "-q", "--allow-empty", "--no-verify", "-m", "begin")):
        subprocess.run([*command, *words], check=True)
    shell("apply", "--run-id", "again")
    head = subprocess.check_output([*command, "rev-parse", "HEAD"], text=True).strip()
    assert shell.results()["run"]["commit"] == head


def test_invalid_specs_leave_no_results(shell: Shell) -> None:
    shell.write(job("a", more="needs: [nobody]"))
    assert shell("apply").code == 3
    assert not (shell.folder / "results.json").exists()


SECRET = "hunter2-correct-horse"


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_a_secret_is_sent_and_shown_nowhere(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", SECRET)
    secret_job = job(
        "a",
        more=(
            "parameters:\n"
            "  token: {value: 'Bearer ${{ env.SHOP_TOKEN }}'}\n"
            "  password: ${{ vars.password }}\n"
            "  echoed: {direction: output}\n"
            "  PASSWORD: {direction: output}\n"
        ),
    )
    shell.write(secret_job)
    written = ""
    for command in ("validate", "graph"):
        written += shell(command).out
    planned = shell("plan", "--format", form, "--var", f"password={SECRET}X", "-o", "plan.json")
    applied = shell(
        "apply",
        "--format",
        form,
        "--var",
        f"password={SECRET}X",
        "--include-inputs",
        "--log-file",
        "log.txt",
        "--log-level",
        "debug",
    )
    assert applied.code == 0
    for outcome in (planned, applied):
        written += outcome.out + outcome.err
    for name in ("results.json", "results.jsonl", "log.txt", "plan.json"):
        written += (shell.folder / name).read_text()
    assert SECRET not in written
    assert shell.results()["jobs"][0]["outputs"]["PASSWORD"] == "<sensitive>"


def test_a_platform_with_an_endpoint_of_its_own(shell: Shell, fake: FakeAws) -> None:
    fake.machine("echo")
    fake.machine("quick", type="EXPRESS")
    shell.write(
        job("a", more="parameters: {n: 1}"),
        job("b", "quick", more="needs: [a]\nparameters: {n: {direction: inout, value: 2}}"),
        project=project_at(fake),
    )
    outcome = shell("apply")
    assert outcome.code == 0, outcome
    assert statuses(shell) == {"a": "succeeded", "b": "succeeded"}
    assert fake.calls["StartExecution"] == 1
    assert fake.calls["StartSyncExecution"] == 1
    assert shell.results()["calls"]["StartExecution"]["calls"] == 1


def test_a_machine_that_does_not_exist_is_an_error_of_the_plan(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a", "missing"), project=project_at(fake))
    outcome = shell("apply")
    assert outcome.code == 3
    assert "specs/all.yaml:32:17" in outcome.err
    assert fake.calls.get("StartExecution", 0) == 0


def test_text_from_outside_is_told_in_json_that_any_log_can_hold(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("echo", fails("E", "##[error]boo \ud800"))
    shell.write(job("a"), project=project_at(fake))
    outcome = shell("apply", "--format", "json")
    assert outcome.code == 1
    assert "##[" not in outcome.out
    assert outcome.out.encode()
    assert outcome.data["jobs"][0]["attempts"][0]["cause"] == "##[error]boo \ud800"
    assert shell.results() == outcome.data


def test_a_run_says_where_its_end_could_not_be_written(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a"), project=project_at(fake))
    folder = shell.folder / "out"

    def vanish(_: Start) -> Outcome:
        shutil.rmtree(folder, ignore_errors=True)
        return SUCCEEDS

    fake.machine("echo", vanish)
    outcome = shell("apply", "--results", "out/results.json")
    assert outcome.code == 0
    assert "could not be written to out/results.json" in outcome.out
    assert "Results: out/results.json" not in outcome.out


def test_what_would_steer_a_terminal_is_escaped_in_every_file_and_report(
    shell: Shell, fake: FakeAws
) -> None:
    text = "a\x9b31m\u202e\u2028\x7f"
    fake.machine("left", Outcome(output=json.dumps({"text": text})))
    fake.machine("failed", fails("Evil", text))
    shell.write(
        job("a", "left", more="parameters: {text: {direction: output}}"),
        job("b", "failed"),
        project=project_at(fake),
    )
    shown = shell("apply", "--format", "json")
    files = [(shell.folder / name).read_text() for name in ("results.json", "results.jsonl")]
    for written in (shown.out, shown.err, *files):
        assert set(text[1:]).intersection(written) <= set("31m")
    jobs = {each["name"]: each for each in shell.results()["jobs"]}
    assert jobs["a"]["outputs"] == {"text": text}
    assert jobs["b"]["attempts"][0]["cause"] == text
