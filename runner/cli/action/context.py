"""One use of the action: what it was asked for, where it runs, and what it has told so far."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runner import github, sources
from runner.cli.action import events
from runner.cli.action import inputs as given
from runner.cli.action import state as states
from runner.cli.action.hub import Hub
from runner.cli.action.state import State
from runner.cli.options import Wish
from runner.cli.providers import Providers
from runner.errors import Refused
from runner.report import Links

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runner.aws import WebIdentity
    from runner.cli.action.inputs import Inputs
    from runner.github import Workflow


@dataclass
class Action:
    """One use of the action. What is known is kept at once, for the step that comes after."""

    inputs: Inputs
    workflow: Workflow
    folder: Path
    hub: Hub
    state: State = field(default_factory=State)

    @classmethod
    def of(cls, environ: Mapping[str, str], folder: Path) -> Action:
        """The use that the environment describes. Raises Refused."""
        inputs = given.read(environ)
        workflow = github.read(environ)
        action = cls(inputs, workflow, folder, Hub(workflow, inputs.label, inputs.token))
        number = workflow.pull_request.number if workflow.pull_request else None
        action.know(
            command=inputs.command.value,
            label=inputs.label,
            **_way_to_repository(inputs.paths),
            pr_number="" if number is None else str(number),
        )
        events.check(workflow, inputs.command)
        return action

    def know(self, **facts: object) -> None:
        """Keep what became known."""
        self.state = replace(self.state, **facts)  # type: ignore[arg-type]
        states.write(self.state, self.folder)

    @property
    def results_path(self) -> Path:
        """Where an apply's results belong: never in the checkout."""
        return self.folder / states.RESULTS

    @property
    def plan_path(self) -> Path:
        """Where the plan is saved."""
        return self.folder / states.PLAN

    @property
    def paths_in_repository(self) -> tuple[str, ...]:
        """The paths of the specs and var files from the repository's root."""
        cwd = Path.cwd()
        root = _root_of(self.inputs.paths)
        named = (*self.inputs.paths, *self.inputs.var_files)
        whole = (Path(os.path.normpath(cwd / path)) for path in named)
        return tuple(
            path.relative_to(root).as_posix() for path in whole if path.is_relative_to(root)
        )

    @property
    def wish(self) -> Wish:
        """What is planned of the project."""
        return Wish(select=self.inputs.select)

    @property
    def links(self) -> Links:
        """Where files and the run are shown; of a pull request as it is at its head."""
        pull_request = self.workflow.pull_request
        commit = pull_request.head if pull_request else self.workflow.commit
        return links_of(self.workflow, commit, self.state)

    def providers(self, wait: Callable[[float], bool] | None = None) -> Providers:
        """Providers with the credentials of the role that was named, or boto's own."""
        return Providers(wait=wait, identity=self._identity())

    def summarise(self, text: str) -> None:
        """Add to the job's summary, as far as there is one."""
        summarise(self.hub, text)
        self.know(told=True)

    def _identity(self) -> WebIdentity | None:
        role = self.inputs.aws_role
        if role is None:
            return None
        from runner import aws  # noqa: PLC0415 - not needed to validate

        return aws.WebIdentity(
            role,
            session_name=f"stepfleet-{self.workflow.run_id}",
            token=lambda: github.id_token(os.environ),
            region=self.inputs.aws_region,
        )


def folder_of(environ: Mapping[str, str]) -> Path:
    """The folder of this use of the action. Raises Refused."""
    folder = Path(environ.get("ACTION_FOLDER", ""))
    if not folder.is_absolute() or not folder.is_dir():
        raise Refused("ACTION_FOLDER names no folder: this is started by the steps of action.yml")
    return folder


def links_of(workflow: Workflow, commit: str, state: State) -> Links:
    """Where the files of a commit are shown, and the workflow run."""
    url, run_url = workflow.repository_url, workflow.run_url
    return Links(url, commit, run_url, folder=state.folder, within=state.within)


def summarise(hub: Hub, text: str) -> None:
    """Add to the job's summary, as far as there is one."""
    file = hub.workflow.summary
    if file is not None:
        hub.attempt("the summary could not be written", lambda: github.write_summary(file, text))


def _root_of(paths: tuple[Path, ...]) -> Path:
    """The root of the repository that the specs lie in."""
    cwd = Path.cwd()
    return sources.root_of(cwd / paths[0], cwd)


def _way_to_repository(paths: tuple[Path, ...]) -> dict[str, str]:
    """How the current folder, to which places are relative, lies to the repository's root."""
    cwd, root = Path.cwd(), _root_of(paths)
    if cwd.is_relative_to(root):
        return {"folder": cwd.relative_to(root).as_posix().removeprefix(".")}
    return {"within": root.relative_to(cwd).as_posix()} if root.is_relative_to(cwd) else {}
