"""A valid project as frozen dataclasses: what the specs say, with nothing looked up or rendered."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from runner.parameters.types import Direction, ParameterType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.errors import Place
    from runner.expressions import Expression, Template
    from runner.quotas import Rate
    from runner.values import Json


class MachineType(StrEnum):
    """Step Functions' two types of state machine."""

    STANDARD = "STANDARD"
    EXPRESS = "EXPRESS"


class Trigger(StrEnum):
    """What a job's needs must have come to before it runs."""

    ALL_SUCCEEDED = "all-succeeded"
    ANY_FAILED = "any-failed"
    ALL_FINISHED = "all-finished"


class RunPolicy(StrEnum):
    """When a job that ran before runs again."""

    ON_CHANGE = "on-change"
    ONCE = "once"
    ALWAYS = "always"


class RerunOn(StrEnum):
    """What counts as a change: the spec alone, or the machine's revision too."""

    SPEC = "spec"
    REVISION = "revision"


class OnCancel(StrEnum):
    """What an interrupt does to a running execution."""

    STOP = "stop"
    DETACH = "detach"


class RetryMode(StrEnum):
    """Whether a job's retry is a new execution or continues the failed one."""

    RESTART = "restart"
    REDRIVE = "redrive"


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and when a failed job is tried again. Times in seconds.

    `max_attempts` counts the executions of one apply, the first included. With no
    `error_equals` every failure is retried. The wait before attempt n is
    `interval * backoff_rate ** (n - 2)`, at most `max_interval`.
    """

    max_attempts: int = 1
    mode: RetryMode = RetryMode.RESTART
    error_equals: tuple[str, ...] = ()
    interval: float = 1.0
    backoff_rate: float = 2.0
    max_interval: float | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable. `default` is None and `required` True where a value must be given.

    `per_run` marks one that changes with every run by design, such as a date.
    """

    name: str
    type: ParameterType | None
    place: Place
    default: Json = None
    required: bool = False
    description: str = ""
    per_run: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """The one Project. `concurrency` is the most jobs that run at once; None is no bound."""

    name: str
    place: Place
    platform: str | None = None
    concurrency: int | None = None
    environment: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()
    description: str = ""


MAX_LOOKBACK = 1000
"""Pages of a machine's executions that a platform may ask to be read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of the account's quotas one apply may use: a share above 0 and at most 1.

    `lookback` is how many pages of 1,000 executions are read of a machine, 1 to 1,000, to find
    earlier executions of its jobs. `quotas` are those of the account that differ from the
    published ones, by operation.
    """

    share: float = 0.5
    lookback: int = 20
    quotas: Mapping[str, Rate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DefaultAuth:
    """The credentials of boto's default chain, or those that the command itself was given."""


@dataclass(frozen=True, slots=True)
class ProfileAuth:
    """The credentials of a profile in the AWS configuration."""

    profile: str


@dataclass(frozen=True, slots=True)
class WebIdentityAuth:
    """A role that is assumed with an OpenID Connect token.

    The token stands in `token_file`, or is asked of GitHub's endpoint, for `audience`. `duration`
    is how many seconds credentials last; None is STS's own default, an hour.
    """

    role_arn: str
    session_name: str | None = None
    duration: int | None = None
    token_file: str | None = None
    audience: str | None = None


@dataclass(frozen=True, slots=True)
class AssumeRoleAuth:
    """A role that is assumed with the credentials of `source`, which may be a role in turn."""

    role_arn: str
    external_id: str | None = None
    session_name: str | None = None
    duration: int | None = None
    source: Auth = field(default_factory=DefaultAuth)


Auth: TypeAlias = "DefaultAuth | ProfileAuth | WebIdentityAuth | AssumeRoleAuth"
"""Where the credentials of a platform come from; never the credentials themselves."""


@dataclass(frozen=True, slots=True)
class AwsPlatform:
    """Step Functions in one region, in AWS or at `endpoint_url`.

    Without `account_id` the account of the credentials is meant. `allow` holds patterns
    (`*`, `?`) of state machine ARNs; empty allows all.
    """

    name: str
    region: str
    place: Place
    account_id: str | None = None
    endpoint_url: str | None = None
    trace_header: Template | None = None
    allow: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    auth: Auth = field(default_factory=DefaultAuth)
    description: str = ""


@dataclass(frozen=True, slots=True)
class LocalPlatform:
    """The embedded engine. Waits and retry intervals take `time_scale` times as long."""

    name: str
    place: Place
    region: str = "us-east-1"
    account_id: str = "123456789012"
    time_scale: float = 1.0
    trace_header: Template | None = None
    description: str = ""


Platform = AwsPlatform | LocalPlatform


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named value of a job.

    `template` is None for an output.
    `place` is where the value stands (the parameter itself where it has none).
    """

    name: str
    direction: Direction
    type: ParameterType | None
    place: Place
    template: Template | None = None
    sensitive: bool = False
    revision: int = 0
    carry: bool = False
    required: bool = False
    description: str = ""

    @property
    def is_sent(self) -> bool:
        """Tell whether it is part of the execution's input."""
        return self.direction is not Direction.OUTPUT and self.template is not None

    @property
    def is_taken(self) -> bool:
        """Tell whether it is filled from the execution's output."""
        return self.direction is not Direction.INPUT


@dataclass(frozen=True, slots=True)
class Job:
    """One state machine to run with parameters, after its needs. Times in seconds.

    `needs` are the names of the spec's `needs` and of every job that an expression refers
    to, sorted. `condition` is the `if`. `places` maps a field's path below `spec`, such as
    `stateMachine` or `parameters.x`, to where it stands.
    """

    name: str
    place: Place
    state_machine: Template
    platform: Template | None = None
    machine_type: MachineType | None = None
    trace_header: Template | None = None
    needs: tuple[str, ...] = ()
    trigger: Trigger = Trigger.ALL_SUCCEEDED
    condition: Expression | bool | None = None
    parameters: tuple[Parameter, ...] = ()
    timeout: float | None = None
    retry: Retry = field(default_factory=Retry)
    run: RunPolicy = RunPolicy.ON_CHANGE
    rerun_on: RerunOn = RerunOn.SPEC
    on_cancel: OnCancel = OnCancel.STOP
    idempotent: bool = False
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def place_of(self, path: str) -> Place:
        """Where a field stands; the job itself where it is absent."""
        return self.places.get(path, self.place)


@dataclass(frozen=True, slots=True)
class MockResult:
    """What a mocked Task state answers."""

    result: Json


@dataclass(frozen=True, slots=True)
class MockError:
    """How a mocked Task state fails."""

    error: str
    cause: str = ""


Mock = MockResult | MockError


@dataclass(frozen=True, slots=True)
class StateMachine:
    """A definition kept in Git.

    `definition` is Amazon States Language as parsed JSON; `definition_file` is the file that
    holds it (the document's own file when it stands inline) and `places` maps the path of
    each object in it, such as `States.Load` or `States.Fan.Branches.0.States.A`, to where it
    stands. `mocks` maps a Task state's name to its answers for successive calls, of which the
    last one repeats.
    """

    name: str
    type: MachineType
    place: Place
    definition: Json
    definition_file: str
    places: Mapping[str, Place] = field(default_factory=dict)
    mocks: Mapping[str, tuple[Mock, ...]] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole project. Each mapping is keyed and sorted by name."""

    project: Project
    platforms: Mapping[str, Platform]
    jobs: Mapping[str, Job]
    machines: Mapping[str, StateMachine]
