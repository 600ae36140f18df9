"""Calls in threads: those to one platform never wait behind those to another."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, NoReturn, cast

import pytest

from runner.engine.world import SystemClock, ThreadWorld
from runner.errors import Transient
from runner.provider import Lookback, StartRequest
from runner.schedule import (
    Observe,
    ProviderCall,
    Read,
    Recheck,
    Redrive,
    RunExpress,
    Start,
    Stop,
    Survey,
    Withdrawn,
    WithdrawStarts,
)
from tests.fakes import machine

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.provider import Provider
    from runner.schedule import Event

MANY = 300
"""More calls than any kind has threads for."""

M = machine("m")
REQUEST = StartRequest(M, "name", "{}")
CALLS: dict[str, Callable[[str, str], ProviderCall]] = {
    "start": lambda job, platform: Start(job, 1, platform, REQUEST),
    "redrive": lambda job, platform: Redrive(job, 1, platform, "arn", "token"),
    "express": lambda job, platform: RunExpress(job, 1, platform, REQUEST, idempotent=False),
    "survey": lambda job, platform: Survey(platform, M, (job,)),
    "observe": lambda job, platform: Observe(platform, job),
    "stop": lambda job, platform: Stop(job, 1, platform, "arn", "error", "cause"),
    "read": lambda job, platform: Read(job, 1, platform, "arn"),
    "recheck": lambda job, platform: Recheck(
        platform, M, (), Lookback(M, frozenset([job]), frozenset())
    ),
}


class Answers:
    """A provider of which every call fails, once it is let go on."""

    def __init__(self, *, at_once: bool) -> None:
        self.go_on = threading.Event()
        if at_once:
            self.go_on.set()

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        def call(*_: object, **__: object) -> NoReturn:
            assert self.go_on.wait(30)
            raise Transient("no")

        return call


def world_of(hangs: Answers) -> ThreadWorld:
    inbox: SimpleQueue[Event] = SimpleQueue()
    providers = {
        "dead": cast("Provider", hangs),
        "sound": cast("Provider", Answers(at_once=True)),
    }
    return ThreadWorld(providers, SystemClock(), inbox)


@pytest.mark.parametrize("kind", CALLS)
def test_calls_to_one_platform_do_not_wait_behind_those_to_another(kind: str) -> None:
    hangs = Answers(at_once=False)
    world = world_of(hangs)
    for number in range(MANY):
        world.call(CALLS[kind](f"j{number}", "dead"))
    world.call(CALLS[kind]("sound", "sound"))
    events = world.wait(world.now().seconds + 30)
    hangs.go_on.set()
    world.close()
    assert len(events) == 1
    assert "sound" in repr(events[0])


def test_what_waits_is_taken_back_of_every_platform() -> None:
    hangs = Answers(at_once=False)
    world = world_of(hangs)
    for number in range(MANY):
        world.call(CALLS["start"](f"j{number}", "dead"))
        world.call(CALLS["express"](f"e{number}", "dead"))
    world.call(WithdrawStarts())
    (event,) = world.wait(world.now().seconds + 30)
    hangs.go_on.set()
    world.close()
    assert isinstance(event, Withdrawn)
    kinds = {job[0] for job, _ in event.starts}
    assert kinds == {"j", "e"}
    assert 2 * MANY - 300 < len(event.starts) < 2 * MANY
