"""How the jobs of a run stand now, as data by `status.schema.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.results import time_text
from runner.values import compact, well_formed

if TYPE_CHECKING:
    from runner.standing import JobStanding, Standing
    from runner.values import Json

FORMAT_VERSION = 1


def status_json(standing: Standing) -> str:
    """One line of JSON."""
    results = standing.results
    fields: dict[str, Json] = {
        "formatVersion": FORMAT_VERSION,
        "run": {
            "id": results.run.id,
            "project": results.run.project,
            "status": results.status.value,
            "startedAt": time_text(results.started_at),
            "endedAt": time_text(results.ended_at),
        },
        "complete": standing.is_whole,
        "counts": {status.value: count for status, count in standing.counts.items()},
        "jobs": [_job(each) for each in standing.jobs],
    }
    return f"{well_formed(compact(fields))}\n"


def _job(each: JobStanding) -> Json:
    newest = each.job.newest
    seen = each.execution or newest
    return {
        "job": each.job.name,
        "before": each.job.status.value,
        "now": each.now.value,
        "reason": each.reason,
        "waitsFor": list(each.waits_for),
        "attempt": newest.number if newest else None,
        "executionArn": each.arn,
        "monitorUrl": each.monitor_url,
        "startedAt": time_text(seen.started_at) if seen else None,
        "stoppedAt": time_text(seen.stopped_at) if seen else None,
        "error": each.error,
        "cause": each.cause,
        "asked": each.execution is not None,
    }
