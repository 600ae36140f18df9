"""Of a machine whose type nobody tells, only one type's permissions can be needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.tools import job
from tests.doctor.tools import (
    CALLER,
    aws_environment,
    examined,
    fake,
    job_on,
    of,
    project_at,
    shell,
)
from tests.fake_aws.iam import ANYTHING

if TYPE_CHECKING:
    from tests.cli.tools import Shell
    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "fake", "shell"]


def _without(fake: FakeAws, *actions: str) -> None:
    denied = {"Effect": "Deny", "Action": [f"states:{each}" for each in actions], "Resource": "*"}
    fake.directory.allow(CALLER, ANYTHING, denied)


def _verdict(checks: list[dict[str, Any]], action: str) -> Any:
    (found,) = [each for each in checks if each["action"] == f"states:{action}"]
    return found["verdict"]


@pytest.mark.parametrize(
    ("lacking", "kind"),
    [("StartExecution", "a Standard"), ("StartSyncExecution", "an Express")],
)
def test_a_permission_that_one_type_needs_is_unknown_until_the_type_is_told(
    shell: Shell, fake: FakeAws, lacking: str, kind: str
) -> None:
    _without(fake, lacking)
    shell.write(job_on("absent"), job("b", "gone"), project=project_at(fake.url))
    told = " ".join(shell("doctor").out.split())
    assert f"? permission absent and gone: states:{lacking}" in told
    assert f"; only {kind} machine needs it" in told
    shell.write(job_on("absent"), project=project_at(fake.url))
    assert _verdict(examined(shell)[1], lacking) == "unknown"
    stated = f"stepFunctionsType: {kind.split()[1].upper()}"
    shell.write(job_on("absent", stated), project=project_at(fake.url))
    assert _verdict(examined(shell)[1], lacking) == "fail"


def test_what_lacks_whatever_the_type_is_fails(shell: Shell, fake: FakeAws) -> None:
    _without(fake, "StartExecution", "StartSyncExecution")
    shell.write(job_on("absent"), project=project_at(fake.url))
    checks = examined(shell)[1]
    assert _verdict(checks, "StartExecution") == "fail"
    assert _verdict(checks, "StartSyncExecution") == "fail"


def test_what_does_not_exist_or_is_being_deleted_takes_no_share_of_the_quotas(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("going", status="DELETING")
    absent = (job("b", "absent"), job("c", "live:none"), job("d", "live:9"), job("e", "going"))
    shell.write(job_on("echo"), *absent, project=project_at(fake.url))
    assert ": 1 Standard job can be" in of(examined(shell)[1], "quotas-share")["message"]
    shell.write(*absent, project=project_at(fake.url))
    told = of(examined(shell)[1], "quotas-share")["message"]
    assert told.endswith("; there is no Standard job to start")
