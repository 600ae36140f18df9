"""GitHub: what a workflow tells, pull requests and their comments, outputs and summaries.

The only door to GitHub. Its errors are `GitHubError`: who calls decides whether they matter.
"""

from runner.github.body import Body
from runner.github.client import Client
from runner.github.comments import Comment
from runner.github.files import write_outputs, write_summary
from runner.github.oidc import id_token
from runner.github.patience import Patience
from runner.github.workflow import PullRequest, Workflow, read

__all__ = [
    "Body",
    "Client",
    "Comment",
    "Patience",
    "PullRequest",
    "Workflow",
    "id_token",
    "read",
    "write_outputs",
    "write_summary",
]
