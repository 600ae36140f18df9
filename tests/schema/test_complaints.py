"""Mistakes in a document's structure: place, path, value, what is expected, the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner import schema
from runner.documents import parse

if TYPE_CHECKING:
    from runner.errors import Diagnostic

JOB = """\
apiVersion: stepfleet/v1
kind: Job
metadata: {name: extract}
spec:
  stateMachine: extract-orders
"""


def check(text: str) -> tuple[Diagnostic, ...]:
    parsed = parse(text.encode(), "f.yaml")
    assert parsed.diagnostics == ()
    return tuple(found for document in parsed.documents for found in schema.check(document))


def one(text: str) -> Diagnostic:
    (found,) = check(text)
    return found


def job(fields: str) -> str:
    return JOB + "".join(f"  {line}\n" for line in fields.splitlines())


def document(kind: str, spec: str, *, name: str = "a") -> str:
    return f"apiVersion: stepfleet/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def test_a_complaint_names_place_path_value_and_what_is_expected() -> None:
    found = one(job("concurrency_: 1").replace("concurrency_: 1", "retry: {maxAttempts: many}"))
    assert f"{found.place}: {found.message}" == (
        "f.yaml:6:24: retry.maxAttempts: 'many' is not an integer"
    )
    assert found.help == "for example 3"


def test_a_valid_document_has_no_complaint() -> None:
    assert check(JOB) == ()


@pytest.mark.parametrize(
    ("text", "place", "code", "words"),
    [
        ("[]", "1:1", "not-a-document", "apiVersion: stepfleet/v1"),
        ("text", "1:1", "not-a-document", "apiVersion: stepfleet/v1"),
        ("a: 1", "1:1", "missing-kind", "Project, Platform, Job, StateMachine"),
        ("apiVersion: stepfleet/v1\nkin: Job", "2:1", "missing-kind", "did you mean 'kind'?"),
        ("kind: job", "1:7", "unknown-kind", "did you mean Job?"),
        ("kind: Statemachine", "1:7", "unknown-kind", "did you mean StateMachine?"),
        ("kind: Deployment", "1:7", "unknown-kind", "one of Project"),
        ("kind: [Job]", "1:7", "unknown-kind", "one of Project"),
        ("kind: 3", "1:7", "unknown-kind", "one of Project"),
    ],
)
def test_a_document_without_a_known_kind_gets_one_complaint(
    text: str, place: str, code: str, words: str
) -> None:
    found = one(text)
    assert (f"{found.place.line}:{found.place.column}", found.code) == (place, code)
    assert words in str(found.help)


def test_another_api_version_is_told() -> None:
    found = one(JOB.replace("stepfleet/v1", "stepfleet/v2"))
    assert (str(found.place), found.help) == ("f.yaml:1:13", "write stepfleet/v1")


def test_missing_fields_are_told_one_by_one() -> None:
    text = "kind: Project\nmetadata: {}\n"
    assert [found.message for found in check(text)] == [
        "apiVersion is missing",
        "spec is missing",
        "metadata.name is missing",
    ]


@pytest.mark.parametrize(
    ("fields", "place", "message", "words"),
    [
        ("timeout: 90", "6:12", "timeout: 90 is not a duration", "90s for seconds"),
        ("timeout: 90 s", "6:12", "timeout: '90 s' is not a duration", "such as 90s"),
        ("timeout: ''", "6:12", "timeout: '' is not a duration", "such as 90s"),
        ('timeout: "90s\\n"', "6:12", "timeout: '90s\\n' is not a duration", "such as 90s"),
        ("timeout: ٣s", "6:12", "timeout: '٣s' is not a duration", "such as 90s"),
        ("timeout:", "6:11", "timeout: a value is missing; text is expected", "2h"),
        ("timeout: {a: 1}", "6:12", "timeout: a mapping is not text", "for example 2h"),
        ("timeout: ${{ vars.t }}", "6:12", "timeout: '${{ vars.t }}' is not a duration", "alone"),
        ("needs: a", "6:10", "needs: 'a' is not a list", "[a]"),
        ("needs: [1]", "6:11", "needs[0]: 1 is not the name of a job", "load_calendar"),
        ("idempotent: yes", "6:15", "idempotent: 'yes' is not true or false", "write true"),
        ("idempotent: 'off'", "6:15", "idempotent: 'off' is not true or false", "write false"),
        ("idempotent: 1", "6:15", "idempotent: 1 is not true or false", "true"),
        ("if: 3", "6:7", "if: 3 is not true or false or text", '"3"'),
        ("trigger: any_failed", "6:12", "trigger: 'any_failed' is not one of", "any-failed?"),
        ("trigger: true", "6:12", "trigger: true is not one of", "write one of all-succeeded"),
        ("type: lambda", "6:9", "type: 'lambda' is not one of aws-step-functions", "write"),
        ("traceHeader: ''", "6:16", "traceHeader: '' says nothing", "leave the field out"),
        ("retry: {maxAttempts: 0}", "6:24", "retry.maxAttempts: 0 is out of range", "at least 1"),
        ("retry: {maxAttempts: 1.0}", "6:24", "retry.maxAttempts: 1.0 is not an integer", "3"),
        ("retry: {maxAttempts: '3'}", "6:24", "retry.maxAttempts: '3' is not an", "quotes: 3"),
        ("retry: {maxAttempts: 0x3}", "6:24", "retry.maxAttempts: '0x3' is not an integer", "3"),
        ("retry: {backoffRate: 0.5}", "6:24", "retry.backoffRate: 0.5 is out of", "at least 1"),
        ("parameters: {a: {type: int}}", "6:26", "parameters.a.type: 'int' is not", "integer?"),
        ("parameters: {a: {revision: -1}}", "6:30", "parameters.a.revision: -1 is out", "0"),
        ("parameters: [a]", "6:15", "parameters: a list is not a mapping", "order_date"),
        ('parameters: {"": 1}', "6:16", "parameters: '' is not a parameter name", "1 to 128"),
        ('parameters: {"a\\tb": 1}', "6:16", "parameters: 'a\\tb' is not a param", "control"),
        (
            'parameters: {"a.b": {sensitive: no}}',
            "6:35",
            "parameters.'a.b'.sensitive: 'no' is not true or false",
            "write false",
        ),
    ],
)
def test_a_value_that_does_not_fit(fields: str, place: str, message: str, words: str) -> None:
    found = one(job(fields))
    assert f"{found.place.line}:{found.place.column}" == place
    assert found.message.startswith(message)
    assert words in str(found.help)


@pytest.mark.parametrize(
    ("fields", "place", "help_text"),
    [
        ("time_out: 2h", "6:3", "did you mean timeout?"),
        ("Needs: [a]", "6:3", "did you mean needs?"),
        ("stepfunctionstype: EXPRESS", "6:3", "did you mean stepFunctionsType?"),
        ("retry: {max_attempts: 3}", "6:11", "did you mean maxAttempts?"),
        ("parameters: {a: {valu: 3}}", "6:20", "did you mean value?"),
    ],
)
def test_an_unknown_field_is_told_with_the_nearest_one(
    fields: str, place: str, help_text: str
) -> None:
    found = one(job(fields))
    assert found.code == "unknown-field"
    assert (f"{found.place.line}:{found.place.column}", found.help) == (place, help_text)


def test_an_unknown_field_that_is_like_none_is_told_with_the_known_ones() -> None:
    found = one(job("retry: {xyz: 1}"))
    assert found.message == "retry: unknown field 'xyz'"
    assert str(found.help).startswith("known here: maxAttempts, mode")


def test_a_field_beside_spec_is_told_where_it_belongs() -> None:
    found = one(JOB + "timeout: 2h\n")
    assert (str(found.place), found.code) == ("f.yaml:6:1", "unknown-field")
    assert "stands under spec" in str(found.help)


def test_an_object_literal_stands_under_value() -> None:
    found = one(job("parameters:\n  options: {full: true, days: 3}"))
    assert (str(found.place), found.code) == ("f.yaml:7:15", "object-without-value")
    assert found.message == "parameters.options: no field of a parameter: 'full', 'days'"
    assert "{value: {'full': ...}}" in str(found.help)


@pytest.mark.parametrize(
    "value",
    [
        "1",
        "text",
        "null",
        "",
        "[1, {a: b}]",
        "{}",
        "{value: {a: {b: c}}}",
        "{value: }",
        "2026-01-01",
    ],
)
def test_a_parameter_value_may_be_anything(value: str) -> None:
    assert check(job(f"parameters:\n  a: {value}")) == ()


def test_what_stands_twice_in_a_list_is_shown_with_both_places() -> None:
    found = one(job("needs: [a, b, a]"))
    assert (str(found.place), found.code) == ("f.yaml:6:17", "duplicate-item")
    assert [str(related.place) for related in found.related] == ["f.yaml:6:11"]


def test_all_complaints_come_at_once_and_in_order() -> None:
    text = job("timeout: 90\nneeds: a\nretry: {mode: x, foo: 1}\nbar: 1")
    assert [found.place.line for found in check(text)] == [6, 7, 8, 8, 9]


@pytest.mark.parametrize(
    ("kind", "spec", "column", "message"),
    [
        ("Platform", "{}", 1, "type is missing"),
        ("Platform", "{type: lokal, foo: 1}", 14, "type: 'lokal' is not one of"),
        ("Platform", "{type: local, allow: []}", 21, "spec: unknown field 'allow'"),
        ("Platform", "{type: local, timeScale: 1.5}", 32, "timeScale: 1.5 is out of range"),
        ("Platform", "{type: local, accountId: 123}", 32, "accountId: 123 is not an AWS account"),
        ("Platform", "{type: local, region: Mars}", 29, "region: 'Mars' is not an AWS region"),
        ("Platform", "{type: aws-step-functions}", 1, "region is missing"),
        ("Project", "{concurrency: 0}", 21, "concurrency: 0 is out of range"),
        ("Project", "{environment: [AWS_X]}", 22, "environment[0]: 'AWS_X' is not a readable"),
        ("Project", "{environment: [a-b]}", 22, "environment[0]: 'a-b' is not a readable"),
        ("Project", "{variables: {1a: {}}}", 20, "variables: '1a' is not a variable name"),
        ("Project", "{variables: {a: }}", 23, "variables.a: a value is missing; a mapping"),
        ("Project", "{variables: {a: {type: text}}}", 30, "variables.a.type: 'text' is not one"),
        ("Project", "{defaults: {timeout: 1w}}", 28, "defaults.timeout: '1w' is not a duration"),
        ("Project", "{defaults: {needs: []}}", 19, "defaults: unknown field 'needs'"),
        ("StateMachine", "{}", 1, "definition is missing"),
        ("StateMachine", "{definition: 3}", 20, "definition: 3 is not a mapping or text"),
        ("StateMachine", "{definition: x, mocks: {A: 3}}", 34, "mocks.A: 3 is not a mapping or a"),
        ("StateMachine", "{definition: x, mocks: {A: []}}", 34, "mocks.A: an empty list says"),
        ("StateMachine", "{definition: x, mocks: {A: [{}]}}", 35, "mocks.A[0]: exactly one of"),
        ("StateMachine", "{definition: x, mocks: {A: {}}}", 34, "mocks.A: exactly one of error"),
        (
            "StateMachine",
            "{definition: x, mocks: {A: {result: 1, error: E}}}",
            34,
            "mocks.A: exactly one of error and result is expected",
        ),
        (
            "StateMachine",
            "{definition: x, mocks: {A: {result: 1, cause: E}}}",
            46,
            "mocks.A: cause stands without error",
        ),
    ],
)
def test_each_kind_and_type_has_its_own_fields(
    kind: str, spec: str, column: int, message: str
) -> None:
    found = one(document(kind, spec))
    assert (found.place.line, found.place.column) == (4, column)
    assert found.message.startswith(message)
    assert found.help


@pytest.mark.parametrize(
    ("kind", "name", "fits"),
    [
        ("Job", "a_1", True),
        ("Job", "a" * 63, True),
        ("Job", "a" * 64, False),
        ("Job", "a-b", False),
        ("Job", "1a", False),
        ("Job", "on", True),
        ("Platform", "a-b", False),
        ("Project", "a-b", True),
        ("Project", "-a", False),
        ("StateMachine", "1-a", True),
        ("StateMachine", "a" * 81, False),
        ("StateMachine", "a.b", False),
    ],
)
def test_names_follow_the_rule_of_their_kind(kind: str, name: str, fits: bool) -> None:
    specs = {
        "Job": "{stateMachine: x}",
        "Platform": "{type: local}",
        "Project": "{}",
        "StateMachine": "{definition: x}",
    }
    assert (check(document(kind, specs[kind], name=name)) == ()) is fits


def test_a_number_for_a_name_has_to_be_quoted() -> None:
    found = one(document("StateMachine", "{definition: x}", name="123"))
    assert found.help == 'quote it to make it text: "123"'


def test_labels_are_texts() -> None:
    found = one(JOB.replace("{name: extract}", "{name: extract, labels: {team: 1}}"))
    assert found.message == "metadata.labels.team: 1 is not text"
    assert found.help == 'quote it to make it text: "1"'


# Hostile documents


def test_complaints_about_one_document_end_somewhere() -> None:
    labels = ", ".join(f"k{number}: 1" for number in range(50_000))
    found = check(JOB.replace("{name: extract}", f"{{name: extract, labels: {{{labels}}}}}"))
    assert len(found) == 101
    assert found[0].code == "too-many-problems"


def test_very_many_unknown_fields_are_not_all_compared() -> None:
    fields = "\n".join(f"{'x' * 1000}{number}: 1" for number in range(2000))
    assert len(check(job(fields))) == 101


def test_a_long_list_of_needs_takes_time_in_proportion() -> None:
    assert len(check(job("needs: [" + "[[], {}], " * 20_000 + "]"))) == 101


def test_nesting_up_to_the_bound_is_checked() -> None:
    nest = "[" * 190 + "]" * 190
    assert check(job(f"parameters: {{a: {nest}}}")) == ()
    assert one(job(f"timeout: {nest}")).message == "timeout: a list is not text"


def test_a_long_value_is_shown_in_part() -> None:
    assert len(one(job(f"timeout: {'x' * 100_000}")).message) < 120
