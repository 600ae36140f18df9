"""Reports: functions from values to text. Who calls them writes the text, and nothing else does.

A renderer cleans whatever comes from outside. What goes to a log that GitHub's runner reads
goes through `defuse` as a whole.
"""

from runner.report.cleaning import clean, defuse, one_line
from runner.report.diagnostics import (
    diagnostics_json,
    diagnostics_text,
    github_annotations,
    github_note,
)
from runner.report.discovery import discovery_notes, discovery_specs, discovery_text
from runner.report.discovery_json import discovery_json
from runner.report.doctor import doctor_json, doctor_text
from runner.report.drift import drift_json, drift_markdown, drift_text
from runner.report.graph import GraphJob, graph_of_plan, graph_of_spec, graph_text, mermaid
from runner.report.grouping import alike
from runner.report.layout import listed, plural
from runner.report.plan_markdown import plan_markdown
from runner.report.plan_text import plan_text
from runner.report.policies import (
    MACHINES,
    PURPOSES,
    policies_json,
    policies_text,
    policy_json,
    size_notes,
)
from runner.report.pull_request import (
    Links,
    PullView,
    differences_markdown,
    differences_text,
    ended_comment,
    going_comment,
    invalid_comment,
    pull_comment,
    pull_summary,
    refused_comment,
    run_comment,
)
from runner.report.results_markdown import results_markdown
from runner.report.results_text import counted, duration, results_text
from runner.report.stale import stale_json, stale_text
from runner.report.status_json import status_json
from runner.report.status_markdown import status_markdown
from runner.report.status_text import status_text
from runner.report.stops import choice_text, stops_json, stops_text
from runner.report.words import counts_line

__all__ = [
    "MACHINES",
    "PURPOSES",
    "GraphJob",
    "Links",
    "PullView",
    "alike",
    "choice_text",
    "clean",
    "counted",
    "counts_line",
    "defuse",
    "diagnostics_json",
    "diagnostics_text",
    "differences_markdown",
    "differences_text",
    "discovery_json",
    "discovery_notes",
    "discovery_specs",
    "discovery_text",
    "doctor_json",
    "doctor_text",
    "drift_json",
    "drift_markdown",
    "drift_text",
    "duration",
    "ended_comment",
    "github_annotations",
    "github_note",
    "going_comment",
    "graph_of_plan",
    "graph_of_spec",
    "graph_text",
    "invalid_comment",
    "listed",
    "mermaid",
    "one_line",
    "plan_markdown",
    "plan_text",
    "plural",
    "policies_json",
    "policies_text",
    "policy_json",
    "pull_comment",
    "pull_summary",
    "refused_comment",
    "results_markdown",
    "results_text",
    "run_comment",
    "size_notes",
    "stale_json",
    "stale_text",
    "status_json",
    "status_markdown",
    "status_text",
    "stops_json",
    "stops_text",
]
