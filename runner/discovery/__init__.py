"""From what an account has to the specs of a project: chosen, matched, composed, written.

Files of people are never written anew: single bytes are put in (see `splicing`).
"""

from runner.discovery.choosing import Choice, choose, has_tags
from runner.discovery.composing import (
    DEFINITIONS,
    Composed,
    Ground,
    Outdated,
    SpecFile,
    compose,
    outdated,
    project_name,
    update,
)
from runner.discovery.matching import gone, known_jobs, may_run, runs, unclear
from runner.discovery.storing import check_folder, store
from runner.discovery.types import (
    Discovery,
    FileChange,
    Filters,
    Found,
    KnownJob,
    Listing,
    Seen,
    VanishedMachine,
    arn_of,
)

__all__ = [
    "DEFINITIONS",
    "Choice",
    "Composed",
    "Discovery",
    "FileChange",
    "Filters",
    "Found",
    "Ground",
    "KnownJob",
    "Listing",
    "Outdated",
    "Seen",
    "SpecFile",
    "VanishedMachine",
    "arn_of",
    "check_folder",
    "choose",
    "compose",
    "gone",
    "has_tags",
    "known_jobs",
    "may_run",
    "outdated",
    "project_name",
    "runs",
    "store",
    "unclear",
    "update",
]
