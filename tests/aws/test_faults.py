"""Every error of the client library becomes one of ours, and none shows a credential."""

from __future__ import annotations

import inspect
import re

import boto3.exceptions
import botocore.exceptions
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.aws import aws_errors, unanswered
from runner.aws.codes import MAX_TEXT, meaning, plain
from runner.errors import (
    AccessDenied,
    CredentialsFailed,
    NotFound,
    ProviderError,
    Rejected,
    Throttled,
    Transient,
    Unreachable,
)

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"


def exceptions_of(module: object) -> list[type[Exception]]:
    found = [kind for _, kind in inspect.getmembers(module, inspect.isclass)]
    return [
        kind
        for kind in found
        if issubclass(kind, Exception)
        and not issubclass(kind, Warning)
        and kind.__module__ in ("botocore.exceptions", "boto3.exceptions")
    ]


def instance(kind: type[Exception]) -> Exception:
    """One of this class, however its constructor looks."""
    if issubclass(kind, ClientError):
        return kind({"Error": {"Code": "Odd", "Message": "odd"}}, "StartExecution")
    parameters = inspect.signature(kind.__init__).parameters.values()
    positional = [
        one
        for one in parameters
        if one.kind is one.POSITIONAL_OR_KEYWORD and one.default is one.empty
    ][1:]
    by_name = any(one.kind is one.VAR_KEYWORD for one in parameters) and not positional
    details = dict.fromkeys(re.findall(r"\{(\w+)", getattr(kind, "fmt", "")), "something")
    return kind(*(["something"] for _ in positional), **(details if by_name else {}))


ALL = [*exceptions_of(botocore.exceptions), *exceptions_of(boto3.exceptions), ResponseParserError]


def translated(error: Exception, operation: str = "StartExecution") -> ProviderError:
    with pytest.raises(ProviderError) as raised, aws_errors(operation, ARN):
        raise error
    return raised.value


def answered(code: str, status: int = 400, message: str = "why") -> ProviderError:
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return translated(ClientError(response, "StartExecution"))  # type: ignore[arg-type]


def test_the_client_library_has_exceptions_to_translate() -> None:
    assert len(ALL) > 80


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_no_exception_of_the_client_library_escapes(kind: type[Exception]) -> None:
    error = translated(instance(kind))
    assert error.operation == "StartExecution"
    assert str(error)


def test_another_error_is_none_of_this_doors_business() -> None:
    with pytest.raises(ZeroDivisionError), aws_errors("StartExecution"):
        raise ZeroDivisionError


def test_the_cause_is_kept() -> None:
    original = botocore.exceptions.NoCredentialsError()
    assert translated(original).__cause__ is original


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("ThrottlingException", 400, Throttled),
        ("Throttling", 400, Throttled),
        ("TooManyRequestsException", 429, Throttled),
        ("KmsThrottlingException", 400, Throttled),
        ("ExecutionLimitExceeded", 400, Throttled),
        ("", 429, Throttled),
        ("InternalFailure", 500, Transient),
        ("ServiceUnavailable", 503, Transient),
        ("RequestTimeout", 400, Transient),
        ("", 502, Transient),
        ("AnythingNew", 500, Transient),
        ("ExecutionDoesNotExist", 400, NotFound),
        ("StateMachineDoesNotExist", 400, NotFound),
        ("ResourceNotFound", 400, NotFound),
        ("AccessDeniedException", 400, AccessDenied),
        ("KmsAccessDeniedException", 400, AccessDenied),
        ("AnythingNew", 403, AccessDenied),
        ("ExpiredTokenException", 400, CredentialsFailed),
        ("ExpiredToken", 403, CredentialsFailed),
        ("UnrecognizedClientException", 400, CredentialsFailed),
        ("InvalidClientTokenId", 403, CredentialsFailed),
        ("InvalidSignatureException", 403, CredentialsFailed),
        ("", 401, CredentialsFailed),
        ("InvalidArn", 400, Rejected),
        ("InvalidToken", 400, Rejected),
        ("ExecutionAlreadyExists", 400, Rejected),
        ("ValidationException", 400, Rejected),
        ("AnythingNew", 400, Rejected),
        ("AnythingNew", 418, Rejected),
        ("", 0, Rejected),
    ],
)
def test_an_answer_is_told_by_its_code_and_then_by_its_status(
    code: str, status: int, kind: type[ProviderError]
) -> None:
    error = answered(code, status)
    assert type(error) is kind
    assert error.code == code


def connection(kind: type[BotoCoreError], **details: object) -> BotoCoreError:
    return kind(endpoint_url="https://states.us-east-1.amazonaws.com/", **details)


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (
            connection(botocore.exceptions.EndpointConnectionError, error="Connection refused"),
            Unreachable,
            "refuses the connection",
        ),
        (
            connection(
                botocore.exceptions.EndpointConnectionError, error="Failed to resolve 'states'"
            ),
            Unreachable,
            "can't be resolved",
        ),
        (
            connection(botocore.exceptions.EndpointConnectionError, error="No route to host"),
            Unreachable,
            "can't be reached",
        ),
        (
            connection(botocore.exceptions.ConnectTimeoutError, error="timed out"),
            Unreachable,
            "did not accept a connection",
        ),
        (
            botocore.exceptions.ProxyConnectionError(proxy_url="http://proxy:3128", error="x"),
            Unreachable,
            "HTTPS_PROXY",
        ),
        (
            connection(botocore.exceptions.ReadTimeoutError, error="timed out"),
            Transient,
            "did not answer in time",
        ),
        (
            connection(botocore.exceptions.ConnectionClosedError, error="aborted"),
            Transient,
            "closed the connection",
        ),
        (
            connection(botocore.exceptions.SSLError, error="CERTIFICATE_VERIFY_FAILED"),
            Rejected,
            "AWS_CA_BUNDLE",
        ),
        (
            connection(botocore.exceptions.SSLError, error="unexpected EOF in the middle"),
            Transient,
            "broke",
        ),
        (botocore.exceptions.NoCredentialsError(), CredentialsFailed, "AWS_PROFILE"),
        (
            botocore.exceptions.PartialCredentialsError(
                provider="env", cred_var="AWS_SECRET_ACCESS_KEY"
            ),
            CredentialsFailed,
            "AWS_SECRET_ACCESS_KEY is missing",
        ),
        (
            botocore.exceptions.ProfileNotFound(profile="prod"),
            CredentialsFailed,
            "no profile 'prod'",
        ),
        (botocore.exceptions.UnauthorizedSSOTokenError(), CredentialsFailed, "aws sso login"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_says_what_to_do(error: Exception, kind: type[ProviderError], text: str) -> None:
    told = translated(error)
    assert type(told) is kind
    assert text in str(told)


def test_every_name_of_the_table_is_an_exception_of_the_client_library() -> None:
    known = {kind.__name__ for kind in ALL} | {"ConnectionError"}
    named = {name for _, entries in unanswered.SUBJECTS for each in entries for name in each.names}
    assert named <= known


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_no_place_of_a_text_stays_empty(kind: type[Exception]) -> None:
    told = str(translated(instance(kind)))
    assert not re.search(r"\b(WHERE|REASON|PROVIDER|CRED_VAR|PROFILE|PROXY_URL|KIND)\b", told)


@pytest.mark.parametrize(
    "name", ["NoCredentialsError", "ProfileNotFound", "SSOError", "EndpointConnectionError"]
)
def test_what_has_no_answer_says_the_way_out(name: str) -> None:
    kind = getattr(botocore.exceptions, name)
    assert "The way out: " in str(translated(instance(kind)))


def test_a_denial_names_the_action_and_the_resource() -> None:
    error = answered(
        "AccessDeniedException",
        message="User: arn:aws:iam::1:user/u is not authorized to perform: states:StartExecution",
    )
    assert f"StartExecution on {ARN}: access denied" in str(error)
    assert "states:StartExecution" in str(error)


def test_a_denial_by_a_key_names_the_keys_permissions() -> None:
    assert "kms:Decrypt" in str(answered("KmsAccessDeniedException"))


@pytest.mark.parametrize("code", ["InvalidSignatureException", "SignatureDoesNotMatch"])
def test_a_request_that_the_service_quotes_is_not_shown(code: str) -> None:
    quoted = f"The Canonical String should have been: x-amz-security-token:{SECRET}"
    assert SECRET not in str(answered(code, 403, quoted))


def test_what_a_credential_helper_printed_is_not_shown() -> None:
    error = botocore.exceptions.CredentialRetrievalError(
        provider="custom-process", error_msg=f"oops {SECRET}"
    )
    told = str(translated(error))
    assert SECRET not in told
    assert "custom-process" in told


@pytest.mark.parametrize(
    "text",
    [
        f"http://user:{SECRET}@proxy:3128/",
        f"X-Amz-Security-Token={SECRET}&x=1",
        f"aws_secret_access_key = {SECRET}",
        f"Authorization: {SECRET}",
        f"Signature={SECRET}",
        "the key AKIAIOSFODNN7EXAMPLE is not active",
    ],
)
def test_what_looks_like_a_credential_is_masked(text: str) -> None:
    shown = plain(text)
    assert SECRET not in shown
    assert "AKIAIOSFODNN7EXAMPLE" not in shown
    assert "***" in shown


@settings(deadline=None, max_examples=50)
@given(st.text(), st.text(), st.integers(0, 999))
def test_any_answer_gives_one_bounded_printable_line(code: str, said: str, status: int) -> None:
    error = answered(code, status, said * 50)
    assert str(error).isprintable()
    assert len(str(error)) < 4 * MAX_TEXT


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:states:us-east-1:123456789012:stateMachine:OrdersExtractStateMachine1A2B3C4D5E6F7G8",
        "arn:aws:states:us-east-1:123456789012:execution:OrdersExtractStateMachine1A2B3C4D5E6F7G8:x",
        "the commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ],
)
def test_names_and_digests_are_not_masked(text: str) -> None:
    assert plain(text) == text


def test_a_huge_text_is_cut() -> None:
    assert len(plain("x" * 10_000_000)) <= MAX_TEXT + 1


def test_colours_and_workflow_commands_do_not_survive() -> None:
    shown = plain("\x1b[31mred\r\n::error::x\u202e")
    assert "\x1b" not in shown
    assert "\n" not in shown
    assert "\u202e" not in shown


def test_an_expired_login_says_that_running_executions_are_not_lost() -> None:
    assert "adopted" in meaning("ExpiredTokenException", 400, "")[1]
