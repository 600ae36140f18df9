"""Runs a composite action as GitHub's runner does, without GitHub."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.composite import expressions, files, manifest, process
from tests.composite.commands import Command, Processor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.composite.process import Line

FILES = ("ENV", "OUTPUT", "PATH", "STATE", "STEP_SUMMARY")

NOT_INHERITED = ("ACTIONS_", "AWS_", "GITHUB_", "INPUT_", "RUNNER_", "STEPFLEET_")
"""What the environment of the tests must not lend to the action."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of a step: success, failure, cancelled or skipped."""

    id: str
    outcome: str
    code: int | None = None
    signals: tuple[str, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a use of the action left: the job sees `conclusion` and `outputs`."""

    conclusion: str
    steps: Mapping[str, StepResult]
    outputs: Mapping[str, str]
    log: tuple[Line, ...]
    commands: tuple[tuple[Line, Command], ...]

    @property
    def text(self) -> str:
        """All that the steps printed, as lines."""
        return "".join(f"{line.text}\n" for line in self.log)

    @property
    def summary(self) -> str:
        """The summaries of all steps, as the page of the run shows them."""
        return "\n".join(step.summary for step in self.steps.values() if step.summary)

    def named(self, *names: str) -> list[Command]:
        """The workflow commands of these names, in order."""
        return [command for _, command in self.commands if command.name in names]


@dataclass(frozen=True)
class Composite:
    """An action at `path`, in a job with this workspace and folder for temporary files.

    `environ` is the job's environment, GitHub's own variables among it; the rest is the test's,
    but for what NOT_INHERITED names. `waits` are the seconds after SIGINT and after SIGTERM.
    """

    path: Path
    workspace: Path
    temp: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    token: str = "ghs_token"
    waits: tuple[float, float] = process.WAITS

    def run(
        self,
        inputs: Mapping[str, str] | None = None,
        *,
        cancel_when: Callable[[Line], bool] | None = None,
        on_line: Callable[[Line], None] | None = None,
    ) -> Outcome:
        """Use the action once; `cancel_when` says at which line the workflow is cancelled.

        Raises ValueError for an input that there is not, or an action that this can't run.
        """
        job = _Job(self, manifest.read(self.path / "action.yml"), inputs or {})
        job.cancel_when = cancel_when
        job.on_line = on_line
        return job.run()


class _Job:
    def __init__(self, use: Composite, action: manifest.Manifest, given: Mapping[str, str]) -> None:
        if unknown := sorted(given.keys() - action.inputs.keys()):
            raise ValueError(f"the action has no such inputs: {', '.join(unknown)}")
        if missing := sorted(action.required - given.keys()):
            raise ValueError(f"the action needs these inputs: {', '.join(missing)}")
        self.cancel_when: Callable[[Line], bool] | None = None
        self.on_line: Callable[[Line], None] | None = None
        self._use = use
        self._action = action
        self._status = "success"
        self._cancelled = False
        self._results: dict[str, StepResult] = {}
        self._log: list[Line] = []
        self._commands: list[tuple[Line, Command]] = []
        self._processor = Processor()
        self._environ: dict[str, str] = {}
        self._path: list[str] = []
        use.temp.mkdir(parents=True, exist_ok=True)
        defaults = {name: self._render(text) for name, text in action.inputs.items()}
        self._inputs = defaults | dict(given)

    def run(self) -> Outcome:
        for step in self._action.steps:
            result = self._step(step) if self._holds(step) else StepResult(step.id, "skipped")
            self._results[step.id] = result
            if result.outcome in ("failure", "cancelled") and self._status == "success":
                self._status = result.outcome
        outputs = {name: self._render(text) for name, text in self._action.outputs.items()}
        conclusion = "cancelled" if self._cancelled else self._status
        log, commands = tuple(self._log), tuple(self._commands)
        return Outcome(conclusion, self._results, outputs, log, commands)

    def _step(self, step: manifest.Step) -> StepResult:
        script = self._use.temp / f"{uuid.uuid4()}.sh"
        script.write_text(f"{self._render(step.run)}\n", encoding="utf-8")
        folder = self._use.temp / "_runner_file_commands"
        folder.mkdir(exist_ok=True)
        handed = {name: folder / f"{name.lower()}_{uuid.uuid4()}" for name in FILES}
        for file in handed.values():
            file.touch()
        signalled = False

        def take(line: Line) -> bool:
            nonlocal signalled
            self._take(line)
            if not self._cancelled and self.cancel_when and self.cancel_when(line):
                self._cancelled = True
                signalled = not self._holds(step, status="cancelled")
            return signalled

        ended = process.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            step=step.id,
            environ=self._environment(step, handed),
            folder=self._use.workspace,
            waits=self._use.waits,
            on_line=take,
        )
        outcome = "cancelled" if signalled else "failure" if ended.code else "success"
        outputs, summary, errors = self._handed_on(handed)
        if errors and outcome == "success":
            outcome = "failure"
        return StepResult(
            step.id, outcome, ended.code, ended.signals, outputs, summary, tuple(errors)
        )

    def _take(self, line: Line) -> None:
        self._log.append(line)
        if self.on_line:
            self.on_line(line)
        command = self._processor.take(line.text)
        if command:
            self._commands.append((line, command))

    def _handed_on(self, handed: Mapping[str, Path]) -> tuple[dict[str, str], str, list[str]]:
        errors: list[str] = []
        outputs: dict[str, str] = {}
        _read_pairs(handed["OUTPUT"], outputs, errors)
        added: dict[str, str] = {}
        _read_pairs(handed["ENV"], added, errors)
        errors += [f"Can't store {name}" for name in added if name in files.BLOCKED]
        self._environ |= {name: added[name] for name in added if name not in files.BLOCKED}
        self._path += filter(None, handed["PATH"].read_text(encoding="utf-8").split("\n"))
        size = handed["STEP_SUMMARY"].stat().st_size
        if size > files.SUMMARY_LIMIT:
            # GitHub reports it, but the step does not fail for it.
            self._take(process.Line("", "stderr", f"the summary is too large: {size} bytes"))
            return outputs, "", errors
        return outputs, handed["STEP_SUMMARY"].read_text(encoding="utf-8"), errors

    def _environment(self, step: manifest.Step, handed: Mapping[str, Path]) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)
        }
        own = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self._use.path),
            "GITHUB_WORKSPACE": str(self._use.workspace),
            "RUNNER_TEMP": str(self._use.temp),
            "RUNNER_OS": "Linux",
            **{f"GITHUB_{name}": str(file) for name, file in handed.items()},
        }
        contexts = {
            name: value
            for name, value in self._use.environ.items()
            if name.startswith(("GITHUB_", "RUNNER_"))
        }
        step_env = {name: self._render(value) for name, value in step.env.items()}
        environ = {
            **inherited,
            **self._use.environ,
            **self._environ,
            **step_env,
            **contexts,
            **own,
        }
        path = [*reversed(self._path), environ.get("PATH", os.defpath)]
        return environ | {"PATH": os.pathsep.join(path)}

    def _holds(self, step: manifest.Step, status: str | None = None) -> bool:
        functions = self._functions(status or self._status)
        return expressions.condition(step.condition, self._contexts(), functions)

    def _render(self, text: str) -> str:
        return expressions.render(text, self._contexts(), {})

    def _functions(self, status: str) -> expressions.Functions:
        return {
            "always": lambda: True,
            "cancelled": lambda: self._cancelled,
            "failure": lambda: status == "failure",
            "success": lambda: status == "success",
        }

    def _contexts(self) -> dict[str, Any]:
        steps = {
            result.id: {
                "outcome": result.outcome,
                "conclusion": result.outcome,
                "outputs": expressions.Optional(result.outputs),
            }
            for result in self._results.values()
        }
        return {
            "inputs": getattr(self, "_inputs", {}),
            "steps": steps,
            "runner": {"temp": str(self._use.temp), "os": "Linux"},
            "github": {
                "action_path": str(self._use.path),
                "token": self._use.token,
                "workspace": str(self._use.workspace),
            },
        }


def _read_pairs(file: Path, found: dict[str, str], errors: list[str]) -> None:
    try:
        for name, value in files.pairs(file.read_bytes().decode("utf-8", "replace")):
            found[name] = value
    except files.MalformedFile as error:
        errors.append(str(error))
