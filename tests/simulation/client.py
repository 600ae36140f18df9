"""One run's way to the simulated service, on which calls fail."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from runner import identity
from runner.errors import (
    AccessDenied,
    CredentialsFailed,
    NotFound,
    ProviderError,
    Rejected,
    StartLost,
    Throttled,
    Transient,
    Unreachable,
)
from runner.model import MachineType
from runner.provider import CallCounts, FoundMachine, History, NameTaken, Started
from runner.results import INTERRUPT_ERROR
from tests.simulation.lives import wall
from tests.simulation.referee import holds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from runner.arns import MachineArn
    from runner.provider import Execution, Lookback, MachineFinding, StartOutcome, StartRequest
    from tests.simulation.lives import Life
    from tests.simulation.service import Service

_TOLD_LATE = 1.2
"""Seconds by which an age may be told too small, with what a schedule bears."""

_REDRIVABLE = ("FAILED", "TIMED_OUT", "ABORTED")


class Client:
    """The provider of one run, called `by`.

    `lives` are the executions that it started, `redriven` those that it redrove, `excuses` by
    execution or job what kept the truth from it. `sent_at` is when the call being made was sent,
    `looked_at` when its run looked back; `on_start` is told of each execution that begins, and
    `on_redrive` of each that goes on.
    """

    def __init__(self, service: Service, by: str, *, looked_at: float) -> None:
        self.service, self.by, self.looked_at = service, by, looked_at
        self._chances = service.chances
        self._luck = service.luck("client", by)
        self.lives: list[Life] = []
        self.redriven: Counter[str] = Counter()
        self.excuses: dict[str, set[str]] = {}
        self.asked_at = self.sent_at = 0.0
        self.quick_ages = service.luck("ages", by).random() < 0.5
        self._calls: Counter[str] = Counter()
        self._sent: dict[str, float] = {}
        self.on_start: Callable[[Life], None] = lambda _: None
        self.on_redrive: Callable[[Life], None] = lambda _: None

    def find_machines(self, arns: Sequence[MachineArn]) -> Mapping[MachineArn, MachineFinding]:
        self._before("DescribeStateMachine", "find", "")
        moved = self.service.now >= self._chances.moves
        return {arn: FoundMachine(arn, MachineType.STANDARD, "2" if moved else "1") for arn in arns}

    def recall(self, wanted: Sequence[Lookback]) -> Mapping[MachineArn, History]:
        if self._is_denied("recall", ""):
            return {one.machine: History(complete=False, problem="not allowed") for one in wanted}
        self._before("ListExecutions", "recall", "")
        return {one.machine: self.history(one) for one in wanted}

    def history(self, wanted: Lookback) -> History:
        """What a look back that meets no fault shows."""
        service = self.service
        tags = wanted.tags | wanted.successes
        lives = [life for life in service.of_machine(wanted.machine) if self._is_listed(life)]
        lives.sort(key=lambda life: life.began, reverse=True)
        listed = lives[: self._chances.rows]
        found = [
            replace(life.row(service.now, service.skew), detailed=True)
            for life in listed
            if _tag(life) in tags
        ]
        if wanted.since is not None:
            since = wanted.since
            found = [one for one in found if one.stopped_at is None or one.stopped_at >= since]
        return History(tuple(found), len(listed), len(listed) == len(lives))

    def describe(self, arns: Sequence[str]) -> Mapping[str, Execution | ProviderError]:
        return {arn: self._described(arn) for arn in arns}

    def _described(self, arn: str) -> Execution | ProviderError:
        try:
            self._before("DescribeExecution", "look", arn)
            life = self._life(arn, "DescribeExecution")
        except ProviderError as error:
            return error
        now = self.service.now
        return replace(life.described(now, self.service.skew), age=self._age(life))

    def revision_of(self, execution_arn: str) -> str:
        raise NotImplementedError(execution_arn)

    def start(self, request: StartRequest) -> StartOutcome:
        try:
            return self._start(request)
        except Transient as error:
            since_sent = self.service.now - self.sent_at
            is_anothers = isinstance(error, StartLost) and error.is_anothers
            raise StartLost(str(error), since_sent=since_sent, is_anothers=is_anothers) from None

    def _start(self, request: StartRequest) -> StartOutcome:
        service = self.service
        arn = request.machine.execution(request.name)
        self._sent[arn] = self.sent_at
        self._before("StartExecution", "start", request.name)
        service.take_name(request, since=self.looked_at)
        repeated = self._luck.random() < self._chances.repeated
        there = service.lives.get(arn)
        if there is None:
            began = self.sent_at if repeated else service.now
            there = self._begun(service.begin(request, self.by, at=began))
            if repeated:
                service.happened["starts sent twice"] += 1
        else:
            repeated = False
        self._after("StartExecution", request.name)
        return self._outcome(there, request, repeated=repeated)

    def _outcome(self, there: Life, request: StartRequest, *, repeated: bool) -> StartOutcome:
        service = self.service
        since_sent = service.now - self.sent_at
        if there.runs(service.now) and there.request.input == request.input:
            began = wall(there.began + service.skew)
            return Started(there.arn, began, self._age(there), since_sent)
        if service.now >= there.gone_at:
            raise StartLost(
                "the name is taken, and can't be described",
                operation="StartExecution",
                since_sent=since_sent,
                is_anothers=not repeated,
            )
        seen = there.described(service.now, service.skew)
        return NameTaken(seen, repeated, self._age(there), since_sent)

    def run_express(
        self, request: StartRequest, *, idempotent: bool, within: float | None = None
    ) -> Execution:
        service = self.service
        self._before("StartSyncExecution", "start", request.name)
        life = self._begun(service.begin_express(request, self.by))
        if idempotent and self._luck.random() < self._chances.repeated:
            service.happened["Express sent twice"] += 1
            life = self._begun(service.begin_express(request, self.by))
        self._after("StartSyncExecution", request.name)
        return life.described(life.end, service.skew)

    def survey(self, machine: MachineArn, wanted: Collection[str]) -> Mapping[str, Execution]:
        self._before("ListExecutions", "list", str(machine))
        service = self.service
        lives = (service.lives[arn] for arn in wanted if arn in service.lives)
        return {
            life.arn: life.row(service.now, service.skew) for life in lives if self._is_listed(life)
        }

    def observe(self, execution_arn: str, *, whole: bool = False) -> Execution:
        self._before("DescribeExecution", "look", execution_arn)
        service = self.service
        life = self._life(execution_arn, "DescribeExecution")
        seen = life.described(service.now, service.skew)
        seen = replace(seen, age=self._age(life)) if whole else replace(seen, input=None)
        if not seen.status.is_running and service.happens(
            self._chances.sealed, "sealed", execution_arn
        ):
            self.excuse(execution_arn, "sealed")
            return replace(seen, input=None, output=None, error=None, cause=None, detailed=False)
        if not whole and self._luck.random() < 0.5:
            # As the newest event of its history tells it.
            seen = replace(seen, started_at=None, redrive_count=0)
        return seen

    def redrive(self, execution_arn: str, *, token: str) -> None:
        self._before("RedriveExecution", "redrive", execution_arn)
        service = self.service
        life = self._life(execution_arn, "RedriveExecution", at_once=True)
        if token not in life.tokens:
            status = life.at(service.now).status
            if status not in _REDRIVABLE or service.happens(
                self._chances.final, "final", execution_arn
            ):
                service.happened["not redrivable"] += 1
                raise Rejected(f"{execution_arn} is {status}", operation="RedriveExecution")
            life.tokens.add(token)
            self.on_redrive(life)
            service.redrive(life)
            self.redriven[execution_arn] += 1
        self._after("RedriveExecution", execution_arn)

    def stop(self, execution_arn: str, *, error: str, cause: str) -> None:
        if self.service.happens(self._chances.unstoppable, "unstoppable", execution_arn):
            self._refuse(execution_arn, AccessDenied("not yours", operation="StopExecution"))
        self._before("StopExecution", "stop", execution_arn)
        life = self._life(execution_arn, "StopExecution", at_once=True)
        life.stop(self.service.now, error, cause, by=self.by)
        self._may_stop(life, error)
        self.service.happened["stops"] += 1
        self._after("StopExecution", execution_arn)

    def _may_stop(self, life: Life, error: str) -> None:
        """Complain of an interrupt that stops what another run began before this one's start."""
        run_id = self.by.split("/")[0]
        read = identity.read_name(life.name)
        is_own = read is not None and read.run == identity.run_digits(run_id)
        if error != INTERRUPT_ERROR or is_own or life.by.split("/")[0] == run_id:
            return
        sent = self._sent.get(life.arn, math.inf)
        holds(life.began >= sent - _TOLD_LATE, "it stops another run's execution", life.name)

    def monitor_url(self, execution: Execution) -> str | None:
        return None

    def calls(self) -> Mapping[str, CallCounts]:
        return {operation: CallCounts(calls) for operation, calls in self._calls.items()}

    def close(self) -> None:
        return

    def excused(self, about: str) -> set[str]:
        """What kept the truth about an execution or a job from this client."""
        return self.excuses.get(about, set())

    def _begun(self, life: Life) -> Life:
        self.lives.append(life)
        self.on_start(life)
        return life

    def _life(self, arn: str, operation: str, *, at_once: bool = False) -> Life:
        """An execution as a call finds it: those that change one see it `at_once`."""
        life = self.service.lives.get(arn)
        now = self.service.now
        hidden = life is not None and now < life.visible_at and not at_once
        if life is None or hidden or now >= life.gone_at:
            if life is None or now >= life.gone_at:
                self.excuse(arn, "gone")
            self.service.happened["not found"] += 1
            raise NotFound(f"{arn} does not exist", operation=operation)
        return life

    def _is_listed(self, life: Life) -> bool:
        now = self.service.now
        return max(life.listed_at, life.began) <= now < life.gone_at

    def _age(self, life: Life) -> float | None:
        """As an answer tells it that has its own time in whole seconds."""
        if not self.quick_ages:
            return self.service.now - life.began
        return math.floor(self.service.now) - life.began

    def _is_denied(self, kind: str, about: str) -> bool:
        service, chances = self.service, self._chances
        if kind in chances.denied_calls and service.now >= chances.denied_since:
            return True
        return kind == "look" and service.happens(chances.denied, "denied", about)

    def _before(self, operation: str, kind: str, about: str) -> None:
        """Fail a call before it has any effect."""
        self._calls[operation] += 1
        now, chances = self.service.now, self._chances
        if chances.expires <= now < chances.renewed:
            self.service.happened["credentials failed"] += 1
            self._refuse(about, CredentialsFailed("expired", operation=operation))
        if self._is_denied(kind, about):
            self.service.happened[f"denied: {kind}"] += 1
            self._refuse(about, AccessDenied(f"not allowed: {kind}", operation=operation))
        if self._luck.random() < chances.turned_away:
            self.service.happened["turned away"] += 1
            kinds = [Throttled, Unreachable]
            self._refuse(about, self._luck.choice(kinds)("turned away", operation=operation))
        if self._luck.random() < chances.fault:
            self.service.happened["faults"] += 1
            self._refuse(about, Transient("500", operation=operation))

    def _after(self, operation: str, about: str) -> None:
        """Lose the answer of a call that took effect."""
        if self._luck.random() < self._chances.lost:
            self.service.happened[f"lost answers: {operation}"] += 1
            self._refuse(about, Transient("connection reset", operation=operation))

    def _refuse(self, about: str, error: ProviderError) -> NoReturn:
        self.excuse(about, f"{type(error).__name__} {error.operation}")
        raise error

    def excuse(self, about: str, what: str) -> None:
        self.excuses.setdefault(about, set()).add(what)


def _tag(life: Life) -> str:
    name = identity.read_name(life.name)
    return name.tag if name else ""
