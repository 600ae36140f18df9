"""Who is told what happens in a run: the results files, the logs and the live view."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from runner import results
from runner.errors import Refused
from runner.schedule import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from runner.engine.ledger import Ledger
    from runner.results import RunResults
    from runner.schedule import Now
    from runner.values import Json

    Sink = Callable[[Mapping[str, Json]], None]

WRITE_EVERY = 1.0
"""Seconds between two writes of results.json, at least."""

_SHARE = 20.0
"""A write that takes long is repeated only after this many times its own duration."""


class View(Protocol):
    """Shows a run while it goes on. It is called in the run's own thread."""

    @property
    def every(self) -> float:
        """Seconds between two calls of `show`."""

    def show(self, results: RunResults, now: datetime) -> None:
        """Show how the run is."""


class Reporter:
    """Tells files, logs and view of each transition. A file that can't be written any more is

    reported once, and the run goes on. Raises Refused from `begin` where the first write fails.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        path: Path | None,
        sinks: Sequence[Sink],
        view: View | None,
        seconds: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._path = path
        self._sinks = sinks
        self._view = view
        self._seconds = seconds
        self._journal: results.Journal | None = None
        self._changed = False
        self._next_write = 0.0
        self._next_view = 0.0
        self._failing: set[str] = set()

    def begin(self, now: Now) -> None:
        """Write the first results, in which nothing has begun, before anything begins."""
        if self._path is not None:
            results.check_writable(self._path)
            try:
                self._journal = results.Journal(results.journal_path(self._path))
                results.write(self._path, self._ledger.document(self._ledger.results(now)))
            except OSError as error:
                raise Refused(
                    f"results can't be written to {self._path}: {error.strerror}"
                ) from error
        self._next_write = now.seconds + WRITE_EVERY
        begun = self._ledger.results(now)
        details: dict[str, Json] = {
            "runId": begun.run.id,
            "project": begun.run.project,
            "jobs": len(begun.jobs),
        }
        self.note(Note("run_started", details=details), now)

    def note(self, note: Note, now: Now) -> None:
        """Tell everyone of a transition; it is in the journal when this returns."""
        self.notes([note], now)

    def notes(self, notes: Sequence[Note], now: Now) -> None:
        """Tell everyone of transitions, in their order, with one write of the journal."""
        if not notes:
            return
        told = [self._ledger.note(note, now) for note in notes]
        if self._journal is not None:
            try:
                self._journal.append([line for _, line in told])
            except OSError as error:
                self._failed("results.jsonl", error, now)
        for sink in self._sinks:
            for record, _ in told:
                sink(record)
        self._changed = True

    def wake_at(self) -> float | None:
        """When `tick` is wanted."""
        times = []
        if self._changed and self._path is not None:
            times.append(self._next_write)
        if self._view is not None:
            times.append(self._next_view)
        return min(times, default=None)

    def tick(self, now: Now) -> None:
        """Write and show what has changed, where it is time to."""
        if self._changed and self._path is not None and now.seconds >= self._next_write:
            self._write(self._ledger.results(now), now)
        if self._view is not None and now.seconds >= self._next_view:
            self._next_view = now.seconds + self._view.every
            self._show(self._ledger.results(now), now)

    def end(self, now: Now, *, interrupted: bool) -> RunResults:
        """Write the last results and return them."""
        ended = self._ledger.results(now, ended=True, interrupted=interrupted)
        self.note(Note("run_ended", details={"runStatus": ended.status.value}), now)
        ended = self._ledger.results(now, ended=True, interrupted=interrupted)
        if self._path is not None:
            self._write(ended, now)
            ended = replace(
                self._ledger.results(now, ended=True, interrupted=interrupted),
                is_written="results.json" not in self._failing,
            )
        self._show(ended, now)
        if self._journal is not None:
            # What a network's disk could not take it tells only now.
            with suppress(OSError):
                self._journal.close()
        return ended

    def _show(self, taken: RunResults, now: Now) -> None:
        """A terminal that was closed must not end the run."""
        if self._view is None:
            return
        try:
            self._view.show(taken, now.wall)
        except OSError:
            self._view = None

    def _write(self, taken: RunResults, now: Now) -> None:
        if self._path is None:
            return
        began = self._seconds()
        self._changed = False
        try:
            results.write(self._path, self._ledger.document(taken))
            self._failing.discard("results.json")
        except OSError as error:
            self._failed("results.json", error, now)
        took = self._seconds() - began
        self._next_write = now.seconds + took + max(WRITE_EVERY, _SHARE * took)

    def _failed(self, what: str, error: OSError, now: Now) -> None:
        """Say once that a file can't be written."""
        if what in self._failing:
            return
        self._failing.add(what)
        problem = f"{what} could not be written: {error.strerror or error}"
        if problem not in self._ledger.problems:
            self._ledger.problems.append(problem)
        self.note(Note("results_not_written", reason=problem), now)
