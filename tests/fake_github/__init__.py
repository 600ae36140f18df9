"""A fake of GitHub's API on loopback: pull requests, comments, commits, GraphQL, OIDC.

It runs in a thread of the test, which sets and reads it also while another process calls it.
"""

from tests.fake_github.fake import FakeGitHub, Request
from tests.fake_github.faults import (
    BAD_GATEWAY,
    BROKEN,
    DROPPED,
    LOST,
    LOST_BEHIND_GATEWAY,
    NOT_JSON,
    READ_ONLY,
    TRUNCATED,
    UNAUTHORIZED,
    UNPROCESSABLE,
    Fault,
    limited,
    odd,
    redirect,
    slow,
    throttled,
)
from tests.fake_github.world import ACTIONS, Change, Identity, Pull, World

__all__ = [
    "ACTIONS",
    "BAD_GATEWAY",
    "BROKEN",
    "DROPPED",
    "LOST",
    "LOST_BEHIND_GATEWAY",
    "NOT_JSON",
    "READ_ONLY",
    "TRUNCATED",
    "UNAUTHORIZED",
    "UNPROCESSABLE",
    "Change",
    "FakeGitHub",
    "Fault",
    "Identity",
    "Pull",
    "Request",
    "World",
    "limited",
    "odd",
    "redirect",
    "slow",
    "throttled",
]
