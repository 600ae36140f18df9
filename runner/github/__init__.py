"""GitHub: what a workflow tells, pull requests and their comments, outputs and summaries.

The only door to GitHub. Its errors are `GitHubError`: who calls decides whether they matter.
"""

from runner.github.workflow import PullRequest, Workflow

__all__ = ["PullRequest", "Workflow"]
