"""`command: drift`: what moved away from the specs since the last apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import report
from runner.cli import drift, printing, project
from runner.cli.action import validating
from runner.cli.action.state import Result
from runner.cli.exits import Exit
from runner.errors import Invalid

if TYPE_CHECKING:
    from runner.cli.action.context import Action

_RESULTS = {
    Exit.DRIFT: Result.DRIFT,
    Exit.DONE: Result.NO_DRIFT,
    Exit.FAILED: Result.UNKNOWN,
}
_REASONS = {
    Exit.DRIFT: "something drifted",
    Exit.FAILED: "whether something drifted could not be told",
}


def run(action: Action) -> Exit:
    """Tell what drifted, in the log and the summary. Raises StepfleetError."""
    inputs = action.inputs
    try:
        with action.providers() as providers:
            loaded = project.load(
                inputs.paths, options=inputs.variables, var_files=inputs.var_files
            )
            found = drift.look(drift.prepare(loaded, action.wish, providers), providers)
    except Invalid as error:
        validating.refused(action, error.diagnostics)
        return Exit.REFUSED
    code = drift.exit_of(found)
    printing.write(report.drift_text(found, width=printing.width()))
    action.summarise(report.drift_markdown(found))
    action.know(result=_RESULTS[code], failure_reason=_REASONS.get(code, ""))
    return code
