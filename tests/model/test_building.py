"""What documents come to: fields, places, needs and defaults."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from runner import documents, model, sources
from runner.errors import Place
from runner.expressions import Expression, VariableReference
from runner.model import (
    AwsPlatform,
    Direction,
    Job,
    Limits,
    LocalPlatform,
    MachineType,
    MockError,
    MockResult,
    OnCancel,
    ParameterType,
    RerunOn,
    Retry,
    RetryMode,
    RunPolicy,
    Spec,
    Trigger,
)
from runner.quotas import Rate

WHOLE = Path(__file__).parent.parent / "specs" / "valid" / "a_whole_project"


def read(folder: Path) -> list[documents.Document]:
    found = sources.read([folder], cwd=folder)
    return [
        document
        for file in found.files
        for document in documents.parse(file.data, file.name).documents
    ]


def build(found: list[documents.Document], folder: Path = WHOLE) -> Spec:
    spec, problems = model.build(
        found, read_file=lambda name: sources.read_below(folder, Path(name))
    )
    assert problems == ()
    assert spec is not None
    return spec


@pytest.fixture(scope="module")
def spec() -> Spec:
    return build(read(WHOLE))


@pytest.fixture(scope="module")
def load(spec: Spec) -> Job:
    return spec.jobs["load"]


def test_everything_is_sorted_by_name(spec: Spec) -> None:
    assert list(spec.jobs) == ["calendar", "load", "report"]
    assert list(spec.platforms) == ["aws", "laptop", "other"]
    assert list(spec.machines) == ["copy", "from_json", "from_yaml"]


def test_the_project_has_its_fields(spec: Spec) -> None:
    project = spec.project
    assert (project.name, project.platform, project.concurrency) == ("orders", "aws", 4)
    assert project.environment == ("ORDERS_TOKEN",)
    run_date, secret = project.variables[1], project.variables[2]
    assert (run_date.name, run_date.type, run_date.per_run) == (
        "run_date",
        ParameterType.DATE,
        True,
    )
    assert (run_date.default, run_date.required) == ("2024-01-31", False)
    assert (secret.name, secret.sensitive) == ("secret", True)


def test_platforms_have_their_fields(spec: Spec) -> None:
    other, laptop = spec.platforms["other"], spec.platforms["laptop"]
    assert isinstance(other, AwsPlatform)
    assert other.endpoint_url == "http://localhost:8083"
    assert other.limits == Limits(
        share=0.25, lookback=50, quotas={"DescribeExecution": Rate(1000, 12.5)}
    )
    aws = spec.platforms["aws"]
    assert isinstance(aws, AwsPlatform)
    assert aws.limits == Limits(share=0.5, lookback=20)
    assert other.allow == ("arn:aws-cn:states:*:*:stateMachine:orders-*", "*")
    assert isinstance(laptop, LocalPlatform)
    assert (laptop.time_scale, laptop.description) == (0.01, "A laptop")
    assert laptop.trace_header is not None
    assert laptop.trace_header.references == {VariableReference("batch")}


def test_a_job_has_its_fields(load: Job) -> None:
    assert load.state_machine.value == (
        "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:load:live"
    )
    assert load.platform is not None
    assert load.platform.value == "other"
    assert (load.machine_type, load.trigger) == (MachineType.STANDARD, Trigger.ALL_FINISHED)
    assert isinstance(load.condition, Expression)
    assert (load.run, load.rerun_on, load.on_cancel) == (
        RunPolicy.ALWAYS,
        RerunOn.SPEC,
        OnCancel.STOP,
    )
    assert load.timeout == 5400
    assert (load.description, load.labels) == ("Loads", {"team": "orders"})


def test_a_retry_takes_what_it_leaves_open_from_the_project(load: Job) -> None:
    assert load.retry == Retry(
        max_attempts=2,
        mode=RetryMode.RESTART,
        error_equals=("States.Timeout",),
        interval=30.0,
        backoff_rate=1.5,
        max_interval=300.0,
    )


def test_a_job_takes_what_it_leaves_open_from_the_project(spec: Spec) -> None:
    report = spec.jobs["report"]
    assert (report.timeout, report.run, report.rerun_on, report.on_cancel) == (
        7200,
        RunPolicy.ONCE,
        RerunOn.REVISION,
        OnCancel.DETACH,
    )
    assert report.retry == Retry(max_attempts=3, mode=RetryMode.REDRIVE, interval=30.0)
    assert report.platform is None
    assert report.condition is True


def test_needs_are_those_named_and_those_referred_to(spec: Spec) -> None:
    assert spec.jobs["load"].needs == ("calendar",)
    assert spec.jobs["report"].needs == ("load",)


def test_parameters_stand_in_the_authors_order_with_typed_values(load: Job) -> None:
    found = {parameter.name: parameter for parameter in load.parameters}
    assert list(found)[:3] == ["order_date", "batch_size", "options"]
    values = {
        name: parameter.template.value
        for name, parameter in found.items()
        if parameter.template is not None and parameter.template.is_literal
    }
    assert values == {
        "batch_size": 500,
        "raw_text": '{"a": 1}',
        "number": Decimal("1.50"),
        "code": "007",
        "country": "no",
        "flag": False,
        "at": "2024-01-31T10:00:00.123456789+01:00",
        "day": "2024-02-29",
        "big": Decimal("123456789012345678901234567890.123456789"),
        "null_value": None,
        "cursor": "0",
    }
    assert found["raw"].template is not None
    assert found["raw"].template.value == {"a": [1, Decimal("2.50")], "b": "${{ vars.batch }}"}


def test_the_long_form_has_its_fields(load: Job) -> None:
    found = {parameter.name: parameter for parameter in load.parameters}
    cursor, rows, token = found["cursor"], found["row_count"], found["token"]
    assert (cursor.direction, cursor.carry) == (Direction.INOUT, True)
    assert (cursor.is_sent, cursor.is_taken) == (True, True)
    assert (rows.direction, rows.required, rows.template) == (Direction.OUTPUT, True, None)
    assert (token.sensitive, token.revision) == (True, 3)


def test_every_field_knows_its_place(load: Job) -> None:
    file = "jobs/load.yaml"
    assert load.place == Place(file, 1, 1)
    assert load.place_of("stateMachine") == Place(file, 5, 17)
    assert load.place_of("platform") == Place(file, 6, 13)
    assert load.place_of("if") == Place(file, 10, 7)
    assert load.place_of("needs[0]") == Place(file, 11, 11)
    assert load.place_of("needs.calendar") == Place(file, 11, 11)
    assert load.place_of("parameters.order_date") == Place(file, 13, 5)
    assert load.place_of("parameters.order_date.value") == Place(file, 13, 17)
    assert load.place_of("parameters.batch_size.value") == Place(file, 14, 40)
    assert load.place_of("retry") == Place(file, 32, 3)
    assert load.place_of("nothing") == load.place


def test_a_reference_gives_the_place_of_the_need(spec: Spec) -> None:
    report = spec.jobs["report"]
    assert report.place_of("needs.load") == report.place_of("parameters.rows.value")


def test_definitions_know_their_places_wherever_they_stand(spec: Spec) -> None:
    inline, json, yaml = (spec.machines[name] for name in ("copy", "from_json", "from_yaml"))
    assert inline.type is MachineType.EXPRESS
    assert inline.places["States.Fan.Branches.0.States.Left"] == Place("machines.yaml", 18, 38)
    assert json.definition_file == "machines/from.asl.json"
    assert json.places["States.A 😀"] == Place("machines/from.asl.json", 4, 3)
    assert yaml.places["States.B"] == Place("machines/from.asl.yaml", 9, 3)


def test_numbers_in_definitions_keep_their_digits(spec: Spec) -> None:
    assert "Decimal('1.50')" in repr(spec.machines["from_json"].definition)
    assert "Decimal('1.50')" in repr(spec.machines["copy"].definition)


def test_mocks_answer_in_turn(spec: Spec) -> None:
    assert spec.machines["copy"].mocks == {
        "First": (MockResult({"a": Decimal("1.50")}),),
        "Left": (MockError("Busy", "try again"), MockResult(None)),
    }


def test_the_order_of_reading_changes_nothing(spec: Spec) -> None:
    for seed in range(5):
        shuffled = read(WHOLE)
        random.Random(seed).shuffle(shuffled)
        assert build(shuffled) == spec
        assert repr(build(shuffled)) == repr(spec)


def test_unknown_names_are_no_complaint_while_documents_are_missing() -> None:
    some = [document for document in read(WHOLE) if "calendar" not in document.file]
    some += documents.parse(
        b"apiVersion: stepfleet/v1\nkind: Job\nmetadata: {name: x}\nspec: {stateMachine: m, "
        b"platform: unread, needs: [unread], parameters: {a: '${{ jobs.unread.status }}'}}",
        "x.yaml",
    ).documents
    _, problems = model.build(some, read_file=lambda _: b"{}", partial=False)
    assert {problem.code for problem in problems} >= {"unknown-job", "unknown-platform"}
    _, problems = model.build(some, read_file=lambda _: b"{}", partial=True)
    assert {problem.code for problem in problems} == {"definition"}


ODD = ["null", "1", "[]", "{}", "text", "[[1]]", "{a: {b: [1]}}", "true", "'${{ vars.batch }}'"]
LIMITS = (
    "{kind: Platform, metadata: {name: x}, spec: "
    "{type: aws-step-functions, region: r, limits: {%s}}}"
)
PATHS = [
    "{kind: %s}",
    "{kind: Job, metadata: %s, spec: {}}",
    "{kind: Job, metadata: {name: %s}, spec: {stateMachine: m}}",
    "{kind: Job, metadata: {name: x}, spec: %s}",
    "{kind: Project, metadata: {name: x}, spec: {variables: %s, environment: %s, defaults: %s}}",
    "{kind: Project, metadata: {name: x}, spec: {variables: {a: %s}, platform: %s}}",
    "{kind: Platform, metadata: {name: x}, spec: {type: aws-step-functions, region: r, allow: %s}}",
    LIMITS % "quotas: %s",
    LIMITS % "quotas: {StopExecution: %s, ListExecutions: {bucketSize: %s, refillPerSecond: %s}}",
    "{kind: Platform, metadata: {name: x}, spec: {type: local, limits: %s, timeScale: %s}}",
    "{kind: StateMachine, metadata: {name: x}, spec: {definition: %s, mocks: %s}}",
    "{kind: StateMachine, metadata: {name: x}, spec: {definition: {States: %s}, mocks: {A: %s}}}",
]
DETAILS = (
    "{kind: Job, metadata: {name: x}, spec: {stateMachine: m, retry: {maxAttempts: %s, "
    "interval: %s, errorEquals: %s, backoffRate: %s}, parameters: {a: {direction: %s, "
    "type: %s, sensitive: %s, revision: %s, description: %s}}}}"
)
FIELDS = (
    "platform needs if parameters timeout retry run rerunOn onCancel trigger "
    "stateMachine traceHeader idempotent stepFunctionsType"
)


@pytest.mark.parametrize("odd", ODD)
def test_what_the_schema_refuses_is_not_stumbled_over(odd: str) -> None:
    fields = [f"{field}: %s" for field in FIELDS.split()]
    texts = [
        *PATHS,
        *(f"{{kind: Job, metadata: {{name: x}}, spec: {{stateMachine: m, {f}}}}}" for f in fields),
        DETAILS,
    ]
    for text in texts:
        found = documents.parse(text.replace("%s", odd).encode(), "f.yaml").documents
        model.build(found, read_file=lambda _: b"[]")


def test_a_spec_is_a_value(spec: Spec, load: Job) -> None:
    assert replace(load, name="other") != load
    assert build(read(WHOLE)) == spec


def test_a_job_that_is_switched_off_has_no_inputs_that_await_their_value() -> None:
    folder = WHOLE.parent / "switched_off_jobs"
    spec = build(read(folder), folder)
    assert [each.name for each in spec.jobs["discovered"].parameters] == ["table", "rows"]
