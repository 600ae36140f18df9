"""What of a pull request's specs holds before its merge, and what the base branch says instead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runner.errors import Place
from runner.expressions import template
from runner.model import (
    AssumeRoleAuth,
    AwsPlatform,
    Limits,
    LocalPlatform,
    Platform,
    ProfileAuth,
    Spec,
    WebIdentityAuth,
)
from runner.plan import SENSITIVE, Action
from runner.trust import Trusted, trusted
from tests.plan_factories import aws, job, local, parameter, planned, spec, variable

EVIL: dict[str, Any] = {
    "region": "ap-south-2",
    "account_id": "666666666666",
    "endpoint_url": "https://evil.example",
    "allow": ("*",),
    "auth": AssumeRoleAuth("arn:aws:iam::666666666666:role/evil", source=ProfileAuth("admin")),
}
GOOD: dict[str, Any] = {
    "region": "us-east-1",
    "account_id": "123456789012",
    "endpoint_url": None,
    "allow": ("arn:aws:states:*:*:stateMachine:a",),
    "auth": WebIdentityAuth("arn:aws:iam::123456789012:role/plan"),
}


def test_region_account_auth_endpoint_and_allow_are_the_base_branchs_and_all_else_is_not() -> None:
    new: dict[str, Any] = {
        "limits": Limits(share=0.1),
        "trace_header": template("Root=1-5759e988-bd862e3fe1be46a994272793"),
        "description": "new",
    }
    head = spec(job("a"), platforms=[aws(**EVIL, **new)])
    found = trusted(head, spec(platforms=[aws(**GOOD)]))
    assert found.spec.platforms == {"aws": aws(**GOOD, **new)}
    assert replace(found.spec, platforms=head.platforms) == head
    assert found.unknown == ()


def test_a_base_without_an_account_has_the_last_word_too() -> None:
    base = spec(platforms=[aws(account_id=None)])
    found = trusted(spec(platforms=[aws(**EVIL)]), base)
    assert found.spec.platforms == {"aws": aws(account_id=None)}


def test_a_platform_that_the_base_branch_does_not_have_as_such_is_unknown() -> None:
    base = spec(platforms=[aws(), local("was_local")])
    head = spec(platforms=[aws(), aws("new"), aws("was_local"), local("engine"), local("aws2")])
    assert trusted(head, base).unknown == ("new", "was_local")
    assert trusted(head, None).unknown == ("aws", "new", "was_local")
    assert trusted(head, base).spec.platforms.keys() == head.platforms.keys()


def test_the_embedded_engine_needs_no_trust() -> None:
    head = spec(platforms=[local("aws")])
    found = trusted(head, spec(platforms=[aws()]))
    assert found.unknown == ()
    assert found.spec == head


def test_names_of_the_environment_are_the_base_branchs_and_new_ones_wait() -> None:
    head = spec(
        job("a", parameter("x", "${{ env.NEW }} ${{ env.OLD }}")),
        job("b", condition="env.OTHER == 'x'"),
        environment=("NEW", "OLD", "OTHER", "UNUSED"),
    )
    found = trusted(head, spec(environment=("OLD", "GONE")))
    assert found.spec.project.environment == ("OLD", "GONE")
    assert found.late_environment == ("NEW", "OTHER")
    assert trusted(head, None).spec.project.environment == ()
    assert trusted(head, None).late_environment == ("NEW", "OLD", "OTHER")


def test_a_plan_with_names_that_wait_has_no_complaint_and_no_value() -> None:
    head = spec(
        job("a", parameter("x", "${{ env.NEW }}")),
        job("b", condition="env.NEW == 'x'"),
        environment=("NEW",),
    )
    found = trusted(head, spec())
    plan = planned(found.spec, environment=found.late_environment)
    assert plan.environment == ("NEW",)
    assert plan.jobs[0].input == {"x": SENSITIVE}
    assert plan.jobs[1].action is Action.DECIDE_LATER


def test_a_sensitive_variable_stays_so_until_the_merge() -> None:
    secret = "hunter2"
    base = spec(variables=(variable("key", default=secret, sensitive=True), variable("gone")))
    head = spec(
        job("a", parameter("x", "Bearer ${{ vars.key }}"), parameter("y", "${{ vars.own }}")),
        variables=(
            variable("key", default=secret),
            variable("own", default="mine", sensitive=True),
        ),
    )
    found = trusted(head, base)
    assert found.kept_sensitive == ("key",)
    plan = planned(found.spec)
    assert plan.jobs[0].input == {"x": SENSITIVE, "y": SENSITIVE}
    assert plan.variables == {}
    assert secret not in repr([plan.jobs, plan.variables])


def test_it_takes_no_secret_to_make_the_hash_of_a_work() -> None:
    """A short secret could be guessed from a hash that it is part of."""

    def work(value: str) -> str:
        base = spec(variables=(variable("pin", default=value, sensitive=True),))
        head = spec(
            job("a", parameter("x", "${{ vars.pin }}")),
            variables=(variable("pin", default=value),),
        )
        return planned(trusted(head, base).spec).jobs[0].work

    assert work("1234") == work("4321")


def platforms() -> st.SearchStrategy[Platform]:
    names = st.sampled_from(["a", "b", "c"])
    there = Place("specs/p.yaml")
    some = st.one_of(st.none(), st.sampled_from(["1", "2"]))
    remote = st.builds(
        AwsPlatform,
        name=names,
        region=st.sampled_from(["us-east-1", "eu-west-1"]),
        place=st.just(there),
        account_id=some,
        endpoint_url=some,
        allow=st.lists(st.sampled_from(["x", "y"]), max_size=2).map(tuple),
    )
    return st.one_of(remote, st.builds(LocalPlatform, name=names, place=st.just(there)))


def specs() -> st.SearchStrategy[Spec]:
    return st.builds(
        lambda found, names: spec(platforms=found, environment=tuple(names)),
        st.lists(platforms(), min_size=1, max_size=3),
        st.sets(st.sampled_from(["A", "B"])),
    )


@given(specs(), specs())
def test_no_pull_request_says_more_about_trust_than_its_base_branch(head: Spec, base: Spec) -> None:
    found = trusted(head, base)
    assert found.spec.project.environment == base.project.environment
    for name, each in found.spec.platforms.items():
        if isinstance(each, AwsPlatform) and name not in found.unknown:
            twin = base.platforms[name]
            assert isinstance(twin, AwsPlatform)
            assert (each.region, each.account_id, each.endpoint_url, each.allow) == (
                twin.region,
                twin.account_id,
                twin.endpoint_url,
                twin.allow,
            )
    assert trusted(base, base) == Trusted(base)
