from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
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


def test_without_a_command_the_help_is_shown_once(shell: Shell) -> None:
    outcome = shell()
    assert (outcome.code, outcome.out) == (64, "")
    assert outcome.err == shell("--help").out
    assert "Start with `stepfleet init`" in outcome.err


PLANNED = [
    found[1]
    for name in ("plan", "apply")
    for found in re.finditer(
        rf"^ *stepfleet {name} specs (.*--select.*|--rerun.*)$",
        getattr(cli.get_command(click.Context(cli), name), "help", ""),
        re.MULTILINE,
    )
]


@pytest.mark.parametrize("options", PLANNED)
def test_the_selections_of_examples_fit_the_specs_that_are_shipped(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    outcome = shell("plan", "specs", "--local", *options.split())
    assert (outcome.code, outcome.err) == (0, "")


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


OPTIONS = [
    (name, option)
    for name in COMMANDS
    if (found := cli.get_command(click.Context(cli), name)) is not None
    for option in found.params
    if isinstance(option, click.Option) and option.name != "help"
]


@pytest.mark.parametrize(
    ("name", "option"), OPTIONS, ids=[f"{name}-{option.name}" for name, option in OPTIONS]
)
def test_every_option_has_a_variable_of_its_own_name(name: str, option: click.Option) -> None:
    long = max(option.opts, key=len)
    assert option.name == long.removeprefix("--").replace("-", "_")


def test_an_option_may_come_from_its_variable(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write(job("a", more="parameters: {day: '${{ vars.day }}'}"))
    monkeypatch.setenv("STEPFLEET_PLAN_FORMAT", "json")
    monkeypatch.setenv("STEPFLEET_PLAN_VAR", "day=2026-01-01")
    assert shell("plan").data["variables"]["day"] == "2026-01-01"


@pytest.mark.parametrize(
    "arguments",
    [
        ["pl\n::error::z"],
        ["plan", "--select", "x\n::error::z"],
        ["plan", "##[error]z"],
        ["plan", "a"],
    ],
)
def test_complaints_hold_no_command_for_a_ci_system(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    shell.write(job("a", more='needs: ["##[error]pwned"]'))
    (shell.folder / "specs" / "x\n::error::y.yaml").write_text("a: [")
    outcome = shell(*arguments)
    assert outcome.code in (3, 64)
    written = outcome.out + outcome.err
    assert "##[" not in written
    assert not re.search(r"^\s*::", written, re.MULTILINE)


def test_colour_is_left_out_where_it_is_not_wanted(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert "\x1b[" in shell("plan").err
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        with monkeypatch.context() as patched:
            patched.setattr(sys.stderr, "isatty", lambda: True)
            patched.setenv(name, value)
            assert "\x1b[" not in shell("plan").err


@pytest.mark.parametrize(
    ("redirection", "command", "code"),
    [
        (">&-", "validate", 0),
        (">/dev/full", "validate", 1),
        ("2>&-", "plan --select nothing", 3),
        ("2>/dev/full", "plan --select nothing", 3),
    ],
)
def test_streams_that_can_not_be_written_are_no_fault_of_ours(
    shell: Shell, redirection: str, command: str, code: int
) -> None:
    shell.write(job("a"))
    finished = subprocess.run(
        ["sh", "-c", f'"$0" -m runner.cli {command} {redirection}', sys.executable],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == code, finished
    assert "fault of its own" not in finished.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["apply", "--results", "specs/all.yaml"],
        ["apply", "--results", "specs/orders.asl.json"],
        ["apply", "plan.json", "--results", "plan.json"],
        ["apply", "plan.json", "--results", "specs/../plan.json"],
        ["apply", "plan.json", "--log-file", "plan.json"],
        ["apply", "--results", "out.json", "--log-file", "out.json"],
        ["apply", "--results", "out.json", "--log-file", "out.jsonl"],
        ["apply", "--var-file", "plan.json", "--results", "plan.json"],
        ["plan", "-o", "specs/all.yaml"],
        ["plan", "odd.json", "-o", "odd.json"],
    ],
)
def test_what_a_command_reads_it_does_not_write(shell: Shell, arguments: list[str]) -> None:
    shell.write(job("a"))
    assert shell("plan", "-o", "plan.json").code == 0
    files = {path: path.read_bytes() for path in shell.folder.rglob("*") if path.is_file()}
    outcome = shell(*arguments)
    assert outcome.code == 64
    assert {path: path.read_bytes() for path in shell.folder.rglob("*") if path.is_file()} == files


def test_a_fault_of_our_own_says_so(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "main", lambda **_: 1 // 0)
    outcome = shell("plan")
    assert outcome.code == 70
    assert "fault of its own" in outcome.err
