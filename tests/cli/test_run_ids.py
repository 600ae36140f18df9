from __future__ import annotations

import json
import os

import pytest

from runner.cli import run_ids
from tests.cli.tools import Shell, job, shell

__all__ = ["shell"]


def leave(shell: Shell, status: str, *, project: str = "shop", id: str = "nightly-7") -> None:
    """Results as a run of this status leaves them."""
    shell.write(job("a"))
    shell("apply", "--run-id", id)
    results = shell.results()
    results["run"].update(status=status, project=project)
    (shell.folder / "results.json").write_text(json.dumps(results))


@pytest.mark.parametrize("status", ["running", "interrupted", "detached"])
def test_a_run_that_did_not_end_gives_its_id_back(shell: Shell, status: str) -> None:
    leave(shell, status)
    outcome = shell("apply")
    assert shell.results()["run"]["id"] == "nightly-7"
    assert "Goes on with run nightly-7" in outcome.err


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_a_run_that_ended_keeps_its_id(shell: Shell, status: str) -> None:
    leave(shell, status)
    shell("apply")
    assert shell.results()["run"]["id"] != "nightly-7"


def test_another_project_has_an_id_of_its_own(shell: Shell) -> None:
    leave(shell, "running", project="other")
    shell("apply")
    assert shell.results()["run"]["id"] != "nightly-7"


def test_a_given_id_goes_first(shell: Shell) -> None:
    leave(shell, "running")
    shell("apply", "--run-id", "nightly-8")
    assert shell.results()["run"]["id"] == "nightly-8"


def test_in_github_the_workflow_run_is_the_run(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(shell, "running")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_RUN_ID", "1658821493")
    shell("apply")
    assert shell.results()["run"]["id"] == "1658821493"


def test_a_workflow_run_counts_in_github_alone(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "1658821493")
    shell.write(job("a"))
    shell("apply")
    assert shell.results()["run"]["id"] != "1658821493"


@pytest.mark.parametrize("id", [5, None, ["x"], {"a": 1}, True, "", "a\nb", "x" * 300])
def test_what_is_no_id_gives_nothing(shell: Shell, id: object) -> None:
    leave(shell, "running")
    results = shell.results()
    results["run"]["id"] = id
    (shell.folder / "results.json").write_text(json.dumps(results))
    assert shell("apply").code == 0
    assert shell.results()["run"]["id"] != id


def test_results_are_not_read_from_a_pipe_and_not_written_there(shell: Shell) -> None:
    shell.write(job("a"))
    os.mkfifo(shell.folder / "pipe")
    outcome = shell("apply", "--results", "pipe")
    assert outcome.code == 3
    assert "pipe is not a file" in outcome.err


@pytest.mark.parametrize("text", ["", "{", "[]", '{"formatVersion": 1}', "\x00\xff"])
def test_results_that_cannot_be_read_give_nothing(shell: Shell, text: str) -> None:
    path = shell.folder / "results.json"
    path.write_bytes(text.encode("latin-1"))
    first = run_ids.choose(None, project="shop", results_path=path)
    assert first != run_ids.choose(None, project="shop", results_path=path)
