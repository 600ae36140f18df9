"""Faults of what is outside: credentials, permissions, executions out of sight, and the disk."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from runner.schedule import lapses, sights, starts
from tests.cli.crashing import ROOT, VALIDATOR, Scene, applying, graph, obey_modes, scene_in
from tests.cli.tools import Shell, job, shell
from tests.fake_aws import FakeAws, Outcome, RealClock, Start, denied
from tests.fake_aws.faults import EXPIRED, Fault
from tests.fake_aws.fixtures import KEY, aws_environment
from tests.fake_aws.operations import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["aws_environment", "shell"]

DESCRIBE, HISTORY, LIST = "DescribeExecution", "GetExecutionHistory", "ListExecutions"


@pytest.fixture
def scene(
    aws_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    for name in ("GITHUB_ACTIONS", "GITHUB_RUN_ID", "GITHUB_SHA"):
        monkeypatch.delenv(name, raising=False)
    with scene_in(tmp_path) as made:
        yield made


# Credentials


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute of patience with credentials is a second here."""
    monkeypatch.setattr(lapses, "PATIENCE", 1.0)
    monkeypatch.setattr(starts, "_FIRST_DELAY", 0.2)


def expiring(scene: Scene, name: str, *, duration: float) -> None:
    """Let the credentials expire when a job has been started, which takes so long."""

    def begin(start: Start) -> Outcome:
        if start.job == name and start.number == 1:
            scene.fake.world.expire_key(KEY)
        return Outcome(duration=duration if start.job == name else 0.1)

    scene.fake.world.machines["work"].script = begin


def test_credentials_that_expire_leave_what_runs_and_a_second_apply_adopts_it(
    scene: Scene, shell: Shell, impatient: None
) -> None:
    scene.names = "acf"
    scene.write(graph("acf").removesuffix(job("x", "quick")))
    expiring(scene, "a", duration=4.0)
    first = shell("apply", "specs", "--max-parallel", "1")
    assert first.code == 4
    assert scene.statuses() == {"a": "running", "c": "pending", "f": "pending"}
    (arn,) = scene.fake.world.executions
    assert arn in first.out
    assert "renew the credentials of aws and apply again, which adopts it" in first.out
    scene.check_results()
    assert first.err.count("credentials failed") == 1
    assert first.err.count("credentials lost") == 1
    scene.fake.world.renew_key(KEY)
    assert shell("apply", "specs").code == 0
    assert scene.statuses() == dict.fromkeys("acf", "succeeded")
    assert scene.results()["jobs"][0]["attempts"][0]["adopted"] is False
    scene.check_done()


def test_a_start_that_is_refused_for_credentials_that_expired_starts_nothing(
    scene: Scene, shell: Shell, impatient: None
) -> None:
    scene.write(job("a", "work") + job("x", "quick"))
    for operation in ("StartExecution", "StartSyncExecution"):
        scene.fake.faults.add(operation, EXPIRED)
    done = shell("apply", "specs")
    assert done.code == 4
    assert scene.statuses() == {"a": "pending", "x": "pending"}
    assert scene.fake.world.executions == {}
    assert "renew the credentials of aws and apply again" in scene.results()["jobs"][0]["reason"]


def test_credentials_that_are_renewed_in_time_are_hardly_noticed(
    scene: Scene, shell: Shell, impatient: None
) -> None:
    for operation in ("StartExecution", DESCRIBE):
        scene.fake.faults.add(operation, EXPIRED, calls={2, 4})
    assert shell("apply", "specs").code == 0
    scene.check_done()


def test_jobs_on_another_account_go_on_when_credentials_expire(
    scene: Scene, shell: Shell, impatient: None
) -> None:
    with FakeAws(RealClock()) as other:
        other.machine("work", lambda start: Outcome(duration=3.0 if start.job == "b" else 0.1))
        second = (
            "---\napiVersion: stepfleet/v1\nkind: Platform\nmetadata: {name: second}\n"
            "spec: {type: aws-step-functions, region: us-east-1, accountId: '123456789012',"
            f" endpointUrl: '{other.url}'}}\n"
        )
        there = "platform: second"
        jobs = [job("a", "work"), job("b", "work", there)]
        jobs.append(job("c", "work", f"{there}\nneeds: [b]"))
        jobs.append(job("d", "work", f"{there}\nneeds: [a]"))
        scene.write("".join(jobs), limits=second)
        expiring(scene, "a", duration=60.0)
        assert shell("apply", "specs").code == 4
    assert scene.statuses() == {
        "a": "running",
        "b": "succeeded",
        "c": "succeeded",
        "d": "pending",
    }


def test_credentials_that_have_expired_before_the_plan_refuse_it(
    scene: Scene, shell: Shell
) -> None:
    scene.fake.world.expire_key(KEY)
    done = shell("apply", "specs")
    assert done.code == 3
    assert "the credentials have expired" in done.err
    assert "StartExecution" not in scene.fake.calls


# Permissions


@pytest.mark.parametrize(
    "operations", [(DESCRIBE,), (DESCRIBE, HISTORY), (DESCRIBE, HISTORY, LIST)]
)
def test_executions_that_may_not_be_looked_at_are_told_at_once(
    scene: Scene, shell: Shell, operations: tuple[str, ...]
) -> None:
    scene.write(job("a", "work") + job("b", "work") + job("c", "work", "needs: [a]"))
    for operation in operations:
        scene.fake.faults.add(operation, denied(f"states:{operation}"))
    done = shell("apply", "specs")
    assert done.code == 1
    assert scene.statuses() == {"a": "unknown", "b": "unknown", "c": "skipped"}
    reason = scene.results()["jobs"][0]["reason"]
    assert "It can't be looked at" in reason
    assert "allow this action" in reason
    assert scene.attempts() == {"a": 1, "b": 1}
    # Where planning can't list, it has asked for each job's expected name already.
    assert scene.fake.calls[DESCRIBE] == (4 if LIST in operations else 2)


def test_what_many_handed_on_that_may_not_be_read_is_told_at_once(
    scene: Scene, shell: Shell
) -> None:
    """Lists tell that they have succeeded, or a look at each that it is not allowed."""
    for operation in (DESCRIBE, HISTORY):
        scene.fake.faults.add(operation, denied(f"states:{operation}"))
    word = "parameters: {word: {direction: inout, type: string, value: w}}"
    scene.write("".join(job(name, "work", word) for name in "abcdefgh"))
    done = shell("apply", "specs")
    assert done.code == 1
    assert scene.statuses() == dict.fromkeys("abcdefgh", "unknown")
    assert all("allow this action" in each["reason"] for each in scene.results()["jobs"])
    assert scene.fake.calls[DESCRIBE] == 8


def test_without_the_right_to_list_each_is_looked_at_by_itself(scene: Scene, shell: Shell) -> None:
    scene.fake.faults.add(LIST, denied("states:ListExecutions"))
    scene.fake.world.machines["work"].script = Outcome(duration=1.5)
    scene.write("".join(job(name, "work") for name in "abcdefg"))
    done = shell("apply", "specs")
    assert done.code == 0
    assert set(scene.statuses().values()) == {"succeeded"}
    assert scene.fake.calls[LIST] <= 4
    assert done.err.count("not listed") == 1
    scene.check_results()
    assert "allow this action" in done.err


def test_without_the_right_to_read_histories_all_are_described(scene: Scene, shell: Shell) -> None:
    scene.fake.faults.add(HISTORY, denied("states:GetExecutionHistory"))
    limits = "  limits: {quotas: {DescribeExecution: {bucketSize: 2, refillPerSecond: 8}}}\n"
    scene.write(graph(), limits=limits)
    assert shell("apply", "specs").code == 0
    assert scene.fake.calls[HISTORY] >= 1
    scene.check_done()


# Out of sight


def test_an_execution_that_does_not_exist_at_first_is_waited_for(
    scene: Scene, shell: Shell
) -> None:
    scene.fake.world.visible_after = 1.0
    scene.keep("acf")
    assert shell("apply", "specs").code == 0
    scene.check_done()


def test_an_execution_that_is_deleted_in_mid_run_is_unknown(
    scene: Scene, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sights, "_NOT_FOUND_FOR", 1.0)
    scene.write(job("a", "work") + job("b", "work", "needs: [a]"))
    gone = Fault(ApiError("ExecutionDoesNotExist", "Execution Does Not Exist"))
    scene.fake.world.machines["work"].script = Outcome(duration=60.0)
    for operation in (DESCRIBE, HISTORY):
        scene.fake.faults.add(operation, gone, calls=range(3, 10**6))
    done = shell("apply", "specs")
    assert done.code == 1
    assert scene.statuses() == {"a": "unknown", "b": "skipped"}
    assert "could not be seen for" in scene.results()["jobs"][0]["reason"]


# The disk


def apply(scene: Scene, *options: str, size: int | None = None) -> subprocess.CompletedProcess[str]:
    """A real apply to its end, whose files may be so long."""

    def limit() -> None:
        obey_modes()
        if size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, "-m", "runner.cli", "apply", "specs", "--log-format", "json", *options],
        cwd=scene.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=limit,
    )


def events(done: subprocess.CompletedProcess[str], event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    return [each for each in lines if each["event"] == event]


def test_results_in_a_folder_that_is_not_there_yet_are_written(scene: Scene) -> None:
    scene.keep("a")
    assert apply(scene, "--results", "new/deep/results.json").returncode == 0
    assert json.loads((scene.folder / "new/deep/results.json").read_text())["run"]


@pytest.mark.parametrize("path", ["/proc/results.json", "file/results.json", "taken.json"])
def test_results_that_can_not_be_written_start_nothing(scene: Scene, path: str) -> None:
    (scene.folder / "file").touch()
    (scene.folder / "taken.jsonl").mkdir()
    done = apply(scene, "--results", path)
    assert done.returncode == 3
    assert path in done.stderr
    assert "StartExecution" not in scene.fake.calls


def test_results_that_are_a_folder_start_nothing(scene: Scene) -> None:
    (scene.folder / "results.json").mkdir()
    done = apply(scene)
    assert done.returncode == 64
    assert "StartExecution" not in scene.fake.calls


@pytest.mark.parametrize("name", ["results.json", "results.jsonl", "."])
def test_what_is_read_only_starts_nothing_and_another_file_does(scene: Scene, name: str) -> None:
    scene.keep("a")
    folder = scene.folder / "kept"
    folder.mkdir()
    for file in ("results.json", "results.jsonl"):
        (folder / file).write_text("old")
    (folder / name).chmod(0o555)
    done = apply(scene, "--results", "kept/results.json")
    assert done.returncode == 3
    assert "choose another file with --results" in done.stderr
    assert "StartExecution" not in scene.fake.calls
    assert (folder / "results.json").read_text() == "old"
    assert apply(scene, "--results", "other/results.json").returncode == 0
    scene.check_done()


def test_a_folder_that_becomes_read_only_in_mid_run_ends_no_run(scene: Scene) -> None:
    scene.fake.world.machines["work"].script = Outcome(duration=1.5)
    scene.keep("ac")
    there = scene.folder / "there"
    with applying(scene, "--results", "there/results.json") as running:
        running.watch(lambda: scene.attempts().total() == 2)
        there.chmod(0o555)
        assert running.end() == 0
    assert running.err.count("results_not_written") == 1
    assert running.out.count("could not be written") == 2
    VALIDATOR.validate(json.loads((there / "results.json").read_text()))
    scene.check_done()


def test_a_journal_on_a_full_device_starts_nothing(scene: Scene) -> None:
    scene.journal_path.symlink_to("/dev/full")
    done = apply(scene)
    assert done.returncode == 3
    assert "results can't be written" in done.stderr
    assert "StartExecution" not in scene.fake.calls


def test_a_disk_that_is_full_before_anything_starts_starts_nothing(scene: Scene) -> None:
    done = apply(scene, size=0)
    assert done.returncode == 3
    assert "results can't be written" in done.stderr
    assert "StartExecution" not in scene.fake.calls


def test_a_disk_that_fills_up_in_mid_run_ends_no_run(scene: Scene) -> None:
    scene.keep("acf")
    written = apply(scene, "--results", "measured.json")
    assert written.returncode == 0
    full = (scene.folder / "measured.json").stat().st_size
    scene.fake.world.forget(0)
    done = apply(scene, size=full * 3 // 4)
    assert done.returncode == 0, done.stderr
    problems = [each["reason"] for each in events(done, "results_not_written")]
    assert problems == ["results.json could not be written: File too large"]
    assert "could not be written" in done.stdout
    assert scene.results()["run"]["status"] == "running"
    scene.check_results()
    assert apply(scene).returncode == 0
    assert set(scene.statuses().values()) == {"up_to_date", "succeeded"}


def test_a_folder_that_is_removed_in_mid_run_ends_no_run(scene: Scene) -> None:
    scene.fake.world.machines["work"].script = Outcome(duration=1.5)
    scene.keep("ac")
    with applying(scene, "--results", "there/results.json") as running:
        running.watch(lambda: scene.attempts().total() == 2)
        shutil.rmtree(scene.folder / "there")
        assert running.end() == 0
    assert running.err.count("results_not_written") == 1
    assert "could not be written" in running.out
    scene.check_done()


def test_a_log_on_a_full_device_ends_no_run(scene: Scene) -> None:
    scene.keep("a")
    done = apply(scene, "--log-file", "/dev/full")
    assert done.returncode == 0, done.stderr
    scene.check_done()
