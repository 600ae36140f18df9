from __future__ import annotations

import subprocess
import sys

import pytest

from runner import __version__
from runner.cli.main import COMMANDS, cli
from tests.cli.tools import Shell, job, shell

__all__ = ["shell"]

HEAVY = ("boto3", "botocore", "moto", "rich", "structlog", "tenacity")


def test_version(shell: Shell) -> None:
    assert shell("--version").out == f"stepfleet, version {__version__}\n"


def test_help_lists_every_command(shell: Shell) -> None:
    out = shell("--help").out
    assert all(name in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says_and_its_help_has_an_example(
    shell: Shell, name: str
) -> None:
    command = cli.commands.get(name) or cli.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert command.help is not None
    assert command.help.splitlines()[0] == COMMANDS[name]
    assert f"stepfleet {name} " in shell(name, "--help").out


def test_an_unknown_command_suggests_the_nearest(shell: Shell) -> None:
    outcome = shell("aply")
    assert outcome.code == 64
    assert "Did you mean 'apply'?" in outcome.err


def test_an_unknown_option_is_a_usage_error(shell: Shell) -> None:
    assert shell("plan", "--nonsense").code == 64


def test_no_specs_at_all_is_refused_with_a_way_out(shell: Shell) -> None:
    outcome = shell("plan")
    assert outcome.code == 3
    assert "specs" in outcome.err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["validate"], ["graph"]])
def test_quick_commands_import_nothing_heavy(shell: Shell, arguments: list[str]) -> None:
    shell.write(job("a"))
    program = (
        "import sys; from runner.cli.main import run; code = run(sys.argv[1:]);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], code)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert finished.stdout.splitlines()[-1] == "[] 0", finished.stdout + finished.stderr


def test_a_fault_of_our_own_says_so(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "main", lambda **_: 1 // 0)
    outcome = shell("plan")
    assert outcome.code == 70
    assert "fault of its own" in outcome.err
