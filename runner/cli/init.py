"""`stepfleet init`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner import starting
from runner.cli import printing
from runner.cli.exits import Exit
from runner.cli.providers import Providers
from runner.cli.starting import asking, checks, deciding, files, ground, telling
from runner.cli.starting.answers import Wishes
from runner.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runner.cli.starting.answers import Answers
    from runner.cli.starting.files import Chosen
    from runner.cli.starting.ground import Ground


def _checked(check: Callable[[str], str]) -> Callable[[click.Context, Any, str | None], str | None]:
    return lambda _context, _parameter, text: None if text is None else check(text)


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--yes", "-y", is_flag=True, help="Don't ask: the options decide.")
@click.option(
    "--name",
    callback=_checked(checks.name),
    help="The project's name. That of the repository or the folder when absent.",
)
@click.option(
    "--region",
    callback=_checked(checks.region),
    help="The AWS region of the state machines. Without it the project is for the embedded engine.",
)
@click.option("--profile", help="The AWS profile to look with; it is not written down.")
@click.option(
    "--account-id",
    callback=_checked(checks.account_id),
    help="The AWS account. That of the credentials when absent.",
)
@click.option("--machine", metavar="NAME|ARN", help="The state machine of the first job.")
@click.option("--example", is_flag=True, help="Begin with a small project on the embedded engine.")
@click.option(
    "--plan-role", metavar="ARN", callback=_checked(checks.role), help="The role for plans."
)
@click.option(
    "--apply-role", metavar="ARN", callback=_checked(checks.role), help="The role for applies."
)
@click.option(
    "--branch",
    callback=_checked(checks.branch),
    help="The branch that pull requests are merged into. As git tells it when absent.",
)
@click.option(
    "--release",
    metavar="COMMIT",
    callback=_checked(checks.release),
    help="The commit of the Stepfleet release that the workflows take.",
)
@click.option("--no-workflows", is_flag=True, help="Write no GitHub workflows.")
@click.option("--no-pre-commit", is_flag=True, help="Write no configuration of pre-commit.")
def command(folder: Path, *, no_workflows: bool, no_pre_commit: bool, **options: Any) -> Exit:
    """Start a project: specs, workflows and a pre-commit hook.

    Asks on a terminal, and otherwise does what the options say. Nothing is overwritten: what is
    there is kept, and what is missing is added. In AWS nothing is changed and nothing started.

    A first job on AWS is switched off (`if: false`), so that an apply starts nothing yet.

    \b
    Examples:
        stepfleet init
        stepfleet init --yes --example
        stepfleet init lake --yes --region eu-central-1 --machine orders-extract
        stepfleet init --yes --region eu-central-1 --account-id 123456789012 --no-pre-commit
    """
    wishes = Wishes(**options, workflows=not no_workflows, pre_commit=not no_pre_commit)
    deciding.check(wishes)
    if not wishes.yes:
        _require_terminal()
    with _explaining():
        there = ground.look(folder)
    with Providers() as providers:
        if wishes.yes:
            answers, problem = deciding.decide(wishes, there, providers)
            if problem is not None:
                asking.tell_unseen(problem)
        else:
            answers = asking.ask(wishes, there, providers)
    with _explaining():
        chosen = files.choose(answers, there)
    if not wishes.yes:
        _confirm(chosen, there)
    starting.write(there.top, chosen.new)
    _tell(answers, chosen, there)
    return Exit.DONE


@contextmanager
def _explaining() -> Iterator[None]:
    """Say what complaints about specs mean here."""
    try:
        yield
    except Invalid:
        printing.tell("Nothing was written, as the specs that are there have to be mended first:\n")
        raise


def _require_terminal() -> None:
    """Refuse to ask where nobody can answer. Raises click.UsageError."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "init asks on a terminal, and there is none: give --yes and say with options what "
            "you want, such as --yes --example, or --yes --region REGION --machine NAME"
        )


def _confirm(chosen: Chosen, there: Ground) -> None:
    """Show what would be written. Raises click.Abort for a no."""
    if chosen.new:
        printing.write(f"\nNew files:\n{telling.preview(chosen, there)}")
        click.confirm("Write them?", default=True, abort=True)


def _tell(answers: Answers, chosen: Chosen, there: Ground) -> None:
    printing.write(telling.written(chosen, there))
    printing.write(telling.next_steps(answers, chosen, there))
