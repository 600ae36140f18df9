"""Each check's verdicts, from facts alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from packaging.specifiers import SpecifierSet

from runner.arns import parse_machine
from runner.doctor import AREAS, Verdict, credentials, environment, machines, places, quotas
from runner.doctor.credentials import Identity, Lifetime, Wait
from runner.doctor.environment import Installed
from runner.doctor.machines import Seen, SeenRole
from runner.doctor.permissions import (
    Asked,
    Outcome,
    ReadAs,
    Simulated,
    Unsimulated,
    context_of,
    permission,
)
from runner.doctor.places import Reached, Unreached
from runner.doctor.trust import Trust, trusts
from runner.doctor.versions import Requirement, fits, requirements
from runner.doctor.words import duration
from runner.errors import AccessDenied, CredentialsFailed, NotFound, ProviderError, Unreachable
from runner.iam import Permission
from runner.inventory import DescribedMachine, Logging
from runner.model import MachineType
from runner.quotas import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
NOW = datetime(2026, 11, 21, tzinfo=UTC)
ECHO = parse_machine("arn:aws:states:us-east-1:123456789012:stateMachine:echo")
ROLE = "arn:aws:iam::123456789012:role/machines"
ME = Identity("arn:aws:iam::123456789012:user/me", "123456789012")


# This computer


WANTED = (
    *(">=1.40", "<2,>=1.0.1", ">=5.2.5,<5.3", "~=5.2", "~=1.40.0", "==5.2.*"),
    *("!=2.0", "==2.0", ">1.40", "<=5.2.5", "!=1.40.*", ""),
)


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        (version, wanted)
        for version in ("1.9", "1.40", "1.40.1", "2", "2.0.1", "5.2.5", "5.3.0", "3.11.7")
        for wanted in WANTED
    ],
)
def test_versions_are_compared_as_packaging_compares_them(version: str, wanted: str) -> None:
    assert fits(version, wanted) == SpecifierSet(wanted).contains(version)


def test_what_is_no_release_or_no_range_can_t_be_compared() -> None:
    assert fits("unknown", ">=1") is None
    assert fits("1.0", "===1.0") is None


def test_requirements_are_read_as_metadata_writes_them() -> None:
    lines = [
        "boto3>=1.40",
        'moto[stepfunctions]<5.3,>=5.2.5; extra == "local"',
        "PyYAML (>=6.0)",
        "???",
    ]
    assert requirements(lines) == (
        Requirement("boto3", ">=1.40"),
        Requirement("moto", "<5.3,>=5.2.5", "local"),
        Requirement("PyYAML", ">=6.0"),
    )


NEEDED = (Requirement("boto3", ">=1.40"), Requirement("moto", "<5.3,>=5.2.5", "local"))
INSTALLED = Installed("3.11.7", ">=3.11", NEEDED, {"boto3": "1.44.5", "moto": "5.2.5"})
UNPACKAGED = Installed("3.11.7", None, (), {})


@pytest.mark.parametrize(
    ("installed", "verdict"),
    [
        (INSTALLED, PASS),
        (replace(INSTALLED, python="3.10.2"), FAIL),
        (UNPACKAGED, UNKNOWN),
        (replace(INSTALLED, python="what"), UNKNOWN),
    ],
)
def test_python_is_of_a_version_that_the_package_wants(
    installed: Installed, verdict: Verdict
) -> None:
    assert environment.python_version(installed).verdict is verdict


@pytest.mark.parametrize(
    ("installed", "verdict"),
    [
        (INSTALLED, PASS),
        (replace(INSTALLED, versions={"boto3": "1.39.9"}), FAIL),
        (replace(INSTALLED, versions={}), FAIL),
        (UNPACKAGED, UNKNOWN),
    ],
)
def test_packages_are_there_in_versions_that_are_wanted(
    installed: Installed, verdict: Verdict
) -> None:
    assert environment.package_versions(installed).verdict is verdict


@pytest.mark.parametrize(
    ("installed", "is_used", "verdict"),
    [
        (INSTALLED, True, PASS),
        (replace(INSTALLED, versions={"moto": "5.3.0"}), True, FAIL),
        (replace(INSTALLED, versions={}), False, PASS),
        (UNPACKAGED, True, UNKNOWN),
    ],
)
def test_the_embedded_engine_is_there_where_it_is_used(
    installed: Installed, is_used: bool, verdict: Verdict
) -> None:
    assert environment.embedded_engine(installed, is_used=is_used).verdict is verdict


# Credentials


def test_whose_credentials_these_are() -> None:
    assert credentials.credentials("aws", ME).message == ME.arn
    expired = CredentialsFailed("expired. The way out: get new ones", code="ExpiredToken")
    failing = credentials.credentials("aws", expired)
    assert (failing.verdict, failing.message, failing.fix) == (FAIL, "expired", "get new ones")
    assert credentials.credentials("aws", Unreachable("no network")).verdict is UNKNOWN


def test_the_account_is_the_one_that_the_platform_is_for() -> None:
    assert credentials.account("aws", "123456789012", ME).verdict is PASS
    assert credentials.account("aws", None, ME).verdict is PASS
    assert credentials.account("aws", "999999999999", ME).verdict is FAIL
    assert credentials.account("aws", "999999999999", Unreachable("gone")).verdict is UNKNOWN


def _lasting(hours: float | None, *, renews: bool = False, temporary: bool = True) -> Lifetime:
    until = None if hours is None else NOW + timedelta(hours=hours)
    return Lifetime("env", renews, temporary, until)


@pytest.mark.parametrize(
    ("lifetime", "waits", "verdict"),
    [
        (_lasting(1, renews=True), [Wait("a", None)], PASS),
        (_lasting(None, temporary=False), [Wait("a", None)], PASS),
        (_lasting(None), [Wait("a", 60)], UNKNOWN),
        (_lasting(2), [Wait("a", 3600)], PASS),
        (_lasting(2), [Wait("a", 3600), Wait("b", 7200)], FAIL),
        (_lasting(2), [Wait("a", 3600), Wait("b", None)], UNKNOWN),
        (_lasting(2), [], PASS),
        (_lasting(-1), [], FAIL),
        (CredentialsFailed("none"), [], UNKNOWN),
        (None, [], UNKNOWN),
    ],
)
def test_credentials_last_as_long_as_the_longest_job_or_renew_themselves(
    lifetime: Lifetime | ProviderError | None, waits: Sequence[Wait], verdict: Verdict
) -> None:
    assert credentials.last("aws", lifetime, waits, NOW).verdict is verdict


def test_durations_are_never_told_longer_than_they_are() -> None:
    told = [duration(each) for each in (-1, 45.9, 119, 179, 7199, 7200, 86_400, 400_000)]
    assert told == ["no time", "45 s", "119 s", "2 min", "119 min", "2 h", "24 h", "4 days"]


# Places

HERE = Reached("https://states.us-east-1.amazonaws.com", 404, 0.2)
GONE = Unreached("https://x", Unreachable("x can't be resolved. The way out: check DNS"))


def test_an_endpoint_that_refuses_is_reached() -> None:
    refusing = replace(HERE, status=403)
    assert places.endpoint("states-endpoint", "aws", refusing).verdict is PASS
    failing = places.endpoint("states-endpoint", "aws", GONE)
    assert (failing.verdict, failing.fix) == (FAIL, "check DNS")
    assert places.endpoint("states-endpoint", "aws", None).verdict is UNKNOWN


def test_a_region_is_one_that_boto_knows_or_where_an_endpoint_answers() -> None:
    known = {"us-east-1", "us-west-2"}
    assert places.region("aws", "us-east-1", known, GONE).verdict is PASS
    assert places.region("aws", "xx-new-1", known, HERE).verdict is UNKNOWN
    unnamed = places.region("aws", "us-esat-1", known, GONE, has_specs=False)
    assert str(unnamed.fix).startswith("correct AWS_REGION, or `region` in your AWS profile. did")
    failing = places.region("aws", "us-esat-1", known, GONE)
    assert failing.verdict is FAIL
    assert "did you mean 'us-east-1'?" in str(failing.fix)


def test_a_region_is_enabled_where_sts_takes_the_credentials() -> None:
    refused = CredentialsFailed("no", code="InvalidClientTokenId")

    def verdict(here: Identity | ProviderError, elsewhere: Identity | ProviderError | None) -> Any:
        return places.region_enabled("aws", "af-south-1", here=here, elsewhere=elsewhere).verdict

    assert verdict(ME, None) is PASS
    assert verdict(refused, ME) is FAIL
    assert verdict(refused, refused) is UNKNOWN
    assert verdict(refused, None) is UNKNOWN


@pytest.mark.parametrize(
    ("ahead", "verdict", "words"),
    [
        (0.4, PASS, "right to within 1 s"),
        (-120, PASS, "2 min behind"),
        (299, PASS, "4 min ahead of"),
        (301, FAIL, "5 min ahead of"),
        (-90_000, FAIL, "25 h behind"),
    ],
)
def test_a_clock_may_be_off_by_what_signatures_bear(
    ahead: float, verdict: Verdict, words: str
) -> None:
    check = places.clock([GONE, replace(HERE, ahead=ahead)], "aws")
    assert check.verdict is verdict
    assert words in check.message


def test_a_clock_that_nothing_can_be_compared_with_is_unknown() -> None:
    assert places.clock([GONE, replace(HERE, ahead=None)], "aws").verdict is UNKNOWN


# Machines


def _trusting(**statement: Any) -> Any:
    whole = {
        "Effect": "Allow",
        "Principal": {"Service": "states.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return {"Statement": [whole | statement]}


_DENY = _trusting(Effect="Deny")["Statement"]
_LAMBDA = {"Service": "lambda.amazonaws.com"}


def _without(name: str, **more: Any) -> Any:
    (statement,) = _trusting(**more)["Statement"]
    return {key: value for key, value in statement.items() if key != name}


def _denying(statement: Any) -> Any:
    return {"Statement": [*_trusting()["Statement"], statement | {"Effect": "Deny"}]}


@pytest.mark.parametrize(
    ("policy", "trust"),
    [
        (_trusting(), Trust.YES),
        (
            _trusting(Principal={"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}),
            Trust.YES,
        ),
        (_trusting(Principal={"Service": "states.us-east-1.amazonaws.com"}), Trust.YES),
        (_trusting(Principal="*"), Trust.YES),
        (_trusting(Principal={"AWS": "*"}), Trust.YES),
        (_trusting(Action=["sts:TagSession", "sts:Assume*"]), Trust.YES),
        (_trusting(Principal={"Service": "states.eu-west-1.amazonaws.com"}), Trust.NO),
        (_trusting(Principal={"Service": "lambda.amazonaws.com"}), Trust.NO),
        (_trusting(Action="sts:TagSession"), Trust.NO),
        (_trusting(Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}}), Trust.YES),
        (_trusting(Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}}), Trust.NO),
        (
            _trusting(
                Condition={"ArnLike": {"aws:SourceArn": "arn:aws:states:*:*:stateMachine:*"}}
            ),
            Trust.YES,
        ),
        (_trusting(Condition={"ArnLike": {"AWS:SourceArn": "arn:aws:states:*:*:*:x*"}}), Trust.NO),
        (_trusting(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), Trust.DEPENDS),
        (_trusting(Condition={"StringNotEquals": {"aws:SourceAccount": "1"}}), Trust.DEPENDS),
        ({"Statement": [*_trusting()["Statement"], *_DENY]}, Trust.NO),
        ({"Statement": [_without("Action", NotAction="sts:TagSession")]}, Trust.DEPENDS),
        ({"Statement": [_without("Principal", NotPrincipal=_LAMBDA)]}, Trust.DEPENDS),
        (_denying(_without("Principal", NotPrincipal=_LAMBDA)), Trust.DEPENDS),
        (_denying(_without("Action", NotAction="sts:TagSession")), Trust.DEPENDS),
        (_denying(_without("Action", NotAction="x:*", Principal=_LAMBDA)), Trust.YES),
        ({"Statement": _trusting()["Statement"][0]}, Trust.YES),
        ({"Statement": "?"}, Trust.NO),
        (None, Trust.NO),
        ([[]], Trust.NO),
    ],
)
def test_whether_a_role_trusts_step_functions(policy: Any, trust: Trust) -> None:
    assert trusts(policy, ECHO) is trust


FOUND = DescribedMachine(ECHO, MachineType.STANDARD, "ACTIVE", ROLE, "{}")
SEEN = Seen("echo", ECHO, found=FOUND, role=SeenRole(ROLE, _trusting()))


def _judged(seen: Seen) -> dict[str, Verdict]:
    checks = list(machines.machine(seen, unasked="nobody could"))
    assert all(each.name in AREAS for each in checks)
    return {each.name: each.verdict for each in checks}


@pytest.mark.parametrize(
    ("found", "verdict"),
    [(FOUND, PASS), (NotFound("gone"), FAIL), (AccessDenied("no"), UNKNOWN), (None, UNKNOWN)],
)
def test_whether_a_machine_exists(found: Any, verdict: Verdict) -> None:
    assert _judged(replace(SEEN, found=found))["machine-exists"] is verdict


def test_what_is_told_of_a_machine_that_is_described() -> None:
    assert _judged(SEEN) == {"machine-exists": PASS, "machine-active": PASS, "machine-role": PASS}
    deleting = replace(SEEN, found=replace(FOUND, status="DELETING"))
    assert _judged(deleting)["machine-active"] is FAIL


def test_a_machine_is_of_the_type_that_its_jobs_say() -> None:
    wanted = replace(SEEN, wanted=frozenset({MachineType.STANDARD}))
    assert _judged(wanted)["machine-type"] is PASS
    both = replace(SEEN, wanted=frozenset(MachineType))
    assert _judged(both)["machine-type"] is FAIL


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [(ECHO, PASS), (NotFound("gone"), FAIL), (AccessDenied("no"), UNKNOWN), (None, UNKNOWN)],
)
def test_whether_a_version_or_alias_exists(answer: Any, verdict: Verdict) -> None:
    for qualifier in ("1", "prod"):
        arn = replace(ECHO, qualifier=qualifier)
        checks = _judged(replace(SEEN, arn=arn, qualifier=answer))
        assert checks["machine-qualifier"] is verdict
    assert "machine-qualifier" not in _judged(SEEN)


@pytest.mark.parametrize(
    ("role", "verdict"),
    [
        (SeenRole(ROLE, _trusting()), PASS),
        (SeenRole(ROLE, {}), FAIL),
        (ProviderError("gone", code="NoSuchEntity"), FAIL),
        (AccessDenied("no"), UNKNOWN),
        (SeenRole(ROLE, _trusting(Condition={"Bool": {"x:y": "true"}})), UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_whether_a_machine_s_role_is_there_and_trusts_step_functions(
    role: Any, verdict: Verdict
) -> None:
    assert _judged(replace(SEEN, role=role))["machine-role"] is verdict


def test_an_express_machine_that_logs_nothing_fails() -> None:
    express = replace(FOUND, type=MachineType.EXPRESS)
    assert _judged(replace(SEEN, found=express))["express-logging"] is FAIL
    logging = replace(express, logging=Logging("ERROR"))
    assert _judged(replace(SEEN, found=logging))["express-logging"] is PASS
    assert "express-logging" not in _judged(SEEN)


def test_a_role_is_read_by_its_name_without_its_path() -> None:
    assert machines.role_name("arn:aws:iam::123456789012:role/a/b/name") == "name"
    assert machines.role_name("arn:aws:iam::123456789012:user/name") is None


# Permissions

START = Permission("states:StartExecution", str(ECHO), "to start it", "prod")
DECRYPT = Permission("kms:Decrypt", "arn:aws:kms:us-east-1:1:key/k", "to read inputs")


def _asked(simulated: Simulated | Unsimulated, read: ReadAs | None = None) -> Asked:
    return Asked(START, "echo", simulated, read)


ALLOWED = Simulated(Outcome.ALLOWED)
DENIED = Simulated(Outcome.IMPLICIT_DENY)


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        (_asked(ALLOWED), PASS),
        (_asked(DENIED), FAIL),
        (_asked(Simulated(Outcome.EXPLICIT_DENY)), FAIL),
        (_asked(Simulated(Outcome.IMPLICIT_DENY, by="the permissions boundary")), FAIL),
        (_asked(Unsimulated("denied", "allow it")), UNKNOWN),
        (_asked(Simulated(Outcome.ALLOWED, ("aws:SourceIp",))), UNKNOWN),
        (_asked(DENIED, ReadAs()), PASS),
        (_asked(ALLOWED, ReadAs(AccessDenied("no"))), FAIL),
        (_asked(DENIED, ReadAs(NotFound("gone"))), PASS),
        (_asked(ALLOWED, ReadAs(Unreachable("gone"))), PASS),
        (Asked(DECRYPT, "echo", DENIED), UNKNOWN),
        (Asked(DECRYPT, "echo", Simulated(Outcome.EXPLICIT_DENY)), FAIL),
        (Asked(DECRYPT, "echo", ALLOWED), PASS),
    ],
)
def test_what_was_read_outranks_what_was_simulated(asked: Asked, verdict: Verdict) -> None:
    assert permission(asked).verdict is verdict


def test_a_permission_is_told_by_whom_needs_it_and_for_what() -> None:
    assert permission(Asked(DECRYPT, "echo", ALLOWED)).name == "kms-key"
    nested = permission(Asked(START, "echo", DENIED, role=ROLE))
    assert nested.name == "nested-executions"
    assert f"to the role {ROLE}" in str(nested.fix)
    assert "states:StateMachineQualifier prod" in str(permission(_asked(DENIED)).fix)


def test_a_simulation_has_the_qualifier_of_the_call() -> None:
    context = context_of(START, {"aws:SecureTransport": "true"})
    assert context == {
        "aws:SecureTransport": "true",
        "states:StateMachineQualifier": "prod",
    }


# Quotas

USE = quotas.Use("us-east-1", 0.5, {}, standard_jobs=100)


def _stated(use: quotas.Use, found: Any) -> list[tuple[Verdict, str]]:
    return [(each.verdict, each.message) for each in quotas.stated("aws", use, found)]


def test_quotas_that_are_stated_higher_than_the_account_s_fail() -> None:
    use = replace(USE, stated={"DescribeExecution": Rate(1000, 50)})
    ((verdict, message),) = _stated(use, {"DescribeExecution": quotas.Told(300, 15)})
    assert verdict is FAIL
    assert "1000 and 50 a second are stated, and the account has 300 and 15" in message
    assert _stated(use, {"DescribeExecution": quotas.Told(1000, 50)}) == [
        (PASS, "1 stated; Service Quotas tells no other")
    ]
    assert [each for each, _ in _stated(use, {})] == [UNKNOWN]


def test_quotas_that_the_account_has_and_nobody_states_are_told() -> None:
    ((verdict, message),) = _stated(USE, {"ListExecutions": quotas.Told(per_second=50)})
    assert (verdict, "limits.quotas may say so" in message) == (PASS, True)
    ((verdict, _),) = _stated(USE, {"ListExecutions": quotas.Told(bucket=10)})
    assert verdict is FAIL


def test_quotas_that_nobody_may_read_are_unknown() -> None:
    ((verdict, _),) = _stated(USE, AccessDenied("no"))
    assert verdict is UNKNOWN


def test_what_the_share_means_for_the_jobs_there_are() -> None:
    message = quotas.share("aws", USE).message
    assert message == (
        "50% of the quotas: 100 Standard jobs can be started at once, and each looked at every "
        "13 s when all run (by lists, 2,500 executions a second)"
    )
    many = quotas.share("aws", replace(USE, standard_jobs=2000, region="eu-north-1")).message
    assert "2,000 Standard jobs can be started within 21 s, and each looked at every 6 min" in many
    assert "no Standard job" in quotas.share("aws", replace(USE, standard_jobs=0)).message
