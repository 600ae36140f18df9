"""Which jobs run which machines, expressions among them."""

from __future__ import annotations

import pytest

from runner import documents, model
from runner.arns import MachineArn
from runner.discovery import KnownJob, gone, known_jobs, may_run, runs, unclear
from runner.model import AwsPlatform, Spec

ACCOUNT = "123456789012"
HEAD = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:"
PROJECT = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {name: shop}
spec:
  platform: aws
  variables: {stage: {type: string}, place: {type: string}}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: aws}
spec: {type: aws-step-functions, region: us-east-1}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: other}
spec: {type: aws-step-functions, region: eu-west-1}
"""


def spec_of(machine: str, more: str = "") -> Spec:
    text = (
        f"{PROJECT}---\napiVersion: stepfleet/v1\nkind: Job\nmetadata: {{name: a}}\n"
        f"spec:\n  stateMachine: {machine}\n{more}"
    )
    read = documents.parse(text.encode(), "x.yaml").documents
    spec, problems = model.build(read, read_file=lambda _: b"")
    assert spec is not None, problems
    return spec


def known(machine: str, more: str = "", **variables: str) -> tuple[KnownJob, ...]:
    spec = spec_of(machine, more)
    platform = spec.platforms["aws"]
    assert isinstance(platform, AwsPlatform)
    return known_jobs(spec, platform, ACCOUNT, variables)


def arn(name: str) -> MachineArn:
    return MachineArn("aws", "us-east-1", ACCOUNT, name)


@pytest.mark.parametrize(
    "machine", ["orders", "orders:live", "orders:3", f"{HEAD}orders", f"{HEAD}orders:live"]
)
def test_a_job_runs_the_machine_that_it_names_in_any_way(machine: str) -> None:
    (job,) = known(machine)
    assert (job.name, job.machine, job.is_literal) == ("a", arn("orders"), True)
    assert runs([job], arn("orders")) == (job,)
    assert runs([job], arn("orders-2")) == may_run([job], arn("orders-2")) == ()


@pytest.mark.parametrize(
    "machine",
    [
        "orders:${{ vars.stage }}",
        f"{HEAD}orders:${{{{ vars.stage }}}}",
        "arn:aws:states:${{ vars.place }}:123456789012:stateMachine:orders:live",
    ],
)
def test_an_expression_beside_the_name_leaves_no_doubt(machine: str) -> None:
    (job,) = known(machine)
    assert (job.machine and job.machine.name, job.is_literal) == ("orders", False)


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("orders-${{ vars.stage }}", "orders-prod"),
        ("${{ vars.stage }}-orders:live", "prod-orders"),
        (f"{HEAD}orders-${{{{ vars.stage }}}}-${{{{ vars.place }}}}-x", "orders-prod-eu-x"),
    ],
)
def test_a_machine_that_other_values_may_lead_to_is_told(machine: str, name: str) -> None:
    (job,) = known(machine)
    assert job.machine is None
    assert may_run([job], arn(name)) == (job,)
    assert may_run([job], arn("other")) == ()
    assert unclear([job]) == ()


def test_values_that_are_known_settle_it_and_leave_room_for_others() -> None:
    (job,) = known("orders-${{ vars.stage }}", stage="dev")
    assert job.machine == arn("orders-dev")
    assert runs([job], arn("orders-dev")) == (job,)
    assert may_run([job], arn("orders-dev")) == ()
    assert may_run([job], arn("orders-prod")) == (job,)


def test_an_expression_alone_tells_nothing() -> None:
    (job,) = known("${{ vars.stage }}")
    assert may_run([job], arn("orders")) == ()
    assert unclear([job]) == (job,)
    (job,) = known("${{ vars.stage }}", stage="orders")
    assert (job.machine, unclear([job])) == (arn("orders"), ())


def test_a_job_of_another_platform_is_not_meant() -> None:
    assert known("orders", "  platform: other\n") == ()
    (job,) = known("orders", "  platform: ${{ vars.place }}\n")
    assert (job.machine, job.is_literal) == (arn("orders"), False)
    assert known("orders", "  platform: ${{ vars.place }}\n", place="other") == ()


def test_what_is_in_no_row_of_the_list_is_gone_if_it_is_of_this_account_and_region() -> None:
    spec = spec_of("orders")
    platform = spec.platforms["aws"]
    assert isinstance(platform, AwsPlatform)
    for machine, expected in [
        ("orders", 1),
        ("there", 0),
        ("arn:aws:states:us-east-1:999999999999:stateMachine:orders", 0),
        ("orders-${{ vars.stage }}", 0),
    ]:
        found = gone(known(machine), [arn("there")], platform, ACCOUNT)
        assert len(found) == expected


def test_a_job_that_may_run_elsewhere_is_not_told_as_gone() -> None:
    platform = spec_of("orders").platforms["aws"]
    assert isinstance(platform, AwsPlatform)
    more = "  platform: ${{ vars.place }}\n"
    for machine in ("orders", f"{HEAD}orders", "orders:${{ vars.stage }}"):
        assert gone(known(machine, more), [arn("there")], platform, ACCOUNT) == ()
        assert len(gone(known(machine, more, place="aws"), [], platform, ACCOUNT)) == 1
