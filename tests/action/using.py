"""One use of the action: through bash as GitHub's runner does it, or quicker in this process."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from runner.cli.action.steps import step
from tests.composite import Composite, Line, Outcome, StepResult, expressions, files, manifest
from tests.composite.commands import Processor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

ACTION = Path(__file__).parents[2]


@dataclass(frozen=True)
class Use:
    """What a workflow gives one use of the action, and where it runs."""

    inputs: Mapping[str, str]
    workspace: Path
    temp: Path
    environ: Mapping[str, str]
    token: str


@dataclass
class ThroughBash:
    """Runs all of action.yml; `cancel_when` says at which line the workflow is cancelled."""

    cancel_when: Callable[[Line], bool] | None = None
    waits: tuple[float, float] = (7.5, 2.5)

    def __call__(self, use: Use) -> Outcome:
        composite = Composite(
            ACTION,
            workspace=use.workspace,
            temp=use.temp,
            environ=use.environ,
            token=use.token,
            waits=self.waits,
        )
        return composite.run(use.inputs, cancel_when=self.cancel_when)


@dataclass
class InProcess:
    """Does what `run` and `finish` do, with the environment that action.yml gives them."""

    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    uses: int = field(default=0)

    def __call__(self, use: Use) -> Outcome:
        self.uses += 1
        folder = use.temp / f"use-{self.uses}"
        folder.mkdir(parents=True, exist_ok=True)
        action = manifest.read(ACTION / "action.yml")
        steps: dict[str, StepResult] = {}
        log: list[Line] = []
        status = "success"
        for each in action.steps:
            contexts = _contexts(use, action, steps, folder)
            if each.id == "install":
                outputs = {"python": "python", "folder": str(folder)}
                steps[each.id] = StepResult("install", "success", 0, (), outputs)
                continue
            environ = {
                name: expressions.render(text, contexts, {}) for name, text in each.env.items()
            }
            steps[each.id], lines = self._step(each.id, use, environ, folder)
            log += lines
            if steps[each.id].outcome == "failure":
                status = "failure"
        contexts = _contexts(use, action, steps, folder)
        outputs = _rendered(action.outputs, contexts)
        processor = Processor()
        commands = tuple(
            (line, command) for line in log if (command := processor.take(line.text)) is not None
        )
        return Outcome(status, steps, outputs, tuple(log), commands)

    def _step(
        self, name: str, use: Use, environ: Mapping[str, str], folder: Path
    ) -> tuple[StepResult, list[Line]]:
        handed = {each: folder / f"{name}-{each}" for each in ("output", "summary")}
        for file in handed.values():
            file.touch()
        given = {
            **use.environ,
            **environ,
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(use.workspace),
            "GITHUB_OUTPUT": str(handed["output"]),
            "GITHUB_STEP_SUMMARY": str(handed["summary"]),
            "RUNNER_TEMP": str(use.temp),
        }
        self.capture.readouterr()
        with self.patch.context() as patch:
            for variable in list(os.environ):
                if variable.startswith(("AWS_", "GITHUB_", "INPUT_", "ACTIONS_", "STEPFLEET_")):
                    patch.delenv(variable)
            for variable, value in given.items():
                patch.setenv(variable, value)
            patch.chdir(use.workspace)
            code = step(name)
        written = self.capture.readouterr()
        lines = [
            Line(name, "stdout" if stream is written.out else "stderr", line)
            for stream in (written.out, written.err)
            for line in stream.replace("\r", "\n").split("\n")
        ]
        outputs = dict(files.pairs(handed["output"].read_text(encoding="utf-8")))
        summary = handed["summary"].read_text(encoding="utf-8")
        outcome = "failure" if code else "success"
        return StepResult(name, outcome, code, (), outputs, summary), lines


def _contexts(
    use: Use, action: manifest.Manifest, steps: Mapping[str, StepResult], folder: Path
) -> dict[str, object]:
    github = {"action_path": str(ACTION), "token": use.token, "workspace": str(use.workspace)}
    defaults = {
        name: expressions.render(text, {"github": github}, {})
        for name, text in action.inputs.items()
    }
    if unknown := use.inputs.keys() - defaults.keys():
        raise ValueError(f"the action has no such inputs: {sorted(unknown)}")
    return {
        "inputs": defaults | dict(use.inputs),
        "steps": {
            name: {
                "outcome": each.outcome,
                "conclusion": each.outcome,
                "outputs": expressions.Optional(each.outputs),
            }
            for name, each in steps.items()
        },
        "runner": {"temp": str(use.temp), "os": "Linux"},
        "github": github,
    }


def _rendered(texts: Mapping[str, str], contexts: Mapping[str, object]) -> dict[str, str]:
    return {name: expressions.render(text, contexts, {}) for name, text in texts.items()}
