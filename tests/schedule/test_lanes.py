"""What is due when: each key once, in order, in no more memory than what is due."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runner.schedule.watching.lanes import Queue


def test_a_queue_that_is_planned_anew_for_ever_holds_little_more_than_what_is_due() -> None:
    queue: Queue[int] = Queue()
    for moment in range(100):
        for key in range(1000):
            queue.plan(key, float(1000 + moment))
    assert len(queue) == 1000
    assert queue.size <= 2 * 1000 + 65


def test_what_is_dropped_is_not_kept_until_it_would_have_been_due() -> None:
    queue: Queue[int] = Queue()
    for key in range(10_000):
        queue.plan(key, 1e9)
        queue.drop(key)
    assert (len(queue), queue.next_due()) == (0, None)
    assert queue.size <= 65


def test_what_is_due_at_the_same_moment_comes_up_as_it_was_planned() -> None:
    queue: Queue[int] = Queue()
    for key in (3, 1, 2):
        queue.plan(key, 5.0)
    queue.plan(3, 5.0)
    assert [queue.take(5.0) for _ in range(4)] == [3, 1, 2, None]


@given(
    st.lists(
        st.tuples(st.sampled_from(["plan", "drop", "take"]), st.integers(0, 9), st.integers(0, 20)),
        max_size=400,
    )
)
def test_a_queue_gives_out_what_is_due_first_whatever_was_moved(
    steps: list[tuple[str, int, int]],
) -> None:
    queue: Queue[int] = Queue()
    planned: dict[int, float] = {}
    for what, key, moment in steps:
        if what == "plan":
            queue.plan(key, moment)
            planned[key] = moment
        elif what == "drop":
            queue.drop(key)
            planned.pop(key, None)
        else:
            taken = queue.take(moment)
            first = min(planned.values(), default=None)
            if first is None or first > moment:
                assert taken is None
            else:
                assert taken is not None
                assert planned.pop(taken) == first
        assert queue.next_due() == min(planned.values(), default=None)
        assert {one: queue.due(one) for one in planned} == planned
        assert queue.size <= 2 * len(planned) + 65
