"""Job and run results: as values, as JSON, and as the files that a run leaves."""

from runner.results.files import Journal, check_writable, journal_path, write
from runner.results.outcome import (
    INTERRUPT_ERROR,
    STOP_ERROR,
    TIMEOUT_ERROR,
    Attempt,
    Status,
    status_left,
    status_of,
)
from runner.results.records import (
    FORMAT_VERSION,
    JobResult,
    PlatformInfo,
    RunInfo,
    RunResults,
    RunStatus,
    verdict,
)
from runner.results.text import (
    check_version,
    compose,
    from_json,
    job_text,
    line,
    time_text,
    to_json,
)

__all__ = [
    "FORMAT_VERSION",
    "INTERRUPT_ERROR",
    "STOP_ERROR",
    "TIMEOUT_ERROR",
    "Attempt",
    "JobResult",
    "Journal",
    "PlatformInfo",
    "RunInfo",
    "RunResults",
    "RunStatus",
    "Status",
    "check_version",
    "check_writable",
    "compose",
    "from_json",
    "job_text",
    "journal_path",
    "line",
    "status_left",
    "status_of",
    "time_text",
    "to_json",
    "verdict",
    "write",
]
