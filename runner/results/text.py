"""Results as JSON text, and back. Its schema is `results.schema.json`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from runner import values
from runner.errors import Place, Refused
from runner.model import DefaultAuth, MachineType, auth_from_json, auth_to_json
from runner.provider import CallCounts
from runner.results.outcome import Attempt, Status
from runner.results.records import (
    FORMAT_VERSION,
    JobResult,
    PlatformInfo,
    RunInfo,
    RunResults,
    RunStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runner.values import Json


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_json(results: RunResults) -> str:
    """The whole document, one job and one event a line."""
    return compose(
        results,
        jobs=[job_text(job) for job in results.jobs],
        events=[line(dict(event)) for event in results.events],
    )


def compose(results: RunResults, *, jobs: Iterable[str], events: Iterable[str]) -> str:
    """The document around jobs and events that are JSON text already."""
    head: dict[str, Json] = {
        "formatVersion": FORMAT_VERSION,
        "run": _run(results),
        "platforms": {name: _platform(each) for name, each in results.run.platforms.items()},
        "counts": {status.value: count for status, count in results.counts.items()},
        "calls": {operation: _calls(counts) for operation, counts in results.calls.items()},
        "problems": list(results.problems),
    }
    lines = [f'  "{key}": {line(value)}' for key, value in head.items()]
    lines.append(f'  "jobs": {_lines(jobs)}')
    lines.append(f'  "events": {_lines(events)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _lines(texts: Iterable[str]) -> str:
    inside = ",\n    ".join(texts)
    return f"[\n    {inside}\n  ]" if inside else "[]"


def line(value: Json) -> str:
    """One line of JSON that any file and any log can hold.

    By json's own encoder, ten times as fast, where no Decimal is in it.
    """
    try:
        text = _ENCODER.encode(value)
    except TypeError:
        text = values.compact(value)
    return values.well_formed(text)


def job_text(job: JobResult) -> str:
    """One job's result as one line of JSON."""
    newest = job.newest
    return line(
        {
            "name": job.name,
            "status": job.status.value,
            "reason": job.reason,
            "platform": job.platform,
            "stateMachine": job.machine,
            "type": job.type.value,
            "executionArn": newest.arn if newest else None,
            "executionName": newest.name if newest else None,
            "monitorUrl": newest.monitor_url if newest else None,
            "fingerprint": job.fingerprint,
            "needs": list(job.needs),
            "attempts": [_attempt(attempt) for attempt in job.attempts],
            "outputs": dict(job.outputs),
            "missingOutputs": list(job.missing),
            "misfitOutputs": dict(job.misfits),
            "inputBytes": job.input_bytes,
            "file": job.place.file,
            "line": job.place.line,
            "column": job.place.column,
            **({} if job.input is None else {"input": dict(job.input)}),
        }
    )


def _run(results: RunResults) -> dict[str, Json]:
    run = results.run
    return {
        "id": run.id,
        "project": run.project,
        "commit": run.commit,
        "status": results.status.value,
        "startedAt": time_text(results.started_at),
        "endedAt": time_text(results.ended_at),
        "local": run.local,
        "version": run.version,
    }


def _platform(platform: PlatformInfo) -> dict[str, Json]:
    return {
        "type": platform.type,
        "region": platform.region,
        "accountId": platform.account_id,
        "endpointUrl": platform.endpoint_url,
        **({} if platform.auth == DefaultAuth() else {"auth": auth_to_json(platform.auth)}),
    }


def _calls(counts: CallCounts) -> dict[str, Json]:
    return {"calls": counts.calls, "retries": counts.retries, "throttles": counts.throttles}


def _attempt(attempt: Attempt) -> Json:
    return {
        "number": attempt.number,
        "name": attempt.name,
        "executionArn": attempt.arn,
        "status": attempt.status,
        "startedAt": time_text(attempt.started_at),
        "stoppedAt": time_text(attempt.stopped_at),
        "error": attempt.error,
        "cause": attempt.cause,
        "adopted": attempt.adopted,
        "redriveCount": attempt.redrive_count,
        "monitorUrl": attempt.monitor_url,
    }


def time_text(time: datetime | None) -> str | None:
    """RFC 3339 with milliseconds, in the zone that the time carries."""
    return time.isoformat(timespec="milliseconds") if time is not None else None


def from_json(text: str) -> RunResults:
    """Read a results document. Raises Refused where it is not one of this format."""
    try:
        document = values.parse(text)
    except values.NotJson as error:
        raise Refused(f"the results file is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise Refused("the results file is not a JSON object: apply writes a new one")
    check_version(document)
    try:
        return _results(cast("dict[str, _Any]", document))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(f"the results file does not follow its schema: {error!r}") from error


def check_version(document: Mapping[str, Json]) -> None:
    """Refuse results of another format than this version's. Raises Refused."""
    version = document.get("formatVersion")
    if isinstance(version, bool) or version != FORMAT_VERSION:
        shown = values.compact(version)[:20] if isinstance(version, int) else "unknown"
        raise Refused(
            f"the results file is of format {shown}, and this version of stepfleet reads format"
            f" {FORMAT_VERSION}: use the version that wrote it"
        )


if TYPE_CHECKING:
    from typing import Any as _Any


def _results(document: dict[str, _Any]) -> RunResults:
    run = document["run"]
    return RunResults(
        run=RunInfo(
            id=run["id"],
            project=run["project"],
            commit=run["commit"],
            version=run["version"],
            local=run["local"],
            platforms={name: _read_platform(each) for name, each in document["platforms"].items()},
        ),
        status=RunStatus(run["status"]),
        started_at=_moment(run["startedAt"]),
        ended_at=_time(run["endedAt"]),
        jobs=tuple(_job(job) for job in document["jobs"]),
        calls={name: CallCounts(**counts) for name, counts in document["calls"].items()},
        events=tuple(document["events"]),
        problems=tuple(document["problems"]),
    )


def _read_platform(platform: dict[str, _Any]) -> PlatformInfo:
    return PlatformInfo(
        type=platform["type"],
        region=platform["region"],
        account_id=platform["accountId"],
        endpoint_url=platform["endpointUrl"],
        auth=auth_from_json(platform["auth"]) if "auth" in platform else DefaultAuth(),
    )


def _job(job: dict[str, _Any]) -> JobResult:
    return JobResult(
        name=job["name"],
        status=Status(job["status"]),
        reason=job["reason"],
        platform=job["platform"],
        machine=job["stateMachine"],
        type=MachineType(job["type"]),
        place=Place(job["file"], job["line"], job["column"]),
        needs=tuple(job["needs"]),
        fingerprint=job["fingerprint"],
        attempts=tuple(_read_attempt(attempt) for attempt in job["attempts"]),
        outputs=job["outputs"],
        missing=tuple(job["missingOutputs"]),
        misfits=tuple(job["misfitOutputs"].items()),
        input_bytes=job["inputBytes"],
        input=job.get("input"),
    )


def _read_attempt(attempt: dict[str, _Any]) -> Attempt:
    return Attempt(
        number=attempt["number"],
        name=attempt["name"],
        arn=attempt["executionArn"],
        status=attempt["status"],
        started_at=_time(attempt["startedAt"]),
        stopped_at=_time(attempt["stoppedAt"]),
        error=attempt["error"],
        cause=attempt["cause"],
        adopted=attempt["adopted"],
        redrive_count=attempt["redriveCount"],
        monitor_url=attempt["monitorUrl"],
    )


def _time(text: str | None) -> datetime | None:
    return _moment(text) if text is not None else None


def _moment(text: str) -> datetime:
    """A time with its zone. Raises ValueError for one without, or beyond what UTC can tell."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no zone")
    try:
        time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text[:40]!r} is out of range") from error
    return time
