"""What a person at the terminal reads when AWS turns a call down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.aws_tools import aws_environment, fake, project_at
from tests.cli.tools import Shell, job, shell
from tests.fake_aws import Fault, denied
from tests.fake_aws.api import ApiError

if TYPE_CHECKING:
    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "fake", "shell"]

DENIED = (
    "User: arn:aws:sts::123456789012:assumed-role/deploy/me is not authorized to perform: "
    "{action} on resource: {resource} because no identity-based policy allows the {action} action"
)


def test_a_plan_names_the_machine_that_may_be_meant(shell: Shell, fake: FakeAws) -> None:
    fake.machine("orders-extract")
    shell.write(
        job("a", "order-extract"),
        job("b", "orders-extract:live"),
        job("c", "ecoh"),
        project=project_at(fake),
    )
    found = shell("plan")
    assert found.code == 3
    told = " ".join((found.out + found.err).split())
    assert "did you mean 'orders-extract'?" in told
    assert "'orders-extract' has no alias" in told
    assert "did you mean 'echo'?" in told
    assert fake.calls["ListStateMachines"] == 1


def test_a_plan_without_the_permission_to_list_says_what_it_knows(
    shell: Shell, fake: FakeAws
) -> None:
    fake.faults.add("ListStateMachines", denied("states:ListStateMachines"))
    shell.write(job("a", "ecoh"), project=project_at(fake))
    found = shell("plan")
    assert found.code == 3
    told = " ".join((found.out + found.err).split())
    assert "it does not exist in this account and region" in told
    assert "ListStateMachines" not in told


def test_a_denial_at_plan_shows_the_statement_that_is_missing(shell: Shell, fake: FakeAws) -> None:
    resource = fake.world.machine_arn("echo")
    said = DENIED.format(action="states:DescribeStateMachine", resource=resource)
    fake.faults.add("DescribeStateMachine", Fault(ApiError("AccessDeniedException", said)))
    shell.write(job("a", "echo"), project=project_at(fake))
    found = shell("plan")
    assert found.code == 3
    told = " ".join((found.out + found.err).split())
    assert "No policy of the role deploy allows it." in told
    assert f'"Action": "states:DescribeStateMachine", "Resource": "{resource}"' in told
    assert "deploy it" not in told


def test_a_machine_that_is_missing_or_going_has_a_way_out_of_its_own(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("going", status="DELETING")
    ways = {
        "nowhere": "deploy it, or correct the name",
        "going": "wait until it is gone and deploy it anew",
    }
    for machine, way in ways.items():
        shell.write(job("a", machine), project=project_at(fake))
        told = " ".join(shell("plan").err.split())
        assert way in told
        assert "it was looked for on platform" in told
        assert sum(each in told for each in ways.values()) == 1


def test_a_denial_at_apply_stands_in_the_results(shell: Shell, fake: FakeAws) -> None:
    resource = fake.world.machine_arn("echo")
    said = DENIED.format(action="states:StartExecution", resource=resource)
    fake.faults.add("StartExecution", Fault(ApiError("AccessDeniedException", said)))
    shell.write(job("a", "echo"), project=project_at(fake))
    found = shell("apply")
    assert found.code == 1
    told = " ".join((found.out + found.err).split())
    assert "No policy of the role deploy allows it." in told
    assert '"Action": "states:StartExecution"' in str(shell.results()["jobs"])


def test_expired_credentials_say_the_way_out(shell: Shell, fake: FakeAws) -> None:
    fake.faults.add(
        "DescribeStateMachine", Fault(ApiError("ExpiredTokenException", "token=hunter2", 400))
    )
    shell.write(job("a", "echo"), project=project_at(fake))
    found = shell("plan")
    assert found.code != 0
    told = found.out + found.err
    assert "the credentials have expired (ExpiredTokenException)" in told
    assert "hunter2" not in told
