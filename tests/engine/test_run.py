"""The real loop: threads, the files that a run leaves, and faults that must not hang it."""

from __future__ import annotations

import json
import stat
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

import jsonschema
import pytest

from runner import engine, identity, memory, schema
from runner.engine import Options
from runner.engine.world import READ_THREADS
from runner.errors import ProviderError, Refused, Throttled
from runner.memory import Memory
from runner.provider import (
    CallCounts,
    Execution,
    History,
    Lookback,
    StartOutcome,
    StartRequest,
)
from runner.results import RunInfo, RunResults, from_json, to_json
from runner.schedule import Interrupt
from tests.fakes import FAILED, FOREVER, FakeProvider, Outcome, job, output, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from runner.arns import MachineArn
    from runner.plan import Plan
    from runner.provider import Provider
    from runner.values import Json

VALIDATOR = jsonschema.Draft202012Validator(
    schema.load("results.schema.json"), format_checker=jsonschema.FormatChecker()
)
QUICK = Outcome(seconds=0, output="{}")
INFO = RunInfo("run-1", "shop", commit="abc", version="1.0", local=True)
NOTHING: dict[str, Json] = {"vars": {}, "env": {}}


def run(made: Plan, provider: Provider, path: Path | None = None, **more: object) -> RunResults:
    return engine.run(
        made,
        run=INFO,
        context=NOTHING,
        providers={"local": provider},
        results_path=path,
        **more,  # type: ignore[arg-type]
    )


def quick() -> FakeProvider:
    return FakeProvider(otherwise=QUICK)


def test_a_run_through_threads() -> None:
    results = run(plan("a b c -> d"), quick())
    assert set(results.statuses.values()) == {"succeeded"}
    assert results.exit_code == 0
    assert results.calls["StartExecution"] == CallCounts(4)


def test_the_results_are_valid_and_read_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "results.json"
    results = run(plan("a -> b"), FakeProvider(a=FAILED), path)
    text = path.read_text()
    VALIDATOR.validate(json.loads(text))
    assert to_json(results) == text
    assert to_json(from_json(text)) == text


def test_the_journal_holds_the_events(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results = run(plan("a"), quick(), path)
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == list(results.events)


class Looks(FakeProvider):
    """Reads the files whenever an execution is to be started."""

    def __init__(self, path: Path) -> None:
        super().__init__(otherwise=QUICK)
        self.path = path
        self.seen: list[tuple[str, list[str]]] = []

    def start(self, request: StartRequest) -> StartOutcome:
        journal = self.path.with_suffix(".jsonl").read_text().splitlines()
        self.seen.append((self.path.read_text(), journal))
        return super().start(request)


def test_a_valid_file_and_the_intent_are_there_before_each_start(tmp_path: Path) -> None:
    provider = Looks(tmp_path / "results.json")
    run(plan("a -> b"), provider, provider.path)
    for document, journal in provider.seen:
        VALIDATOR.validate(json.loads(document))
        assert json.loads(journal[-1])["event"] == "starting"
    assert json.loads(provider.seen[0][0])["run"]["status"] == "running"


def test_the_file_is_replaced_not_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text("{}")
    path.chmod(0o600)
    before = path.open()
    run(plan("a"), quick(), path)
    assert before.read() == "{}"
    before.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["results.json", "results.jsonl"]


def test_a_link_to_the_results_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "results.json"
    link.symlink_to(tmp_path / "there" / "real.json")
    run(plan("a"), quick(), link)
    assert link.is_symlink()
    VALIDATOR.validate(json.loads(link.read_text()))


@pytest.mark.parametrize("name", ["", "file/results.json"])
def test_results_that_can_not_be_written_are_refused_before_anything_starts(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").write_text("")
    provider = quick()
    with pytest.raises(Refused, match="choose another file with --results"):
        run(plan("a"), provider, tmp_path / name)
    assert provider.starts == []


def test_a_results_file_that_is_its_own_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="its own journal"):
        run(plan("a"), quick(), tmp_path / "results.jsonl")


def test_a_device_is_not_replaced() -> None:
    from pathlib import Path  # noqa: PLC0415

    with pytest.raises(Refused, match="is not a file"):
        run(plan("a"), quick(), Path("/dev/null"))


class FullDisk(FakeProvider):
    """From the first start on, nothing can be written to the results' folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(a=QUICK)
        self.folder = folder

    def start(self, request: StartRequest) -> StartOutcome:
        self.folder.rename(self.folder.with_name("gone"))
        return super().start(request)


def test_a_run_goes_on_when_its_results_can_not_be_written_any_more(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    results = run(plan("a"), FullDisk(folder), folder / "results.json")
    assert results.statuses == {"a": "succeeded"}
    (problem,) = results.problems
    assert problem.startswith("results.json could not be written: No such file")
    assert "results_not_written" in [event["event"] for event in results.events]


class Broken(FakeProvider):
    def start(self, request: StartRequest) -> StartOutcome:
        raise ZeroDivisionError("a mistake of the program")

    def survey(self, machine: MachineArn, wanted: Collection[str]) -> Mapping[str, Execution]:
        return self._interrupted()

    def observe(self, execution_arn: str, *, whole: bool = False) -> Execution:
        return self._interrupted()

    def _interrupted(self) -> NoReturn:
        self.interrupt()
        self.interrupt()
        raise ZeroDivisionError("another")

    interrupt: Callable[[], None]


def test_an_exception_in_a_thread_does_not_hang_the_run() -> None:
    broken = Broken()

    @contextmanager
    def soon(put: Callable[[Interrupt], None]) -> Iterator[None]:
        broken.interrupt = lambda: put(Interrupt())
        yield

    results = run(plan("a"), broken, interrupts=soon)
    reasons = [event.get("reason", "") for event in results.events]
    assert any("internal error, ZeroDivisionError: a mistake" in str(reason) for reason in reasons)


def test_an_interrupt_is_told_once_and_ends_the_run() -> None:
    told: list[str] = []
    provider = FakeProvider(a=FOREVER)

    @contextmanager
    def when_started(put: Callable[[Interrupt], None]) -> Iterator[None]:
        start = provider.start

        def interrupting(request: StartRequest) -> StartOutcome:
            outcome = start(request)
            put(Interrupt())
            return outcome

        provider.start = interrupting  # type: ignore[method-assign]
        yield

    results = run(
        plan("a -> b"), provider, interrupts=when_started, on_interrupt=lambda: told.append("now")
    )
    assert told == ["now"]
    assert results.exit_code == 130
    assert results.statuses == {"a": "cancelled", "b": "cancelled"}


def test_no_start_is_repeated_once_the_runs_time_is_up() -> None:
    told = threading.Event()
    times: list[str] = []

    def is_over() -> None:
        times.append("now")
        told.set()

    class TurnedAway(FakeProvider):
        def start(self, request: StartRequest) -> StartOutcome:
            assert told.wait(30)
            raise Throttled("slow down")

    results = run(
        plan("a -> b"),
        TurnedAway(),
        options=Options(leave_after=0.01),
        on_interrupt=is_over,
    )
    assert results.statuses == {"a": "pending", "b": "pending"}
    assert results.exit_code == 4
    assert times == ["now"]


def test_all_start_calls_can_be_under_way_at_once() -> None:
    together = threading.Barrier(4, timeout=30)

    class Slow(FakeProvider):
        def start(self, request: StartRequest) -> StartOutcome:
            together.wait()
            return super().start(request)

    provider = Slow(otherwise=QUICK)
    assert run(plan("a b c d"), provider).exit_code == 0


def test_express_calls_do_not_hold_up_the_others() -> None:
    release = threading.Event()

    class Slow(FakeProvider):
        def run_express(
            self, request: StartRequest, *, idempotent: bool, within: float | None = None
        ) -> Execution:
            assert release.wait(30)
            return super().run_express(request, idempotent=idempotent, within=within)

        def start(self, request: StartRequest) -> StartOutcome:
            release.set()
            return super().start(request)

    made = plan(*(job(f"e{number}", express=True) for number in range(40)), "a")
    provider = Slow(otherwise=QUICK)
    assert run(made, provider).exit_code == 0


def test_a_platform_without_a_provider_is_refused() -> None:
    with pytest.raises(Refused, match="no provider for platform local"):
        engine.run(plan("a"), run=INFO, context=NOTHING, providers={})


def test_sinks_are_told_what_the_results_hold_and_the_view_sees_the_end() -> None:
    records: list[object] = []

    class View:
        every = 0.01
        shown: list[RunResults]

        def __init__(self) -> None:
            self.shown = []

        def show(self, results: RunResults, now: datetime) -> None:
            assert now.tzinfo is UTC
            self.shown.append(results)

    view = View()
    results = run(plan("a"), quick(), sinks=[records.append], view=view)
    assert records == list(results.events)
    assert view.shown[-1].statuses == {"a": "succeeded"}


def test_a_view_whose_terminal_was_closed_does_not_end_the_run() -> None:
    class Closed:
        every = 0.0

        def show(self, results: RunResults, now: datetime) -> None:
            raise BrokenPipeError

    assert run(plan("a"), quick(), view=Closed()).exit_code == 0


def test_500_jobs_with_little_room() -> None:
    names = [f"j{number}" for number in range(500)]
    provider = quick()
    results = run(plan(*names), provider, options=Options(max_parallel=20))
    assert results.counts == {"succeeded": 500}


def remembering(made: Plan, provider: FakeProvider, *, seconds_ago: float = 0.0) -> Memory:
    """What is remembered of a plan, as it was looked up so many seconds ago."""
    tags = {one.name: identity.job_tag(made.project, one.name) for one in made.jobs}
    pasts = {
        one.name: memory.pasts(
            provider.history(Lookback(one.machine, frozenset([tags[one.name]]))), [tags[one.name]]
        )[tags[one.name]]
        for one in made.jobs
    }
    return Memory(pasts, time.monotonic() - seconds_ago)


def test_a_second_run_through_threads_reads_back_and_starts_nothing() -> None:
    provider = FakeProvider(otherwise=Outcome(seconds=0, output='{"rows":7}'))
    made = plan(*(job(f"j{number}", parameters=[output("rows")]) for number in range(30)), aws=True)
    first = run(made, provider)
    second = run(made, provider, memory=remembering(made, provider))
    assert second.counts == {"up_to_date": 30}
    assert [one.outputs for one in second.jobs] == [one.outputs for one in first.jobs]
    assert second.calls["StartExecution"] == CallCounts(30)


def test_a_machine_is_looked_at_again_in_a_thread_of_its_own() -> None:
    made = plan("a", aws=True)
    provider = quick()
    results = run(made, provider, memory=remembering(made, provider, seconds_ago=60))
    assert results.counts == {"succeeded": 1}
    assert results.calls["ListExecutions"] == results.calls["DescribeStateMachine"] == CallCounts(1)


def test_an_exception_while_reading_or_looking_again_does_not_hang_the_run() -> None:
    class Mistaken(FakeProvider):
        def recall(self, wanted: Sequence[Lookback]) -> Mapping[MachineArn, History]:
            raise ZeroDivisionError("a mistake of the program")

        def describe(self, arns: Sequence[str]) -> Mapping[str, Execution | ProviderError]:
            raise ZeroDivisionError("another")

    made = plan(job("a", parameters=[output("rows")]), "b", aws=True)
    provider = Mistaken(otherwise=QUICK)
    run(plan(job("a", parameters=[output("rows")])), provider)
    seen = remembering(made, provider, seconds_ago=60)

    @contextmanager
    def soon(put: Callable[[Interrupt], None]) -> Iterator[None]:
        timer = threading.Timer(0.3, lambda: put(Interrupt()))
        timer.start()
        yield
        timer.join()

    results = run(made, provider, memory=seen, interrupts=soon)
    events = {event["event"]: str(event.get("reason")) for event in results.events}
    assert "internal error, ZeroDivisionError: another" in events["unseen"]
    assert "internal error, ZeroDivisionError: a mistake" in events["check_failed"]
    assert results.exit_code == 130


def test_an_interrupt_takes_back_what_is_still_to_be_read() -> None:
    begun = threading.Event()
    read: list[str] = []

    class Slow(FakeProvider):
        def describe(self, arns: Sequence[str]) -> Mapping[str, Execution | ProviderError]:
            read.extend(arns)
            begun.set()
            assert ended.wait(30)
            return super().describe(arns)

    ended = threading.Event()
    made = plan(*(job(f"j{number}", parameters=[output("x")]) for number in range(100)), aws=True)
    provider = Slow(otherwise=QUICK)
    run(made, provider)

    @contextmanager
    def while_reading(put: Callable[[Interrupt], None]) -> Iterator[None]:
        def interrupt() -> None:
            assert begun.wait(30)
            put(Interrupt())

        thread = threading.Thread(target=interrupt)
        thread.start()
        yield
        thread.join()

    seen = remembering(made, provider)
    results = run(made, provider, memory=seen, interrupts=while_reading)
    ended.set()
    assert results.counts == {"cancelled": 100}
    assert len(read) <= READ_THREADS
