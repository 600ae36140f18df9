"""What never answers holds up nothing else, and nobody who interrupts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.cli.examining import asking
from runner.cli.examining.asking import Asking
from runner.errors import ProviderError
from tests.doctor.tools import aws_environment, examined, fake, job_on, of, project_at, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.tools import Shell
    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "fake", "shell"]

ROOT = Path(__file__).parent.parent.parent
HANGING = ", auth: {method: profile, profile: slow}"


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that is there once the program of the profile `slow` runs, which never ends."""
    program, mark = tmp_path / "program.sh", tmp_path / "begun"
    program.write_text(f"#!/bin/sh\necho $$ > {mark}\nexec sleep 60\n")
    program.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(f"[profile slow]\ncredential_process = {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    yield mark
    if mark.exists():
        try:
            os.kill(int(mark.read_text()), signal.SIGKILL)
        except ProcessLookupError:
            return


def test_credentials_that_never_come_are_unknown_and_the_rest_is_told(
    shell: Shell, fake: FakeAws, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 0.3)
    shell.write(job_on("echo"), project=project_at(fake.url, HANGING))
    checks = examined(shell)[1]
    found = of(checks, "credentials")
    assert (found["verdict"], "does not answer" in found["message"]) == ("unknown", True)
    assert of(checks, "states-endpoint")["verdict"] == "pass"
    assert of(checks, "machine-exists")["verdict"] == "unknown"
    outcome = shell("doctor")
    assert outcome.code == 0
    first = outcome.out.splitlines()[:4]
    assert first[:3] == ["shop", "", "Credentials and places"]
    assert first[3].startswith("  ? credentials        here: whatever gives the credentials")


@pytest.mark.parametrize("command", ["doctor", "plan"])
def test_an_interrupt_waits_for_no_credentials_and_leaves_no_program(
    shell: Shell, fake: FakeAws, begun: Path, command: str
) -> None:
    shell.write(job_on("echo"), project=project_at(fake.url, HANGING))
    with subprocess.Popen(
        [sys.executable, "-m", "runner.cli", command],
        cwd=shell.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        while not begun.exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)


def test_a_question_that_fails_oddly_fails_where_it_was_asked() -> None:
    def odd() -> None:
        raise KeyError("odd")

    with pytest.raises(KeyError, match="odd"):
        Asking(lambda _: False).ask(odd)


def test_time_that_is_up_ends_a_question_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    over, never = threading.Event(), threading.Event()
    threading.Timer(0.05, over.set).start()
    monkeypatch.setattr(asking, "_GLANCE", 0.02)
    for ask in (Asking(over.wait).ask, Asking(over.wait).once):
        answer = ask(never.wait)
        assert isinstance(answer, ProviderError)
        assert "the time for all questions was up" in str(answer)
    never.set()
