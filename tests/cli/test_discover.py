"""`stepfleet discover` on the loopback fake: what it tells, and what it writes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from runner import discovery, schema
from tests.cli.tools import Shell, job, shell
from tests.fake_aws import EXPIRED, ApiError, FakeAws, Fault, RealClock, denied, slow
from tests.fake_aws.fixtures import aws_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["aws_environment", "shell"]

VALIDATOR = Draft202012Validator(schema.load("discovery.schema.json"))
REGION = ("--region", "us-east-1")
WRITE = (*REGION, "--write", "specs")
HEAD = "arn:aws:states:us-east-1:123456789012:stateMachine:"
PROJECT = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {name: shop}
spec: {platform: aws, variables: {stage: {type: string}}}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: aws}
spec: {type: aws-step-functions, region: us-east-1, accountId: "123456789012"}
"""
CHECKS_DAY = """{
  "StartAt": "Check day",
  "States": {
    "Check day": {
      "Type": "Choice",
      "Choices": [{"Variable": "$.day", "StringEquals": "2026-11-21", "Next": "Done"}],
      "Default": "Done"
    },
    "Done": {"Type": "Pass", "Result": {"rows": 1}, "End": true}
  }
}"""
CALLS = (
    '{"StartAt": "Send", "States": {"Send": {"Type": "Task", "End": true, '
    '"Resource": "arn:aws:lambda:us-east-1:123456789012:function:send"}}}'
)


@pytest.fixture
def fake(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """The fake in place of all of AWS."""
    with FakeAws(RealClock()) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        yield running


def discovered(shell: Shell, *options: str, code: int = 0) -> Any:
    outcome = shell("discover", "--format", "json", *options)
    assert outcome.code == code, outcome.err
    assert list(VALIDATOR.iter_errors(outcome.data)) == []
    return outcome.data


def held(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


# Without specs


def test_an_account_is_told_where_no_specs_exist(shell: Shell, fake: FakeAws) -> None:
    fake.machine("orders-extract")
    fake.machine("score", type="EXPRESS", role="arn:aws:iam::123456789012:role/service/score")
    outcome = shell("discover", *REGION)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        "2 state machines on aws (us-east-1, account 123456789012)\n\n"
        "  State machine   Type      Status  Role\n"
        "  orders-extract  STANDARD  active  machines\n"
        "  score           EXPRESS   active  service/score\n"
    )
    assert held(shell.folder) == {}


def test_a_fresh_account_becomes_a_project_that_is_valid_and_starts_nothing(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("orders-extract")
    fake.machine("score", type="EXPRESS")
    assert shell("discover", *WRITE).code == 0
    files = held(shell.folder)
    assert sorted(files) == [
        "specs/orders_extract.yaml",
        "specs/platform_aws.yaml",
        "specs/project.yaml",
        "specs/score.yaml",
    ]
    assert files["specs/orders_extract.yaml"].decode() == (
        "apiVersion: stepfleet/v1\nkind: Job\nmetadata:\n  name: orders_extract\nspec:\n"
        "  stateMachine: orders-extract\n  stepFunctionsType: STANDARD\n"
        "  if: false  # discovered; take this line out when its parameters are right\n"
    )
    assert b'accountId: "123456789012"' in files["specs/platform_aws.yaml"]
    assert shell("validate").code == 0
    assert shell("apply").code == 0
    assert "StartExecution" not in fake.calls


def test_a_second_run_writes_nothing_and_adds_what_is_new(shell: Shell, fake: FakeAws) -> None:
    fake.machine("a")
    shell("discover", *WRITE)
    before = held(shell.folder)
    outcome = shell("discover", *WRITE)
    assert "Nothing to write" in outcome.out
    assert held(shell.folder) == before
    fake.machine("b")
    assert discovered(shell, *WRITE)["files"] == [
        {"file": "specs/b.yaml", "isNew": True, "jobs": ["b"]}
    ]
    after = held(shell.folder)
    assert {name: after[name] for name in before} == before


def test_documents_can_be_shown_in_place_of_being_written(shell: Shell, fake: FakeAws) -> None:
    fake.machine("a")
    fake.machine("b")
    shown = shell("discover", *REGION, "--format", "specs")
    assert held(shell.folder) == {}
    (shell.folder / "specs").mkdir()
    (shell.folder / "specs" / "all.yaml").write_text(shown.out)
    assert shell("validate").code == 0
    assert shown.out.count("kind: Job") == 2
    assert "called" in shown.err


# Platforms


@pytest.fixture
def project(shell: Shell) -> Shell:
    shell.write(project=PROJECT)
    return shell


def test_the_default_platform_is_meant_and_its_jobs_are_named(
    project: Shell, fake: FakeAws
) -> None:
    fake.machine("orders")
    project.write(job("a", "orders:live"), job("b", f"{HEAD}orders"), project=PROJECT)
    data = discovered(project)
    assert data["project"] == "shop"
    (row,) = data["stateMachines"]
    assert [one["job"] for one in row["jobs"]] == ["a", "b"]
    assert discovered(project, "--platform", "aws")["stateMachines"] == [row]
    assert discovered(project, *REGION)["stateMachines"] == [row]


def test_a_platform_that_is_not_there_is_refused_with_the_nearest_name(
    project: Shell, fake: FakeAws
) -> None:
    outcome = project("discover", "--platform", "aw")
    assert outcome.code == 3
    assert "did you mean 'aws'" in outcome.err
    assert fake.calls == {}


def test_where_no_platform_of_aws_is_there_a_region_is_asked_for(
    shell: Shell, fake: FakeAws
) -> None:
    outcome = shell("discover")
    assert (outcome.code, fake.calls) == (3, {})
    assert "give --region" in outcome.err


def test_credentials_of_another_account_are_refused_before_anything_is_listed(
    project: Shell, fake: FakeAws
) -> None:
    fake.world.account = "999999999999"
    outcome = project("discover")
    assert outcome.code == 3
    assert "999999999999" in outcome.err
    assert "ListStateMachines" not in fake.calls


def test_a_region_that_no_platform_is_for_gets_one_beside_the_project(
    project: Shell, fake: FakeAws
) -> None:
    fake.world.region = "eu-west-1"
    fake.machine("a")
    assert project("discover", "--region", "eu-west-1", "--write", "specs").code == 0
    files = held(project.folder / "specs")
    assert sorted(files) == ["a.yaml", "all.yaml", "platform_aws_eu_west_1.yaml"]
    assert b"platform: aws_eu_west_1" in files["a.yaml"]
    assert project("validate").code == 0


def test_machines_that_the_platform_does_not_allow_are_left_out_and_counted(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("orders-a")
    fake.machine("secret")
    allow = f'accountId: "123456789012", allow: ["{HEAD}orders-*"]'
    shell.write(project=PROJECT.replace('accountId: "123456789012"', allow))
    data = discovered(shell, "--write", "specs")
    assert (names(data["stateMachines"]), data["notAllowed"]) == (["orders-a"], 1)
    assert fake.calls["DescribeStateMachine"] == 1
    assert "1 state machine that the platform does not `allow`" in shell("discover").out
    assert "specs/secret.yaml" not in held(shell.folder)


@pytest.mark.parametrize(
    "options",
    [
        ("--platform", "a", "--region", "us-east-1"),
        ("--profile", "p"),
        ("--definitions",),
        ("--region", "nowhere"),
        ("--tag", "=x"),
        ("--type", "other"),
    ],
)
def test_options_that_do_not_go_together_are_a_mistake_of_use(
    shell: Shell, fake: FakeAws, options: tuple[str, ...]
) -> None:
    assert shell("discover", *options).code == 64
    assert fake.calls == {}


# Filters


def test_filters_are_applied_before_anything_is_described(shell: Shell, fake: FakeAws) -> None:
    fake.machine("orders-a", tags={"team": "orders", "stage": "prod"})
    fake.machine("orders-b", type="EXPRESS", tags={"team": "orders"})
    fake.machine("sales-a", tags={"team": "sales"})
    for options, expected in [
        (("--name", "orders-*"), ["orders-a", "orders-b"]),
        (("--name", "orders-a", "--name", "sales-?"), ["orders-a", "sales-a"]),
        (("--type", "express"), ["orders-b"]),
        (("--tag", "team=orders"), ["orders-a", "orders-b"]),
        (("--tag", "team=orders", "--tag", "team=sales", "--tag", "stage"), ["orders-a"]),
        (("--name", "[ab]*"), []),
    ]:
        fake.forget_calls()
        data = discovered(shell, *REGION, *options)
        assert names(data["stateMachines"]) == expected
        assert data["filtered"] == 3 - len(expected)
        assert data["gone"] is None
        assert fake.calls.get("DescribeStateMachine", 0) == len(expected)


def test_where_tags_may_not_be_searched_each_machine_is_asked(shell: Shell, fake: FakeAws) -> None:
    fake.machine("a", tags={"team": "orders"})
    fake.machine("b")
    fake.faults.add("GetResources", denied("tag:GetResources"))
    data = discovered(shell, *REGION, "--tag", "team=orders")
    assert [row["tags"] for row in data["stateMachines"]] == [{"team": "orders"}]
    assert fake.calls["ListTagsForResource"] == 2


def test_versions_and_aliases_are_told_on_request(shell: Shell, fake: FakeAws) -> None:
    fake.machine("a", versions=(1, 2), aliases={"live": {2: 100}})
    (row,) = discovered(shell, *REGION, "--versions", "--aliases")["stateMachines"]
    assert row["versions"] == [2, 1]
    assert row["aliases"] == [{"name": "live", "routing": {"2": 100}}]
    outcome = shell("discover", *REGION, "--versions", "--aliases")
    assert re.search(r"machines +2 and 1 +live$", outcome.out, re.MULTILINE)
    (row,) = discovered(shell, *REGION)["stateMachines"]
    assert "versions" not in row


# Trouble


def test_one_that_can_not_be_described_is_told_gets_no_job_and_hides_no_other(
    shell: Shell, fake: FakeAws
) -> None:
    for name in ("a", "b", "c", "d"):
        fake.machine(name, is_gone=name == "b", status="DELETING" if name == "c" else "ACTIVE")
    fake.faults.add(
        "DescribeStateMachine", denied("states:DescribeStateMachine"), about="Machine:d"
    )
    data = discovered(shell, *WRITE, code=1)
    assert [(row["name"], row["found"]) for row in data["stateMachines"]] == [
        ("a", "described"),
        ("b", "vanished"),
        ("c", "described"),
        ("d", "not-described"),
    ]
    assert data["isWhole"] is False
    assert data["stateMachines"][2]["status"] == "DELETING"
    jobs = [name for each in data["files"] for name in each["jobs"]]
    assert jobs == ["a"]
    outcome = shell("discover", *REGION)
    assert outcome.code == 1
    assert "deleting" in outcome.out
    assert "states:DescribeStateMachine" in outcome.out


def test_a_definition_that_a_key_keeps_back_costs_the_parameters_alone(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("a", kms_key="key", definition=CHECKS_DAY)
    fake.faults.add(
        "DescribeStateMachine", denied("kms:Decrypt", "KmsAccessDeniedException"), about="ALL_DATA"
    )
    data = discovered(shell, *WRITE, "--definitions", "--infer-parameters")
    assert data["stateMachines"][0]["kmsKey"] == "key"
    assert "specs/a.yaml" in held(shell.folder)
    assert any("may not be read" in note for note in data["notes"])


def test_a_list_that_breaks_off_is_told_and_names_nothing_as_gone(
    shell: Shell, fake: FakeAws
) -> None:
    for number in range(150):
        fake.machine(f"m{number:03}")
    shell.write(job("away", "away"), project=PROJECT)
    fake.faults.add("ListStateMachines", denied("states:ListStateMachines"), about="nextToken")
    data = discovered(shell, "--write", "specs", code=1)
    assert (data["listed"], data["gone"], data["isWhole"]) == (100, None, False)
    assert "ListStateMachines" in data["problem"]
    assert len(data["files"]) == 100
    assert "broke off after 100 state machines" in shell("discover").out


def test_credentials_that_expire_write_nothing(shell: Shell, fake: FakeAws) -> None:
    for number in range(20):
        fake.machine(f"m{number:03}")
    fake.faults.add("DescribeStateMachine", EXPIRED, about="m015")
    outcome = shell("discover", *WRITE)
    assert outcome.code == 3
    assert held(shell.folder) == {}


def test_names_and_reasons_of_aws_steer_no_terminal(shell: Shell, fake: FakeAws) -> None:
    fake.machine("a\u202eb")
    fake.machine("c", role="arn:aws:iam::1:role/\x1b[31mred")
    hostile = Fault(ApiError("AccessDeniedException", "no\x1b]0;title\x07"))
    fake.faults.add("DescribeStateMachine", hostile, about="\\u202e")
    outcome = shell("discover", *REGION)
    assert outcome.code == 1
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", outcome.out)
    assert shell("discover", *WRITE).code == 1
    assert shell("validate").code == 0


def test_a_machine_of_any_name_gets_a_job_inside_the_folder(shell: Shell, fake: FakeAws) -> None:
    odd = ["..", ".hidden", "größe", "数", "true", "a-b", "a_b", "A_B", "x" * 80, "1e3", "it's=@!"]
    for name in odd:
        fake.machine(name)
    fake.machine("../../../outside")
    data = discovered(shell, *WRITE, code=1)
    assert len(data["unreadable"]) == 1
    assert {str(Path(name).parent) for name in held(shell.folder)} == {"specs"}
    assert shell("validate").code == 0
    jobs = [one for row in discovered(shell, code=1)["stateMachines"] for one in row["jobs"]]
    assert sorted(one["stateMachine"] for one in jobs) == sorted(HEAD + name for name in odd)
    assert discovered(shell, *WRITE, code=1)["files"] == []


# Specs of people


def test_the_type_is_put_right_in_each_job_and_no_other_byte_changes(
    project: Shell, fake: FakeAws
) -> None:
    fake.machine("orders", type="EXPRESS")
    text = (
        "\ufeff# mine\r\napiVersion: stepfleet/v1\r\nkind: Job\r\nmetadata: {name: a}\r\n"
        "spec:\r\n  stateMachine: orders # which\r\n  stepFunctionsType:  'STANDARD' # old\r\n"
        "---\r\napiVersion: stepfleet/v1\r\nkind: Job\r\nmetadata: {name: b}\r\n"
        "spec: {timeout: 2h, stateMachine: 'orders:live'} # flow\r\n# end"
    )
    file = project.folder / "specs" / "odd name.yaml"
    file.write_bytes(text.encode())
    data = discovered(project, "--write", "specs")
    assert data["files"] == [{"file": "specs/odd name.yaml", "isNew": False, "jobs": ["a", "b"]}]
    assert file.read_bytes().decode() == text.replace("'STANDARD'", "'EXPRESS'").replace(
        "stateMachine: 'orders:live'", "stepFunctionsType: EXPRESS, stateMachine: 'orders:live'"
    )
    assert discovered(project, "--write", "specs")["files"] == []


def test_a_type_that_an_anchor_shares_is_left_and_told(project: Shell, fake: FakeAws) -> None:
    fake.machine("orders", type="EXPRESS")
    shared = "stepFunctionsType: &t STANDARD\nparameters: {t: *t}"
    project.write(job("a", "orders", shared), project=PROJECT)
    before = held(project.folder)
    data = discovered(project, "--write", "specs")
    assert data["files"] == []
    assert "by hand" in data["notes"][0]
    assert held(project.folder) == before


def test_a_type_in_a_file_that_is_read_only_is_left_and_told(project: Shell, fake: FakeAws) -> None:
    fake.machine("orders", type="EXPRESS")
    fake.machine("new")
    project.write(job("a", "orders"), project=PROJECT)
    file = project.folder / "specs" / "all.yaml"
    file.chmod(0o444)
    data = discovered(project, "--write", "specs")
    assert [each["file"] for each in data["files"]] == ["specs/new.yaml"]
    (note,) = data["notes"]
    assert re.fullmatch(
        r"a \(specs/all.yaml:.*\): its state machine is EXPRESS; write stepFunctionsType: EXPRESS "
        "by hand, as the file is read-only",
        note,
    )


def test_a_type_that_would_make_the_job_invalid_is_left_and_told(
    project: Shell, fake: FakeAws
) -> None:
    fake.machine("orders", type="EXPRESS")
    fake.machine("new")
    project.write(job("a", "orders", "retry: {maxAttempts: 2, mode: redrive}"), project=PROJECT)
    data = discovered(project, "--write", "specs")
    assert [each["file"] for each in data["files"]] == ["specs/new.yaml"]
    assert any("redriven" in note for note in data["notes"])
    assert project("validate").code == 0


def test_a_job_whose_machine_is_gone_is_told_and_stays(project: Shell, fake: FakeAws) -> None:
    fake.machine("orders")
    fake.machine("late", is_gone=True)
    project.write(job("a", "orders"), job("b", "lost:live"), job("c", "late"), project=PROJECT)
    data = discovered(project, "--write", "specs")
    assert [one["job"] for one in data["gone"]] == ["b", "c"]
    outcome = project("discover")
    assert "Gone from the account (2)" in outcome.out
    assert "b (specs/all.yaml:" in outcome.out


def test_a_machine_that_an_expression_may_lead_to_gets_no_second_job(
    project: Shell, fake: FakeAws
) -> None:
    for name in ("orders-dev", "orders-prod", "other"):
        fake.machine(name)
    project.write(job("a", "orders-${{ vars.stage }}"), project=PROJECT)
    data = discovered(project, "--write", "specs")
    assert [each["file"] for each in data["files"]] == ["specs/other.yaml"]
    assert [one["job"] for one in data["stateMachines"][0]["maybeJobs"]] == ["a"]
    assert "perhaps a" in project("discover").out
    data = discovered(project, "--var", "stage=dev")
    assert [len(row["jobs"]) for row in data["stateMachines"]] == [1, 0, 1]


def test_a_job_of_the_embedded_engine_or_of_a_twin_platform_gets_no_second_job(
    project: Shell, fake: FakeAws
) -> None:
    for name in ("here", "there", "far", "new"):
        fake.machine(name)
    platforms = [
        "{type: local}",
        "{type: aws-step-functions, region: us-east-1}",
        "{type: aws-step-functions, region: eu-west-1}",
    ]
    more = "".join(
        f"---\napiVersion: stepfleet/v1\nkind: Platform\nmetadata: {{name: p{number}}}\n"
        f"spec: {spec}\n"
        for number, spec in enumerate(platforms)
    )
    jobs = [
        job(f"j{n}", name, f"platform: p{n}") for n, name in enumerate(("here", "there", "far"))
    ]
    project.write(*jobs, project=PROJECT + more)
    data = discovered(project, "--write", "specs")
    assert [each["jobs"] for each in data["files"]] == [["far"], ["new"]]
    maybe = {row["name"]: [one["job"] for one in row["maybeJobs"]] for row in data["stateMachines"]}
    assert maybe == {"here": ["j0"], "there": ["j1"], "far": [], "new": []}
    assert any(note.startswith("here: no job is written, as j0 (specs") for note in data["notes"])
    assert data["gone"] == []


def test_an_expression_that_tells_nothing_is_said(project: Shell, fake: FakeAws) -> None:
    fake.machine("orders")
    project.write(job("a", "${{ vars.stage }}"), project=PROJECT)
    (note,) = discovered(project)["notes"]
    assert note.startswith("what a runs depends on variables that have no value here")
    assert discovered(project, "--var", "stage=orders")["notes"] == []


def test_specs_that_are_not_valid_are_refused_before_aws_is_asked(
    project: Shell, fake: FakeAws
) -> None:
    project.write(job("a", "orders", "timeuot: 2h"), project=PROJECT)
    before = held(project.folder)
    outcome = project("discover", "--write", "new")
    assert (outcome.code, fake.calls) == (3, {})
    assert "specs/all.yaml:" in outcome.err
    assert held(project.folder) == before


def test_a_project_that_lacks_its_project_document_gets_one(shell: Shell, fake: FakeAws) -> None:
    fake.machine("new")
    platform = PROJECT.partition("---\n")[2]
    shell.write(job("a", "orders"), project=platform)
    assert shell("discover", "--write", "specs").code == 0
    assert shell("validate").code == 0
    assert "specs/project.yaml" in held(shell.folder)


@pytest.mark.parametrize("name", ["null", "true", "Off"])
def test_names_that_yaml_has_a_meaning_for_are_names_all_the_same(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fake.machine("new")
    (shell.folder / name / "specs").mkdir(parents=True)
    monkeypatch.chdir(shell.folder / name)
    platform = PROJECT.partition("---\n")[2].replace("name: aws", f'name: "{name}"')
    Path("specs/all.yaml").write_text(platform)
    assert shell("discover", "--platform", name, "--write", "specs").code == 0
    assert shell("validate").code == 0
    assert f'name: "{name}"' in Path("specs/project.yaml").read_text()


def test_a_file_of_the_name_of_a_new_job_is_not_overwritten(project: Shell, fake: FakeAws) -> None:
    fake.machine("notes")
    file = project.folder / "specs" / "Notes.yaml"
    file.write_text("# nothing but a comment\n")
    (each,) = discovered(project, "--write", "specs")["files"]
    assert re.fullmatch(r"specs/notes_[0-9a-f]{8}\.yaml", each["file"])
    assert file.read_text() == "# nothing but a comment\n"


def test_a_folder_beside_the_specs_is_read_too(project: Shell, fake: FakeAws) -> None:
    fake.machine("a")
    data = discovered(project, "specs", "--write", "more")
    assert [each["file"] for each in data["files"]] == ["more/a.yaml"]
    assert any("name more too" in note for note in data["notes"])
    assert discovered(project, "specs", "--write", "more")["files"] == []
    assert project("validate", "specs", "more").code == 0


def test_a_hidden_folder_below_the_specs_is_read_again(project: Shell, fake: FakeAws) -> None:
    fake.machine("a")
    assert len(discovered(project, "--write", "specs/.found")["files"]) == 1
    assert discovered(project, "--write", "specs/.found")["files"] == []


@pytest.mark.parametrize("name", ["out", "file", ".git"])
def test_a_folder_that_is_none_or_leads_out_is_refused(
    shell: Shell, fake: FakeAws, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (shell.folder / ".git").mkdir()
    (shell.folder / "out").symlink_to(outside)
    (shell.folder / "file").write_text("")
    outcome = shell("discover", *REGION, "--write", name)
    assert (outcome.code, fake.calls) == (3, {})
    assert held(outside) == {}


def test_new_files_name_the_schema_as_others_do(shell: Shell, fake: FakeAws) -> None:
    fake.machine("a")
    fake.machine("b", definition=CHECKS_DAY)
    (shell.folder / "schemas").mkdir()
    (shell.folder / "schemas" / "s.json").write_text("{}")
    line = "# yaml-language-server: $schema=../schemas/s.json\n"
    shell.write(project=line + PROJECT)
    shell("discover", "--write", "specs/jobs", "--definitions")
    files = held(shell.folder / "specs" / "jobs")
    assert files["a.yaml"].startswith(b"# yaml-language-server: $schema=../../schemas/s.json\n")
    assert files["definitions/b.yaml"].startswith(
        b"# yaml-language-server: $schema=../../../schemas/s.json\n"
    )


# Definitions and parameters


def test_definitions_make_the_project_run_on_the_embedded_engine(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("checks", definition=CHECKS_DAY)
    fake.machine("calls", definition=CALLS, type="EXPRESS")
    outcome = shell("discover", *WRITE, "--definitions")
    assert outcome.code == 0
    files = held(shell.folder / "specs" / "definitions")
    assert files["checks.asl.json"].decode() == CHECKS_DAY + "\n"
    assert files["calls.asl.json"].startswith(b'{\n  "StartAt": "Send",\n')
    assert b"type: EXPRESS" in files["calls.yaml"]
    assert b'With --local these states need mocks:\n  #   "Send"\n' in files["calls.yaml"]
    assert "calls: Send" in outcome.out
    job = shell.folder / "specs" / "checks.yaml"
    job.write_text(job.read_text().replace("  if: false", "  parameters: {day: x}\n  #"))
    assert shell("apply", "--local").code == 0
    assert "StartExecution" not in fake.calls
    assert discovered(shell, *WRITE, "--definitions")["files"] == []


def test_the_current_folder_can_be_written_to(shell: Shell, fake: FakeAws) -> None:
    fake.machine("fine", definition=CHECKS_DAY)
    fake.machine("odd", definition='{"StartAt": "Nowhere", "States": {}}')
    data = discovered(shell, *REGION, "--write", ".", "--definitions")
    files = {each["file"] for each in data["files"]}
    assert {"fine.yaml", "odd.yaml", "definitions/fine.yaml"} <= files
    assert sorted(files) == sorted(held(shell.folder))
    assert shell("validate", ".").code == 0
    assert discovered(shell, *REGION, "--write", ".", "--definitions")["files"] == []


def test_a_definition_that_was_changed_is_told_and_no_file_is_overwritten(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("checks", definition=CHECKS_DAY)
    shell("discover", *WRITE, "--definitions")
    before = held(shell.folder)
    fake.world.machines["checks"].definition = CHECKS_DAY.replace("2026", "2027")
    data = discovered(shell, *WRITE, "--definitions")
    assert data["files"] == []
    assert any("differs" in note for note in data["notes"])
    assert held(shell.folder) == before


def test_a_definition_that_the_project_would_refuse_is_left_out_and_told(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("fine", definition=CHECKS_DAY)
    fake.machine("odd", definition='{"StartAt": "Nowhere", "States": {}}')
    fake.machine("text", definition="no JSON at all")
    data = discovered(shell, *WRITE, "--definitions")
    assert sorted(held(shell.folder / "specs" / "definitions")) == ["fine.asl.json", "fine.yaml"]
    assert {"specs/fine.yaml", "specs/odd.yaml", "specs/text.yaml"} <= {
        each["file"] for each in data["files"]
    }
    assert shell("validate").code == 0


def test_a_definition_with_a_key_is_not_written_and_told(shell: Shell, fake: FakeAws) -> None:
    key = "AKIAIOSFODNN7EXAMPLE"
    fake.machine("fine", definition=CHECKS_DAY)
    fake.machine("leaky", definition=CHECKS_DAY.replace("2026-", f"{key}-"))
    outcome = shell("discover", *WRITE, "--definitions", "--infer-parameters")
    files = held(shell.folder / "specs")
    assert {"leaky.yaml", "definitions/fine.asl.json"} <= files.keys()
    assert not [name for name, data in files.items() if "s/leaky" in name or key.encode() in data]
    text = " ".join(outcome.out.split())
    assert "definitions/leaky.asl.json: not written, as it would not be valid: States." in text
    assert "it looks like an AWS access key, which must not stand in Git" in text
    assert key not in outcome.out + outcome.err
    assert shell("validate").code == 0


def test_parameters_are_proposed_where_they_were_seen_and_a_person_takes_them_over(
    shell: Shell, fake: FakeAws
) -> None:
    fake.machine("checks", definition=CHECKS_DAY)
    data = discovered(shell, *WRITE, "--infer-parameters")
    assert [one["name"] for one in data["stateMachines"][0]["inferred"]["inputs"]] == ["day"]
    file = shell.folder / "specs" / "checks.yaml"
    text = file.read_text()
    assert "    # inferred from the definition; give each a value, or take it out\n" in text
    assert '    day: {type: string}  # inferred: $.day in "Check day"\n' in text
    assert "    rows: {direction: output, type: integer}" in text
    assert shell("validate").code == 0
    file.write_text(text.replace("{type: string}", "x").replace("  if: false", "  #"))
    assert shell("plan").code == 0
    assert discovered(shell, *WRITE, "--infer-parameters")["files"] == []


# Interrupts


def test_an_interrupt_in_the_middle_writes_nothing(fake: FakeAws, tmp_path: Path) -> None:
    for number in range(30):
        fake.machine(f"m{number:03}")
    fake.faults.add("DescribeStateMachine", slow(30), about="m015")
    with subprocess.Popen(
        [sys.executable, "-m", "runner.cli", "discover", *WRITE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            while fake.calls.get("DescribeStateMachine", 0) < 20:
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert held(tmp_path) == {}


# Others at the same time


class Meanwhile:
    """No call's number, and what happens when the first one is asked for."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._acts = [act]

    def __contains__(self, number: object) -> bool:
        if self._acts:
            self._acts.pop()()
        return False


def while_looking(fake: FakeAws, act: Callable[[], object]) -> None:
    fake.faults.add("DescribeStateMachine", slow(0), calls=Meanwhile(act))


def test_a_job_that_came_while_aws_was_asked_is_taken_into_account(
    project: Shell, fake: FakeAws
) -> None:
    for name in ("orders", "other"):
        fake.machine(name)
    file = project.folder / "specs" / "mine.yaml"
    while_looking(fake, lambda: file.write_text(job("other", "orders").removeprefix("---\n")))
    data = discovered(project, "--write", "specs")
    assert [row["jobs"][0]["job"] for row in data["stateMachines"] if row["jobs"]] == ["other"]
    (name,), changed = [each["jobs"] for each in data["files"]]
    assert name.startswith("other_")
    assert changed == ["other"]
    assert project("validate").code == 0


def test_a_file_that_was_edited_while_aws_was_asked_keeps_the_edit(
    project: Shell, fake: FakeAws
) -> None:
    fake.machine("orders", type="EXPRESS")
    project.write(job("a", "orders"), project=PROJECT)
    file = project.folder / "specs" / "all.yaml"
    edited = file.read_text() + "# mine\n"
    while_looking(fake, lambda: file.write_text(edited))
    assert project("discover", "--write", "specs").code == 0
    text = file.read_text()
    assert "stepFunctionsType: EXPRESS" in text
    assert text.endswith("# mine\n")


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (PROJECT.replace("us-east-1", "eu-west-1"), "platform 'aws' was changed while"),
        (PROJECT.replace("name: aws", "name: aws2"), "specs/all.yaml"),
        (f"{PROJECT}spec: broken", "specs/all.yaml"),
    ],
)
def test_specs_that_want_another_look_by_now_are_refused(
    project: Shell, fake: FakeAws, new: str, said: str
) -> None:
    fake.machine("orders")
    file = project.folder / "specs" / "all.yaml"
    while_looking(fake, lambda: file.write_text(new))
    outcome = project("discover", "--write", "specs")
    assert outcome.code == 3
    assert said in outcome.err
    assert list(held(project.folder)) == ["specs/all.yaml"]


def test_specs_that_come_before_the_first_file_is_moved_are_seen(
    project: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.machine("orders")
    file = project.folder / "specs" / "mine.yaml"
    file_new = discovery.compose

    def composing(*arguments: Any, **options: Any) -> discovery.Composed:
        file.write_text(job("a", "orders").removeprefix("---\n"))
        return file_new(*arguments, **options)

    monkeypatch.setattr(discovery, "compose", composing)
    outcome = project("discover", "--write", "specs")
    assert outcome.code == 3
    assert "the specs were changed while the new ones were made" in outcome.err
    assert "Discover again." in outcome.err
    assert sorted(held(project.folder)) == ["specs/all.yaml", "specs/mine.yaml"]


def test_of_two_at_once_the_second_finds_nothing_left_to_write(shell: Shell, fake: FakeAws) -> None:
    for name in ("a", "b"):
        fake.machine(name)
    shell("discover", *WRITE)
    rival = held(shell.folder)
    shutil.rmtree(shell.folder / "specs")

    def write() -> None:
        (shell.folder / "specs").mkdir()
        for name, data in rival.items():
            (shell.folder / name).write_bytes(data)

    while_looking(fake, write)
    assert discovered(shell, *WRITE)["files"] == []
    assert held(shell.folder) == rival


def test_others_that_write_into_another_folder_at_the_same_time_are_noticed(
    project: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.machine("orders")
    link = os.link

    def at_once(source: str, target: str) -> None:
        link(source, target)
        rival = project.folder / "specs" / "rival" / "orders.yaml"
        rival.parent.mkdir()
        rival.write_bytes(Path(target).read_bytes())

    monkeypatch.setattr(os, "link", at_once)
    outcome = project("discover", "--write", "specs")
    assert outcome.code == 3
    assert "Written (1 file)" in outcome.out
    assert "others wrote specs at the same time" in outcome.err


def test_what_was_written_before_an_interrupt_is_reported(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.machine("orders")
    unlink, moved = os.unlink, []

    def interrupted(path: str) -> None:
        unlink(path)
        moved.append(path)
        if len(moved) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "unlink", interrupted)
    outcome = shell("discover", *WRITE)
    assert outcome.code == 130
    assert "Written (3 files)" in outcome.out
    assert len(held(shell.folder)) == 3


@pytest.mark.parametrize("moves", [1, 2, 3, 4])
def test_wherever_an_interrupt_comes_the_next_run_goes_on(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    fake.machine("checks", definition=CHECKS_DAY)
    link = os.link
    moved: list[str] = []

    def interrupted(source: str, target: str) -> None:
        if len(moved) == moves:
            raise KeyboardInterrupt
        moved.append(target)
        link(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "link", interrupted)
        assert shell("discover", *WRITE, "--definitions").code == 130
    assert len(held(shell.folder)) == moves
    assert shell("discover", *WRITE, "--definitions").code == 0
    assert shell("validate").code == 0
    assert discovered(shell, *WRITE, "--definitions")["files"] == []
