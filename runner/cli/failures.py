"""What ends a command early: told on stderr, and turned into an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress

import click

from runner.cli import printing
from runner.cli.exits import Exit
from runner.errors import Invalid, StepfleetError
from runner.report import clean, diagnostics_text


def tell(error: BaseException) -> Exit:
    """Say what went wrong, and with which exit code that ends."""
    match error:
        case click.Abort() | KeyboardInterrupt():
            text, code = "interrupted", Exit.INTERRUPTED
        case click.ClickException():
            text, code = _usage(error), Exit.USAGE
        case Invalid():
            colour = printing.uses_colour(sys.stderr)
            text, code = diagnostics_text(error.diagnostics, colour=colour), Exit.REFUSED
        case StepfleetError():
            text, code = f"{_marked('Refused:')} {clean(str(error))}", Exit.REFUSED
        case BrokenPipeError():
            _forget_stdout()
            return Exit.FAILED
        case OSError():
            _forget_stdout()
            text, code = f"{_marked('Failed:')} {clean(str(error))}", Exit.FAILED
        case _:
            text, code = _own_fault(error), Exit.INTERNAL
    with suppress(OSError):
        printing.tell(text)
    return code


def _marked(word: str) -> str:
    if not printing.uses_colour(sys.stderr):
        return word
    return click.style(word, fg="red", bold=True)


def _usage(error: click.ClickException) -> str:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return clean(error.format_message())
    message = f"Error: {clean(error.format_message())}"
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return message
    path = clean(context.command_path)
    return f"{context.get_usage()}\nTry '{path} --help' for help.\n\n{message}"


def _own_fault(error: BaseException) -> str:
    trace = ""
    if os.environ.get("STEPFLEET_DEBUG"):
        trace = clean("".join(traceback.format_exception(error)))
    what = clean(f"{type(error).__name__}: {error}")
    word = _marked("Stepfleet failed by a fault of its own:")
    return f"{trace}{word} {what}\nSet STEPFLEET_DEBUG=1 to see where, and please report it."


def _forget_stdout() -> None:
    """Keep the interpreter from failing once more when it flushes what can't be written."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
