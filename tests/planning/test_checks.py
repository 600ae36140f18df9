from __future__ import annotations

import pytest

from runner.arns import is_allowed, parse_machine
from runner.expressions import Template
from runner.graph import build
from runner.model import Direction, MachineType, Parameter, Retry, RetryMode
from runner.planning import machines_of, make, platforms_of
from runner.planning.checks import (
    ACCOUNT_UNKNOWN,
    CARRY_FORGOTTEN,
    CARRY_UNKNOWN,
    EXPRESS_CANNOT_STOP,
    EXPRESS_TIMEOUT,
    REDRIVE_LOCAL,
    TYPE_UNKNOWN,
    UNPINNED,
)
from runner.provider import FoundMachine, MissingMachine
from tests.plan_factories import (
    ACCOUNT,
    HEAD,
    aws,
    complaints,
    found,
    job,
    local,
    machine,
    parameter,
    place,
    planned,
    spec,
    variable,
)

ARN = parse_machine(f"{HEAD}:load")
AT = {"stateMachine": place(11, 5), "stepFunctionsType": place(12, 5)}


def test_names_are_resolved_with_the_platforms_region_and_account() -> None:
    project = spec(
        job("a", machine="orders:live"),
        job("b", machine=f"{HEAD}:orders:3"),
        job("c", machine="x", platform="other"),
        platforms=[aws(), aws("other", region="cn-north-1", account_id="999999999999")],
    )
    found_by_platform = machines_of(project, selected=project.jobs, variables={})
    assert {name: [str(arn) for arn in arns] for name, arns in found_by_platform.items()} == {
        "aws": [f"{HEAD}:orders:3", f"{HEAD}:orders:live"],
        "other": ["arn:aws-cn:states:cn-north-1:999999999999:stateMachine:x"],
    }
    assert platforms_of(project, selected=project.jobs, variables={}) == ("aws", "other")
    assert platforms_of(project, selected=["a"], variables={}) == ("aws",)


def test_the_account_of_the_credentials_fills_in() -> None:
    project = spec(job("a"), platforms=[aws(account_id=None)])
    asked = machines_of(project, selected=["a"], variables={}, accounts={"aws": "111122223333"})
    assert [arn.account for arn in asked["aws"]] == ["111122223333"]
    assert machines_of(project, selected=["a"], variables={}) == {}


def test_platform_and_machine_may_come_from_variables() -> None:
    project = spec(
        job("a", platform="${{ vars.where }}", machine="load-${{ vars.stage }}"),
        platforms=[aws(), aws("other", region="eu-west-1")],
        variables=(variable("where", default="other"), variable("stage", default="prod")),
    )
    plan = planned(project)
    assert plan.jobs[0].platform == "other"
    assert plan.jobs[0].machine.name == "load-prod"
    assert set(plan.platforms) == {"other"}


def test_an_unknown_platform_suggests_the_nearest() -> None:
    project = spec(
        job("a", platform="${{ vars.where }}"), variables=(variable("where", default="awz"),)
    )
    (wrong,) = complaints(project)
    assert wrong.code == "unknown-platform"
    assert wrong.help is not None
    assert "aws" in wrong.help


def test_a_machine_that_does_not_exist_is_an_error_at_its_place() -> None:
    project = spec(job("load", places=AT))
    (wrong,) = complaints(project, findings={ARN: MissingMachine(ARN, "it does not exist")})
    assert wrong.place == AT["stateMachine"]
    assert str(ARN) in wrong.message
    assert "it does not exist" in wrong.message


def test_a_machine_that_is_being_deleted_is_an_error() -> None:
    finding = FoundMachine(ARN, MachineType.STANDARD, "r1", status="DELETING")
    (wrong,) = complaints(spec(job("load")), findings={ARN: finding})
    assert "DELETING" in wrong.message


def test_a_type_that_contradicts_what_was_found_is_an_error_at_its_place() -> None:
    project = spec(job("load", machine_type=MachineType.EXPRESS, places=AT))
    (wrong,) = complaints(project, findings=found([ARN]))
    assert wrong.place == AT["stepFunctionsType"]
    assert wrong.message == "stepFunctionsType: the state machine is STANDARD, not EXPRESS"


def test_a_machine_outside_the_platform_is_an_error() -> None:
    elsewhere = "arn:aws:states:eu-west-1:999999999999:stateMachine:load"
    project = spec(job("load", machine=elsewhere), platforms=[aws(allow=(f"{HEAD}:ok-*",))])
    codes = {each.code for each in complaints(project)}
    assert codes == {"other-region", "other-account", "not-allowed"}


def test_a_machine_outside_the_platform_is_not_looked_up() -> None:
    """Else a spec could tell which machines exist that its platform does not allow."""
    project = spec(
        job("load"),
        job("a", machine="secret"),
        job("b", machine="arn:aws:states:us-east-1:999999999999:stateMachine:load"),
        job("c", machine=f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:load"),
        platforms=[aws(allow=("*:load",))],
    )
    assert machines_of(project, selected=project.jobs, variables={}) == {"aws": (ARN,)}
    wrong = complaints(project)
    assert [each.code for each in wrong] == ["not-allowed", "other-account", "other-region"]


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (f"{HEAD}:load", True),
        (f"{HEAD}:load:live", True),
        (f"{HEAD}:load:*", True),
        (f"{HEAD}:l?ad", True),
        ("arn:aws:states:*:stateMachine:*", True),
        (f"{HEAD}:loa", False),
        (f"{HEAD}:load:dev", False),
        (f"{HEAD}:[l]oad", False),
        ("*" * 200 + "x", False),
    ],
)
def test_patterns_allow_by_the_arn_with_and_without_its_qualifier(
    pattern: str, allowed: bool
) -> None:
    assert is_allowed((pattern,), parse_machine(f"{HEAD}:load:live")) is allowed


def test_without_patterns_all_is_allowed() -> None:
    assert is_allowed((), ARN)


def test_credentials_of_another_account_are_an_error_once() -> None:
    project = spec(job("a"), job("b"))
    (wrong,) = complaints(project, accounts={"aws": "999999999999"})
    assert wrong.code == "wrong-credentials"
    assert wrong.place == place(2)


def test_express_can_not_be_redriven() -> None:
    retry = Retry(max_attempts=2, mode=RetryMode.REDRIVE)
    project = spec(job("load", retry=retry))
    (wrong,) = complaints(project, findings=found([ARN], MachineType.EXPRESS))
    assert wrong.code == "express-redrive"
    assert planned(project).jobs[0].retry == retry


def test_warnings_say_what_a_reviewer_should_know() -> None:
    own = job("load", timeout=301.0, places={"timeout": place(13)})
    express = planned(spec(own), findings=found([ARN], MachineType.EXPRESS))
    assert express.jobs[0].warnings == (EXPRESS_CANNOT_STOP, EXPRESS_TIMEOUT, UNPINNED)
    by_default = planned(
        spec(job("load", timeout=7200.0)), findings=found([ARN], MachineType.EXPRESS)
    )
    assert by_default.jobs[0].warnings == (EXPRESS_CANNOT_STOP, UNPINNED)
    assert planned(spec(job("load", machine="load:live"))).jobs[0].warnings == ()
    unknown = planned(spec(job("load"), platforms=[aws(account_id=None)]), findings=None)
    assert unknown.jobs[0].warnings == (UNPINNED, TYPE_UNKNOWN, ACCOUNT_UNKNOWN)


def test_what_this_version_does_not_do_yet_is_said() -> None:
    cursor = Parameter(
        "cursor", Direction.INOUT, None, place(14), template=Template("0"), carry=True
    )
    own = job("load", cursor, machine="load:live", retry=Retry(2, RetryMode.REDRIVE))
    assert planned(spec(own)).jobs[0].warnings == ()
    assert CARRY_UNKNOWN in planned(spec(own), findings=None).jobs[0].warnings
    embedded = planned(spec(own, platforms=[local()], machines=[machine("load")]))
    assert embedded.jobs[0].warnings == (REDRIVE_LOCAL, CARRY_FORGOTTEN)


def test_one_arn_at_two_endpoints_is_two_machines() -> None:
    project = spec(
        job("a", platform="here", machine="load"),
        job("b", platform="there", machine="load"),
        platforms=[aws("here"), aws("there")],
    )
    express = found([ARN], MachineType.EXPRESS)
    facts = {"here": found([ARN]), "there": express}
    plan, _ = make(
        project,
        graph=build({"a": (), "b": ()}),
        selected=["a", "b"],
        variables={},
        findings=facts,
    )
    assert plan is not None
    types = [each.machine_type for each in plan.jobs]
    assert types == [MachineType.STANDARD, MachineType.EXPRESS]


def test_offline_the_definition_in_git_tells_the_type() -> None:
    project = spec(job("load"), machines=[machine("load", type=MachineType.EXPRESS)])
    plan = planned(project, findings=None)
    assert plan.offline
    assert plan.jobs[0].machine_type is MachineType.EXPRESS
    assert plan.jobs[0].revision is None


def test_local_machines_come_from_their_documents() -> None:
    project = spec(
        job("load", machine=f"{HEAD}:load:live"),
        machines=[machine("load", type=MachineType.EXPRESS), machine("nested")],
    )
    plan = planned(project, local=True)
    (load,) = plan.jobs
    assert plan.local
    assert load.platform == "local"
    assert load.machine_type is MachineType.EXPRESS
    assert str(load.machine) == f"{HEAD}:load:live"
    assert set(plan.machines) == {"load", "nested"}
    assert load.revision is not None
    assert machines_of(project, selected=["load"], variables={}, local=True) == {}


def test_a_local_revision_changes_with_the_definition_alone() -> None:
    def revision(definition: dict[str, str]) -> str | None:
        document = machine("load", definition=definition)
        return planned(spec(job("load"), machines=[document]), local=True).jobs[0].revision

    assert revision({"a": "1", "b": "2"}) == revision({"b": "2", "a": "1"})
    assert revision({"a": "1"}) != revision({"a": "2"})


def test_a_local_machine_without_a_document_is_an_error_with_the_way_out() -> None:
    (wrong,) = complaints(
        spec(job("load_orders", machine="load"), machines=[machine("lode")]),
        local=True,
    )
    assert wrong.code == "no-definition"
    assert wrong.help is not None
    assert "kind StateMachine named load" in wrong.help
    assert "lode" in wrong.help


def test_local_jobs_use_their_own_local_platform_and_others_the_default() -> None:
    project = spec(
        job("a", platform="slow"),
        job("b", platform="aws"),
        platforms=[aws(), local("quick", time_scale=0.1), local("slow")],
        machines=[machine("a"), machine("b")],
    )
    plan = planned(project, local=True)
    assert {each.name: each.platform for each in plan.jobs} == {"a": "slow", "b": "quick"}


def test_the_jobs_trace_header_overrides_the_platforms() -> None:
    project = spec(
        job("a", trace_header="Root=1-${{ vars.x }}"),
        job("b"),
        platforms=[aws(trace_header=Template("Root=2"))],
        variables=(variable("x", default="abc"),),
    )
    plan = planned(project)
    assert [each.trace_header for each in plan.jobs] == ["Root=1-abc", "Root=2"]


@pytest.mark.parametrize("header", ["x" * 257, "é", "a\nb", "${{ vars.nothing }}"])
def test_a_trace_header_that_can_not_be_sent_is_an_error(header: str) -> None:
    empty = variable("nothing", default="")
    (wrong,) = complaints(spec(job("a", trace_header=header), variables=(empty,)))
    assert wrong.code == "bad-trace-header"


@pytest.mark.parametrize("field", ["machine", "platform", "trace_header"])
def test_a_sensitive_variable_may_not_stand_where_it_is_shown(field: str) -> None:
    project = spec(
        job("a", **{field: "${{ vars.secret }}"}),
        variables=(variable("secret", default="hunter2", sensitive=True),),
    )
    (wrong,) = complaints(project)
    assert wrong.code == "sensitive-in-the-open"
    assert "hunter2" not in str(wrong)


def test_all_that_is_wrong_is_said_at_once() -> None:
    project = spec(
        job("a", parameter("x", "${{ env.GONE }}"), machine="bad name", condition="vars.x"),
        job("b", parameter("x", "${{ env.GONE }}"), machine_type=MachineType.EXPRESS),
        variables=(variable("x", default=1),),
    )
    codes = sorted(each.code for each in complaints(project))
    assert codes == ["bad-arn", "machine-type", "not-a-boolean", "unset-environment"]
