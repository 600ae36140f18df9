"""What a pull request changes, told in lines that read well and hold no secret."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import diffs, values
from runner.diffs import Changed, SpecChanges, lines
from tests.diffs.projects import JOB, MACHINE, PLATFORM, PROJECT, read

BASE = (PROJECT, PLATFORM, JOB)


def diff(changed: Changed) -> list[str]:
    """The lines that a diff marks."""
    found = difflib.ndiff(changed.before.split("\n"), changed.after.split("\n"))
    return [line for line in found if line[0] in "+-"]


def jobs(before: str, after: str) -> list[str]:
    """The diff of the one job that differs."""
    changes = diffs.between(read(PROJECT, PLATFORM, before), read(PROJECT, PLATFORM, after))
    assert changes.definitions == changes.trust == changes.settings == ()
    (only,) = changes.jobs
    return diff(only)


def test_nothing_differs_between_a_project_and_itself() -> None:
    changes = diffs.between(read(*BASE, MACHINE), read(*BASE, MACHINE))
    assert changes == SpecChanges()
    assert changes.is_empty


def test_another_file_another_place_and_another_layout_are_no_change() -> None:
    moved = read(
        JOB.replace("  stateMachine: load", "\n\n  # why\n  stateMachine: 'load'"),
        MACHINE,
        PLATFORM,
        PROJECT,
        file="other/names.yaml",
    )
    assert diffs.between(read(*BASE, MACHINE), moved).is_empty


def test_every_field_of_a_job_has_its_line_as_it_is_written() -> None:
    rich = """\
apiVersion: stepfleet/v1
kind: Job
metadata:
  name: load
  description: Yesterday's orders
  labels: {team: orders, area: lake}
spec:
  platform: aws
  stateMachine: load:live
  stepFunctionsType: STANDARD
  traceHeader: Root=1-5759e988-bd862e3fe1be46a994272793
  trigger: all-finished
  if: project.name == 'shop'
  parameters:
    day: x ${{ project.name }}
    size: {type: integer, value: 500}
    options: {type: object, value: {full: true, tables: [a, b], deep: [{x: 1.10}]}}
    sql: {type: string, value: "select 1\\nfrom x"}
    cursor: {direction: inout, type: string, value: "0", carry: true}
    rows: {direction: output, type: integer, required: true, description: how many}
  timeout: 2h
  retry: {maxAttempts: 3, errorEquals: [States.Timeout], interval: 30s, maxInterval: 90s}
  run: once
  rerunOn: revision
  onCancel: detach
  idempotent: true
"""
    changes = diffs.between(read(PROJECT, PLATFORM), read(PROJECT, PLATFORM, rich))
    (only,) = changes.jobs
    assert only.is_new
    assert only.after.split("\n") == [
        'platform: "aws"',
        'stateMachine: "load:live"',
        'stepFunctionsType: "STANDARD"',
        'traceHeader: "Root=1-5759e988-bd862e3fe1be46a994272793"',
        'trigger: "all-finished"',
        "if: \"project.name == 'shop'\"",
        'parameters.cursor.direction: "inout"',
        'parameters.cursor.type: "string"',
        'parameters.cursor.value: "0"',
        "parameters.cursor.carry: true",
        'parameters.day.value: "x ${{ project.name }}"',
        'parameters.options.type: "object"',
        "parameters.options.value.full: true",
        'parameters.options.value.tables: ["a","b"]',
        "parameters.options.value.deep[0].x: 1.10",
        'parameters.rows.direction: "output"',
        'parameters.rows.type: "integer"',
        "parameters.rows.required: true",
        'parameters.rows.description: "how many"',
        'parameters.size.type: "integer"',
        "parameters.size.value: 500",
        'parameters.sql.type: "string"',
        "parameters.sql.value: |",
        "  select 1",
        "  from x",
        'timeout: "7200s"',
        "retry.maxAttempts: 3",
        'retry.mode: "restart"',
        'retry.errorEquals: ["States.Timeout"]',
        'retry.interval: "30s"',
        'retry.backoffRate: "2"',
        'retry.maxInterval: "90s"',
        'run: "once"',
        'rerunOn: "revision"',
        'onCancel: "detach"',
        "idempotent: true",
        'description: "Yesterday\'s orders"',
        'labels.area: "lake"',
        'labels.team: "orders"',
        "",
    ]


def test_a_changed_value_is_one_line_of_a_diff() -> None:
    before = f"{JOB}  parameters: {{size: 500, day: today}}\n"
    assert jobs(before, before.replace("500", "600")) == [
        "- parameters.size.value: 500",
        "+ parameters.size.value: 600",
    ]


def test_new_and_removed_jobs_are_told_with_their_places() -> None:
    other = JOB.replace("load", "other")
    changes = diffs.between(read(*BASE), read(PROJECT, PLATFORM, other))
    assert [(each.name, each.is_new, each.is_removed) for each in changes.jobs] == [
        ("load", False, True),
        ("other", True, False),
    ]
    assert all(each.place.file == "specs/all.yaml" for each in changes.jobs)
    assert diffs.removed_jobs(read(*BASE), read(PROJECT, PLATFORM, other)) == ("load",)
    assert diffs.removed_jobs(None, read(*BASE)) == ()


def test_without_a_base_everything_is_new() -> None:
    changes = diffs.between(None, read(*BASE, MACHINE))
    found = (*changes.jobs, *changes.definitions, *changes.trust, *changes.settings)
    assert [each.name for each in found] == ["load", "sums", "aws", "project", "aws"]
    assert all(each.is_new for each in found)


SECRET = "hunter2-correct-horse"
PLAIN = f"{JOB}  parameters:\n    key: {{value: {SECRET}, type: string}}\n"
HIDDEN = PLAIN.replace("type: string", "type: string, sensitive: true, revision: 3")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (HIDDEN, HIDDEN.replace("revision: 3", "revision: 4"), ["revision"]),
        (HIDDEN, HIDDEN.replace(SECRET, "other"), ["value"]),
        (HIDDEN, PLAIN, ["sensitive", "revision"]),
        (PLAIN, HIDDEN, ["sensitive", "revision"]),
        (HIDDEN, HIDDEN.replace(SECRET, '"${{ project.name }}"'), ["value"]),
        (HIDDEN.replace(SECRET, '"${{ project.name }}"'), HIDDEN, ["value"]),
    ],
)
def test_a_sensitive_value_is_masked_in_both_and_yet_its_change_is_told(
    before: str, after: str, told: list[str]
) -> None:
    found = jobs(before, after)
    assert SECRET not in "\n".join(found)
    assert list(dict.fromkeys(line.split(":")[0].split(".")[-1] for line in found)) == told
    whole = diffs.between(None, read(PROJECT, PLATFORM, HIDDEN)).jobs[0]
    assert "parameters.key.value: <sensitive>\n" in whole.after


def test_the_expression_of_a_sensitive_value_is_no_secret() -> None:
    before = HIDDEN.replace(SECRET, '"${{ project.name }}"')
    assert jobs(before, before.replace("project.name", "run.id")) == [
        '- parameters.key.value: "${{ project.name }}"',
        '+ parameters.key.value: "${{ run.id }}"',
    ]


def test_definitions_are_json_in_the_order_of_the_file() -> None:
    changed = MACHINE.replace("1.10", "1.20")
    changes = diffs.between(read(*BASE, MACHINE), read(*BASE, changed))
    assert changes.jobs == ()
    (only,) = changes.definitions
    assert diff(only) == ["-         1.10", "+         1.20"]
    assert only.before.startswith(
        'type: STANDARD\n{\n  "StartAt": "B",\n  "States": {\n    "B": {\n      "Type": "Pass",'
    )
    assert '"Result": [\n        1,\n        1.10\n      ]' in only.before


def test_mocks_and_types_are_part_of_a_definition() -> None:
    task = """\
apiVersion: stepfleet/v1
kind: StateMachine
metadata: {name: sums}
spec:
  type: EXPRESS
  definition:
    StartAt: A
    States: {A: {Type: Task, Resource: "arn:aws:states:::lambda:invoke", End: true}}
  mocks:
    A: [{error: Boom, cause: because}, {error: Bang}, {result: {n: 1}}]
"""
    (only,) = diffs.between(None, read(PROJECT, PLATFORM, task)).definitions
    assert only.after.split("\n")[:6] == [
        "type: EXPRESS",
        'mocks.A[0].error: "Boom"',
        'mocks.A[0].cause: "because"',
        'mocks.A[1].error: "Bang"',
        "mocks.A[2].result.n: 1",
        "{",
    ]


# Settings and trust


def test_what_decides_about_trust_stands_apart_from_other_settings() -> None:
    after = PLATFORM.replace('"123456789012"', '"210987654321", allow: ["*:b", "*:a"]').replace(
        "us-east-1", "eu-west-1"
    )
    environment = PROJECT + "  environment: [B_TOKEN, A_TOKEN]\n"
    changes = diffs.between(read(*BASE), read(environment, after, JOB))
    aws, project = changes.trust
    assert (aws.name, project.name) == ("aws", diffs.PROJECT)
    assert diff(aws) == [
        '- region: "us-east-1"',
        '+ region: "eu-west-1"',
        '- accountId: "123456789012"',
        "- allow: every state machine",
        '+ accountId: "210987654321"',
        "+ allow:",
        '+ - "*:a"',
        '+ - "*:b"',
    ]
    assert diff(project) == ["+ - A_TOKEN", "+ - B_TOKEN"]
    assert changes.settings == changes.jobs == ()


def test_the_order_of_what_is_allowed_is_no_change() -> None:
    one = PLATFORM.replace('"}', '", allow: ["arn:aws:states:*:*:stateMachine:a", "*:b"]}')
    other = PLATFORM.replace('"}', '", allow: ["*:b", "arn:aws:states:*:*:stateMachine:a"]}')
    assert diffs.between(read(PROJECT, one, JOB), read(PROJECT, other, JOB)).is_empty


def test_another_endpoint_is_told() -> None:
    other = PLATFORM.replace('"}', '", endpointUrl: "http://localhost:4566"}')
    (trust,) = diffs.between(read(*BASE), read(PROJECT, other, JOB)).trust
    assert diff(trust) == ['+ endpointUrl: "http://localhost:4566"']


def test_where_credentials_come_from_is_told_field_by_field() -> None:
    role = "arn:aws:iam::123456789012:role/r"
    one = PLATFORM.replace(
        '"}',
        f'", auth: {{method: assume-role, roleArn: "{role}", externalId: shop, duration: 15m,'
        " source: {method: profile, profile: dev}}}",
    )
    other = one.replace("profile: dev", "profile: prod").replace("externalId: shop, ", "")
    default = PLATFORM.replace('"}', '", auth: {method: default}}')
    (trust,) = diffs.between(read(*BASE), read(PROJECT, one, JOB)).trust
    assert diff(trust) == [
        '+ auth.method: "assume-role"',
        f'+ auth.roleArn: "{role}"',
        '+ auth.externalId: "shop"',
        "+ auth.duration: 900",
        '+ auth.source.method: "profile"',
        '+ auth.source.profile: "dev"',
    ]
    changes = diffs.between(read(PROJECT, one, JOB), read(PROJECT, other, JOB))
    assert diff(changes.trust[0]) == [
        '- auth.externalId: "shop"',
        '- auth.source.profile: "dev"',
        '+ auth.source.profile: "prod"',
    ]
    assert changes.settings == ()
    assert diffs.between(read(*BASE), read(PROJECT, default, JOB)).is_empty


def test_a_platform_of_another_type_is_a_matter_of_trust_and_the_embedded_engine_alone_is_not() -> (
    None
):
    local = PLATFORM.replace(
        'aws-step-functions, region: us-east-1, accountId: "123456789012"', "local"
    )
    both = diffs.between(read(PROJECT, local, JOB), read(*BASE))
    (trust,) = both.trust
    assert trust.before == "type: local\n"
    assert trust.after.startswith("type: aws-step-functions\n")
    second = local.replace("name: aws", "name: engine")
    added = diffs.between(read(*BASE), read(*BASE, second))
    assert added.trust == ()
    assert [each.name for each in added.settings] == ["engine"]


def test_variables_are_settings_and_sensitive_defaults_are_masked() -> None:
    def project(**fields: str) -> str:
        given = ", ".join(f"{key}: {value}" for key, value in fields.items())
        return f"{PROJECT}  variables:\n    key: {{{given}}}\n    day: {{perRun: true}}\n"

    before, after = project(default=SECRET, sensitive="true"), project(default=SECRET)
    changes = diffs.between(read(before, PLATFORM, JOB), read(after, PLATFORM, JOB))
    (only,) = changes.settings
    assert diff(only) == ["- variables.key.sensitive: true"]
    assert SECRET not in only.before + only.after
    assert "variables.day.required: true\nvariables.day.perRun: true\n" in only.before
    other = project(default="other", sensitive="true")
    (only,) = diffs.between(read(before, PLATFORM, JOB), read(other, PLATFORM, JOB)).settings
    assert diff(only) == [
        "- variables.key.default: <sensitive>",
        "+ variables.key.default: <sensitive, another value>",
    ]


def test_defaults_of_the_project_show_in_the_jobs_that_they_change() -> None:
    after = PROJECT + "  defaults: {timeout: 1h}\n"
    changes = diffs.between(read(*BASE), read(after, PLATFORM, JOB))
    assert diff(changes.jobs[0]) == ['+ timeout: "3600s"']


# Lines

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda child: st.lists(child, max_size=4) | st.dictionaries(st.text(), child, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_whatever_a_value_holds_its_lines_are_lines(value: values.Json) -> None:
    for line in (*lines.of("x", value), *lines.pretty(value)):
        assert len(line.splitlines()) <= 1
        assert line.isprintable() or "\t" in line or not line.isascii()
        assert line.encode("utf-8")


@given(JSON)
def test_pretty_json_is_the_same_json(value: values.Json) -> None:
    text = "\n".join(lines.pretty(value))
    assert values.canonical(values.parse(text)) == values.canonical(value)


@given(JSON, JSON)
def test_other_values_have_other_lines(one: values.Json, other: values.Json) -> None:
    if values.canonical(one) != values.canonical(other):
        assert list(lines.pretty(one)) != list(lines.pretty(other))
