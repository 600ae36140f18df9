"""`stepfleet doctor` by real clients, on a fake whose surroundings a test breaks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runner.cli import examining
from runner.cli.examining.asking import Asking
from runner.cli.options import Wish
from runner.cli.providers import Providers
from tests.cli.tools import Shell, job
from tests.doctor.tools import (
    ACCOUNT,
    CALLER,
    ROLE,
    aws_environment,
    examined,
    fake,
    job_on,
    of,
    project_at,
    shell,
    verdicts,
)
from tests.fake_aws import DROPPED, NOT_AWS, FakeAws, Fault, RealClock, denied, slow
from tests.fake_aws.account_quotas import named
from tests.fake_aws.api import ApiError
from tests.fake_aws.fixtures import KEY, SECRET, closed_port
from tests.fake_aws.iam import ANYTHING, STATES_TRUST, Statement

__all__ = ["aws_environment", "fake", "shell"]

ROOT = Path(__file__).parent.parent.parent

READS = {
    "DescribeExecution",
    "DescribeStateMachine",
    "DescribeStateMachineAlias",
    "DescribeStateMachineForExecution",
    "GetCallerIdentity",
    "GetExecutionHistory",
    "GetRole",
    "ListExecutions",
    "ListServiceQuotas",
    "SimulatePrincipalPolicy",
}
"""All that a doctor may ever call: nothing that starts, stops or changes anything."""

EMPTY = Fault(body=b"{}")
ODD = Fault(body=b'{"Quotas": [null, {"Value": "many"}], "executions": [null], "type": 1}')
EXPIRED = Fault(ApiError("ExpiredToken", "The security token included is expired", 403))


def failing(checks: list[dict[str, Any]]) -> set[str]:
    return {each["name"] for each in checks if each["verdict"] == "fail"}


def test_a_project_whose_surroundings_are_right_fails_nothing(shell: Shell, fake: FakeAws) -> None:
    shell.write(
        job_on("echo"), job("b", "live:prod"), job("c", "live:2"), project=project_at(fake.url)
    )
    code, checks = examined(shell)
    assert [each for each in checks if each["verdict"] != "pass"] == []
    assert code == 0
    text = shell("doctor")
    assert text.code == 0
    assert "  ✓ machine-exists     3 state machines: echo, live:2 and live:prod\n" in text.out
    assert text.out.splitlines()[0] == "shop"
    assert text.out.splitlines()[-1].endswith(" passed")


# What is called


def test_every_read_that_a_doctor_makes_is_one_of_these(shell: Shell, fake: FakeAws) -> None:
    fake.world.past("echo", "done-1", ago=60)
    redriven = "retry: {mode: redrive, maxAttempts: 2}"
    shell.write(job_on("echo", redriven), job("b", "live:prod"), project=project_at(fake.url))
    assert examined(shell, "--for", "drift")[0] == 0
    assert examined(shell)[0] == 0
    assert set(fake.calls) == READS


@pytest.mark.parametrize("fault", [denied("everything"), EXPIRED, DROPPED, NOT_AWS, EMPTY, ODD])
def test_nothing_is_ever_started_stopped_or_changed_even_when_everything_fails(
    shell: Shell, fake: FakeAws, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.cli.examining.asking.CALL_SECONDS", 0.1)
    for operation in READS:
        fake.faults.add(operation, fault)
    redriven = "retry: {mode: redrive, maxAttempts: 2}"
    shell.write(job_on("echo", redriven), project=project_at(fake.url))
    code, checks = examined(shell)
    assert set(fake.calls) <= READS
    assert [
        each
        for each in checks
        if each["action"] == "states:StartExecution" and each["verdict"] == "pass"
    ] == []
    assert code in (0, 1)
    assert shell("doctor").code == code


# Credentials


def test_credentials_that_have_expired_fail_and_nothing_more_is_asked(
    shell: Shell, fake: FakeAws
) -> None:
    fake.world.expire_key(KEY)
    shell.write(job_on("echo"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, failing(checks)) == (1, {"credentials"})
    assert "expired" in of(checks, "credentials")["message"]
    exists = of(checks, "machine-exists")
    assert (exists["verdict"], exists["message"]) == ("unknown", "the credentials do not work")
    assert set(fake.calls) == {"GetCallerIdentity"}


def test_no_credentials_at_all_fail_and_endpoints_are_reached_all_the_same(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    shell.write(job_on("echo"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, of(checks, "credentials")["verdict"]) == (1, "fail")
    assert of(checks, "credentials-last")["verdict"] == "unknown"
    assert of(checks, "states-endpoint")["verdict"] == "pass"
    assert fake.calls == {}


def test_credentials_of_another_account_fail_and_its_machines_are_not_asked_for(
    shell: Shell, fake: FakeAws
) -> None:
    shell.write(job_on("echo"), project=project_at(fake.url).replace(ACCOUNT, "999999999999"))
    code, checks = examined(shell)
    assert (code, failing(checks)) == (1, {"account"})
    assert "DescribeStateMachine" not in fake.calls


@pytest.mark.parametrize(
    "told",
    [
        (None, "timeout: 1h", "unknown"),
        (1e9, "timeout: 1h", "pass"),
        (1e9, "", "unknown"),
        (7200, "timeout: 1h", "pass"),
        (7200, "timeout: 2h", "fail"),
    ],
)
def test_a_session_in_the_environment_lasts_as_long_as_it_says(
    shell: Shell,
    fake: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    told: tuple[float | None, str, str],
) -> None:
    seconds, more, verdict = told
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token-of-a-session")
    if seconds is not None:
        monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", _in(seconds))
    shell.write(job_on("echo", more), project=project_at(fake.url))
    assert of(examined(shell)[1], "credentials-last")["verdict"] == verdict


def _in(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_role_that_a_platform_assumes_renews_itself_and_is_the_one_that_is_simulated(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", fake.url)
    role = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    fake.directory.role(role, {}, ANYTHING)
    auth = f", auth: {{method: assume-role, roleArn: '{role}'}}"
    shell.write(job_on("echo"), project=project_at(fake.url, auth))
    code, checks = examined(shell)
    assert (code, failing(checks)) == (0, set())
    assert "renew themselves" in of(checks, "credentials-last")["message"]
    assert ":assumed-role/deploy/" in of(checks, "credentials")["message"]
    assert {each["PolicySourceArn"] for each in fake.forms("SimulatePrincipalPolicy")} == {role}
    refused = Fault(ApiError("AccessDenied", "not authorized to perform sts:AssumeRole", 403))
    fake.faults.add("AssumeRole", refused)
    code, checks = examined(shell)
    assert (code, failing(checks)) == (1, {"credentials"})
    assert of(checks, "states-endpoint")["verdict"] == "pass"


# Places


def test_with_no_network_at_all_everything_is_told_and_nothing_falls_over(
    shell: Shell, aws_environment: None
) -> None:
    shell.write(job_on("echo"), project=project_at(closed_port()))
    code, checks = examined(shell)
    assert (code, failing(checks)) == (1, {"states-endpoint", "sts-endpoint"})
    assert {"credentials", "clock", "machine-exists", "permission", "quotas-stated"} <= {
        each["name"] for each in checks if each["verdict"] == "unknown"
    }
    assert "Traceback" not in shell("doctor").out


def test_a_clock_that_is_wrong_fails(shell: Shell, aws_environment: None) -> None:
    for skew, verdict in ((-3600.0, "fail"), (3600.0, "fail"), (60.0, "pass")):
        with FakeAws(RealClock(skew=skew)) as fake:
            fake.machine("echo")
            shell.write(job_on("echo"), project=project_at(fake.url))
            clock = of(examined(shell)[1], "clock")
            assert clock["verdict"] == verdict
            assert ("ahead" if skew < 0 else "behind") in clock["message"]


def test_an_endpoint_without_sts_is_told_and_its_machines_are_looked_at(
    shell: Shell, fake: FakeAws
) -> None:
    fake.world.has_sts = False
    shell.write(job_on("echo"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, of(checks, "credentials")["verdict"]) == (0, "unknown")
    assert of(checks, "machine-exists")["verdict"] == "pass"


def test_of_an_endpoint_of_ones_own_aws_is_asked_nothing(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_IAM")
    monkeypatch.delenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS")
    shell.write(job_on("echo"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert code == 0
    assert of(checks, "quotas-stated")["verdict"] == "unknown"
    assert set(verdicts(checks, "permission")) == {"pass", "unknown"}
    assert of(checks, "machine-role")["verdict"] == "unknown"
    assert not {"GetRole", "SimulatePrincipalPolicy", "ListServiceQuotas"} & set(fake.calls)


def test_a_region_of_aws_is_looked_at_where_calls_go_by_the_environment(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in ("SFN", "STS"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", fake.url)
    own = f", endpointUrl: '{fake.url}'"
    shell.write(job_on("echo"), project=project_at(fake.url).replace(own, ""))
    code, checks = examined(shell)
    assert (code, of(checks, "region")["verdict"]) == (0, "pass")
    assert of(checks, "region-enabled")["verdict"] == "pass"
    refused = Fault(ApiError("InvalidClientTokenId", "The security token is invalid", 403))
    fake.faults.add("GetCallerIdentity", refused, calls={1})
    elsewhere = project_at(fake.url).replace(own, "").replace("us-east-1", "af-south-1")
    shell.write(job_on("echo"), project=elsewhere)
    code, checks = examined(shell)
    assert (code, of(checks, "region-enabled")["verdict"]) == (1, "fail")
    assert "enable af-south-1" in of(checks, "region-enabled")["fix"]


# Machines


def test_what_is_wrong_with_machines_is_told_of_each(shell: Shell, fake: FakeAws) -> None:
    fake.machine("going", status="DELETING")
    fake.machine("quick", type="EXPRESS")
    shell.write(
        job("a", "missing"),
        job("b", "going"),
        job("c", "quick", "stepFunctionsType: STANDARD"),
        job("d", "live:9"),
        job("e", "live:nobody"),
        project=project_at(fake.url),
    )
    code, checks = examined(shell)
    assert code == 1
    assert of(checks, "machine-exists", "missing")["verdict"] == "fail"
    assert of(checks, "machine-active", "going")["verdict"] == "fail"
    assert of(checks, "machine-type", "quick")["verdict"] == "fail"
    assert of(checks, "express-logging", "quick")["verdict"] == "fail"
    assert of(checks, "machine-qualifier", "live:9")["verdict"] == "fail"
    assert of(checks, "machine-qualifier", "live:nobody")["verdict"] == "fail"
    assert of(checks, "machine-exists", "live:9")["verdict"] == "pass"


def test_of_a_version_the_machine_is_asked_only_where_it_has_none_such(
    shell: Shell, fake: FakeAws
) -> None:
    arn = fake.world.machine_arn("live")
    for version, asked in (("2", {f"{arn}:2"}), ("9", {f"{arn}:9", arn})):
        shell.write(job_on(f"live:{version}"), project=project_at(fake.url))
        fake.forget_calls()
        examined(shell)
        requests = fake.requests("DescribeStateMachine")
        assert {each["stateMachineArn"] for each in requests} == asked


def test_a_version_that_may_not_be_described_lacks_the_permission_for_it(
    shell: Shell, fake: FakeAws
) -> None:
    fake.faults.add("DescribeStateMachine", denied("states:DescribeStateMachine"))
    shell.write(job_on("live:2"), project=project_at(fake.url))
    code, checks = examined(shell)
    (lacking,) = [each for each in checks if each["verdict"] == "fail"]
    assert (code, lacking["action"]) == (1, "states:DescribeStateMachine")
    assert "with states:StateMachineQualifier 2" in lacking["fix"]


def test_an_express_machine_that_logs_its_errors_passes(shell: Shell, fake: FakeAws) -> None:
    fake.machine("quick", type="EXPRESS", logging={"level": "ERROR"})
    shell.write(job_on("quick"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, of(checks, "express-logging")["verdict"]) == (0, "pass")
    assert "states:StartSyncExecution" in str(checks)
    assert "states:StartExecution" not in str(checks)


def test_a_machine_that_is_not_allowed_is_not_asked_for(shell: Shell, fake: FakeAws) -> None:
    allow = f", allow: ['arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:live*']"
    shell.write(job_on("echo"), job("b", "live:1"), project=project_at(fake.url, allow))
    code, checks = examined(shell)
    assert (code, failing(checks)) == (1, {"machine-allowed"})
    assert of(checks, "machine-allowed", "echo")["verdict"] == "fail"
    asked = [each["stateMachineArn"] for each in fake.requests("DescribeStateMachine")]
    assert asked
    assert not any("echo" in arn for arn in asked)


def test_a_machine_of_which_nothing_may_be_read_hides_no_other(shell: Shell, fake: FakeAws) -> None:
    fake.faults.add("DescribeStateMachine", denied("states:DescribeStateMachine"), about="echo")
    shell.write(job_on("echo"), job("b", "live"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert code == 1
    assert of(checks, "machine-exists", "echo")["verdict"] == "unknown"
    assert of(checks, "machine-exists", "live")["verdict"] == "pass"
    lacking = [each for each in checks if each["verdict"] == "fail"]
    assert [(each["name"], each["subject"]) for each in lacking] == [("permission", "echo")]
    assert "states:DescribeStateMachine" in lacking[0]["fix"]


@pytest.mark.parametrize(
    ("trust", "verdict"),
    [(STATES_TRUST, "pass"), ({"Statement": []}, "fail"), (None, "fail")],
)
def test_a_machine_s_own_role_is_there_and_trusts_step_functions(
    shell: Shell, fake: FakeAws, trust: Any, verdict: str
) -> None:
    own = f"arn:aws:iam::{ACCOUNT}:role/service/own"
    fake.machine("own", role=own)
    if trust is not None:
        fake.directory.role(own, trust)
    shell.write(job_on("own"), project=project_at(fake.url))
    assert of(examined(shell)[1], "machine-role")["verdict"] == verdict


def test_a_switched_off_job_needs_what_a_plan_needs_and_nothing_more(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("off", type="EXPRESS", role=f"arn:aws:iam::{ACCOUNT}:role/gone")
    shell.write(job_on("off", "if: false"), project=project_at(fake.url))
    fake.directory.allow(CALLER, *_statements(shell, "plan"))
    code, checks = examined(shell)
    assert (code, verdicts(checks, "machine-exists")) == (0, ["pass"])
    assert verdicts(checks, "machine-role") + verdicts(checks, "express-logging") == []
    assert "1 job switched off: no start of it is" in of(checks, "specs")["message"]
    two = (job_on("off", "if: false"), job("b", "off", "if: false"))
    shell.write(*two, project=project_at(fake.url))
    told = of(examined(shell)[1], "specs")["message"]
    assert "2 jobs switched off: no start of them is checked" in told


def test_machines_that_fail_for_one_reason_are_named_together(shell: Shell, fake: FakeAws) -> None:
    fake.directory.trust.clear()
    fake.directory.allow(CALLER, *_statements_of(shell, fake, "plan"))
    told = shell("doctor").out
    assert "echo and live: its role" in told
    assert "echo and live: states:StopExecution to stop what is cancelled: not allowed" in told
    assert "allow states:StopExecution on each of them" in " ".join(told.split())


# Permissions


def _statements(shell: Shell, purpose: str) -> list[Statement]:
    """What `stepfleet iam-policy` says is needed."""
    policy = shell("iam-policy", "--for", purpose)
    assert policy.code == 0, policy.err
    found: list[Statement] = json.loads(policy.out)["Statement"]
    return found


def _statements_of(shell: Shell, fake: FakeAws, purpose: str) -> list[Statement]:
    """The same for a project of two machines."""
    shell.write(job_on("echo"), job("b", "live"), project=project_at(fake.url))
    return _statements(shell, purpose)


@pytest.mark.parametrize("by_resource", [False, True])
def test_the_policy_that_is_printed_for_applies_is_enough(
    shell: Shell, fake: FakeAws, by_resource: bool
) -> None:
    fake.directory.by_resource = by_resource
    fake.directory.page = 3
    redriven = "retry: {mode: redrive, maxAttempts: 2}"
    shell.write(job_on("echo", redriven), job("b", "live:prod"), project=project_at(fake.url))
    fake.directory.allow(CALLER, *_statements(shell, "apply"))
    code, checks = examined(shell)
    assert [each for each in checks if each["verdict"] != "pass"] == []
    assert code == 0


def test_the_policy_for_plans_is_enough_to_plan_and_not_to_apply(
    shell: Shell, fake: FakeAws
) -> None:
    shell.write(job_on("echo"), job("b", "live:prod"), project=project_at(fake.url))
    fake.directory.allow(CALLER, *_statements(shell, "plan"))
    assert examined(shell, "--for", "plan")[0] == 0
    code, checks = examined(shell)
    assert (code, failing(checks)) == (1, {"permission"})
    lacking = [
        each["action"]
        for each in checks
        if each["verdict"] == "fail" and each["subject"] == "live:prod"
    ]
    assert lacking == [
        "states:GetExecutionHistory",
        "states:StopExecution",
        "states:StartExecution",
    ]


def test_a_start_by_one_alias_alone_is_no_start_by_another(shell: Shell, fake: FakeAws) -> None:
    fake.machine("live", versions=(1, 2), aliases={"prod": {1: 100}, "test": {2: 100}})
    shell.write(job_on("live:prod"), job("b", "live:test"), project=project_at(fake.url))
    narrow = {
        "Effect": "Deny",
        "Action": "states:StartExecution",
        "Resource": "*",
        "Condition": {"StringEquals": {"states:StateMachineQualifier": "test"}},
    }
    fake.directory.allow(CALLER, ANYTHING, narrow)
    checks = examined(shell)[1]
    denials = [each["subject"] for each in checks if each["verdict"] == "fail"]
    assert denials == ["live:test"]


def test_conditions_that_the_simulation_has_no_value_for_leave_it_unknown(
    shell: Shell, fake: FakeAws
) -> None:
    here = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    fake.directory.allow(CALLER, ANYTHING | here)
    shell.write(job_on("echo"), project=project_at(fake.url))
    code, checks = examined(shell)
    unknown = [each for each in checks if each["verdict"] == "unknown"]
    assert code == 0
    assert {each["name"] for each in unknown} == {"permission"}
    assert all("aws:SourceIp" in each["message"] for each in unknown)


def test_what_the_organization_does_not_allow_is_told_so(shell: Shell, fake: FakeAws) -> None:
    fake.directory.forbidden_by_organization = {"states:StopExecution"}
    shell.write(job_on("echo"), project=project_at(fake.url))
    (denial,) = [each for each in examined(shell)[1] if each["verdict"] == "fail"]
    assert "by the organization's policies" in denial["message"]


def test_without_a_simulation_reads_are_told_and_the_rest_is_unknown(
    shell: Shell, fake: FakeAws
) -> None:
    fake.world.past("echo", "done-1", ago=60)
    fake.faults.add(
        "SimulatePrincipalPolicy", denied("iam:SimulatePrincipalPolicy", "AccessDenied")
    )
    shell.write(job_on("echo"), job("b", "live"), project=project_at(fake.url))
    code, checks = examined(shell)
    told = {
        (each["subject"], each["action"]): each["verdict"]
        for each in checks
        if each["name"] == "permission"
    }
    assert code == 0
    assert {
        action for (name, action), each in told.items() if (name, each) == ("echo", "pass")
    } == {
        "states:DescribeExecution",
        "states:DescribeStateMachine",
        "states:GetExecutionHistory",
        "states:ListExecutions",
    }
    assert told["live", "states:DescribeExecution"] == "unknown"
    (fix,) = {each["fix"] for each in checks if each["verdict"] == "unknown"}
    assert f"allow iam:SimulatePrincipalPolicy on {CALLER}" in fix
    assert fake.calls["SimulatePrincipalPolicy"] <= 8


def _caller(arn: str) -> Fault:
    return Fault(
        body=(
            '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<GetCallerIdentityResult><Arn>{arn}</Arn><UserId>A:s</UserId>"
            f"<Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        ).encode()
    )


def test_of_an_assumed_role_the_role_is_simulated_with_its_path(
    shell: Shell, fake: FakeAws
) -> None:
    whole = f"arn:aws:iam::{ACCOUNT}:role/teams/data/deploy"
    fake.directory.role(whole, {}, ANYTHING)
    assumed = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/run-1"
    fake.faults.add("GetCallerIdentity", _caller(assumed))
    shell.write(job_on("echo"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, set(verdicts(checks, "permission"))) == (0, {"pass"})
    assert {each["PolicySourceArn"] for each in fake.forms("SimulatePrincipalPolicy")} == {whole}
    del fake.directory.trust[whole]
    fake.forget_calls()
    examined(shell)
    pathless = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    assert {each["PolicySourceArn"] for each in fake.forms("SimulatePrincipalPolicy")} == {pathless}


def test_of_the_root_user_nothing_is_simulated(shell: Shell, fake: FakeAws) -> None:
    fake.faults.add("GetCallerIdentity", _caller(f"arn:aws:iam::{ACCOUNT}:root"))
    shell.write(job_on("echo"), project=project_at(fake.url))
    checks = examined(shell)[1]
    assert "no user and no role" in str(checks)
    assert "SimulatePrincipalPolicy" not in fake.calls


# Keys, and executions that start others

KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234"


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([ANYTHING], "pass"),
        ([{"Effect": "Allow", "Action": "states:*", "Resource": "*"}], "pass"),
    ],
)
def test_a_definition_that_was_read_tells_that_its_key_may_be_used(
    shell: Shell, fake: FakeAws, statements: list[Statement], verdict: str
) -> None:
    fake.machine("secret", kms_key=KEY_ARN)
    fake.directory.allow(CALLER, *statements)
    shell.write(job_on("secret"), project=project_at(fake.url))
    assert of(examined(shell)[1], "kms-key")["verdict"] == verdict


def test_a_definition_that_the_key_keeps_back_fails(shell: Shell, fake: FakeAws) -> None:
    fake.machine("secret", kms_key=KEY_ARN)
    kept = denied("kms:Decrypt", "KmsAccessDeniedException")
    fake.faults.add("DescribeStateMachine", kept, about="ALL_DATA")
    shell.write(job_on("secret"), project=project_at(fake.url))
    checks = examined(shell)[1]
    assert of(checks, "machine-exists")["verdict"] == "pass"
    assert of(checks, "kms-key")["verdict"] == "fail"
    assert of(checks, "nested-executions")["verdict"] == "unknown"


def _starting(*arns: str) -> str:
    states = {
        f"Start {number}": {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": arn} if arn else {"StateMachineArn.$": "$.which"},
            "End": True,
        }
        for number, arn in enumerate(arns)
    }
    return json.dumps({"StartAt": "Start 0", "States": states})


def test_the_role_of_a_machine_that_starts_others_may_do_so(shell: Shell, fake: FakeAws) -> None:
    child = fake.world.machine_arn("echo")
    fake.machine("parent", definition=_starting(child))
    shell.write(job_on("parent"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, set(verdicts(checks, "nested-executions"))) == (1, {"fail"})
    assert f"to the role {ROLE}" in checks[-3]["fix"]
    fake.directory.role(ROLE, None, ANYTHING)
    code, checks = examined(shell)
    assert (code, set(verdicts(checks, "nested-executions"))) == (0, {"pass"})


def test_the_role_of_a_machine_with_a_distributed_map_may_start_its_own_machine(
    shell: Shell, fake: FakeAws
) -> None:
    item = {"StartAt": "Do", "States": {"Do": {"Type": "Pass", "End": True}}}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, **item}
    each = {"Type": "Map", "ItemProcessor": processor, "End": True}
    fake.machine("spread", definition=json.dumps({"StartAt": "A", "States": {"A": each}}))
    redriven = "retry: {mode: redrive, maxAttempts: 2}"
    shell.write(job_on("spread", redriven), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, verdicts(checks, "nested-executions")) == (1, ["fail"] * 4)
    allowed = shell("iam-policy", "--for", "machines").data["Statement"]
    fake.directory.role(ROLE, None, *allowed)
    code, checks = examined(shell)
    assert (code, verdicts(checks, "nested-executions")) == (0, ["pass"] * 4)


def test_a_child_elsewhere_is_not_started_by_the_machine_s_own_role(
    shell: Shell, fake: FakeAws
) -> None:
    child = fake.world.machine_arn("echo")
    elsewhere = child.replace("us-east-1", "eu-west-1"), child.replace(ACCOUNT, "9" * 12)
    fake.machine("parent", definition=_starting(*elsewhere))
    fake.directory.role(ROLE, None, ANYTHING)
    shell.write(job_on("parent"), project=project_at(fake.url))
    code, checks = examined(shell)
    lacking = [each["message"] for each in checks if each["verdict"] == "fail"]
    assert (code, lacking) == (
        1,
        [
            "its state 'Start 0' starts one in eu-west-1",
            f"its state 'Start 1' starts one of account {'9' * 12}",
        ],
    )


def test_a_child_that_only_the_input_names_is_unknown(shell: Shell, fake: FakeAws) -> None:
    fake.machine("parent", definition=_starting(""))
    shell.write(job_on("parent"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, of(checks, "nested-executions")["verdict"]) == (0, "unknown")


# Quotas


def test_quotas_are_compared_with_those_of_the_account(shell: Shell, fake: FakeAws) -> None:
    stated = (
        ", limits: {quotas: {DescribeExecution: {bucketSize: 1000, refillPerSecond: 50},"
        " ListExecutions: {bucketSize: 400, refillPerSecond: 20}}}"
    )
    shell.write(job_on("echo"), project=project_at(fake.url, stated))
    fake.account_quotas.update(named("DescribeExecution", 300, 15))
    fake.account_quotas.update(named("ListExecutions", 400, 20))
    fake.account_quotas.update(named("StartExecution", 5000, 1000))
    code, checks = examined(shell)
    found = [
        (each["verdict"], each["message"].split(":")[0])
        for each in checks
        if each["name"] == "quotas-stated"
    ]
    assert (code, found) == (1, [("fail", "DescribeExecution"), ("pass", "StartExecution")])
    fake.faults.add("ListServiceQuotas", denied("servicequotas:ListServiceQuotas"))
    code, checks = examined(shell)
    assert (code, of(checks, "quotas-stated")["verdict"]) == (0, "unknown")


# Specs


def test_specs_that_are_wrong_in_one_place_are_looked_at_in_the_others(
    shell: Shell, fake: FakeAws
) -> None:
    shell.write(job_on("echo"), job("b", "live", "timeout: soon"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, failing(checks)) == (1, {"specs"})
    assert "timeout" in of(checks, "specs")["message"]
    assert of(checks, "machine-exists")["subject"] == "echo"
    shell.write(job_on("echo", "needs: [nobody]"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, failing(checks)) == (1, {"specs"})
    assert of(checks, "credentials")["verdict"] == "pass"
    (shell.folder / "specs" / "more.yaml").write_text("a: [")
    assert failing(examined(shell)[1]) == {"specs"}


def test_a_job_whose_machine_can_t_be_told_hides_no_other(shell: Shell, fake: FakeAws) -> None:
    shell.write(job_on("'${{ vars.day }}x:y:z'"), job("b"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, of(checks, "machine-named")["subject"]) == (1, "a")
    assert of(checks, "machine-exists")["subject"] == "echo"


@pytest.fixture
def _everywhere(fake: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls to AWS itself go to the fake, and nothing names a region."""
    for service in ("SFN", "STS"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", fake.url)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_everywhere")
def test_without_specs_and_a_region_the_credentials_are_looked_at(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, checks = examined(shell)
    assert (code, of(checks, "specs")["verdict"]) == (0, "unknown")
    assert of(checks, "credentials")["message"] == CALLER
    assert of(checks, "account")["message"] == f"{ACCOUNT}; no specs tell which is meant"
    assert of(checks, "region")["verdict"] == "unknown"
    assert "AWS_REGION" in of(checks, "region")["fix"]
    assert verdicts(checks, "quotas-stated") == []
    assert examined(shell, "nowhere")[0] == 1
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert of(examined(shell)[1], "region")["message"] == "eu-west-1"


@pytest.mark.usefixtures("_everywhere")
@pytest.mark.parametrize("region", ["", "eu-west-1"])
def test_without_specs_credentials_that_do_not_work_fail(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    code, checks = examined(shell)
    assert (code, failing(checks)) == (1, {"credentials"})
    assert "nobody" in of(checks, "credentials")["message"]
    assert of(checks, "states-endpoint")["verdict"] == "pass"
    monkeypatch.delenv("AWS_PROFILE")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    code, checks = examined(shell)
    assert (code, failing(checks)) == (1, {"credentials"})


@pytest.mark.usefixtures("_everywhere")
def test_without_specs_the_credentials_of_the_region_that_boto_takes_are_looked_at(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    code, checks = examined(shell)
    assert (code, of(checks, "credentials")["message"]) == (0, CALLER)
    assert of(checks, "region")["message"] == "eu-west-1"


def test_a_local_project_needs_the_embedded_engine_and_no_aws(shell: Shell) -> None:
    shell.write(job_on("echo"))
    code, checks = examined(shell)
    assert (code, of(checks, "embedded-engine")["message"]) == (0, "installed")
    assert len(checks) == 4


def test_wrong_use_is_told_as_such(shell: Shell, fake: FakeAws) -> None:
    shell.write(job_on("echo"), project=project_at(fake.url))
    assert shell("doctor", "--for", "fun").code == 64
    assert shell("doctor", "--format", "yaml").code == 64
    assert shell("doctor", "--select", "nobody").code == 3
    assert "DescribeStateMachine" not in fake.calls


# What is shown


def test_no_secret_is_shown_and_text_of_aws_is_made_harmless(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token-of-a-session")
    fake.machine("evil", role="arn:aws:iam::1:role/x\x1b[2J\n::error::pwned", status="\x1b]0;x\x07")
    shell.write(job_on("evil"), project=project_at(fake.url))
    for options in ((), ("--format", "json")):
        outcome = shell("doctor", *options)
        shown = outcome.out + outcome.err
        assert "\x1b" not in shown
        assert "\n::error" not in shown
        assert not [secret for secret in (SECRET, "a-token-of-a-session") if secret in shown]


RAISED = (
    ", limits: {share: 1, quotas: {DescribeStateMachine: {bucketSize: 9000, refillPerSecond: 900}}}"
)


def test_a_thousand_machines_take_few_calls_of_iam_and_few_lines(
    shell: Shell, fake: FakeAws
) -> None:
    jobs = [job(f"job_{number}", f"machine-{number}") for number in range(1000)]
    for number in range(1000):
        fake.machine(f"machine-{number}")
    del fake.world.machines["machine-500"]
    shell.write(*jobs, project=project_at(fake.url, RAISED))
    outcome = shell("doctor")
    assert outcome.code == 1
    assert len(outcome.out.splitlines()) < 45
    assert "machine-500: arn:aws:states" in outcome.out
    assert "999 state machines" in outcome.out
    assert fake.calls["DescribeStateMachine"] == 1000
    assert fake.calls["SimulatePrincipalPolicy"] <= 60
    assert fake.calls["ListExecutions"] == 40
    assert fake.calls["GetRole"] == 1


def test_what_is_not_asked_in_time_is_unknown(shell: Shell, fake: FakeAws) -> None:
    shell.write(job_on("echo"), project=project_at(fake.url))

    def is_over(seconds: float) -> bool:
        return True

    with Providers(is_over) as providers:
        tools = examining.Tools(
            providers, Asking(is_over), lambda: datetime.now(UTC), lambda _: nullcontext()
        )
        found = examining.examine(examining.Order((), Wish(), {}, ()), tools)
    told = {each.name: each for each in found.checks}
    assert "the time for all questions was up" in told["credentials"].message
    assert told["machine-exists"].verdict == told["permission"].verdict == "unknown"
    assert fake.calls == {}


def test_two_platforms_are_looked_at_each_by_itself(shell: Shell, fake: FakeAws) -> None:
    other = (
        "---\napiVersion: stepfleet/v1\nkind: Platform\nmetadata: {name: there}\n"
        f"spec: {{type: aws-step-functions, region: eu-west-1, endpointUrl: '{closed_port()}'}}\n"
    )
    shell.write(
        job_on("echo"), job("b", "echo", "platform: there"), project=project_at(fake.url) + other
    )
    code, checks = examined(shell)
    assert code == 1
    assert of(checks, "machine-exists", "here/echo")["verdict"] == "pass"
    assert of(checks, "machine-exists", "there/echo")["verdict"] == "unknown"
    assert {each["subject"] for each in checks if each["verdict"] == "fail"} == {"there"}


def test_an_interrupt_waits_for_no_call_that_is_under_way(shell: Shell, fake: FakeAws) -> None:
    fake.faults.add("DescribeStateMachine", slow(60))
    shell.write(job_on("echo"), project=project_at(fake.url))
    with subprocess.Popen(
        [sys.executable, "-m", "runner.cli", "doctor"],
        cwd=shell.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        while "DescribeStateMachine" not in fake.calls and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err.strip()) == (130, b"interrupted")


@pytest.mark.parametrize(
    "asked",
    [
        (operation, fault)
        for operation in sorted(READS - {"GetCallerIdentity"})
        for fault in (NOT_AWS, EMPTY, ODD)
    ],
)
def test_an_odd_answer_to_one_question_ends_no_other(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, Fault]
) -> None:
    operation, fault = asked
    monkeypatch.setattr("runner.cli.examining.asking.CALL_SECONDS", 0.1)
    fake.world.past("echo", "done-1", ago=60)
    fake.faults.add(operation, fault)
    shell.write(job_on("echo"), job("b", "live:prod"), project=project_at(fake.url))
    _, checks = examined(shell, "--for", "drift")
    assert of(checks, "credentials")["verdict"] == "pass"
    assert of(checks, "quotas-share")["verdict"] == "pass"
