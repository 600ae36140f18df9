"""What a plan is made of: for each job an action and its reason, and all the engine needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from runner.expressions import RunReference
from runner.model import Direction, MachineType, RunPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.arns import MachineArn
    from runner.errors import Diagnostic, Place
    from runner.expressions import Expression, Template
    from runner.model import (
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

    @property
    def may_start(self) -> bool:
        """Tell whether an apply may start an execution."""
        return self in (Action.RUN, Action.RETRY, Action.DECIDE_LATER)


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
class KnownExecution:
    """The earlier execution on which a decision rests. Times are UTC as ISO 8601 texts."""

    arn: str
    name: str
    status: str
    started_at: str | None = None
    stopped_at: str | None = None
    remembered_until: str | None = None


@dataclass(frozen=True, slots=True)
class InputChange:
    """A parameter whose value is another than in the newest execution.

    `before` and `now` are values as they may be shown; `is_new` tells that it was not sent
    then, `is_gone` that it is not sent any more.
    """

    parameter: str
    before: Json = None
    now: Json = None
    is_new: bool = False
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class LateVariable:
    """A variable whose value a saved plan leaves out, or may be given anew: it is `sensitive`

    or changes with every run by design (`per_run`). One that is `fixed` keeps its value all the
    same: it says what a job runs, or where, and that was reviewed.
    """

    name: str
    type: ParameterType | None
    sensitive: bool = False
    per_run: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """One job of the plan. Times in seconds, sizes in bytes of UTF-8.

    `input` is a preview: what is known of the rendered input, KNOWN_AFTER_APPLY where it
    waits and SENSITIVE where it must not be shown. `input_bytes` is its size where all of it
    is known before anything runs, else None. `revision` is None where nothing was looked up.

    `work` is a hash of what the job is to do, by which two plans are compared: the same for
    the same spec and revision, whatever the value of a variable that changes with every run.
    `fingerprint` is that of its execution where it is known before anything runs, and
    `execution` the one on which the decision rests. One that is not `is_selected` is only
    looked up, as others need it. With `rerun` it runs though it may be up to date. With
    `follows_every_run` it runs because one that runs in every apply runs before it.
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
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    work: str = ""
    fingerprint: str | None = None
    attempt: int | None = None
    execution: KnownExecution | None = None
    changes: tuple[InputChange, ...] = ()
    is_selected: bool = True
    rerun: bool = False
    follows_every_run: bool = False

    @property
    def runs_every_time(self) -> bool:
        """Tell whether it runs in every apply, changed or not."""
        return (
            self.run is RunPolicy.ALWAYS
            or self.machine_type is MachineType.EXPRESS
            or self.follows_every_run
            or self.holds_run_id
        )

    @property
    def holds_run_id(self) -> bool:
        """Tell whether the run's id is part of the work, so that it is new in every run."""
        return any(
            isinstance(reference, RunReference)
            for each in self.parameters
            if each.direction is not Direction.OUTPUT and not each.sensitive and not each.carry
            for reference in (each.template.references if each.template else ())
        )

    @property
    def has_outputs(self) -> bool:
        """Tell whether it hands anything on but its status."""
        return any(each.direction is not Direction.INPUT for each in self.parameters)

    @property
    def carries(self) -> bool:
        """Tell whether it sends what its newest success left."""
        return any(each.carry for each in self.parameters)


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan. Jobs stand in an order in which each comes after its needs.

    `variables` holds the values of those that are not sensitive. The sensitive ones are among
    `late_variables` and given again at apply, as is the environment. `machines` are
    the definitions that the embedded engine needs. `offline` tells that nothing was looked
    up, `local` that every job runs on the embedded engine whatever its platform says. Without
    `retry_failed`, work that failed before is left as it is.
    """

    project: str
    jobs: tuple[PlannedJob, ...]
    platforms: Mapping[str, Platform]
    machines: Mapping[str, StateMachine]
    variables: Mapping[str, Json]
    late_variables: tuple[LateVariable, ...] = ()
    environment: tuple[str, ...] = ()
    concurrency: int | None = None
    offline: bool = False
    local: bool = False
    retry_failed: bool = True
    warnings: tuple[Diagnostic, ...] = ()
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Stale:
    """A job that an apply would start otherwise than a saved plan says, and how in words.

    `saved` is the job as it was saved, None where it wasn't there; `fresh` as it is now.
    """

    job: str
    reason: str
    saved: PlannedJob | None
    fresh: PlannedJob | None
