"""What the error codes of AWS mean in a user's words: the one table that every message is made of.

docs/errors.md shows it. What goes wrong before AWS answers is explained in `faults`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.errors import (
    AccessDenied,
    CredentialsFailed,
    NotFound,
    ProviderError,
    Throttled,
    Transient,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one or more codes mean.

    `means` goes on after "StartExecution on ARN: " and `way_out` after "The way out: "; neither
    ends in a full stop. `concerns` is a sentence about the permission, ARN or limit that it is
    about, where there is more to say. Without a `kind` the answer's HTTP status decides it.
    """

    codes: tuple[str, ...]
    means: str
    way_out: str
    concerns: str = ""
    kind: type[ProviderError] | None = None


_STARTING = (
    Explanation(
        ("ExecutionLimitExceeded",),
        "the account has as many open executions as it may",
        "let some of them end or stop them, or ask for more open executions in this region "
        "(Service Quotas, AWS Step Functions); then apply again",
        "The limit is 1,000,000 open executions of an account in a region, unless AWS raised it.",
        Throttled,
    ),
    Explanation(
        ("ExecutionAlreadyExists",),
        "another execution has this name, with another input or ended",
        "plan again; what ran under this name is found there",
        "A name is taken for 90 days after its execution ended.",
    ),
    Explanation(
        ("InvalidExecutionInput",),
        "the input is no JSON, or too long",
        "pass large data by reference, such as an object of S3",
        "The limit is 262,144 bytes of UTF-8.",
    ),
    Explanation(
        ("InvalidName",),
        "a name can't be what it is",
        "shorten the job's name, or leave out what is no letter, digit, `-` or `_`",
        "The limit is 80 characters.",
    ),
    Explanation(
        ("StateMachineDeleting",),
        "the state machine is being deleted",
        "wait until it is gone and deploy it anew, or use another one; what runs of it goes on "
        "until it is done",
    ),
    Explanation(
        ("StateMachineTypeNotSupported",),
        "the state machine's type can't do this",
        "plan again, as the machine was made anew with another type, and correct "
        "`stepFunctionsType` where it is written",
        "Express machines list, describe and stop no executions; only they can be started "
        "synchronously.",
    ),
    Explanation(
        ("ExecutionNotRedrivable",),
        "the execution can't go on from where it failed",
        "start it anew: `retry.mode: restart`",
        "The limits are 14 days after its end, 24,999 events and a year in all; what succeeded, "
        "and what an Express machine ran, is never redriven.",
    ),
)
_FINDING = (
    Explanation(
        ("StateMachineDoesNotExist",),
        "there is no such state machine in this account and region",
        "correct `stateMachine` in the spec, or the Platform's region and credentials, or "
        "deploy it",
        "An ARN tells its region and account: arn:aws:states:REGION:ACCOUNT:stateMachine:NAME.",
        NotFound,
    ),
    Explanation(
        ("ExecutionDoesNotExist",),
        "there is no such execution in this account and region",
        "look with the credentials and the region with which it was started; what was just "
        "started may be seen a moment later",
        "An execution is kept for 90 days after its end, in some accounts for 30.",
        NotFound,
    ),
    Explanation(
        ("ResourceNotFound", "ResourceNotFoundException", "NoSuchResourceException"),
        "what the call is about does not exist in this account and region",
        "correct the name of the version, alias or machine in the spec, or make it",
        "A qualifier is the last part of an ARN: stateMachine:NAME:QUALIFIER.",
        NotFound,
    ),
    Explanation(
        ("NoSuchEntity", "NoSuchEntityException"),
        "there is no such role or user in this account",
        "correct the ARN, or look with credentials of the account that has it",
        "An ARN tells its account: arn:aws:iam::ACCOUNT:role/NAME.",
        NotFound,
    ),
    Explanation(
        ("InvalidArn",),
        "this is no ARN that the call takes",
        "compare it with the form, above all the partition (aws, aws-cn, aws-us-gov, aws-eusc), "
        "and the region with the Platform's",
        "The form is arn:PARTITION:states:REGION:ACCOUNT:stateMachine:NAME[:QUALIFIER].",
    ),
    Explanation(
        ("InvalidToken", "PaginationTokenExpiredException", "InvalidPaginationTokenException"),
        "a list can't go on from its last page",
        "do the same again: the list then begins anew",
        "A page token holds for 24 hours, and only for the list that it came with.",
    ),
)
_CALLING = (
    Explanation(
        (
            "ValidationException",
            "ValidationError",
            "InvalidInput",
            "InvalidInputException",
            "InvalidParameterException",
            "IllegalArgumentException",
            "InvalidParameterCombination",
            "InvalidParameterValue",
            "InvalidQueryParameter",
            "MissingParameter",
            "MalformedQueryString",
        ),
        "AWS takes no such value",
        "correct in the spec what the text names; where nothing there is meant, it is a fault "
        "of Stepfleet to be reported",
    ),
    Explanation(
        (
            "UnknownOperationException",
            "UnknownOperation",
            "InvalidAction",
            "MissingAction",
            "MethodNotAllowed",
        ),
        "what answers does not know this call",
        "check the Platform's `endpointUrl` and AWS_ENDPOINT_URL: it may be of another service, "
        "or of an emulator that lacks this call",
    ),
)
_ALLOWING = (
    Explanation(
        ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"),
        "access denied",
        "allow this action on this resource to the caller; `stepfleet iam-policy` prints all "
        "that the project needs",
        "Which kind of policy it was, and the statement that it lacks, are told where AWS says so.",
        AccessDenied,
    ),
    Explanation(
        ("OptInRequired", "SubscriptionRequiredException"),
        "access denied, as the account has not signed up for this",
        "enable the region for the account (AWS console, Account, AWS Regions), or finish the "
        "account's registration",
        kind=AccessDenied,
    ),
    Explanation(
        ("RegionDisabledException",),
        "STS is switched off in this region for the account",
        "switch it on (IAM console, Account settings, Security Token Service), enable the region "
        "for the account, or use a Platform in another region",
    ),
    Explanation(
        ("KmsAccessDeniedException",),
        "access denied to the state machine's KMS key",
        "allow kms:Decrypt on the machine's key, in the key's policy or in the caller's, and "
        "kms:GenerateDataKey where that is what AWS names",
        "It is about the key that the machine's definition and data are encrypted with.",
        AccessDenied,
    ),
    Explanation(
        ("KmsInvalidStateException",),
        "the state machine's KMS key can't be used in its state",
        "enable the key, or cancel its deletion, and do the same again",
        "The key is disabled, waits for its deletion, or is not there: kms:DescribeKey tells.",
    ),
    Explanation(
        ("PolicyEvaluation", "PolicyEvaluationException"),
        "IAM could not evaluate the policies",
        "look for a policy of the role or user that names something which is not there",
        kind=Transient,
    ),
)
_RATES = (
    Explanation(
        ("KmsThrottlingException",),
        "turned away for its rate by KMS",
        "spread the jobs over time, or ask for more in Service Quotas, AWS KMS",
        "The limit is the account's rate of cryptographic calls in the region, over all services.",
        Throttled,
    ),
    Explanation(
        (
            "ThrottlingException",
            "Throttling",
            "ThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "LimitExceededException",
            "ProvisionedThroughputExceededException",
            "SlowDown",
            "TransactionInProgressException",
            "PriorRequestNotComplete",
        ),
        "turned away for its rate",
        "lower `limits.share` of the Platform where others need the quota too, or ask for more "
        "in Service Quotas and write it to `limits.quotas`",
        "The limit is the account's quota of this call in the region.",
        Throttled,
    ),
    Explanation(
        (
            "InternalError",
            "InternalFailure",
            "InternalServerError",
            "InternalServerException",
            "InternalServiceException",
            "RequestTimeout",
            "RequestTimeoutException",
            "ServiceException",
            "ServiceFailure",
            "ServiceFailureException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ),
        "server fault",
        "do the same again later; https://health.aws.amazon.com tells of troubles of the region",
        kind=Transient,
    ),
)
_EXPIRED = Explanation(
    ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"),
    "the credentials have expired",
    "get new ones, and do the same again; running executions are adopted by the next apply",
    kind=CredentialsFailed,
)
_CREDENTIALS = (
    _EXPIRED,
    Explanation(
        ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"),
        "the credentials are not accepted: AWS does not know their access key",
        "check that the key is still active, of this partition, and goes with its session token, "
        "and that the region is enabled for the account",
        "Regions since 2019 have to be enabled in an account first; until then they know none of "
        "its keys.",
        CredentialsFailed,
    ),
    Explanation(
        ("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed"),
        "the credentials are not accepted: the signature of the call is wrong",
        "check that this machine's clock is right, that the secret key is complete, and that no "
        "proxy changes the call",
        "A signature holds for 5 minutes, of STS for 15, around AWS's own time.",
        CredentialsFailed,
    ),
    Explanation(
        (
            "AuthFailure",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "NotAuthorized",
        ),
        "the credentials are not accepted",
        "check that they are complete, of this partition and still active, that this machine's "
        "clock is right, and that `endpointUrl` is one of Step Functions",
        kind=CredentialsFailed,
    ),
)
_ROLES = (
    Explanation(
        ("InvalidIdentityToken", "InvalidIdentityTokenException"),
        "AWS does not accept the identity token",
        "add the token's issuer to the role's account as an OpenID Connect provider, with the "
        "token's `aud` among its audiences; take the token that was made for AWS",
        "The provider is arn:aws:iam::ACCOUNT:oidc-provider/ISSUER in the role's own account.",
    ),
    Explanation(
        ("IDPRejectedClaim", "IDPRejectedClaimException"),
        "the provider or AWS turned down a claim of the identity token",
        "get a new token, and let the role's trust policy have conditions that its `sub` and "
        "`aud` meet",
        "A token that has expired or was revoked is turned down so, too.",
    ),
    Explanation(
        ("IDPCommunicationError", "IDPCommunicationErrorException"),
        "AWS could not reach the provider of the identity token",
        "do the same again; where it stays so, check that the issuer's address and its keys can be "
        "read from the internet",
        kind=Transient,
    ),
    Explanation(
        ("PackedPolicyTooLarge", "PackedPolicyTooLargeException"),
        "the session's policies and tags are too large when packed",
        "give the session fewer or shorter tags and policies; the tags of a token's claims count",
    ),
    Explanation(
        ("MalformedPolicyDocument", "MalformedPolicyDocumentException"),
        "the policy of the session is not one that IAM reads",
        "correct its JSON and its elements; the IAM console checks a policy",
    ),
)

SUBJECTS: tuple[tuple[str, tuple[Explanation, ...]], ...] = (
    ("Starting and redriving", _STARTING),
    ("Finding", _FINDING),
    ("Permissions, regions and keys", _ALLOWING),
    ("Credentials", _CREDENTIALS),
    ("Roles and identity tokens", _ROLES),
    ("Rates and faults", _RATES),
    ("Values and endpoints", _CALLING),
)
"""The whole table, by subject."""

TABLE: Mapping[str, Explanation] = {
    code: each for _, all_of_it in SUBJECTS for each in all_of_it for code in each.codes
}
"""The same by code."""

EXPIRED = frozenset(_EXPIRED.codes)
"""The codes of credentials, or of a token, that held once."""
