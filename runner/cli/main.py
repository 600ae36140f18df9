"""The `stepfleet` command: finds the subcommand, and turns what happens into an exit code."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import click

from runner import __version__
from runner.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

COMMANDS = {
    "init": "Start a project: specs, workflows and a pre-commit hook.",
    "validate": "Check specs against their schema, references and cycles.",
    "plan": "Show what an apply would start, and why.",
    "apply": "Run the jobs, wait for them, and write a results file.",
    "status": "Show where the jobs of a run are by now.",
    "stop": "Stop what a run left running.",
    "graph": "Draw the graph of the jobs.",
    "discover": "Find the state machines of an account, and write specs for them.",
    "drift": "Tell what moved away from the specs since the last apply.",
    "doctor": "Check everything that jobs need around them, and say how to mend it.",
    "iam-policy": "Print the least that AWS must allow a project, as policies of IAM.",
}
"""Each subcommand and its one-line help, so that listing them imports none of them."""


class LazyGroup(click.Group):
    """A group whose commands live in modules of `runner.cli` of the same name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and hand the command out."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"runner.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for one that does not exist."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            ctx.fail(f"there is no command '{name}'.{_suggestion(name)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `stepfleet init`, or `stepfleet plan specs` where specs are. "
    "Documentation is in the folder docs.",
)
@click.version_option(__version__, prog_name="stepfleet")
def cli() -> None:
    """Make for Step Functions.

    YAML job specs in Git become a reviewed plan, a run and a results file.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with one of the codes in `exits`.

    SIGTERM ends it as ^C does, and ^C even where a shell that started it in the background
    had it ignored; a second of them leaves at once. While a run goes on, the engine has both for
    itself.
    """
    conduct(lambda: run(sys.argv[1:] if arguments is None else arguments))


def conduct(work: Callable[[], int]) -> NoReturn:
    """Do some work under the signals' rules, and exit with the code that it returns."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        code = work()
        _leave_quietly(code)
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    if code == Exit.INTERRUPTED:
        _leave_at_once(code)
    sys.exit(code)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Interrupt once; whatever comes then finds the command ending, or in no mood to end."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _leave)
    raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    os._exit(Exit.INTERRUPTED)


def _leave_quietly(code: int) -> None:
    """Let a signal end the rest, which is the interpreter's own, and change nothing of the code."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda _number, _frame: _leave_at_once(code))


def _leave_at_once(code: int) -> NoReturn:
    """Exit without waiting for calls that hang in threads, which an interpreter's end joins."""
    for stream in (sys.stdout, sys.stderr):
        # A signal that comes while a stream is flushed finds it taken.
        with suppress(OSError, ValueError, RuntimeError):
            stream.flush()
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    try:
        outcome = cli.main(
            args=list(arguments),
            prog_name="stepfleet",
            standalone_mode=False,
            auto_envvar_prefix="STEPFLEET",
        )
        if sys.stdout is not None:
            sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        # Only a command that fails needs the words for it.
        return int(importlib.import_module("runner.cli.failures").tell(error))
    return int(outcome) if isinstance(outcome, int) else Exit.DONE


def _suggestion(name: str) -> str:
    near = importlib.import_module("difflib").get_close_matches(name, COMMANDS, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""
