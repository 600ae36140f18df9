"""Every error that AWS's own models name for a call that is made is explained in one table."""

from __future__ import annotations

import pytest
from botocore.session import Session

from runner.aws.actions import ACTIONS
from runner.aws.codes import kind_of, meaning
from runner.aws.explanations import TABLE
from runner.errors import (
    AccessDenied,
    CredentialsFailed,
    NotFound,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
)
from tests.aws.made_calls import code_of, codes_of, error_of, made_calls, services

CALLS = made_calls()

MEANINGS: dict[str, type[ProviderError]] = {
    "AccessDeniedException": AccessDenied,
    "ExecutionAlreadyExists": Rejected,
    "ExecutionDoesNotExist": NotFound,
    "ExecutionLimitExceeded": Throttled,
    "ExecutionNotRedrivable": Rejected,
    "ExpiredTokenException": CredentialsFailed,
    "IDPCommunicationError": Transient,
    "IDPRejectedClaim": AccessDenied,
    "IllegalArgumentException": Rejected,
    "InternalServiceException": Transient,
    "InvalidArn": Rejected,
    "InvalidExecutionInput": Rejected,
    "InvalidIdentityToken": Rejected,
    "InvalidInput": Rejected,
    "InvalidName": Rejected,
    "InvalidPaginationTokenException": Rejected,
    "InvalidParameterException": Rejected,
    "InvalidToken": Rejected,
    "KmsAccessDeniedException": AccessDenied,
    "KmsInvalidStateException": Rejected,
    "KmsThrottlingException": Throttled,
    "MalformedPolicyDocument": Rejected,
    "NoSuchEntity": NotFound,
    "NoSuchResourceException": NotFound,
    "PackedPolicyTooLarge": Rejected,
    "PaginationTokenExpiredException": Rejected,
    "PolicyEvaluation": Transient,
    "RegionDisabledException": AccessDenied,
    "ResourceNotFound": NotFound,
    "ServiceException": Transient,
    "ServiceFailure": Transient,
    "StateMachineDeleting": Rejected,
    "StateMachineDoesNotExist": NotFound,
    "StateMachineTypeNotSupported": Rejected,
    "ThrottledException": Throttled,
    "TooManyRequestsException": Throttled,
    "ValidationException": Rejected,
}
"""By the code in an answer: what is retried, what is waited for and what is final hang on it."""


def test_the_calls_are_read_from_the_source() -> None:
    assert services() >= {"stepfunctions", "sts", "iam"}
    assert CALLS.keys() >= {
        "AssumeRole",
        "AssumeRoleWithWebIdentity",
        "DescribeExecution",
        "DescribeStateMachineForExecution",
        "GetCallerIdentity",
        "ListStateMachineAliases",
        "ListStateMachineVersions",
        "ListStateMachines",
        "RedriveExecution",
        "SimulatePrincipalPolicy",
        "StartExecution",
        "StartSyncExecution",
        "StopExecution",
    }


@pytest.mark.parametrize("call", sorted(CALLS))
def test_every_error_that_a_model_names_is_explained(call: str) -> None:
    """A new call makes this fail until each of its errors has an entry."""
    missing = codes_of(CALLS[call]) - TABLE.keys()
    assert not missing, f"runner/aws/explanations.py lacks {sorted(missing)}"


@pytest.mark.parametrize("call", sorted(CALLS))
def test_every_error_that_a_model_names_has_the_kind_that_is_meant(call: str) -> None:
    for shape in CALLS[call].error_shapes:
        status = error_of(shape).get("httpStatusCode", 400)
        code = code_of(shape)
        assert kind_of(code, status) is MEANINGS[code]


@pytest.mark.parametrize("call", sorted(CALLS))
def test_every_error_says_what_it_means_and_the_way_out(call: str) -> None:
    for code in codes_of(CALLS[call]):
        kind, message = meaning(code, 400, "why", operation=call)
        assert TABLE[code].means in message
        assert f"({code})" in message
        assert message.count("The way out: ") == 1
        assert message.endswith(".")
        assert ("why" in message) is (kind is not CredentialsFailed)


def test_the_action_of_every_call_is_known() -> None:
    assert ACTIONS.keys() == CALLS.keys()


def test_a_call_that_is_not_made_would_be_found_out() -> None:
    create = Session().get_service_model("stepfunctions").operation_model("CreateStateMachine")
    assert "CreateStateMachine" not in CALLS
    assert codes_of(create) - TABLE.keys()
