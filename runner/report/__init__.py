"""Reports: functions from values to text. Who calls them writes the text, and nothing else does.

A renderer cleans whatever comes from outside. What goes to a log that GitHub's runner reads
goes through `defuse` as a whole.
"""

from runner.report.cleaning import clean, defuse, one_line
from runner.report.diagnostics import diagnostics_json, diagnostics_text, github_annotations
from runner.report.drift import drift_json, drift_markdown, drift_text
from runner.report.graph import GraphJob, graph_of_plan, graph_of_spec, graph_text, mermaid
from runner.report.layout import plural
from runner.report.plan_markdown import plan_markdown
from runner.report.plan_text import plan_text
from runner.report.results_markdown import results_markdown
from runner.report.results_text import duration, results_text
from runner.report.stale import stale_json, stale_text
from runner.report.words import counts_line

__all__ = [
    "GraphJob",
    "clean",
    "counts_line",
    "defuse",
    "diagnostics_json",
    "diagnostics_text",
    "drift_json",
    "drift_markdown",
    "drift_text",
    "duration",
    "github_annotations",
    "graph_of_plan",
    "graph_of_spec",
    "graph_text",
    "mermaid",
    "one_line",
    "plan_markdown",
    "plan_text",
    "plural",
    "results_markdown",
    "results_text",
    "stale_json",
    "stale_text",
]
