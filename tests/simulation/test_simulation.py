"""Seeds of faults in a virtual clock, and that what must hold can be seen not to hold."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runner.results import Status
from runner.schedule import (
    Interrupt,
    Observe,
    Schedule,
    Start,
    StartAnswered,
    Survey,
    remembering,
)
from runner.schedule.jobs import Phase
from tests.simulation.referee import Broken
from tests.simulation.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.schedule import Effect, Event, Now

SEEDS = 600
AT_ONCE = 50
MANY = 150
"""Seeds among which each mistake must show."""


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_whatever_happens(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        simulate(seed)


def test_each_kind_of_fault_really_occurs() -> None:
    happened: Counter[str] = Counter()
    for seed in range(SEEDS // 2):
        happened += simulate(seed).service.happened
    wanted = {
        "collisions",
        "credentials failed",
        "denied: look",
        "faults",
        "forgotten",
        "killed",
        "lost answers: StartExecution",
        "not found",
        "redriven",
        "runs at once",
        "runs left",
        "slow calls",
        "starts sent twice",
        "stops",
        "turned away",
    }
    assert {what for what in wanted if not happened[what]} == set()


@pytest.mark.parametrize("seed", [3, 17, 77, 204])
def test_the_same_seed_gives_the_same_runs(seed: int) -> None:
    def lines() -> list[str]:
        told: list[str] = []
        simulate(seed, trace=told.append)
        return sorted(told)

    assert lines() == lines()


class StartsTwice(Schedule):
    """Starts the next attempt while the first runs."""

    def _effects(self) -> list[Effect]:
        effects = super()._effects()
        return [*effects, *(_again(one) for one in effects if isinstance(one, Start))]


def _again(start: Start) -> Start:
    name = re.sub(r"-1$", "-2", start.request.name)
    return replace(start, request=replace(start.request, name=name))


class TakesFailureForSuccess(Schedule):
    def _effects(self) -> list[Effect]:
        effects = super()._effects()
        for state in self.jobs.values():
            if state.status is Status.FAILED and state.arn:
                state.status = Status.SUCCEEDED
        return effects


class ChangesItsMind(Schedule):
    def tick(self, now: Now) -> list[Effect]:
        for state in self.jobs.values():
            if state.phase is Phase.SETTLED and state.status is Status.SKIPPED:
                state.status = Status.FAILED
        return super().tick(now)


class KnowsNoBound(Schedule):
    def begin(self, now: Now) -> list[Effect]:
        self._room = len(self.jobs)
        return super().begin(now)


class WaitsForNoNeed(Schedule):
    def begin(self, now: Now) -> list[Effect]:
        for state in self.jobs.values():
            remembering.take_turn(self._board, state)
        return super().begin(now)


class StartsAfterInterrupt(Schedule):
    def handle(self, event: Event, now: Now) -> list[Effect]:
        return [] if isinstance(event, Interrupt) else super().handle(event, now)


class GoesOnWhenItsTimeIsUp(Schedule):
    def _leave(self) -> None:
        return


class LooksAtNothing(Schedule):
    def _effects(self) -> list[Effect]:
        return [one for one in super()._effects() if not isinstance(one, Observe | Survey)]


class NeverSleeps(Schedule):
    def wake_at(self) -> float | None:
        return 0.0


class LooksTooOften(Schedule):
    def handle(self, event: Event, now: Now) -> list[Effect]:
        looks: Sequence[Effect] = []
        if isinstance(event, StartAnswered):
            state = self.jobs[event.job]
            arn = state.job.machine.execution(state.attempts[-1].name)
            looks = [Observe(state.job.platform, arn)] * 400
        return [*super().handle(event, now), *looks]


class HandsOnSomethingElse(Schedule):
    def _effects(self) -> list[Effect]:
        for state in self.jobs.values():
            if "x" in state.outputs:
                state.outputs = {"x": "something else"}
        return super()._effects()


MISTAKES = {
    StartsTwice: "its work is under way|its work is done|more executions than maxAttempts",
    TakesFailureForSuccess: "did not succeed|succeeded and is|was failed|left out|need",
    ChangesItsMind: "was skipped and is failed",
    KnowsNoBound: "more run at once than may",
    WaitsForNoNeed: "needs are open|a need",
    StartsAfterInterrupt: "after an interrupt",
    GoesOnWhenItsTimeIsUp: "after the run's time was up",
    LooksAtNothing: "waits for nothing",
    NeverSleeps: "woken again and again",
    LooksTooOften: "more calls than the quota allows",
    HandsOnSomethingElse: "left something else|left other outputs",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_seen(mistake: type[Schedule]) -> None:
    with pytest.raises(AssertionError, match=MISTAKES[mistake]) as raised:  # noqa: PT012
        for seed in range(MANY):
            simulate(seed, schedule=mistake)
    assert isinstance(raised.value, Broken) or mistake in (LooksAtNothing, NeverSleeps)
    assert any("--seed" in note for note in raised.value.__notes__)
