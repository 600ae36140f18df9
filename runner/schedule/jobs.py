"""What a schedule knows of each job while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from runner import identity
from runner.identity import NeedOutcome, PublicInput, express_work
from runner.memory import Past
from runner.model import MachineType, RerunOn
from runner.results import Attempt, Status
from runner.schedule.unseen import Unseen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.inputs import RenderedInput
    from runner.memory import Work
    from runner.plan import PlannedJob
    from runner.provider import Execution
    from runner.values import Json


class Phase(Enum):
    """What happens to a job: it waits for needs, for room, for an answer, for its end.

    READING: an earlier execution is described. BEHIND: one of other work of the same job runs,
    and has to end first. CHECKING: its machine is looked at once more before the start. ENDING:
    its execution has ended, and what that left is being read.
    """

    WAITING = auto()
    READING = auto()
    BEHIND = auto()
    READY = auto()
    CHECKING = auto()
    STARTING = auto()
    RUNNING = auto()
    ENDING = auto()
    BACKING_OFF = auto()
    SETTLED = auto()


class StopFor(Enum):
    """Why an execution is being stopped."""

    TIMEOUT = auto()
    INTERRUPT = auto()


class Purpose(Enum):
    """What an earlier execution is described for."""

    OUTPUTS = auto()
    ADOPT = auto()
    CARRY = auto()


@dataclass(frozen=True, slots=True)
class Reading:
    """An earlier execution that is being described, asked for first at `since`."""

    execution: Execution
    purpose: Purpose
    since: float


@dataclass(slots=True)
class Recalled:
    """What is remembered of a job.

    `before` is its past as it was when the run looked, `past` as it is known now, and
    `decided_on` the one that the last decision rests on. No attempt is numbered below `least`.
    `carried` is what the execution `carried_from` left of the parameters that are carried.
    """

    before: Past = field(default_factory=Past)
    past: Past = field(default_factory=Past)
    decided_on: Past | None = None
    least: int = 1
    carried: Mapping[str, Json] = field(default_factory=dict)
    carried_from: str | None = None

    @property
    def usual(self) -> float | None:
        """How many seconds the newest success took, if one is remembered."""
        newest = self.past.newest_success
        return newest.execution.seconds if newest else None


@dataclass(slots=True)
class JobState:
    """One job's state, owned by the schedule and read by whoever reports on it.

    `revision` is its machine's as it is known now, `watching` the ARN of the execution that is
    looked at, `sent` the input of the execution that counts, and `secrets` what must be masked
    besides what was rendered and handed on. `after_others` tells that an execution of a job before
    it ran already when this run looked, so that another apply planned earlier. `executions` counts
    those of this run. `asked_at` is when the start under way was asked for, `began_at` when its
    execution began and `deadline` when its timeout is over, all in seconds of the run's clock;
    `doubtful` tells that its answer was lost, with `sent_at` when it was sent first and `is_taken`
    that its name was another execution's by then; `contested` that it may have begun before it was
    sent, so that another run counts on it. `ended` is its execution as a list told its end, while
    it is ENDING. `redrives` is how often it was redriven, `to_redrive` that it is to be once more,
    and `can_redrive` that nothing spoke against it yet. `stop_for` is why it was asked to stop,
    `awaits_stop` that a stop has no answer yet. `trouble_since` is since when starts of
    it fail, `unseen` counts the looks at it that were in vain. `left` is what an
    earlier apply of this run left, and of which nothing newer is known.
    """

    job: PlannedJob
    index: int
    open_needs: int
    revision: str | None
    recalled: Recalled
    phase: Phase = Phase.WAITING
    status: Status = Status.PENDING
    reason: str = ""
    attempts: list[Attempt] = field(default_factory=list)
    attempt: int = 0
    executions: int = 0
    public: PublicInput | None = None
    work: Work | None = None
    rendered: RenderedInput | None = None
    sent: Mapping[str, Json] = field(default_factory=dict)
    secrets: tuple[Json, ...] = ()
    reading: Reading | None = None
    watching: str | None = None
    after_others: bool = False
    asked_at: float = 0.0
    began_at: float = 0.0
    deadline: float | None = None
    doubtful: bool = False
    sent_at: float = 0.0
    is_taken: bool = False
    contested: bool = False
    ended: Execution | None = None
    redrives: int = 0
    to_redrive: bool = False
    can_redrive: bool = True
    stop_for: StopFor | None = None
    awaits_stop: bool = False
    trouble_since: float | None = None
    unseen: Unseen = field(default_factory=Unseen)
    left: Attempt | None = None
    outputs: Mapping[str, Json] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    misfits: tuple[tuple[str, str], ...] = ()
    failures: dict[str, NeedOutcome] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The job's name."""
        return self.job.name

    @property
    def is_express(self) -> bool:
        """Tell whether its executions are Express: run in one call, and not to be stopped."""
        return self.job.machine_type is MachineType.EXPRESS

    @property
    def follows_others(self) -> bool:
        """Tell whether an execution of it or of a job before it ran when this run looked.

        Then another apply planned earlier, and what it starts now is no newer than this run.
        """
        return self.after_others or any(one.may_change for one in self.recalled.before.seen)

    @property
    def is_active(self) -> bool:
        """Tell whether it takes one of the places that concurrency allows."""
        return self.phase in (Phase.STARTING, Phase.RUNNING)

    @property
    def is_unseen(self) -> bool:
        """Tell whether its start got no answer and its execution was not looked at since.

        Then there may be none, or one of another run, or of other work.
        """
        return self.doubtful and not self.redrives

    @property
    def newest(self) -> Attempt | None:
        """The attempt that counts."""
        return self.attempts[-1] if self.attempts else None

    @property
    def arn(self) -> str | None:
        """The ARN of the execution that counts, once there is one."""
        return self.attempts[-1].arn if self.attempts else None

    @property
    def told(self) -> tuple[Attempt, ...]:
        """Its attempts, and until there is one, what an earlier apply of this run left."""
        return tuple(self.attempts) or ((self.left,) if self.left else ())

    def change_attempt(self, **changes: object) -> None:
        """Replace the attempt that counts by one with these fields changed."""
        self.attempts[-1] = replace(self.attempts[-1], **changes)  # type: ignore[arg-type]

    def drop_unstarted(self) -> None:
        """Forget an attempt that was to be started and had no effect."""
        newest = self.newest
        if newest is not None and newest.arn is None and not newest.error:
            self.attempts.pop()

    @property
    def fingerprint(self) -> str | None:
        """The hash of what the job would do, once its needs have settled."""
        return self.work.fingerprints[0] if self.work else None

    @property
    def identifying_revision(self) -> str | None:
        """The machine's revision, where it is part of the job's identity."""
        return self.revision if self.job.rerun_on is RerunOn.REVISION else None

    @property
    def ancestor_failed(self) -> bool:
        """Tell whether a job before it failed, was cancelled or is unknown."""
        return bool(self.failures)

    def as_need(self, run_id: str) -> NeedOutcome:
        """How the job enters the fingerprint of those that need it.

        One that could not be started failed in this very run: another run's failure is another.
        """
        attempt = self.newest
        if attempt is None or (attempt.arn is None and not self.is_express):
            what = identity.failures_before(self.failures)
            if self.status.is_bad:
                what = identity.run_digits(run_id)
            return NeedOutcome(what, self.status.lasting.value)
        execution = self._express_work(attempt.name) if self.is_express else attempt.name
        return NeedOutcome(execution, self.status.lasting.value, attempt.redrive_count)

    def as_context(self) -> dict[str, Json]:
        """How the job looks in expressions."""
        return {
            "outputs": dict(self.outputs) if self.status.is_success else {},
            "status": self.status.lasting.value,
            "execution_arn": self.arn,
        }

    def _express_work(self, name: str) -> str:
        """What was sent counts as it was rendered: no name of an execution settles its value."""
        hidden = {parameter.name for parameter in self.job.parameters if parameter.sensitive}
        return express_work(
            execution=name,
            machine=str(self.job.machine),
            public=PublicInput(
                self.rendered.compared if self.rendered else {},
                sensitive=self.public.sensitive if self.public else {},
            ),
            outputs={key: value for key, value in self.outputs.items() if key not in hidden},
            revision=self.identifying_revision,
        )
