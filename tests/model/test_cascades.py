"""What has been said once is not said again in other words, nor about everything around it."""

from __future__ import annotations

import pytest

from runner import documents, model, schema
from runner.model import job_parameters, projects

PROJECT = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {name: shop}
spec: {platform: here, environment: [TOKEN], variables: {day: {type: date}}}
"""
PLATFORM = """\
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: here}
spec: {type: local}
"""
USER = """\
apiVersion: stepfleet/v1
kind: Job
metadata: {name: user}
spec: {stateMachine: m, parameters: {a: "${{ vars.day }}", b: "${{ env.TOKEN }}"}}
"""


def codes(*texts: str, partial: bool = False) -> list[str]:
    """The codes of all complaints about a project, the schema's first."""
    parsed = documents.parse("---\n".join(texts).encode(), "f")
    assert parsed.diagnostics == ()
    first = [each.code for one in parsed.documents for each in schema.check(one)]
    _, then = model.build(parsed.documents, read_file=lambda _: b"", partial=partial)
    return [*first, *(each.code for each in then)]


def job(spec: str, name: str = "j") -> str:
    """A Job document on state machine `m`, unless its spec names one."""
    machine = "" if "stateMachine" in spec else "stateMachine: m, "
    head = f"apiVersion: stepfleet/v1\nkind: Job\nmetadata: {{name: {name}}}\n"
    return f"{head}spec: {{{machine}{spec}}}\n"


def test_the_project_that_these_tests_start_from_is_valid() -> None:
    assert codes(PROJECT, PLATFORM, USER) == []


def test_without_a_project_that_is_said_once() -> None:
    assert codes(PLATFORM, USER) == ["no-project"]
    assert codes() == ["no-project"]


def test_a_project_may_be_what_could_not_be_read() -> None:
    assert codes(PLATFORM, USER, partial=True) == []
    assert codes(partial=True) == []


def test_beside_what_could_not_be_read_the_projects_own_names_are_known() -> None:
    others = job("needs: [nobody], platform: there, parameters: {a: '${{ vars.dya }}'}")
    assert codes(PROJECT, others, partial=True) == ["unknown-variable"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("kind: Project", "kind: Projekt", "unknown-kind"),
        ("kind: Project", "knid: Project", "missing-kind"),
        ("{name: shop}", "{nmae: shop}", "unknown-field"),
        ("metadata: {name: shop}", "metadata: shop", "wrong-type"),
        ("platform: here", "platfrom: here", "unknown-field"),
        ("platform: here", "platform: ''", "empty-value"),
        ("platform: here", "platform: 3", "wrong-type"),
        ("environment: [TOKEN]", "enviroment: [TOKEN]", "unknown-field"),
        ("environment: [TOKEN]", "environment: TOKEN", "wrong-type"),
        ("variables: {day: {type: date}}", "variabels: {day: {}}", "unknown-field"),
        ("variables: {day: {type: date}}", "variables: [day]", "wrong-type"),
        ("variables: {day: {type: date}}", "variables: {day: date}", "wrong-type"),
        ("spec: {", "spce: {", "unknown-field"),
    ],
)
def test_a_wrong_project_is_told_where_it_is_wrong_alone(old: str, new: str, code: str) -> None:
    assert old in PROJECT
    assert set(codes(PROJECT.replace(old, new), PLATFORM, USER)) - {"missing-field"} == {code}


@pytest.mark.parametrize("kind", ["Plattform", "platform"])
def test_a_platform_of_an_unknown_kind_is_told_where_it_is_wrong_alone(kind: str) -> None:
    broken = PLATFORM.replace("kind: Platform", f"kind: {kind}")
    assert codes(PROJECT, broken, USER) == ["unknown-kind"]


def test_a_job_without_a_name_is_not_missed_elsewhere() -> None:
    broken = job("").replace("name: j", "nmae: j")
    found = codes(PROJECT, PLATFORM, broken, job("needs: [j]", "k"))
    assert set(found) == {"unknown-field", "missing-field"}


def test_what_is_unknown_beside_a_wrong_field_is_still_told() -> None:
    broken = PROJECT.replace("platform: here", "platfrom: here")
    others = job("needs: [nobody], parameters: {a: '${{ vars.dya }}'}")
    assert codes(broken, PLATFORM, others) == ["unknown-field", "unknown-job", "unknown-variable"]


def test_the_model_knows_the_fields_that_the_schema_does() -> None:
    known = schema.load("stepfleet.schema.json")["$defs"]
    of_specs = {
        name: known[name]["properties"]["spec"]["properties"] for name in ("Job", "Project")
    }
    assert of_specs["Job"].keys() == job_parameters.JOB_FIELDS
    assert of_specs["Project"].keys() == projects.FIELDS
    assert known["Parameter"]["properties"].keys() == job_parameters.FIELDS


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ("stateMachine: ''", ["empty-value"]),
        ("platform: ''", ["empty-value"]),
        ("traceHeader: ''", ["empty-value"]),
        ("if: ''", ["empty-value"]),
        ("needs: ['a b']", ["bad-value"]),
        ("needs: ['']", ["bad-value"]),
        ("needs: [k, k]", ["duplicate-item"]),
        ("needs: [nobody, nobody]", ["duplicate-item", "unknown-job"]),
        ("needs: [j, j]", ["duplicate-item", "self-reference"]),
        ("parameters: {o: {direction: outputt}}", ["unknown-value"]),
        ("parameters: {o: {direction: outputt, value: 1, carry: true}}", ["unknown-value"]),
        ("parameters: {o: {directoin: output}}", ["unknown-field"]),
        ("parameters: {o: {vaule: 1}}", ["unknown-field"]),
        ("parameters: {o: {vaule: 1, direction: inout}}", ["unknown-field"]),
        ("parameters: {o: {full: true}}", ["object-without-value"]),
        ("parameters: {o: {type: strng, value: no}}", ["unknown-value"]),
        ("parameters: {o: {type: strng, value: '[${{ x }}]'}}", ["unknown-value", "expression"]),
        ("parameters: {o: {sensitive: yes, revision: 3, value: 1}}", ["wrong-type"]),
        ("parameters: {o: {carry: yes, direction: input, value: 1}}", ["wrong-type"]),
        ("parameters: [o]", ["wrong-type"]),
        ("paramters: {o: {direction: output}}", ["unknown-field"]),
        ("retry: {mode: redrve}, stepFunctionsType: EXPRESS", ["unknown-value"]),
        ("timeout: 0", ["wrong-type"]),
    ],
)
def test_what_the_schema_refused_is_not_checked_again(spec: str, found: list[str]) -> None:
    assert codes(PROJECT, PLATFORM, job(spec), job("", "k")) == found


@pytest.mark.parametrize(
    "spec",
    [
        "parameters: {o: {direction: outputt}}",
        "parameters: {o: {directoin: output}}",
        "parameters: {o: {direction: 3}}",
        "parameters: [o]",
        "parameters: o",
        "paramters: {o: {direction: output}}",
    ],
)
def test_a_parameter_whose_direction_is_wrong_is_not_told_where_it_is_used(spec: str) -> None:
    user = job("parameters: {x: '${{ jobs.j.outputs.o }}'}", "k")
    assert len(codes(PROJECT, PLATFORM, job(spec), user)) == 1


@pytest.mark.parametrize(
    "spec", ["parameters: {o: 1}", "timeout: 1", "timeuot: 1s, parameters: {}"]
)
def test_that_a_parameter_is_no_output_is_told_beside_other_faults(spec: str) -> None:
    user = job("parameters: {x: '${{ jobs.j.outputs.o }}'}", "k")
    found = codes(PROJECT, PLATFORM, job(spec), user)
    assert found[-1] in ("not-an-output", "unknown-output")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("{type: local}", "{type: aws-step-functions, region: us-east-1, endpointUrl: ''}", None),
        ("{type: local}", "{type: aws-step-functions, region: us-east-1, allow: ['']}", None),
        ("{type: local}", "{type: local, traceHeader: ''}", "empty-value"),
        ("{type: local}", "{type: lokal}", "unknown-value"),
    ],
)
def test_a_platforms_field_is_complained_about_once(old: str, new: str, code: str | None) -> None:
    found = codes(PROJECT, PLATFORM.replace(old, new), USER)
    assert len(found) == 1
    assert code in (None, *found)


def test_an_empty_path_of_a_definition_is_told_once() -> None:
    machine = "apiVersion: stepfleet/v1\nkind: StateMachine\nmetadata: {name: m}\n"
    assert codes(PROJECT, PLATFORM, machine + "spec: {definition: ''}\n") == ["empty-value"]


def test_a_default_whose_type_is_unknown_is_not_checked() -> None:
    broken = PROJECT.replace("{type: date}", "{type: dat, default: no}")
    assert codes(broken, PLATFORM, USER) == ["unknown-value"]


@pytest.mark.parametrize("flag", ["yes", "1", "'true'", "[]"])
def test_a_value_that_may_be_sensitive_is_not_quoted(flag: str) -> None:
    spec = f"parameters: {{o: {{type: integer, value: s3cr3t, sensitive: {flag}}}}}"
    parsed = documents.parse((PROJECT + "---\n" + PLATFORM + "---\n" + job(spec)).encode(), "f")
    _, found = model.build(parsed.documents, read_file=lambda _: b"")
    assert len(found) == 1
    assert "s3cr3t" not in str(found)
