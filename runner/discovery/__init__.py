"""From what an account has to the specs of a project: chosen, matched, composed, written.

Files of people are never written anew: single bytes are put in (see `splicing`).
"""

from runner.discovery.choosing import Choice, choose, has_tags
from runner.discovery.composing import (
    DEFINITIONS,
    Composed,
    Ground,
    compose,
    project_name,
)
from runner.discovery.matching import gone, known_jobs, may_run, runs, unclear
from runner.discovery.storing import check_folder, held_back, store
from runner.discovery.types import (
    Discovery,
    FileChange,
    Filters,
    Found,
    KnownJob,
    Listing,
    Note,
    Seen,
    VanishedMachine,
    arn_of,
)
from runner.discovery.updating import Outdated, SpecFile, outdated, update

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
    "Note",
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
    "held_back",
    "known_jobs",
    "may_run",
    "outdated",
    "project_name",
    "runs",
    "store",
    "unclear",
    "update",
]
