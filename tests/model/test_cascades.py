"""What has been said once is not said again in other words, nor about everything around it."""

from __future__ import annotations

import pytest

from runner import documents, model, schema

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
