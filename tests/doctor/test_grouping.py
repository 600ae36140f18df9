"""One trouble that many machines have is told once, and by itself for machines that read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.tools import job
from tests.doctor.tools import (
    ACCOUNT,
    CALLER,
    aws_environment,
    examined,
    fake,
    job_on,
    of,
    project_at,
    shell,
)
from tests.fake_aws import Fault
from tests.fake_aws.api import ApiError
from tests.fake_aws.iam import ANYTHING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.tools import Shell
    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "fake", "shell"]

NAMES = [f"m{number:02}" for number in range(30)]
NONE_ALLOWS = "because no identity-based policy allows it"
MOST_LINES = 60
MOST_NEAR = 6


def _refuse(fake: FakeAws, operation: str, name: str, why: str = NONE_ALLOWS) -> None:
    service, on = ("iam", f"role {name}") if operation == "GetRole" else ("states", "")
    on = on or f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{name}"
    said = f"User: {CALLER} is not authorized to perform: {service}:{operation} on resource: {on}"
    fake.faults.add(operation, Fault(ApiError("AccessDenied", f"{said} {why}", 403)), about=name)


def _own_role(fake: FakeAws, name: str, trust: Any) -> None:
    own = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    fake.machine(name, role=own)
    if trust is not None:
        fake.directory.role(own, trust)


def _reads_refused(fake: FakeAws, name: str) -> None:
    fake.machine(name)
    _refuse(fake, "ListExecutions", name)


def _descriptions_refused(fake: FakeAws, name: str) -> None:
    _refuse(fake, "DescribeStateMachine", name)


def _roles_refused(fake: FakeAws, name: str) -> None:
    _own_role(fake, name, None)
    _refuse(fake, "GetRole", name)


@pytest.mark.parametrize(
    ("broken", "check", "verdict"),
    [
        (_descriptions_refused, "machine-exists", "unknown"),
        (_descriptions_refused, "permission", "fail"),
        (_reads_refused, "permission", "fail"),
        (lambda fake, name: None, "machine-exists", "fail"),
        (lambda fake, name: _own_role(fake, name, {}), "machine-role", "fail"),
        (lambda fake, name: _own_role(fake, name, None), "machine-role", "fail"),
        (_roles_refused, "machine-role", "unknown"),
        (lambda fake, name: fake.machine(name, status="DELETING"), "machine-active", "fail"),
    ],
)
def test_a_trouble_of_many_machines_is_told_once(
    shell: Shell, fake: FakeAws, broken: Callable[[FakeAws, str], None], check: str, verdict: str
) -> None:
    for name in NAMES:
        broken(fake, name)
    shell.write(*(job(f"j_{name}", name) for name in NAMES), project=project_at(fake.url))
    _told_once(shell, check, verdict)


def test_machines_that_are_not_allowed_are_told_once(shell: Shell, fake: FakeAws) -> None:
    project = project_at(fake.url, ", allow: ['*:nothing-*']")
    shell.write(*(job(f"j_{name}", name) for name in NAMES), project=project)
    _told_once(shell, "machine-allowed", "fail")
    assert "allowed are: *:nothing-*" in shell("doctor").out


def _told_once(shell: Shell, check: str, verdict: str) -> None:
    found = [
        each for each in examined(shell)[1] if (each["name"], each["verdict"]) == (check, verdict)
    ]
    assert {each["subject"] for each in found} == set(NAMES)
    lines = shell("doctor").out.splitlines()
    print("\n".join(lines))
    sign = {"fail": "✗", "unknown": "?"}[verdict]
    assert len(lines) < MOST_LINES
    assert len([line for line in lines if line.startswith(f"  {sign} {check} ")]) == 1
    assert "m29" not in " ".join(lines)


def test_a_denial_of_many_keeps_what_all_have_in_common(shell: Shell, fake: FakeAws) -> None:
    for name in NAMES[:2]:
        _reads_refused(fake, name)
    shell.write(job_on("m00"), job("b", "m01"), project=project_at(fake.url))
    told = " ".join(shell("doctor").out.split())
    assert "m00 and m01: states:ListExecutions" in told
    assert "No policy of the user tester allows it" in told
    assert "→ allow states:ListExecutions on each of them" in told


@pytest.mark.parametrize(
    ("why", "whose"),
    [
        ("because no service control policy allows it", "administrators allow"),
        ("because no permissions boundary allows it", "to the boundary"),
        ("with an explicit deny in a service control policy", "administrators take"),
    ],
)
def test_a_read_that_others_policies_deny_is_mended_there(
    shell: Shell, fake: FakeAws, why: str, whose: str
) -> None:
    _refuse(fake, "ListExecutions", "echo", why)
    shell.write(job_on("echo"), project=project_at(fake.url))
    (lacking,) = [each for each in examined(shell)[1] if each["verdict"] == "fail"]
    assert whose in lacking["fix"]
    assert "iam-policy" not in lacking["fix"]


def test_what_the_organization_does_not_allow_its_administrators_mend(
    shell: Shell, fake: FakeAws
) -> None:
    fake.directory.forbidden_by_organization.add("states:StartExecution")
    shell.write(job_on("echo"), project=project_at(fake.url))
    (lacking,) = [each for each in examined(shell)[1] if each["verdict"] == "fail"]
    assert "have the organization's administrators allow states:StartExecution" in lacking["fix"]


def test_a_job_that_is_switched_off_needs_no_redrive(shell: Shell, fake: FakeAws) -> None:
    no_redrive = {"Effect": "Deny", "Action": "states:RedriveExecution", "Resource": "*"}
    fake.directory.allow(CALLER, ANYTHING, no_redrive)
    redriven = "retry: {mode: redrive, maxAttempts: 2}"
    for off, code in (("if: false\n", 0), ("", 1)):
        shell.write(job_on("echo"), job("b", "echo", off + redriven), project=project_at(fake.url))
        assert examined(shell)[0] == code


@pytest.mark.parametrize(
    "operation",
    ["DescribeExecution", "DescribeStateMachine", "GetExecutionHistory", "ListExecutions"],
)
def test_a_read_that_a_key_refuses_lacks_the_key_and_no_other_permission(
    shell: Shell, fake: FakeAws, operation: str
) -> None:
    fake.world.past("echo", "done-1", ago=60)
    refused = ApiError("KmsAccessDeniedException", "User may not kms:Decrypt on the key", 400)
    fake.faults.add(operation, Fault(refused))
    shell.write(job_on("echo"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert (code, of(checks, "kms-key")["verdict"]) == (1, "fail")
    assert of(checks, "kms-key")["action"] == "kms:Decrypt"
    assert {each["verdict"] for each in checks if each["name"] == "permission"} == {"pass"}


def test_of_what_does_not_exist_it_is_told_what_is_near(shell: Shell, fake: FakeAws) -> None:
    fake.machine("live", versions=(1, 2), aliases={"prod": {1: 100}})
    wrong = (job_on("ecko"), job("b", "live:prd"), job("c", "live:9"))
    shell.write(*wrong, project=project_at(fake.url))
    checks = examined(shell)[1]
    assert "did you mean 'echo'?" in of(checks, "machine-exists", "ecko")["message"]
    assert (
        "did you mean the alias 'prod'?" in of(checks, "machine-qualifier", "live:prd")["message"]
    )
    assert "2 versions, from 1 to 2" in of(checks, "machine-qualifier", "live:9")["message"]


def test_what_is_near_is_told_of_each_machine_and_nothing_where_nothing_is(
    shell: Shell, fake: FakeAws
) -> None:
    names = ("ecko", "lives", "nothing-like-it", "unheard-of")
    shell.write(*(job(f"j{at}", name) for at, name in enumerate(names)), project=_project(fake))
    told = _told(shell)
    assert "✗ machine-exists ecko: " in told
    assert "did you mean 'echo'?" in told
    assert "✗ machine-exists lives: " in told
    assert "did you mean 'live'?" in told
    assert "✗ machine-exists nothing-like-it and unheard-of: does not exist →" in told
    assert "--format json" not in told


def test_of_many_that_are_near_something_the_first_are_told_and_json_tells_the_rest(
    shell: Shell, fake: FakeAws
) -> None:
    for name in NAMES:
        fake.machine(f"{name}-orders-of-the-shop")
    absent = [f"{name}-orders-of-the-shops" for name in NAMES]
    shell.write(*(job(f"j{at}", name) for at, name in enumerate(absent)), project=_project(fake))
    told = _told(shell)
    assert told.count("did you mean") == MOST_NEAR
    assert told.count("✗ machine-exists") == MOST_NEAR + 1
    assert told.count("`--format json` tells what is near each") == 1


def test_a_region_without_any_machine_is_told_once(shell: Shell, fake: FakeAws) -> None:
    fake.world.machines.clear()
    shell.write(*(job(f"j{name}", name) for name in NAMES), project=_project(fake))
    told = _told(shell)
    assert told.count("✗ machine-exists") == 1
    assert told.count("there is no state machine at all in us-east-1: is the region right?") == 1


@pytest.mark.parametrize(
    ("why", "way"),
    [
        (NONE_ALLOWS, "→ allow {} on each of them"),
        (
            "because no permissions boundary allows it",
            "→ allow {} on each of them in the boundary, besides what the caller's own policies",
        ),
        (
            "because no session policy allows it",
            "→ allow {} on each of them in that policy, or assume the role without one",
        ),
        (
            "because no VPC endpoint policy allows it",
            "→ allow {} on each of them, with a Principal, in the endpoint's policy",
        ),
        ("by anybody", "→ allow {} on each of them to the user tester"),
    ],
)
def test_a_way_out_for_many_holds_no_statement_and_no_words_of_aws(
    shell: Shell, fake: FakeAws, why: str, way: str
) -> None:
    for name in NAMES[:2]:
        _refuse(fake, "DescribeStateMachine", name, why)
    shell.write(job_on("m00"), job("b", "m01"), project=_project(fake))
    told = _told(shell)
    whole = " (`stepfleet iam-policy` prints a whole policy)"
    assert way.format("states:DescribeStateMachine") in told
    assert whole in told
    assert "Effect" not in told
    assert "AWS says" not in told
    assert "its ARN" in told
    assert '"Resource": "arn:aws:states' in of(examined(shell)[1], "machine-exists", "m00")["fix"]


def test_a_role_that_many_machines_share_is_told_with_its_own_statement(
    shell: Shell, fake: FakeAws
) -> None:
    _refuse(fake, "GetRole", "machines")
    shell.write(job_on("echo"), job("b", "live"), project=_project(fake))
    assert "? machine-role echo and live: GetRole on machines: access denied" in _told(shell)
    assert '→ add the statement {"Effect": "Allow", "Action": "iam:GetRole"} to one' in _told(shell)


def test_roles_that_may_not_be_read_are_told_as_the_roles_of_machines(
    shell: Shell, fake: FakeAws
) -> None:
    for name in NAMES[:2]:
        _roles_refused(fake, name)
    shell.write(job_on("m00"), job("b", "m01"), project=_project(fake))
    assert "→ allow iam:GetRole on the role of each" in _told(shell)
    assert "Effect" not in _told(shell)


def _project(fake: FakeAws) -> str:
    return project_at(fake.url)


def _told(shell: Shell) -> str:
    return " ".join(shell("doctor").out.split())
