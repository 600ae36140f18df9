"""AWS: sessions, clients, credentials, and the door at which its errors become ours."""

from runner.aws.assuming import assume
from runner.aws.clients import STAND_IN_ACCOUNT, Clients, Session, account_id, clients, session
from runner.aws.tagging import tagging
from runner.aws.translation import aws_errors
from runner.aws.web_identity import Credentials, WebIdentity

__all__ = [
    "STAND_IN_ACCOUNT",
    "Clients",
    "Credentials",
    "Session",
    "WebIdentity",
    "account_id",
    "assume",
    "aws_errors",
    "clients",
    "session",
    "tagging",
]
