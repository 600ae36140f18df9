"""What a plan is made of: for each job an action and its reason, and all the engine needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from runner.model import MachineType, RunPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.arns import MachineArn
    from runner.errors import Diagnostic, Place
    from runner.expressions import Expression, Template
    from runner.model import (
        Direction,
        OnCancel,
        ParameterType,
        Platform,
        RerunOn,
        Retry,
        StateMachine,
        Trigger,
    )
    from runner.values import Json

FORMAT_VERSION = 1
KNOWN_AFTER_APPLY = "<known after apply>"
SENSITIVE = "<sensitive>"


class Action(StrEnum):
    """What an apply would do with a job."""

    RUN = "run"
    RETRY = "retry"
    ADOPT = "adopt"
    UP_TO_DATE = "up-to-date"
    DECIDE_LATER = "decide-later"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class PlannedParameter:
    """A parameter as the engine renders it at start and fills it at the end.

    `sensitive` is true where the spec says so and where the value derives from `env`, from
    a sensitive variable or from a sensitive parameter of another job. `withheld` tells that
    a secret stands in the spec itself: a saved plan leaves the value out.
    """

    name: str
    direction: Direction
    type: ParameterType | None
    template: Template | None = None
    sensitive: bool = False
    revision: int = 0
    carry: bool = False
    required: bool = False
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """One job of the plan. Times in seconds, sizes in bytes of UTF-8.

    `input` is a preview: what is known of the rendered input, KNOWN_AFTER_APPLY where it
    waits and SENSITIVE where it must not be shown. `input_bytes` is its size where all of it
    is known before anything runs, else None. `revision` is None where nothing was looked up.
    """

    name: str
    place: Place
    action: Action
    reason: str
    platform: str
    machine: MachineArn
    machine_type: MachineType
    needs: tuple[str, ...]
    trigger: Trigger
    condition: Expression | bool | None
    parameters: tuple[PlannedParameter, ...]
    input: Mapping[str, Json]
    input_bytes: int | None
    timeout: float | None
    retry: Retry
    run: RunPolicy
    rerun_on: RerunOn
    on_cancel: OnCancel
    idempotent: bool = False
    trace_header: str | None = None
    revision: str | None = None
    remembered_until: str | None = None
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def runs_every_time(self) -> bool:
        """Tell whether it runs in every apply, changed or not."""
        return self.run is RunPolicy.ALWAYS or self.machine_type is MachineType.EXPRESS


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan. Jobs stand in an order in which each comes after its needs.

    `variables` holds the values of those that are not sensitive; the others are named in
    `sensitive_variables` and given again at apply, as is the environment. `machines` are
    the definitions that the embedded engine needs. `offline` tells that nothing was looked
    up, `local` that every job runs on the embedded engine whatever its platform says.
    """

    project: str
    jobs: tuple[PlannedJob, ...]
    platforms: Mapping[str, Platform]
    machines: Mapping[str, StateMachine]
    variables: Mapping[str, Json]
    sensitive_variables: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    concurrency: int | None = None
    offline: bool = False
    local: bool = False
    warnings: tuple[Diagnostic, ...] = ()
    format_version: int = FORMAT_VERSION
