"""A small model as judge: random projects, edits and applies, against it and the real commands.

STEPFLEET_MODEL_EXAMPLES=1000 searches longer, and another way in every run.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, chdir
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.fake_aws import FakeAws
from tests.memory import model, specs
from tests.memory.fixtures import aws_environment, kept_session, quiet
from tests.memory.model import Refused, Run, Wish
from tests.memory.tools import DAY, HOUR, Endpoint, Looks, MovingClock, Shop, muted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DataObject

    from tests.memory.model import Execution, Project
    from tests.memory.tools import Background, Done, Started

__all__ = ["aws_environment", "kept_session", "quiet"]

EXAMPLES = os.environ.get("STEPFLEET_MODEL_EXAMPLES")
LONG = settings(max_examples=int(EXAMPLES or 0) or 1, stateful_step_count=25)
SHORT = settings(max_examples=20, stateful_step_count=14, derandomize=True, database=None)
DAYS = 50
"""Twice this is more than what is remembered, and no sum of it comes near to 90."""


class Memory(RuleBasedStateMachine):
    """Edits, failures and time on one side; commands, and what the model says, on the other."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.stack.enter_context(chdir(folder))
        clock = MovingClock()
        fake = self.stack.enter_context(FakeAws(clock))
        self.endpoint = Endpoint(fake, clock)
        self.shop = Shop(folder, self.endpoint)
        self.world = model.World()
        self.project: Project = {}
        self.versions: list[Project] = []
        self.runs = 0

    def teardown(self) -> None:
        self.stack.close()

    @initialize(project=specs.projects())
    def begin(self, project: Project) -> None:
        self.project = project
        self.write()
        self.plan_and_apply(Wish())

    # Changes of the project

    @rule(data=st.data(), changes=st.lists(st.sampled_from(specs.CHANGES), min_size=1, max_size=2))
    def change(self, data: DataObject, changes: list[specs.Change]) -> None:
        for each in changes:
            each(data.draw, self.project)
        self.write()
        self.plan_and_apply(Wish())

    @rule(data=st.data())
    def change_back(self, data: DataObject) -> None:
        """To what the project was some time before."""
        self.project = dict(specs.one(data.draw, self.versions, "version"))
        self.write()
        self.plan_and_apply(Wish())

    @rule(data=st.data(), times=st.integers(1, 2), retry=st.booleans())
    def change_what_fails(self, data: DataObject, times: int, retry: bool) -> None:
        """Then try again, or leave it."""
        name = specs.of(data.draw, self.project)
        specs.change_input(data.draw, self.project, name)
        self.write()
        self.let_fail(name, times)
        self.plan_and_apply(Wish())
        self.plan_and_apply(Wish(retry=retry), *([] if retry else ["--no-retry"]))

    # What happens around it

    def let_fail(self, name: str, times: int) -> None:
        self.world.failing[name] = self.endpoint.failing[name] = times
        if times:
            note(f"# the next {times} execution(s) of {name} fail")

    @rule()
    def let_time_pass(self) -> None:
        self.endpoint.clock.move_on(DAYS * DAY)
        self.world.day += DAYS
        self.world.forget()
        note(f"# {DAYS} days pass")

    @rule(machine=st.sampled_from(["work", "work", "other", "quick"]))
    def deploy(self, machine: str) -> None:
        revision = self.world.revisions.get(machine, 0) + 1
        self.world.revisions[machine] = revision
        self.endpoint.deploy(machine, f"{revision:08}-2222-3333-4444-555555555555")
        note(f"# {machine} gets new code")
        self.plan_and_apply(Wish())

    # Commands

    @rule()
    def apply(self) -> None:
        self.plan_and_apply(Wish())

    @rule(data=st.data())
    def apply_with_rerun(self, data: DataObject) -> None:
        name = specs.of(data.draw, self.project)
        self.plan_and_apply(Wish(rerun=frozenset({name})), f"--rerun={name}")

    @rule()
    def apply_without_retry(self) -> None:
        self.plan_and_apply(Wish(retry=False), "--no-retry")

    @rule(data=st.data())
    def apply_selected(self, data: DataObject) -> None:
        name = specs.of(data.draw, self.project)
        for each in sorted({name, specs.of(data.draw, self.project)}):
            specs.change_input(data.draw, self.project, each)
        self.write()
        self.plan_and_apply(Wish(selected=frozenset({name})), f"--select={name}")

    @rule(data=st.data())
    def apply_twice_at_once(self, data: DataObject) -> None:
        """Both have looked at what is remembered before either starts anything."""
        self.change_for_several(data)
        ids = [self.new_run(), self.new_run()]
        note(" & ".join(f"$ stepfleet apply specs --run-id {each}" for each in ids))
        expected = Run(self.world, self.project, ids[0]).go()
        before = len(self.endpoint.starts)
        with muted() as out, Looks(2 if self.looks_back() else 0).watched():
            both = [self.shop.begin("--run-id", each) for each in ids]
            done = [each.end() for each in both]
        note(out.getvalue())
        self.same_starts(self.endpoint.starts[before:], expected.started)
        for each in done:
            self.same_ends(each, expected, alone=False)

    @rule(data=st.data())
    def apply_while_it_runs(self, data: DataObject) -> None:
        """One apply has a job under way; another plans, and a third finds it running."""
        slow = self.change_for_several(data)
        run = self.new_run()
        note(f"# {slow} takes its time\n$ stepfleet apply specs --run-id {run} &")
        expected = Run(self.world, self.project, run).go(stuck={slow})
        before = len(self.endpoint.starts)
        starts = before + len(expected.started)
        self.endpoint.held = {slow}
        with muted() as out:
            applies = [self.shop.begin("--run-id", run)]
            self.endpoint.wait_for(lambda: len(self.endpoint.starts) >= starts)
            if slow not in expected.ended:
                self.plan(Wish())
                if expected.exit_code == 0:
                    applies.append(self.adopt())
            note(f"# {slow} ends")
            self.endpoint.release(slow)
            done = [each.end() for each in applies]
        note(out.getvalue())
        expected.go()
        self.same_starts(self.endpoint.starts[before:], expected.started)
        for each in done:
            self.same_ends(each, expected, alone=False)

    def change_for_several(self, data: DataObject) -> str:
        """Change a job's input, in a project that starts the same in whichever run comes first."""
        self.endpoint.clock.move_on(HOUR)
        for name, job in self.project.items():
            if job.is_of_run:
                values = {key: value for key, value in job.values.items() if key != "r"}
                self.project[name] = replace(job, values=values, run="once", machine="work")
        needed = {need for job in self.project.values() for need in job.all_needs}
        name = specs.one(data.draw, sorted(needed or self.project), "job")
        specs.change_input(data.draw, self.project, name)
        self.write()
        self.let_fail(name, data.draw(st.integers(0, 1), label="failures"))
        return name

    def adopt(self) -> Background:
        """Begin an apply while another has a job under way, and wait until it has seen that."""
        run = self.new_run()
        note(f"$ stepfleet apply specs --run-id {run} &")
        looks = Looks()
        with looks.watched():
            begun = self.shop.begin("--run-id", run)
            looks.wait()
        return begun

    @invariant()
    def no_name_was_started_twice(self) -> None:
        assert set(self.endpoint.fake.world.starts.values()) <= {1}

    # How they are judged

    def plan_and_apply(self, wish: Wish, *options: str) -> None:
        actions = self.plan(wish, *options)
        run = self.new_run()
        note(f"$ stepfleet apply specs --run-id {run} {' '.join(options)}")
        done = self.shop.apply("--run-id", run, *options)
        note(done.err)
        try:
            expected = Run(self.world, self.project, run, wish).go()
        except Refused:
            assert (done.code, done.started) == (3, [])
            return
        self.same_starts(done.starts, expected.started)
        self.same_ends(done, expected)
        may_start = {name for name, action in actions.items() if action in STARTS}
        assert set(done.started) <= may_start, "it started what the plan does not start"

    def plan(self, wish: Wish, *options: str) -> dict[str, str]:
        note(f"$ stepfleet plan specs {' '.join(options)}")
        done = self.shop.plan(*options)
        note(done.err)
        try:
            Run(self.world, self.project, "?", wish)
        except Refused:
            assert done.code == 3
            return {}
        assert done.code == 0, done.out
        note(f"# {done.actions}")
        assert done.actions == model.plan(self.world, self.project, wish)
        assert done.started == []
        return done.actions

    def same_starts(self, starts: Sequence[Started], expected: Sequence[Execution]) -> None:
        """The same jobs started with the same input as the same attempt, each after its needs."""
        assert sorted(map(_as_started, starts)) == sorted(map(_as_expected, expected))
        order = [each.job for each in starts]
        for index, name in enumerate(order):
            assert not self.project[name].all_needs & set(order[index:]), order

    def same_ends(self, done: Done, expected: Run, *, alone: bool = True) -> None:
        """The same statuses and outputs; not `alone`, another may have done what it had to do."""
        selected = expected.wish.selected
        names = [each for each in self.project if selected is None or each in selected]
        for name in names:
            ended = expected.ended[name]
            status = done.statuses[name]
            assert status == ended.status or not alone, (name, status, ended)
            assert _lasting(status) == ended.lasting, (name, status, ended)
            if ended.lasting == "succeeded":
                assert done.outputs[name] == ended.outputs, name
        assert done.code == (
            1 if "failed" in {expected.ended[each].status for each in names} else 0
        )

    def looks_back(self) -> bool:
        return not all(job.is_express for job in self.project.values())

    def new_run(self) -> str:
        self.runs += 1
        return f"r{self.runs}"

    def write(self) -> None:
        text = specs.text_of(self.project)
        self.versions.append(dict(self.project))
        self.shop.write(text)
        note(text)


STARTS = ("run", "retry", "decide-later")


def _lasting(status: str) -> str:
    return "succeeded" if status == "up_to_date" else status


def _as_started(start: Started) -> tuple[str, str, str, bool, int]:
    *_, run, attempt = start.name.split("-")
    return (start.job, start.machine, repr(sorted(start.input.items())), run != "0", int(attempt))


def _as_expected(execution: Execution) -> tuple[str, str, str, bool, int]:
    given = repr(sorted(execution.input.items()))
    return (execution.job, execution.machine, given, bool(execution.run), execution.attempt)


def test_memory(aws_environment: None, kept_session: None, quiet: None) -> None:
    run_state_machine_as_test(Memory, settings=LONG if EXAMPLES else SHORT)
