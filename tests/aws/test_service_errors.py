"""Every error that the service's own model names for a call of ours has a meaning here."""

from __future__ import annotations

import pytest
from botocore.session import Session

from runner.aws.codes import meaning
from runner.errors import AccessDenied, NotFound, ProviderError, Rejected, Throttled

MEANINGS: dict[str, type[ProviderError]] = {
    "ExecutionAlreadyExists": Rejected,
    "ExecutionDoesNotExist": NotFound,
    "ExecutionLimitExceeded": Throttled,
    "ExecutionNotRedrivable": Rejected,
    "InvalidArn": Rejected,
    "InvalidExecutionInput": Rejected,
    "InvalidName": Rejected,
    "InvalidToken": Rejected,
    "KmsAccessDeniedException": AccessDenied,
    "KmsInvalidStateException": Rejected,
    "KmsThrottlingException": Throttled,
    "ResourceNotFound": NotFound,
    "StateMachineDeleting": Rejected,
    "StateMachineDoesNotExist": NotFound,
    "StateMachineTypeNotSupported": Rejected,
    "ValidationException": Rejected,
}
CALLS = [
    "DescribeExecution",
    "DescribeStateMachine",
    "DescribeStateMachineAlias",
    "DescribeStateMachineForExecution",
    "GetExecutionHistory",
    "ListExecutions",
    "RedriveExecution",
    "StartExecution",
    "StartSyncExecution",
    "StopExecution",
]
MODEL = Session().get_service_model("stepfunctions")


@pytest.mark.parametrize("call", CALLS)
def test_every_error_that_the_service_names_has_the_meaning_that_is_meant(call: str) -> None:
    named = {shape.name for shape in MODEL.operation_model(call).error_shapes}
    assert named
    assert named <= MEANINGS.keys()
    for code in named:
        kind, _ = meaning(code, 400, "why")
        assert kind is MEANINGS[code]
