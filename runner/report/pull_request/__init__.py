"""What a pull request and its workflow runs show: plans, complaints, runs, differences.

All of it is Markdown within a size in bytes of UTF-8, but for what goes to a log.
"""

from runner.report.pull_request.comment import pull_comment, pull_summary
from runner.report.pull_request.differences import differences_markdown, differences_text
from runner.report.pull_request.links import Links
from runner.report.pull_request.run import ended_comment, going_comment, run_comment
from runner.report.pull_request.trouble import invalid_comment, refused_comment
from runner.report.pull_request.view import PullView

__all__ = [
    "Links",
    "PullView",
    "differences_markdown",
    "differences_text",
    "ended_comment",
    "going_comment",
    "invalid_comment",
    "pull_comment",
    "pull_summary",
    "refused_comment",
    "run_comment",
]
