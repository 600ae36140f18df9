"""`command: validate`: complaints about specs at their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import report
from runner.cli import printing, project
from runner.cli.action.hub import COMMENT_BYTES
from runner.cli.action.state import Result
from runner.cli.exits import Exit
from runner.errors import has_errors

if TYPE_CHECKING:
    from runner.cli.action.context import Action
    from runner.errors import Diagnostic


def run(action: Action) -> Exit:
    """Check the specs, with an annotation at each place that is wrong."""
    found = project.read(action.inputs.paths)
    if has_errors(found.diagnostics):
        refused(action, found.diagnostics)
        return Exit.REFUSED
    _show(action, found.diagnostics)
    printing.write(project.told(found))
    action.know(result=Result.VALID)
    return Exit.DONE


def refused(action: Action, diagnostics: tuple[Diagnostic, ...]) -> str:
    """Tell what is wrong with the specs: in the log, as annotations, and in the summary.

    Returns it as Markdown.
    """
    _show(action, diagnostics)
    wrong = sum(has_errors([each]) for each in diagnostics)
    action.know(
        result=Result.INVALID, failure_reason=f"the specs have {report.plural(wrong, 'error')}"
    )
    text = report.invalid_comment(
        diagnostics,
        label=action.inputs.label,
        head=action.links.commit,
        links=action.links,
        limit=COMMENT_BYTES,
    )
    action.summarise(text)
    return text


def _show(action: Action, diagnostics: tuple[Diagnostic, ...]) -> None:
    if diagnostics:
        printing.write_raw(report.github_annotations(action.links.relocated(diagnostics)))
        printing.write(report.diagnostics_text(diagnostics))
