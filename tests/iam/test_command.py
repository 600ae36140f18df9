from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from runner import schema
from tests.cli.aws_tools import fake, project_at
from tests.cli.tools import PROJECT, Outcome, Shell, job, shell
from tests.fake_aws import FakeAws, denied
from tests.fake_aws.fixtures import aws_environment
from tests.iam.checking import complaints, grammar_complaints

if TYPE_CHECKING:
    from runner.values import Json

__all__ = ["aws_environment", "fake", "shell"]

VALIDATOR = Draft202012Validator(schema.load("iam-policy.schema.json"))
HEAD = "arn:aws:states:us-east-1:123456789012:"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd"


def aws_project(more: str = "", account: str = "accountId: '123456789012', ") -> str:
    spec = f"spec: {{type: aws-step-functions, region: us-east-1, {account}{more}}}"
    return PROJECT.replace("spec: {type: local, timeScale: 0}", spec)


def starting(machine: str, resource: str = "states:startExecution.sync:2", **more: Json) -> str:
    task: dict[str, Json] = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Parameters": {"StateMachineArn": machine},
        "End": True,
        **more,
    }
    return json.dumps({"StartAt": "Run", "States": {"Run": task}})


def document(shell: Shell, *options: str, code: int = 0) -> Any:
    outcome = shell("iam-policy", "--format", "json", *options)
    assert outcome.code == code, outcome.err
    assert list(VALIDATOR.iter_errors(outcome.data)) == []
    for each in ("plan", "drift", "apply", "discover", "assume", "machines"):
        for grant in outcome.data[each]:
            assert [fault for one in grant["policies"] for fault in complaints(one)] == []
    return outcome.data


def policy(shell: Shell, purpose: str, *options: str, code: int = 0) -> Any:
    outcome = shell("iam-policy", "--for", purpose, *options)
    assert outcome.code == code, outcome.err
    assert complaints(outcome.data) == []
    return outcome.data


def actions(made: Any) -> set[str]:
    return {
        action.removeprefix("states:")
        for statement in made["Statement"]
        for action in statement["Action"]
    }


def notes(outcome: Outcome) -> list[str]:
    return [line for line in outcome.err.splitlines() if line.startswith("Note: ")]


def test_one_policy_is_what_iam_takes_from_a_file(shell: Shell) -> None:
    shell.write(job("a", more="stepFunctionsType: STANDARD"), project=aws_project())
    outcome = shell("iam-policy", "--for", "plan", "--offline")
    assert outcome.code == 0
    assert outcome.out == (
        "{\n"
        '  "Version": "2012-10-17",\n'
        '  "Statement": [\n'
        "    {\n"
        '      "Sid": "ReadStateMachines",\n'
        '      "Effect": "Allow",\n'
        '      "Action": ["states:DescribeStateMachine", "states:ListExecutions"],\n'
        f'      "Resource": ["{HEAD}stateMachine:echo"]\n'
        "    },\n"
        "    {\n"
        '      "Sid": "ReadExecutions",\n'
        '      "Effect": "Allow",\n'
        '      "Action": ["states:DescribeExecution"],\n'
        f'      "Resource": ["{HEAD}execution:echo:*"]\n'
        "    }\n"
        "  ]\n"
        "}\n"
    )
    [note] = notes(outcome)
    assert note.startswith("Note: offline nobody tells which machines of platform here have a KMS")


def test_text_has_a_heading_for_each_policy_and_notes_beside_it(shell: Shell) -> None:
    shell.write(job("a"), project=aws_project())
    outcome = shell("iam-policy", "--offline")
    assert outcome.code == 0
    headings = [line for line in outcome.out.splitlines() if line[:1] not in ("{", "}", " ", "")]
    assert headings == [
        "shop: 4 policies",
        "plan: to plan, and to tell the status of a run",
        "for the credentials that stepfleet runs with, account 123456789012, platform here",
        "drift: to tell what drifted",
        "for the credentials that stepfleet runs with, account 123456789012, platform here",
        "apply: to run jobs and to stop them",
        "for the credentials that stepfleet runs with, account 123456789012, platform here",
        "discover: only to discover machines, and to suggest near names",
        "for the credentials that stepfleet runs with, account 123456789012, platform here",
    ]
    assert "type is not known: write stepFunctionsType in their jobs" in outcome.err


def test_types_and_keys_are_those_that_step_functions_tells(shell: Shell, fake: FakeAws) -> None:
    fake.machine("secret", kms_key=KEY)
    jobs = (job("a"), job("b", "quick"), job("c", "secret"))
    shell.write(*jobs, project=project_at(fake))
    made = policy(shell, "apply")
    by_sid = {each["Sid"]: each for each in made["Statement"]}
    assert by_sid["StartStateMachines"]["Resource"] == [
        f"{HEAD}stateMachine:echo",
        f"{HEAD}stateMachine:secret",
    ]
    assert by_sid["RunExpressStateMachines"]["Action"] == [
        "states:DescribeStateMachine",
        "states:StartSyncExecution",
    ]
    assert by_sid["ReadEncryptedData"]["Resource"] == [KEY]
    assert set(fake.calls) == {"DescribeStateMachine"}
    assert {each["includedData"] for each in fake.requests("DescribeStateMachine")} == {
        "METADATA_ONLY"
    }


def test_offline_nobody_is_asked(shell: Shell, fake: FakeAws) -> None:
    shell.write(job("a"), job("b", "quick"), project=project_at(fake))
    made = policy(shell, "apply", "--offline")
    assert fake.calls == {}
    assert {"StartExecution", "StartSyncExecution"} <= actions(made)


def test_a_machine_that_is_not_described_is_told_and_may_be_either(
    shell: Shell, fake: FakeAws
) -> None:
    shell.write(job("a"), job("b", "missing"), project=project_at(fake))
    outcome = shell("iam-policy", "--for", "apply")
    assert outcome.code == 1
    assert f"Note: {HEAD}stateMachine:missing was not described: " in outcome.err
    assert "not described: no such state machine exists\n" in outcome.err
    assert "of 1 state machine the type is not known" in outcome.err
    assert {"StartExecution", "StartSyncExecution"} <= actions(outcome.data)


def test_machines_that_may_not_be_described_are_told_too(shell: Shell, fake: FakeAws) -> None:
    fake.faults.add("DescribeStateMachine", denied("states:DescribeStateMachine"))
    shell.write(job("a"), project=project_at(fake))
    outcome = shell("iam-policy", "--for", "plan")
    assert outcome.code == 1
    assert "echo was not described: " in outcome.err
    assert "states:DescribeStateMachine" in outcome.err


def test_jobs_that_are_switched_off_are_looked_at_and_not_started(shell: Shell) -> None:
    standard = "stepFunctionsType: STANDARD"
    off = job("b", "other", f"if: false\n{standard}")
    shell.write(job("a", more=standard), off, project=aws_project())
    made = document(shell, "--offline")
    [apply] = made["apply"][0]["policies"]
    other = [each for each in apply["Statement"] if f"{HEAD}stateMachine:other" in each["Resource"]]
    assert [each["Action"] for each in other] == [
        ["states:DescribeStateMachine", "states:ListExecutions"]
    ]
    assert "platform here has 1 job with `if: false`" in str(made["notes"])
    assert "with --with-switched-off it may" in str(made["notes"])


def test_jobs_that_are_to_be_switched_on_are_started_too_if_that_is_asked_for(shell: Shell) -> None:
    standard = "stepFunctionsType: STANDARD"
    shell.write(job("a", "other", f"if: false\n{standard}"), project=aws_project())
    soon = document(shell, "--offline", "--with-switched-off")
    shell.write(job("a", "other", standard), project=aws_project())
    assert document(shell, "--offline") == soon


def test_what_holds_of_many_machines_is_said_once(shell: Shell, fake: FakeAws) -> None:
    shell.write(
        *(job(f"job_{i}", f"missing-{i}") for i in range(9)),
        *(job(f"locked_{i}", f"locked-{i}") for i in range(3)),
        project=project_at(fake),
    )
    for i in range(3):
        fake.machine(f"locked-{i}")
        fault = denied("states:DescribeStateMachine", f"{HEAD}stateMachine:locked-{i}")
        fake.faults.add("DescribeStateMachine", fault, about=f"locked-{i}")
    outcome = shell("iam-policy", "--for", "plan")
    assert outcome.code == 1
    told = [each for each in notes(outcome) if "not described" in each]
    assert len(told) == 2
    assert told[0].startswith(
        "Note: locked-0, locked-1 and locked-2 were not described, each as locked-0: "
    )
    assert outcome.err.count("states:DescribeStateMachine") == told[0].count(
        "states:DescribeStateMachine"
    )
    assert told[1] == (
        "Note: missing-0, missing-1, missing-2, missing-3, missing-4 and 4 more were not "
        "described: no such state machine exists"
    )


def test_credentials_of_another_account_are_asked_nothing(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", fake.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", fake.url)
    shell.write(job("a"), project=aws_project(account="accountId: '210987654321', "))
    outcome = shell("iam-policy", "--for", "plan")
    assert outcome.code == 3
    assert "the credentials are of account 123456789012, and platform here is for" in outcome.err
    assert "DescribeStateMachine" not in fake.calls
    assert policy(shell, "plan", "--offline")


def test_without_credentials_the_way_out_is_told(
    shell: Shell, aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    shell.write(job("a"), project=aws_project())
    outcome = shell("iam-policy", "--for", "plan")
    assert (outcome.code, outcome.out) == (3, "")
    assert "no credentials found" in outcome.err
    assert outcome.err.endswith(". Or ask nobody, with --offline.\n")


def test_the_account_is_that_of_the_credentials_where_the_platform_names_none(
    shell: Shell, fake: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", fake.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", fake.url)
    shell.write(job("a"), project=aws_project(account=""))
    made = policy(shell, "plan")
    assert made["Statement"][0]["Resource"] == [f"{HEAD}stateMachine:echo"]
    assert "GetCallerIdentity" in fake.calls
    outcome = shell("iam-policy", "--offline")
    assert outcome.code == 3
    assert "the account of platform here is not known offline: write accountId" in outcome.err
    shell.write(job("a", f"{HEAD}stateMachine:echo"), project=aws_project(account=""))
    assert policy(shell, "plan", "--offline") == made


def test_jobs_that_no_plan_takes_are_refused(shell: Shell) -> None:
    elsewhere = job("a", "arn:aws:states:us-east-1:210987654321:stateMachine:echo")
    shell.write(elsewhere, job("b", "${{ vars.nothing }}"), project=aws_project())
    outcome = shell("iam-policy", "--offline", "--format", "json")
    assert outcome.code == 3
    shell.write(elsewhere, project=aws_project())
    outcome = shell("iam-policy", "--offline", "--format", "json")
    assert (outcome.code, outcome.data["diagnostics"][0]["code"]) == (3, "other-account")


def test_a_project_of_the_embedded_engine_needs_nothing(shell: Shell) -> None:
    shell.write(job("a"))
    outcome = shell("iam-policy")
    assert outcome.code == 3
    assert "no Platform of type aws-step-functions" in outcome.err


def test_machines_that_start_others_are_read_from_the_specs_and_from_aws(
    shell: Shell, fake: FakeAws
) -> None:
    role = "arn:aws:iam::123456789012:role/machines"
    fake.machine("outer", definition=starting(f"{HEAD}stateMachine:inner"), role=role)
    express = starting(f"{HEAD}stateMachine:quick", "aws-sdk:sfn:startSyncExecution")
    fake.machine("inner", definition=express, role=f"{role}-2")
    kept = (
        "---\napiVersion: stepfleet/v1\nkind: StateMachine\nmetadata: {name: kept}\nspec:\n"
        f"  definition: {starting(f'{HEAD}stateMachine:echo:live', 'states:startExecution')}\n"
    )
    fake.machine("kept", role=f"{role}-3")
    shell.write(kept, job("a", "outer"), job("b", "kept"), project=project_at(fake))
    made = document(shell)["machines"]
    assert [(each["machine"].rpartition(":")[2], each["role"]) for each in made] == [
        ("inner", f"{role}-2"),
        ("kept", f"{role}-3"),
        ("outer", role),
    ]
    by_name = {each["machine"].rpartition(":")[2]: each["policies"][0] for each in made}
    assert actions(by_name["inner"]) == {"StartSyncExecution"}
    assert by_name["kept"]["Statement"][0]["Condition"] == {
        "ForAnyValue:StringEquals": {"states:StateMachineQualifier": ["live"]}
    }
    assert actions(by_name["outer"]) == {
        "StartExecution",
        "DescribeExecution",
        "StopExecution",
        "events:PutRule",
        "events:PutTargets",
        "events:DescribeRule",
    }
    assert policy(shell, "machines", "--machine", "kept") == by_name["kept"]
    outcome = shell("iam-policy", "--for", "machines")
    assert outcome.code == 3
    assert "choose one with --machine" in outcome.err
    outcome = shell("iam-policy", "--for", "machines", "--machine", "quick")
    assert (outcome.code, "no such machine of this project" in outcome.err) == (3, True)


def test_machines_that_start_each_other_are_read_once(shell: Shell, fake: FakeAws) -> None:
    fake.machine("ping", definition=starting(f"{HEAD}stateMachine:pong"))
    fake.machine("pong", definition=starting(f"{HEAD}stateMachine:ping"))
    shell.write(job("a", "ping"), project=project_at(fake))
    assert len(document(shell)["machines"]) == 2
    assert fake.calls["DescribeStateMachine"] == 2


def test_a_machine_with_a_distributed_map_starts_executions_of_itself(
    shell: Shell, fake: FakeAws
) -> None:
    item = {"StartAt": "Do", "States": {"Do": {"Type": "Pass", "End": True}}}
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    each = {"Type": "Map", "ItemProcessor": {"ProcessorConfig": config, **item}, "End": True}
    definition = {"StartAt": "Each", "States": {"Each": {**each, "ItemReader": {}}}}
    fake.machine("spread", definition=json.dumps(definition))
    redriven = "retry: {mode: redrive, maxAttempts: 2}"
    shell.write(job("a", "spread", redriven), project=project_at(fake))
    made = policy(shell, "machines")
    assert {(tuple(each["Action"]), tuple(each["Resource"])) for each in made["Statement"]} == {
        (("states:StartExecution",), (f"{HEAD}stateMachine:spread",)),
        (
            ("states:DescribeExecution", "states:StopExecution"),
            (f"{HEAD}execution:spread:*",),
        ),
        (("states:RedriveExecution",), (f"{HEAD}execution:spread/*:*",)),
    }
    (note,) = notes(shell("iam-policy"))
    assert "spread: its state 'Each' has ItemReader: what these take of S3 is not in" in note


def test_what_no_definition_tells_is_noted(shell: Shell, fake: FakeAws) -> None:
    dynamic = starting("x").replace('"StateMachineArn": "x"', '"StateMachineArn.$": "$.which"')
    other = starting(f"{HEAD}stateMachine:echo", Credentials={"RoleArn": "arn:aws:iam::1:role/x"})
    fake.machine("dynamic", definition=dynamic)
    fake.machine("other", definition=other)
    fake.machine("torn", definition="{")
    jobs = (job("a", "dynamic"), job("b", "other"), job("c", "torn"))
    shell.write(*jobs, project=project_at(fake))
    made = document(shell)
    assert made["machines"] == []
    told = "\n".join(made["notes"])
    assert "dynamic: which machine its state 'Run' starts is only known when it runs" in told
    assert "other: its state 'Run' starts a machine by another role" in told
    assert "of 1 state machine no definition can be read" in told
    assert f"{HEAD}stateMachine:torn" in told


def test_children_that_take_more_than_a_start_are_noted(shell: Shell, fake: FakeAws) -> None:
    far = "arn:aws:states:eu-west-1:123456789012:stateMachine:echo"
    fake.machine("kept", kms_key=KEY)
    fake.machine("waits", definition=starting(f"{HEAD}stateMachine:kept"))
    forgets = starting(f"{HEAD}stateMachine:kept", "states:startExecution")
    fake.machine("forgets", definition=forgets)
    fake.machine("abroad", definition=starting(far))
    fake.machine("lent", definition=starting(far.replace("eu-west-1:12", "us-east-1:99")))
    jobs = [job(name, name) for name in ("waits", "forgets", "abroad", "lent")]
    shell.write(*jobs, project=project_at(fake))
    told = "\n".join(document(shell)["notes"])
    assert (
        f"waits: its state 'Run' waits for kept, which has a KMS key of its own: allow its role "
        f"kms:Decrypt on {KEY} too" in told
    )
    assert "forgets:" not in told
    assert "abroad: its state 'Run' starts a machine in eu-west-1: Step Functions reaches" in told
    assert "lent: its state 'Run' starts a machine of account 993456789012: give" in told


def test_who_assumes_roles_is_allowed_to_and_the_roles_do_the_work(shell: Shell) -> None:
    auth = (
        "auth: {method: assume-role, roleArn: 'arn:aws:iam::123456789012:role/jobs', source: "
        "{method: assume-role, roleArn: 'arn:aws:iam::210987654321:role/hub', "
        "source: {method: profile, profile: ops}}}"
    )
    shell.write(job("a"), project=aws_project(auth))
    made = document(shell, "--offline")
    for purpose in ("plan", "drift", "apply", "discover"):
        [grant] = made[purpose]
        assert (grant["holder"], grant["account"]) == (
            "arn:aws:iam::123456789012:role/jobs",
            "123456789012",
        )
    assert {
        (grant["holder"], grant["account"]): grant["policies"][0]["Statement"][0]["Resource"]
        for grant in made["assume"]
    } == {
        ("arn:aws:iam::210987654321:role/hub", "210987654321"): [
            "arn:aws:iam::123456789012:role/jobs"
        ],
        ("the profile ops", None): ["arn:aws:iam::210987654321:role/hub"],
    }


def test_a_role_whose_path_looks_like_a_pattern_is_named_alone(shell: Shell) -> None:
    role = "arn:aws:iam::123456789012:role/*/$a?/jobs"
    shell.write(job("a"), project=aws_project(f"auth: {{method: assume-role, roleArn: '{role}'}}"))
    [statement] = policy(shell, "assume", "--offline")["Statement"]
    assert statement["Resource"] == ["arn:aws:iam::123456789012:role/${*}/${$}a${?}/jobs"]


SECOND = """\
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: there}
spec: {type: aws-step-functions, region: cn-north-1, accountId: "210987654321"}
"""


def test_platforms_of_other_accounts_have_policies_of_their_own(shell: Shell) -> None:
    there = job("b", more="platform: there")
    shell.write(SECOND, job("a"), there, project=aws_project())
    made = document(shell, "--offline")
    assert [grant["platforms"] for grant in made["plan"]] == [["here"], ["there"]]
    outcome = shell("iam-policy", "--offline", "--for", "plan")
    assert outcome.code == 3
    assert "choose one with --platform" in outcome.err
    chosen = policy(shell, "plan", "--offline", "--platform", "there")
    assert "arn:aws-cn:states:cn-north-1:210987654321:stateMachine:echo" in json.dumps(chosen)
    outcome = shell("iam-policy", "--offline", "--platform", "ther")
    assert (outcome.code, "did you mean 'there'?" in outcome.err) == (3, True)


def test_regions_of_one_account_share_a_policy(shell: Shell) -> None:
    second = SECOND.replace("cn-north-1", "eu-west-1").replace("210987654321", "123456789012")
    shell.write(second, job("a"), job("b", more="platform: there"), project=aws_project())
    [grant] = document(shell, "--offline")["plan"]
    assert grant["platforms"] == ["here", "there"]
    assert "eu-west-1" in json.dumps(grant["policies"])


def test_a_policy_that_is_too_large_is_several_and_each_is_printed(shell: Shell) -> None:
    jobs = [job(f"job_{i}", f"machine-with-quite-a-long-name-{i}") for i in range(120)]
    shell.write(*jobs, project=aws_project())
    outcome = shell("iam-policy", "--offline", "--for", "apply")
    assert outcome.code == 3
    assert "print each with --part 1 to " in outcome.err
    count = int(outcome.err.split("--part 1 to ")[1].partition(",")[0])
    parts = [policy(shell, "apply", "--offline", "--part", str(n + 1)) for n in range(count)]
    assert all(len(json.dumps(part, separators=(",", ":"))) <= 6144 for part in parts)
    assert {name for part in parts for name in actions(part)} >= {"StartExecution"}
    assert shell("iam-policy", "--offline", "--for", "apply", "--part", "99").code == 3
    outcome = shell("iam-policy", "--offline")
    told = f"Note: apply for the credentials that stepfleet runs with is {count} policies"
    assert told in outcome.err
    assert f"apply: to run jobs and to stop them, part {count} of {count}\n" in outcome.out


def test_a_part_of_what_is_one_policy_is_refused(shell: Shell) -> None:
    shell.write(job("a"), project=aws_project())
    assert policy(shell, "plan", "--offline", "--part", "1")
    outcome = shell("iam-policy", "--offline", "--for", "plan", "--part", "2")
    assert outcome.code == 3
    assert "needs is one policy: leave --part out" in outcome.err


def trust(shell: Shell, *options: str) -> Outcome:
    outcome = shell("iam-policy", "--trust", "github", "--repo", "acme/data", *options)
    if outcome.code == 0:
        assert grammar_complaints(outcome.data) == []
    return outcome


def subjects(outcome: Outcome) -> Any:
    [statement] = outcome.data["Statement"]
    return statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]


def test_trust_is_of_one_repositorys_runs_and_asks_nobody(shell: Shell) -> None:
    shell.write(job("a"), project=aws_project())
    outcome = trust(shell, "--environment", "production", "--repo-id", "12/34")
    assert subjects(outcome) == [
        "repo:acme/data:environment:production",
        "repo:acme@12/data@34:environment:production",
    ]
    assert notes(outcome) == [
        "Note: keep the form of the subject that the repository's tokens have"
    ]
    outcome = trust(shell, "--pull-request")
    assert subjects(outcome) == ["repo:acme/data:pull_request"]
    assert "gh api repos/acme/data --jq" in outcome.err
    assert subjects(trust(shell, "--branch", "dev")) == ["repo:acme/data:ref:refs/heads/dev"]
    outcome = trust(shell)
    assert subjects(outcome) == ["repo:acme/data:ref:refs/heads/main"]
    assert "this trusts runs on the branch main" in outcome.err


def test_trust_is_in_the_account_of_the_role_that_takes_tokens(shell: Shell) -> None:
    auth = (
        "auth: {method: assume-role, roleArn: 'arn:aws:iam::123456789012:role/jobs', source: "
        "{method: web-identity, roleArn: 'arn:aws:iam::210987654321:role/hub', audience: here}}"
    )
    shell.write(job("a"), project=aws_project(auth))
    [statement] = trust(shell, "--pull-request").data["Statement"]
    assert statement["Principal"]["Federated"].startswith("arn:aws:iam::210987654321:")
    assert "here" in statement["Condition"]["StringEquals"].values()
    shell.write(SECOND, job("a"), project=aws_project())
    assert trust(shell, "--pull-request").code == 3
    [statement] = trust(shell, "--pull-request", "--platform", "there").data["Statement"]
    assert statement["Principal"]["Federated"].startswith("arn:aws-cn:iam::210987654321:")


def test_trust_of_a_role_that_the_specs_do_not_name_says_whose_account_is_taken(
    shell: Shell,
) -> None:
    auth = "auth: {method: assume-role, roleArn: 'arn:aws:iam::123456789012:role/jobs'}"
    shell.write(job("a"), project=aws_project(auth))
    outcome = trust(shell, "--pull-request")
    assert provider_account(outcome) == "123456789012"
    assert "is for a role of account 123456789012; name another with --account" in outcome.err
    outcome = trust(shell, "--pull-request", "--account", "210987654321")
    assert provider_account(outcome) == "210987654321"
    assert "name another with --account" not in outcome.err
    taking = "auth: {method: web-identity, roleArn: 'arn:aws:iam::123456789012:role/jobs'}"
    shell.write(job("a"), project=aws_project(taking))
    assert trust(shell, "--pull-request", "--account", "123456789012").code == 0
    outcome = trust(shell, "--pull-request", "--account", "210987654321")
    assert (outcome.code, "the role that takes tokens is" in outcome.err) == (3, True)


def provider_account(outcome: Outcome) -> str:
    [statement] = outcome.data["Statement"]
    federated: str = statement["Principal"]["Federated"]
    return federated.split(":")[4]


def test_trust_in_an_account_that_is_named_needs_no_specs(shell: Shell) -> None:
    outcome = trust(shell, "--pull-request", "--account", "123456789012")
    assert (outcome.code, provider_account(outcome)) == (0, "123456789012")
    assert subjects(outcome) == ["repo:acme/data:pull_request"]
    assert "Note: there are no specs here: " in outcome.err
    outcome = trust(shell, "--pull-request")
    assert (outcome.code, "name the account of the role with --account" in outcome.err) == (3, True)
    assert trust(shell, "--pull-request", "--account", "123456789012", "nowhere").code == 3
    chosen = ("--account", "123456789012", "--platform", "there")
    assert trust(shell, "--pull-request", *chosen).code == 3


def test_trust_needs_no_variable(shell: Shell) -> None:
    project = aws_project().replace("day: {type: date, default: 2026-11-19}", "day: {type: date}")
    shell.write(job("a", "load-${{ vars.day }}"), project=project)
    assert shell("iam-policy", "--offline").code == 3
    assert trust(shell, "--pull-request").code == 0
    shell.write(job("a", more="nonsense: 1"), project=project)
    assert trust(shell, "--pull-request").code == 3


@pytest.mark.parametrize(
    "options",
    [
        ("--repo", "acme/data"),
        ("--environment", "x"),
        ("--trust", "github"),
        ("--trust", "github", "--repo", "acme/*"),
        ("--trust", "github", "--repo", "acme/data", "--environment", "*"),
        ("--trust", "github", "--repo", "acme/data", "--environment", ""),
        ("--trust", "github", "--repo", "acme/data", "--branch", "a", "--pull-request"),
        ("--trust", "github", "--repo", "acme/data", "--repo-id", "acme/data"),
        ("--trust", "github", "--repo", "acme/data", "--issuer", "http://x.y"),
        ("--trust", "github", "--repo", "acme/data", "--for", "plan"),
        ("--trust", "github", "--repo", "acme/data", "--account", "acme"),
        ("--account", "123456789012"),
        ("--part", "1"),
        ("--machine", "x", "--for", "plan"),
        ("--for", "plan", "--part", "0"),
    ],
)
def test_options_that_make_no_sense_are_refused(shell: Shell, options: tuple[str, ...]) -> None:
    shell.write(job("a"), project=aws_project())
    outcome = shell("iam-policy", *options)
    assert (outcome.code, outcome.out) == (64, "")


def test_variables_choose_the_machines(shell: Shell) -> None:
    dated = job("a", "load-${{ vars.day }}", "stepFunctionsType: EXPRESS")
    shell.write(dated, project=aws_project())
    made = policy(shell, "plan", "--offline", "--var", "day=2026-11-20")
    assert made["Statement"][0]["Resource"] == [f"{HEAD}stateMachine:load-2026-11-20"]
