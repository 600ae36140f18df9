"""AWS: sessions, clients, credentials, and the door at which its errors become ours."""

from runner.aws.account_quotas import AccountQuota, account_quotas
from runner.aws.assuming import assume
from runner.aws.caller import Caller, Source, caller, source
from runner.aws.clients import STAND_IN_ACCOUNT, Clients, Session, account_id, clients, session
from runner.aws.codes import ASKS_A_PERSON
from runner.aws.configured import region as configured_region
from runner.aws.iam import Decision, Iam, Question, Role
from runner.aws.keyring import Keyring
from runner.aws.lasting import bases, of_token_file
from runner.aws.reaching import (
    Answered,
    endpoint_of,
    is_of_aws,
    nobody,
    reach,
    regions,
    speaks_states,
)
from runner.aws.tagging import tagging
from runner.aws.tokens import in_file as token_in_file
from runner.aws.translation import aws_errors
from runner.aws.web_identity import Credentials, WebIdentity

__all__ = [
    "ASKS_A_PERSON",
    "STAND_IN_ACCOUNT",
    "AccountQuota",
    "Answered",
    "Caller",
    "Clients",
    "Credentials",
    "Decision",
    "Iam",
    "Keyring",
    "Question",
    "Role",
    "Session",
    "Source",
    "WebIdentity",
    "account_id",
    "account_quotas",
    "assume",
    "aws_errors",
    "bases",
    "caller",
    "clients",
    "configured_region",
    "endpoint_of",
    "is_of_aws",
    "nobody",
    "of_token_file",
    "reach",
    "regions",
    "session",
    "source",
    "speaks_states",
    "tagging",
    "token_in_file",
]
