"""Watermarks: a carried parameter sends what the newest success left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runner import values
from runner.errors import AccessDenied, NotFound
from runner.memory import Memory, Past
from runner.model import ParameterType, Retry, RunPolicy
from runner.provider import StartRequest
from tests.fakes import (
    FAILED,
    SUCCEEDED,
    FakeProvider,
    Outcome,
    Ran,
    again,
    answers,
    inout,
    input_,
    job,
    look,
    output,
    plan,
    run,
)
from tests.fakes.world import VirtualWorld
from tests.schedule.earlier import failing

if TYPE_CHECKING:
    from runner.plan import Plan
    from runner.values import Json

CURSOR = inout("cursor", "0", carry=True)
MADE = plan(job("a", parameters=[CURSOR], run=RunPolicy.ALWAYS))


def cursors(ran: Ran) -> list[Json]:
    sent = [values.parse(request.input) for request in ran.provider.starts]
    return [one["cursor"] for one in sent if isinstance(one, dict)]


def nights(provider: FakeProvider, made: Plan = MADE, count: int = 3) -> Ran:
    """A project that is applied once a night."""
    ran = run(made, provider, run_id="night-0")
    for night in range(1, count):
        ran = again(ran, made, run_id=f"night-{night}")
    return ran


def test_a_watermark_moves_on() -> None:
    ran = nights(FakeProvider(a=[answers(cursor=str(n)) for n in (10, 20, 30)]))
    assert cursors(ran) == ["0", "10", "20"]
    assert ran.result("a").outputs == {"cursor": "30"}


def test_what_failed_moves_no_watermark() -> None:
    ran = nights(FakeProvider(a=[answers(cursor="10"), FAILED, SUCCEEDED]), count=4)
    assert cursors(ran) == ["0", "10", "10", "10"]


def test_without_such_an_output_what_was_sent_is_kept() -> None:
    assert cursors(nights(FakeProvider(a=[answers(CURSOR=5), answers(rows=1)]))) == ["0", 5, 5]


def test_an_input_is_carried_as_well() -> None:
    made = plan(job("a", parameters=[input_("cursor", 0, carry=True)], run=RunPolicy.ALWAYS))
    assert cursors(nights(FakeProvider(a=answers(cursor=7)), made)) == [0, 7, 7]


def test_a_parameter_that_is_new_begins_with_the_specs_value() -> None:
    first = run(plan(job("a", run=RunPolicy.ALWAYS)))
    assert cursors_after(again(first, MADE, run_id="2")) == "0"


def cursors_after(ran: Ran) -> Json:
    sent = values.parse(ran.provider.starts[-1].input)
    return sent["cursor"] if isinstance(sent, dict) else None


def test_json_text_is_carried_as_it_is() -> None:
    parameter = replace(CURSOR, type=ParameterType.JSON)
    made = plan(job("a", parameters=[replace(parameter)], run=RunPolicy.ALWAYS))
    ran = nights(FakeProvider(a=answers(cursor="not JSON")), made, 2)
    assert cursors_after(ran) == "not JSON"


@pytest.mark.parametrize("left", ['{"cursor":"many"}', '{"CURSOR":1,"Cursor":2}', "{,}"])
def test_a_watermark_that_does_not_fit_never_begins_anew(left: str) -> None:
    parameter = inout("cursor", 0, type=ParameterType.INTEGER, carry=True)
    made = plan(job("a", parameters=[parameter], run=RunPolicy.ALWAYS))
    ran = nights(FakeProvider(a=Outcome(output=left)), made, 2)
    assert ran.statuses == {"a": "failed"}
    assert "parameters.cursor: what the newest success left does not fit: " in ran.reasons["a"]
    assert len(ran.provider.starts) == 1


def test_a_change_of_the_watermark_alone_is_no_change() -> None:
    made = plan(job("a", parameters=[CURSOR]))
    ran = nights(FakeProvider(a=answers(cursor="10")), made)
    assert ran.statuses == {"a": "up_to_date"}
    assert ran.result("a").outputs == {"cursor": "10"}
    assert len(ran.provider.starts) == 1


def test_the_attempts_of_one_run_carry_the_same() -> None:
    made = plan(job("a", parameters=[CURSOR], run=RunPolicy.ALWAYS, retry=Retry(2)))
    ran = nights(FakeProvider(a=[answers(cursor="10"), FAILED, SUCCEEDED]), made, 2)
    assert cursors(ran) == ["0", "10", "10"]


def test_a_later_attempt_carries_what_another_run_left_meanwhile() -> None:
    each = job("a", parameters=[CURSOR], run=RunPolicy.ALWAYS, retry=Retry(2))
    retried = plan(each, aws=True)
    others = Outcome(seconds=1, output='{"cursor":"20"}')
    script = [answers(cursor="10"), others, Outcome("FAILED", seconds=100), SUCCEEDED]
    first = nights(FakeProvider(a=script), retried, 1)
    provider = first.provider
    one = provider.starts[0]
    name = one.name.replace(one.name.split("-")[-2], "0badcafe")
    other = replace(one, name=name, input='{"cursor":"10"}')

    def meanwhile(operation: str, of: str, nth: int) -> None:
        if (operation, nth) == ("StartExecution", 1):
            provider.begin(other)

    provider.fault = meanwhile
    second = again(first, retried, run_id="2")
    assert second.statuses == {"a": "succeeded"}
    assert cursors(second) == ["0", "10", "10", "20"]


def test_a_retry_after_adopting_carries_what_the_adopted_execution_was_sent() -> None:
    made = plan(job("a", parameters=[CURSOR], retry=Retry(2)))
    name = run(made).provider.starts[0].name
    provider = FakeProvider(a=[Outcome("FAILED", seconds=100), SUCCEEDED])
    world = VirtualWorld(provider)
    provider.begin(StartRequest(made.jobs[0].machine, name, '{"cursor":"77"}'), ago=60)
    ran = run(made, provider, world=world, memory=look(made, provider, world))
    assert [one.adopted for one in ran.result("a").attempts] == [True, False]
    assert ran.provider.starts[-1].input == '{"cursor":"77"}'


def test_where_no_success_is_remembered_what_was_sent_last_is_sent_again() -> None:
    ran = nights(FakeProvider(a=[answers(cursor="10"), FAILED, SUCCEEDED]), count=2)
    world = ran.later
    seen = look(MADE, ran.provider, world).pasts["a"]
    left = seen.without(seen.seen[-1].execution.arn)
    third = run(MADE, ran.provider, world=world, memory=Memory({"a": left}, world.seconds))
    assert cursors(third) == ["0", "10", "10"]


def test_a_sensitive_watermark_is_in_no_document() -> None:
    parameter = inout("cursor", "begin-secret", carry=True, sensitive=True)
    made = plan(job("a", parameters=[parameter, output("echo")], run=RunPolicy.ALWAYS))
    provider = FakeProvider(a=answers(cursor="next-secret", echo="at next-secret"))
    ran = nights(provider, made, 2)
    assert cursors(ran) == ["begin-secret", "next-secret"]
    assert not any("next-secret" in document for document in ran.documents)


def test_a_watermark_never_begins_anew_because_it_could_not_be_seen() -> None:
    short = Past(rows=20_000, complete=False)
    ran = run(MADE, memory=Memory({"a": short}, 1000.0))
    assert ran.statuses == {"a": "failed"}
    assert ran.reasons["a"] == (
        "it carries what its newest success left, and no success was seen among the 20,000 newest "
        "executions of its state machine; nothing was started: raise limits.lookback, or set "
        "carry: false for a first run"
    )


def test_a_watermark_that_was_forgotten_meanwhile_is_not_begun_anew() -> None:
    first = nights(FakeProvider(a=answers(cursor="10")), count=1)
    arn = first.result("a").execution_arn or ""
    first.provider.fault = failing(NotFound("gone"), about=arn)
    ran = again(first, MADE, run_id="2")
    assert ran.statuses == {"a": "failed"}
    assert f"does not exist any more ({arn}); nothing was started" in ran.reasons["a"]


def test_a_watermark_that_can_not_be_read_starts_nothing() -> None:
    first = nights(FakeProvider(a=answers(cursor="10")), count=1)
    arn = first.result("a").execution_arn or ""
    first.provider.fault = failing(AccessDenied("no"), about=arn)
    ran = again(first, MADE, run_id="2")
    assert ran.reasons["a"].endswith(f"nothing was started: look at {arn}, then apply again")
    assert len(ran.provider.starts) == 1


def test_a_watermark_is_what_another_run_left_meanwhile() -> None:
    """Another run of the same work is waited for, and what it leaves is carried on."""
    first = nights(
        FakeProvider(
            a=[answers(cursor="10"), Outcome(seconds=500, output='{"cursor":"20"}'), SUCCEEDED]
        ),
        count=1,
    )
    world = first.later
    first.provider.wall = lambda: world.now().wall
    other = first.provider.starts[0]
    name = other.name.replace(other.name.split("-")[-2], "0badcafe")
    first.provider.begin(replace(other, name=name, input='{"cursor":"10"}'))
    ran = again(first, MADE, run_id="2", world=world)
    assert ran.events_of("a")[0] == "waiting_for"
    assert cursors(ran) == ["0", "10", "20"]
