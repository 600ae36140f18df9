"""The table of error codes is whole, in one style, and says the limits that it names."""

from __future__ import annotations

import re
from itertools import chain

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runner.aws.codes import MAX_TEXT, kind_of, meaning, plain
from runner.aws.explanations import SUBJECTS, TABLE, Explanation
from runner.errors import AccessDenied, CredentialsFailed, Rejected, Throttled, Transient
from tests.aws.made_calls import made_calls

ALL = list(chain.from_iterable(entries for _, entries in SUBJECTS))

UNLISTED = [
    "AccessDenied",
    "AuthFailure",
    "ExpiredToken",
    "IncompleteSignature",
    "InternalFailure",
    "InternalServerError",
    "InvalidAction",
    "InvalidClientTokenId",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "InvalidQueryParameter",
    "InvalidSignatureException",
    "MalformedQueryString",
    "MissingAction",
    "MissingAuthenticationToken",
    "MissingParameter",
    "NotAuthorized",
    "OptInRequired",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "ServiceUnavailable",
    "SignatureDoesNotMatch",
    "Throttling",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationError",
]
"""Codes that any service may answer with, and that no model lists."""


BEHIND = (
    "Signature expired: 20260101T000000Z is now earlier than 20260101T001500Z "
    "(20260101T003000Z - 15 min.)"
)
AHEAD = (
    "Signature not yet current: 20260101T010005Z is still later than 20260101T000500Z "
    "(20260101T000000Z + 5 min.)"
)
NO_TIME = (
    "Signature expired: 20269901T000000Z is now earlier than 20260101T001500Z "
    "(20260101T003000Z - 15 min.)"
)


@pytest.mark.parametrize("code", UNLISTED)
def test_an_error_that_any_service_may_give_is_explained(code: str) -> None:
    assert code in TABLE


def test_no_code_stands_in_the_table_twice() -> None:
    codes = [code for each in ALL for code in each.codes]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.codes[0])
def test_an_entry_reads_as_part_of_a_message(each: Explanation) -> None:
    for part in (each.means, each.way_out):
        assert part
        assert not part.endswith(".")
        assert part == " ".join(part.split())
    assert each.means[0].islower() or each.means.startswith(("AWS ", "IAM ", "STS "))
    assert not each.concerns or each.concerns.endswith(".")


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("ExecutionLimitExceeded", "1,000,000 open executions of an account in a region"),
        ("InvalidExecutionInput", "262,144 bytes"),
        ("InvalidName", "80 characters"),
        ("InvalidArn", "arn:PARTITION:states:REGION:ACCOUNT:stateMachine:NAME"),
        ("InvalidToken", "24 hours"),
        ("ExecutionNotRedrivable", "14 days"),
        ("KmsAccessDeniedException", "kms:Decrypt"),
        ("KmsInvalidStateException", "enable the key"),
        ("KmsThrottlingException", "AWS KMS"),
        ("ThrottlingException", "limits.share"),
        ("StateMachineTypeNotSupported", "stepFunctionsType"),
        ("InvalidIdentityToken", "OpenID Connect provider"),
        ("IDPRejectedClaim", "`sub` and `aud`"),
        ("OptInRequired", "enable the region"),
        ("RegionDisabledException", "Security Token Service"),
        ("ExpiredTokenException", "running executions are adopted"),
        ("UnrecognizedClientException", "the region is enabled for the account"),
    ],
)
def test_an_explanation_names_the_limit_the_permission_or_the_place(code: str, named: str) -> None:
    assert named in meaning(code, 400, "why")[1]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, CredentialsFailed), (403, AccessDenied), (429, Throttled), (503, Transient)],
)
def test_a_code_that_is_not_known_is_explained_by_its_status(status: int, kind: type) -> None:
    found, message = meaning("AnythingNew", status, "why")
    assert found is kind
    assert "(AnythingNew)" in message
    assert "The way out: " in message


def test_of_a_code_that_is_not_known_the_services_own_words_are_told() -> None:
    assert meaning("AnythingNew", 400, "why") == (Rejected, "AnythingNew: why.")


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        (
            BEHIND,
            "clock is 30 min 0 s behind that of AWS",
        ),
        (
            AHEAD,
            "clock is 60 min 5 s ahead of that of AWS",
        ),
        (
            NO_TIME,
            "",
        ),
        (
            "Credential should be scoped to a valid region, not 'us-east-1'.",
            "signed for another region us-east-1",
        ),
        ("Credential should be scoped to a valid region.", "signed for another region than"),
        (
            "Credential should be scoped to correct service: 'sqs'.",
            "one of the service 'sqs'",
        ),
    ],
)
def test_a_signature_that_is_wrong_tells_clock_region_and_service(said: str, hint: str) -> None:
    kind, message = meaning("SignatureDoesNotMatch", 403, plain(said))
    assert kind is CredentialsFailed
    assert hint in message
    assert "scoped" not in message
    assert "2026" not in message


@pytest.mark.parametrize(
    ("code", "region", "is_told"),
    [
        ("UnrecognizedClientException", "me-south-1", True),
        ("OptInRequired", "af-south-1", True),
        ("UnrecognizedClientException", "us-east-1", False),
        ("UnrecognizedClientException", "cn-north-1", False),
        ("ExpiredTokenException", "me-south-1", False),
        ("ValidationException", "me-south-1", False),
    ],
)
def test_a_region_that_has_to_be_enabled_is_told(code: str, region: str, is_told: bool) -> None:
    about = f"arn:aws:states:{region}:123456789012:stateMachine:orders"
    message = meaning(code, 400, "why", operation="StartExecution", about=about)[1]
    assert (f"The region {region} has to be enabled" in message) is is_told


KEY_LIKE = re.compile(
    r"(AKIA|ASIA)[A-Z0-9]{16}|eyJ[\w-]+\.[\w-]+\.[\w-]+|"
    r"(?<![A-Za-z0-9/+])(?=[a-z0-9/+]*[A-Z])(?=[A-Z0-9/+]*[a-z])(?=[A-Za-z/+]*\d)"
    r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])"
)
SECRETS = st.one_of(
    st.from_regex(r"\A(AKIA|ASIA)[A-Z0-9]{16}\Z"),
    st.from_regex(r"\AeyJ[a-z]{9}\.[A-Za-z]{9}\.[A-Za-z]{9}\Z"),
    st.from_regex(r"\A[a-z]{9}[A-Z]{9}[0-9]{9}[a-zA-Z0-9/+]{13}\Z"),
    st.from_regex(r"\A(IQoJb3JpZ2luX2Vj|FwoGZXIvYXdzE)[A-Za-z0-9/+]{200}={0,2}\Z"),
)
WORDS = st.one_of(
    SECRETS,
    st.text(max_size=30),
    st.sampled_from(
        [
            "User: arn:aws:iam::123456789012:user/u is not authorized to perform: ",
            "states:StartExecution on resource: ",
            "because no identity-based policy allows",
            "with an explicit deny in a service control policy: arn:",
            "Encoded authorization failure message: ",
            "\x1b[31m",
            "\r\n::error::",
            "\u202e",
            "key=",
            " ",
        ]
    ),
)


@settings(deadline=None, max_examples=100)
@given(
    st.one_of(st.sampled_from(sorted({*TABLE, ""})), st.text(max_size=40)),
    st.integers(0, 599),
    st.lists(WORDS, max_size=20).map("".join),
    st.sampled_from(sorted(made_calls())),
)
@example("AccessDenied", 403, "x" * 3990 + " AKIAIOSFODNN7EXAMPLE", "StartExecution")
@example("ValidationException", 400, "a=wJalrXUtnFEMIK7MDENGbPxRfiCYzEXAMPLEKEY1", "StopExecution")
def test_no_message_holds_a_control_character_or_a_key_whatever_aws_says(
    code: str, status: int, said: str, call: str
) -> None:
    about = "arn:aws:states:us-east-1:123456789012:stateMachine:orders"
    _, message = meaning(plain(code), status, plain(said), operation=call, about=about)
    assert message.isprintable()
    assert KEY_LIKE.search(message) is None
    assert len(message) < 2 * MAX_TEXT + 1000


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 60), SECRETS)
def test_a_key_that_is_cut_in_two_shows_no_half(before: int, secret: str) -> None:
    text = "word " * 780 + "x" * before + " " + secret + "y" * 400
    assert secret[:12] not in plain(text + "tail " * 900)


def test_a_long_text_comes_after_the_way_out_and_a_short_one_before() -> None:
    message = meaning("ValidationException", 400, plain("long " * 5000))[1]
    assert message.index("The way out: ") < message.index("AWS says: long")
    message = meaning("ValidationException", 400, "short")[1]
    assert message.index("short") < message.index("The way out: ")


def test_what_a_signature_quotes_is_never_told() -> None:
    for code in sorted(TABLE):
        if kind_of(code, 400) is CredentialsFailed:
            assert "canonical" not in meaning(code, 400, "the canonical string")[1]
