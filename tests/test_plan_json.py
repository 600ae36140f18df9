from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from runner.errors import Refused
from runner.expressions import Template
from runner.model import (
    AssumeRoleAuth,
    Direction,
    Limits,
    MachineType,
    MockError,
    MockResult,
    OnCancel,
    ParameterType,
    RerunOn,
    Retry,
    RetryMode,
    RunPolicy,
    Trigger,
    WebIdentityAuth,
)
from runner.plan import LateVariable, digest, from_json, to_json
from runner.planning import refreshed
from runner.quotas import Rate
from tests.plan_factories import (
    aws,
    job,
    local,
    machine,
    parameter,
    planned,
    spec,
    variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.model import Parameter, Spec
    from runner.plan import Plan
    from runner.values import Json

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas/plan.schema.json").read_text("utf-8"))
ROLE = "arn:aws:iam::123456789012:role/r"
SECRET = "hunter2-correct-horse"


def everything() -> Plan:
    """A plan in which every field has a value that is not its default."""
    project = spec(
        job(
            "extract",
            parameter("day", "${{ vars.day }}", type=ParameterType.DATE),
            parameter("rate", Decimal("1.10")),
            parameter("big", 10**40),
            parameter("literal", "not an ${ expression }"),
            parameter("token", "${{ env.TOKEN }}", sensitive=True, revision=3),
            parameter("cursor", "0", direction=Direction.INOUT, carry=True),
            parameter("rows", type=ParameterType.INTEGER, required=True),
            machine="extract:live",
            timeout=90.5,
            retry=Retry(3, RetryMode.REDRIVE, ("States.Timeout",), 0.5, 1.5, 60.0),
            run=RunPolicy.ONCE,
            rerun_on=RerunOn.REVISION,
            on_cancel=OnCancel.DETACH,
            trace_header="Root=1",
            description="Yesterday's orders",
            labels={"team": "orders", "a": "b"},
        ),
        job("local_one", platform="here", machine="made", idempotent=True),
        job(
            "load",
            parameter("rows", "${{ jobs.extract.outputs.rows }}"),
            trigger=Trigger.ALL_FINISHED,
            condition="jobs.extract.status == 'succeeded'",
        ),
        job("never", parameter("secret", SECRET), condition=False),
        platforms=[
            aws(
                endpoint_url="http://127.0.0.1:4566",
                trace_header=Template("Root=2"),
                allow=("arn:*",),
                limits=Limits(0.25, 50, {"StopExecution": Rate(1000, 12.5)}),
                auth=AssumeRoleAuth(
                    ROLE, "shop", "orders", 900, WebIdentityAuth(ROLE, None, 3600, "/token", "aud")
                ),
                description="Production",
            ),
            local("here", time_scale=0.1, description="Here"),
        ],
        machines=[
            machine(
                "made",
                type=MachineType.EXPRESS,
                definition={"States": {"A": {"Seconds": Decimal("0.50")}}},
                mocks={"A": (MockError("E", "why"), MockResult({"n": [1, None]}))},
                description="Made here",
            )
        ],
        variables=(variable("day", default="2024-01-01", per_run=True),),
        concurrency=7,
    )
    return planned(project, environment=["TOKEN"])


def quotas(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["platforms"]["aws"]["limits"]["quotas"]
    return found


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(to_json(everything()), parse_float=Decimal)
    change(document)
    return json.dumps(document, default=float)


def test_a_plan_survives_being_saved_and_loaded() -> None:
    plan = everything()
    assert from_json(to_json(plan)) == plan
    assert to_json(from_json(to_json(plan))) == to_json(plan)


def test_numbers_keep_their_digits() -> None:
    text = to_json(everything())
    assert '"rate":1.10' in text
    assert f'"big":1{"0" * 40}' in text
    assert '"Seconds":0.50' in text


@pytest.mark.parametrize("facts", [{}, {"findings": None}], ids=["looked up", "offline"])
def test_plans_follow_the_schema(facts: dict[str, None]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    project = spec(job("a", parameter("t", SECRET, sensitive=True)))
    for plan in (everything(), planned(project, **facts)):
        Draft202012Validator(SCHEMA).validate(json.loads(to_json(plan)))


def test_the_schema_describes_every_property() -> None:
    def undescribed(node: Any, path: str) -> list[str]:
        if isinstance(node, list):
            return [each for item in node for each in undescribed(item, path)]
        if not isinstance(node, dict):
            return []
        found = [
            f"{path}.{name}"
            for name, value in node.get("properties", {}).items()
            if isinstance(value, dict) and not {"description", "$ref", "const"} & value.keys()
        ]
        return found + [
            each for key, item in node.items() for each in undescribed(item, f"{path}.{key}")
        ]

    assert undescribed(SCHEMA, "") == []


def test_the_digest_is_that_of_the_bytes() -> None:
    plan = everything()
    assert len(digest(plan)) == 64
    assert digest(plan) == digest(from_json(to_json(plan)))
    assert digest(plan) != digest(replace(plan, project="other"))


def test_a_secret_in_the_spec_is_withheld_and_such_a_plan_can_not_be_applied() -> None:
    values: list[Json] = [SECRET, {"user": "${{ env.USER }}", "password": SECRET}, [SECRET]]
    for value in values:
        project = spec(job("a", parameter("t", value, sensitive=True)))
        text = to_json(planned(project, environment=["USER"]))
        assert SECRET not in text
        assert '"withheld":true' in text
        with pytest.raises(Refused, match=r"take the secret from the environment"):
            from_json(text)


def test_the_variables_to_be_given_again_are_those_that_are_used() -> None:
    names = ("day", "unused")
    project = spec(
        job("a", parameter("x", "${{ vars.day }}")),
        job("b", condition="vars.key == 'x'"),
        variables=(
            *(variable(name, default="1", per_run=True) for name in names),
            variable("key", default=SECRET, sensitive=True, type=ParameterType.STRING),
            variable("plain", default="p"),
        ),
    )
    plan = from_json(to_json(planned(project)))
    assert plan.late_variables == (
        LateVariable("day", None, per_run=True),
        LateVariable("key", ParameterType.STRING, sensitive=True),
    )
    assert plan.variables == {"day": "1", "unused": "1", "plain": "p"}


def test_what_derives_from_a_secret_keeps_its_other_parts_and_can_be_applied() -> None:
    value: Json = {"user": "bob", "token": "${{ env.TOKEN }}"}
    plan = planned(spec(job("a", parameter("login", value))), environment=["TOKEN"])
    assert from_json(to_json(plan)) == plan


@pytest.mark.parametrize("value", ["", True, {}, []])
def test_an_empty_value_is_no_secret(value: Json) -> None:
    plan = planned(spec(job("a", parameter("t", value, sensitive=True))))
    assert plan.warnings == ()
    assert from_json(to_json(plan)) == plan


def test_a_sensitive_value_is_held_as_its_expression() -> None:
    project = spec(
        job("a", parameter("t", "Bearer ${{ vars.t }}"), parameter("u", "${{ env.U }}")),
        variables=(variable("t", default=SECRET, sensitive=True),),
    )
    text = to_json(planned(project, environment=["U"]))
    assert SECRET not in text
    assert "Bearer ${{ vars.t }}" in text
    assert from_json(text).jobs[0].parameters[0].template is not None


def test_an_offline_plan_without_an_account_can_be_loaded_but_not_applied() -> None:
    plan = planned(spec(job("a"), platforms=[aws(account_id=None)]), findings=None)
    assert plan.jobs[0].machine.account == ""
    loaded = from_json(to_json(plan))
    assert loaded == plan
    again, (wrong,) = refreshed(loaded, {})
    assert again is None
    assert wrong.code == "offline-plan"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a whole plan"),
        ("null", "no formatVersion"),
        ("[]", "no formatVersion"),
        ("{}", "no formatVersion"),
        ('{"formatVersion":2}', "has format 2"),
        ('{"formatVersion":"1"}', 'has format "1"'),
        ('{"formatVersion":true}', "has format true"),
        ('{"formatVersion":1}', "project is missing"),
        ('{"formatVersion":1,"formatVersion":1}', "stands twice"),
        ("[" * 100_000, "not a whole plan"),
        ('{"formatVersion":1,"project":NaN}', "not a whole plan"),
        ("1" * 5000, "not a whole plan"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        from_json(text)


@given(st.integers(min_value=0))
@settings(max_examples=60)
def test_a_truncated_plan_is_refused(length: int) -> None:
    text = to_json(everything())
    with pytest.raises(Refused):
        from_json(text[: length % (len(text) - 2)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(extra=1), "unknown fields: extra"),
        (lambda d: d["jobs"][0].update(extra=1), r"jobs\[0\] has unknown fields: extra"),
        (lambda d: d["jobs"][0].pop("action"), r"jobs\[0\].action is missing"),
        (lambda d: d["jobs"][0].update(action="explode"), r'action is "explode", not one of'),
        (lambda d: d["jobs"][0].update(name="../x"), r'name is "../x", not a name'),
        (lambda d: d["jobs"][0].update(stateMachine="x"), "not a state machine's ARN"),
        (lambda d: d["jobs"][0].update(platform="gone"), "the platform 'gone'"),
        (lambda d: d["jobs"][0].update(timeout=-1), "timeout is -1, not a number between"),
        (lambda d: d["jobs"][0].update(timeout=True), "timeout is true, not a number"),
        (lambda d: d["jobs"][0].update(timeout=1e300), "timeout is"),
        (lambda d: d["jobs"][0].update(needs="x"), 'needs is "x", not a list'),
        (lambda d: d["jobs"][0].update(needs=[1]), "not a list of strings"),
        (lambda d: d["jobs"][0].update(needs=["gone"]), "needs gone, which does not stand before"),
        (lambda d: d["jobs"].append(d["jobs"][0]), "stands twice"),
        (lambda d: d["jobs"].reverse(), "which does not stand before it"),
        (lambda d: d["jobs"][0]["retry"].update(maxAttempts=0), "at least 1"),
        (lambda d: d["jobs"][0]["place"].update(line=0), "at least 1"),
        (lambda d: d["jobs"][0].update({"if": {"expression": "a b"}}), "not an expression"),
        (lambda d: d["jobs"][0].update({"if": 5}), "if is 5, not an object"),
        (lambda d: d["jobs"][0].update(labels={"a": 1}), "labels.a is 1, not a string"),
        (lambda d: d["platforms"]["aws"].update(type="other"), 'type is "other"'),
        (lambda d: d["platforms"]["aws"]["limits"].update(share=2), "share is 2"),
        (lambda d: quotas(d).update(Stop={}), "Stop is no operation with a quota"),
        (lambda d: quotas(d)["StopExecution"].update(bucketSize=0), "bucketSize is 0"),
        (lambda d: quotas(d)["StopExecution"].update(bucketSize=1e7), "bucketSize is"),
        (lambda d: quotas(d)["StopExecution"].update(refillPerSecond=0), "PerSecond is 0"),
        (lambda d: quotas(d)["StopExecution"].update(refillPerSecond=-1), "PerSecond is -1"),
        (lambda d: quotas(d)["StopExecution"].pop("refillPerSecond"), "PerSecond is missing"),
        (lambda d: quotas(d)["StopExecution"].update(more=1), "unknown fields: more"),
        (lambda d: quotas(d).update(StopExecution=5), "is not an object"),
        (lambda d: d["platforms"]["here"].update(timeScale=2), "timeScale is 2"),
        (lambda d: d["machines"].update(made=[]), r"machines.made is not an object"),
        (lambda d: d.update(environment=["AWS_X"]), "'AWS_X' is not an environment variable"),
        (lambda d: d.update(environment=["X\n"]), "is not an environment variable"),
        (lambda d: d["lateVariables"][0].update(fixed=True, sensitive=True), "is fixed, and its"),
        (lambda d: d.update(lateVariables=[{"name": "x", "fixed": True}]), "is fixed, and its"),
        (lambda d: d.update(jobs={}), "jobs is {}, not a list"),
        (lambda d: d.update(project="x" * 5000), r"project is .{50,70}…, not a name"),
    ],
)
def test_a_plan_that_was_tampered_with_is_refused(
    change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        from_json(changed(change))


def test_an_expression_that_evades_the_rules_is_refused() -> None:
    def change(document: dict[str, Any]) -> None:
        extract = next(each for each in document["jobs"] if each["name"] == "extract")
        extract["parameters"][0]["value"] = {"expression": "${{ @ }}"}

    with pytest.raises(Refused, match="not a value with expressions"):
        from_json(changed(change))


names = st.sampled_from(["a", "b", "c", "d"])
values: st.SearchStrategy[Any] = st.sampled_from(
    ["", "é", "{}", 0, -1, True, Decimal("1.10"), [], [1, None], {"b": 1, "a": {"c": []}}]
)


@st.composite
def projects(draw: st.DrawFn) -> Spec:
    chosen = sorted(draw(st.sets(names, min_size=1)))
    jobs = []
    for index, name in enumerate(chosen):
        inputs = draw(st.dictionaries(st.text("xyz", min_size=1), values, max_size=2))
        before = draw(st.sets(st.sampled_from(chosen[:index]))) if index else set()
        parameters = [parameter(key, value) for key, value in inputs.items()]
        parameters += [
            parameter(f"from_{need}", f"${{{{ jobs.{need}.outputs.o }}}}") for need in before
        ]
        jobs.append(
            job(
                name,
                *parameters,
                parameter("o"),
                needs=before,
                labels=draw(st.dictionaries(names, names)),
            )
        )
        jobs[-1] = replace(
            jobs[-1], parameters=(*jobs[-1].parameters, parameter("v", "of ${{ vars.v }}"))
        )
    machines = [machine(name, definition={"b": [{"d": 1, "c": 2}], "a": 1}) for name in chosen]
    declared = (variable("v", default=1), variable("w", default="x"))
    return spec(*jobs, machines=machines, variables=declared)


@given(projects(), st.integers(0, 999))
@settings(max_examples=50)
def test_the_order_of_files_and_keys_changes_no_byte(project: Spec, seed: int) -> None:
    random = Random(seed)

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = random.sample(list(value), len(value))
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(each) for each in value] if isinstance(value, list) else value

    def rewritten(each: Parameter) -> Parameter:
        if each.template is None:
            return each
        return replace(each, template=replace(each.template, value=shuffled(each.template.value)))

    jobs = {
        name: replace(
            each,
            labels=shuffled(each.labels),
            parameters=tuple(map(rewritten, random.sample(each.parameters, len(each.parameters)))),
        )
        for name, each in shuffled(project.jobs).items()
    }
    machines = {
        name: replace(each, definition=shuffled(each.definition))
        for name, each in shuffled(project.machines).items()
    }
    other = replace(project, jobs=jobs, machines=machines, platforms=shuffled(project.platforms))
    given: dict[str, Json] = {"v": {"b": 1, "a": {"d": 1, "c": 2}}, "w": "x"}
    texts = {
        to_json(planned(project, variables=given, environment=["A", "B"], local=True)),
        to_json(planned(other, variables=shuffled(given), environment=["B", "A"], local=True)),
    }
    assert len(texts) == 1


@given(projects())
@settings(max_examples=50)
def test_any_plan_survives_being_saved_and_loaded(project: Spec) -> None:
    plan = planned(project)
    assert from_json(to_json(plan)) == plan
