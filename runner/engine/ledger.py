"""What has happened in a run so far, fit to be shown: sensitive values are masked here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner import values
from runner.engine.world import total_calls
from runner.masking import Masker
from runner.plan import SENSITIVE
from runner.provider import CallCounts, Execution, ExecutionStatus
from runner.results import (
    JobResult,
    RunResults,
    RunStatus,
    compose,
    job_text,
    line,
    time_text,
    verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runner.provider import Provider
    from runner.results import Attempt, RunInfo
    from runner.schedule import JobState, Note, Now, Schedule
    from runner.values import Json

Record = dict[str, "Json"]
"""One transition as it is logged and kept: `time`, `event`, and what else is known of it."""


class Ledger:
    """Owns the results of a run while it runs. `secrets` are the values known beforehand."""

    def __init__(
        self,
        schedule: Schedule,
        *,
        run: RunInfo,
        providers: Mapping[str, Provider],
        secrets: Iterable[Json],
        include_inputs: bool,
        now: Now,
    ) -> None:
        self._states = schedule.jobs
        self._run = run
        self._providers = providers
        self._include_inputs = include_inputs
        self._started_at = now.wall
        self._secrets: dict[str, Json] = {}
        self._masker: Masker | None = None
        self.hide(secrets)
        self._events: list[Record] = []
        self._event_texts: list[str] = []
        self._jobs: dict[str, JobResult] = {}
        self._texts: dict[str, str] = {}
        self._changed = dict.fromkeys(self._states)
        self.problems: list[str] = []

    def hide(self, secrets: Iterable[Json]) -> None:
        """Mask these values from now on."""
        for secret in secrets:
            key = values.canonical(secret)
            if key not in self._secrets:
                self._secrets[key] = secret
                self._masker = None

    def note(self, note: Note, now: Now) -> tuple[Record, str]:
        """Keep a transition; returns it as a record and as one line of JSON."""
        if note.job is not None:
            state = self._states[note.job]
            self.hide(_secrets_of(state))
            self._changed[note.job] = None
        record: Record = {"time": time_text(now.wall), "event": note.event}
        if note.job is not None:
            record["job"] = note.job
        if note.attempt is not None:
            record["attempt"] = note.attempt
        if note.status is not None:
            record["status"] = note.status.value
        if note.reason:
            record["reason"] = self._text(note.reason)
        record.update(note.details)
        text = line(record)
        self._events.append(record)
        self._event_texts.append(text)
        return record, text

    def results(self, now: Now, *, ended: bool = False, interrupted: bool = False) -> RunResults:
        """The run as it is at a moment, and how it went when it has ended."""
        self._refresh()
        results = RunResults(
            run=self._run,
            status=RunStatus.RUNNING,
            started_at=self._started_at,
            ended_at=now.wall if ended else None,
            jobs=tuple(self._jobs.values()),
            calls={name: CallCounts(*counts) for name, counts in self._calls().items()},
            events=tuple(self._events),
            problems=tuple(self.problems),
        )
        if not ended:
            return results
        return replace(results, status=verdict(results.counts, interrupted=interrupted))

    def document(self, results: RunResults) -> str:
        """The results just taken, as JSON text."""
        jobs = [self._text_of(job) for job in results.jobs]
        return compose(results, jobs=jobs, events=self._event_texts)

    def _refresh(self) -> None:
        """Make results of the jobs that changed; between two looks most change several times."""
        for name in self._changed:
            self._jobs[name] = self._result(self._states[name])
            self._texts.pop(name, None)
        self._changed.clear()

    def _text_of(self, job: JobResult) -> str:
        text = self._texts.get(job.name)
        if text is None:
            text = self._texts[job.name] = job_text(job)
        return text

    def _calls(self) -> Mapping[str, tuple[int, int, int]]:
        return total_calls(self._providers)

    def _text(self, text: str) -> str:
        if self._masker is None:
            self._masker = Masker(self._secrets.values())
        return self._masker.text(text)

    def _masked(self, value: Json) -> Json:
        if self._masker is None:
            self._masker = Masker(self._secrets.values())
        return self._masker.value(value)

    def _result(self, state: JobState) -> JobResult:
        job = state.job
        hidden = {parameter.name for parameter in job.parameters if parameter.sensitive}
        rendered = state.rendered
        return JobResult(
            name=job.name,
            status=state.status,
            reason=self._text(state.reason),
            platform=job.platform,
            machine=str(job.machine),
            type=job.machine_type,
            place=job.place,
            needs=job.needs,
            fingerprint=state.fingerprint,
            attempts=tuple(self._attempt(attempt, job.platform) for attempt in state.told),
            outputs=self._shown(state.outputs, hidden),
            missing=state.missing,
            misfits=tuple((name, self._text(why)) for name, why in state.misfits),
            input_bytes=rendered.size if rendered else None,
            input=self._shown(rendered.values, hidden)
            if rendered and self._include_inputs
            else None,
        )

    def _shown(self, shown: Mapping[str, Json], hidden: set[str]) -> Mapping[str, Json]:
        return {
            name: SENSITIVE if name in hidden else self._masked(value)
            for name, value in shown.items()
        }

    def _attempt(self, attempt: Attempt, platform: str) -> Attempt:
        url = self._url(attempt, platform)
        if url is None and attempt.error is None and attempt.cause is None:
            return attempt
        return replace(
            attempt,
            error=self._text(attempt.error) if attempt.error else attempt.error,
            cause=self._text(attempt.cause) if attempt.cause else attempt.cause,
            monitor_url=url,
        )

    def _url(self, attempt: Attempt, platform: str) -> str | None:
        if attempt.arn is None:
            return None
        status = ExecutionStatus.UNRECOGNISED
        execution = Execution(
            attempt.arn, attempt.name, status, attempt.status or "", attempt.started_at
        )
        return self._providers[platform].monitor_url(execution)


def _secrets_of(state: JobState) -> Iterable[Json]:
    hidden = {parameter.name for parameter in state.job.parameters if parameter.sensitive}
    yield from state.rendered.secrets if state.rendered else ()
    yield from state.secrets
    yield from (value for name, value in state.outputs.items() if name in hidden)
