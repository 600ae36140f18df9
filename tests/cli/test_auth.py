"""Credentials of platforms through whole commands, whatever the method that gives them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.credentials import token
from tests.cli.aws_tools import aws_environment, rewrite
from tests.cli.tools import PROJECT, Shell, job, shell
from tests.fake_aws import RUNS_ON, FakeAws, RealClock
from tests.fake_aws.fixtures import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["aws_environment", "shell"]

ACCOUNT = "123456789012"
HUB = "arn:aws:iam::123456789012:role/hub"
ROLE = "arn:aws:iam::123456789012:role/deploy"
METHODS = {
    "default": "{method: default}",
    "profile": "{method: profile, profile: prod}",
    "assume-role": f"{{method: assume-role, roleArn: '{ROLE}', externalId: shop}}",
    "chained": (
        f"{{method: assume-role, roleArn: '{ROLE}', source: {{method: profile, profile: prod}}}}"
    ),
    "web-identity": f"{{method: web-identity, roleArn: '{ROLE}', tokenFile: token}}",
}
LEAVE = {
    "default": [],
    "profile": ["--auth", "prod"],
    "assume-role": ["--auth", ROLE],
    "chained": ["--auth", "prod", "--auth", ROLE],
    "web-identity": ["--auth", ROLE],
}


@pytest.fixture
def fake(aws_environment: None, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """The fake in real time in the place of AWS, for Step Functions and STS alike."""
    with FakeAws(RealClock()) as running:
        running.machine("slow", RUNS_ON)
        running.machine("echo")
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        (shell.folder / "token").write_text(token())
        config = f"[profile prod]\nrole_arn = {HUB}\nsource_profile = keys\n"
        keys = f"[profile keys]\naws_access_key_id = {KEY}\naws_secret_access_key = s\n"
        (shell.folder / "config").write_text(config + keys)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(shell.folder / "config"))
        yield running


def project_with(auth: str, more: str = f"accountId: '{ACCOUNT}'") -> str:
    spec = f"{{type: aws-step-functions, region: us-east-1, auth: {auth}, {more}}}"
    return PROJECT.replace("spec: {type: local, timeScale: 0}", f"spec: {spec}")


def write(shell: Shell, auth: str, *jobs: str, more: str = f"accountId: '{ACCOUNT}'") -> None:
    shell.write(*(jobs or (job("a"),)), project=project_with(auth, more))


@pytest.mark.parametrize("method", METHODS)
def test_a_project_is_applied_with_the_credentials_of_each_method(
    shell: Shell, fake: FakeAws, method: str
) -> None:
    write(shell, METHODS[method])
    outcome = shell("apply")
    assert outcome.code == 0, outcome.err
    used = set(fake.signers("GetCallerIdentity"))
    assert len(used) == 1
    role = fake.world.callers.get(used.pop(), "")
    wanted = {"default": "", "profile": "assumed-role/hub"}.get(method, "assumed-role/deploy")
    assert wanted in role
    assert bool(role) is (method != "default")


@pytest.mark.parametrize("method", METHODS)
def test_another_account_than_the_platforms_is_refused_at_plan_and_at_start(
    shell: Shell, fake: FakeAws, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(shell, METHODS[method])
    assert shell("plan", "-o", "plan.json").code == 0
    # From here on the same names lead into another account.
    other = "999999999999"
    fake.world.callers = Elsewhere(other)
    fake.forget_calls()
    for command in (("plan",), ("apply",), ("apply", "plan.json", *LEAVE[method])):
        outcome = shell(*command)
        assert outcome.code == 3
        assert f"the credentials are of account {other}" in outcome.out + outcome.err
    # With these credentials nothing else is asked, whatever the names would lead to.
    assert set(fake.calls) <= {"GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity"}


class Elsewhere(dict[str, str]):
    """Whose keys are: all of them are of one account."""

    def __init__(self, account: str) -> None:
        super().__init__()
        self._arn = f"arn:aws:sts::{account}:assumed-role/x/y"

    def get(self, key: object, default: object = None) -> Any:
        return self._arn


@pytest.mark.parametrize("method", METHODS)
def test_a_machine_that_is_not_allowed_is_refused_at_plan_and_at_start(
    shell: Shell, fake: FakeAws, method: str
) -> None:
    write(shell, METHODS[method])
    assert shell("plan", "-o", "plan.json").code == 0
    only = "allow: ['arn:aws:states:*:*:stateMachine:orders-*']"
    write(shell, METHODS[method], more=only)
    fake.forget_calls()
    for command in ("plan", "apply"):
        outcome = shell(command)
        assert outcome.code == 3
        assert "is not among those that platform 'here' allows" in outcome.out + outcome.err
    plan = json.loads((shell.folder / "plan.json").read_text())
    plan["platforms"]["here"]["allow"] = ["arn:aws:states:*:*:stateMachine:orders-*"]
    (shell.folder / "plan.json").write_text(json.dumps(plan))
    outcome = shell("apply", "plan.json", *LEAVE[method])
    assert outcome.code == 3
    assert "is not among those that platform 'here' allows" in outcome.err
    assert "StartExecution" not in fake.calls


def test_a_saved_plan_is_applied_with_the_auth_that_it_was_made_with(
    shell: Shell, fake: FakeAws
) -> None:
    write(shell, METHODS["chained"])
    assert shell("plan", "-o", "plan.json").code == 0
    (shell.folder / "specs" / "all.yaml").unlink()
    fake.forget_calls()
    outcome = shell("apply", "plan.json", *LEAVE["chained"])
    assert outcome.code == 0
    assert f"called with the role {ROLE}, by the profile 'prod'" in outcome.err
    assert [form["RoleArn"] for form in fake.forms("AssumeRole")] == [HUB, ROLE]


@pytest.mark.parametrize("method", [method for method in METHODS if method != "default"])
def test_a_saved_plan_uses_no_role_and_no_profile_without_leave(
    shell: Shell, fake: FakeAws, method: str
) -> None:
    write(shell, METHODS[method])
    assert shell("plan", "-o", "plan.json").code == 0
    fake.forget_calls()
    outcome = shell("apply", "plan.json")
    assert (outcome.code, fake.calls) == (3, {})
    told = outcome.err.split("type: ")[1].split(" (and")[0].split()
    assert sorted(told[3:]) == sorted(LEAVE[method])
    assert shell(*told[1:]).code == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--auth", ROLE], "plan.json --auth"),
        (["--auth", "prod"], "plan.json --auth"),
        (["--auth", "prod", "--auth", f"{ROLE}s"], "names no such role or profile"),
    ],
)
def test_leave_is_for_each_role_and_profile_by_its_whole_name(
    shell: Shell, fake: FakeAws, given: list[str], said: str
) -> None:
    write(shell, METHODS["chained"])
    assert shell("plan", "-o", "plan.json").code == 0
    fake.forget_calls()
    outcome = shell("apply", "plan.json", *given)
    assert (outcome.code, fake.calls) == (3, {})
    assert said in outcome.err


def test_nobody_has_to_take_a_role_because_a_plan_says_so(shell: Shell, fake: FakeAws) -> None:
    write(shell, METHODS["assume-role"])
    assert shell("plan", "-o", "plan.json").code == 0
    fake.forget_calls()
    outcome = shell("apply", "plan.json", "--own-credentials")
    assert (outcome.code, outcome.err.count("is called with")) == (0, 0)
    assert "AssumeRole" not in fake.calls
    assert "auth" not in shell.results()["platforms"]["here"]


@pytest.mark.parametrize("option", [["--auth", "prod"], ["--own-credentials"]])
def test_leave_to_use_what_a_plan_names_is_none_for_specs(
    shell: Shell, fake: FakeAws, option: list[str]
) -> None:
    write(shell, METHODS["profile"])
    assert shell("apply", *option).code == 64
    assert fake.calls == {}


@pytest.mark.parametrize("command", ["status", "stop"])
def test_what_a_run_left_is_asked_about_with_its_own_credentials(
    shell: Shell, fake: FakeAws, command: str
) -> None:
    write(shell, METHODS["assume-role"], job("a", "slow"))
    assert shell("apply", "--detach").code == 4
    assert shell.results()["platforms"]["here"]["auth"] == {
        "method": "assume-role",
        "roleArn": ROLE,
        "externalId": "shop",
        "source": {"method": "default"},
    }
    fake.forget_calls()
    outcome = shell(command)
    assert outcome.code in (0, 4)
    assert fake.forms("AssumeRole")[0]["ExternalId"] == "shop"
    assert f"called with the role {ROLE}, by what boto finds by itself" in outcome.err
    assert "--own-credentials" in outcome.err


@pytest.mark.parametrize("command", ["status", "stop"])
def test_nobody_has_to_take_a_role_because_a_results_file_says_so(
    shell: Shell, fake: FakeAws, command: str
) -> None:
    write(shell, METHODS["assume-role"], job("a", "slow"))
    assert shell("apply", "--detach").code == 4
    fake.forget_calls()
    outcome = shell(command, "--own-credentials")
    assert outcome.code in (0, 4)
    assert "AssumeRole" not in fake.calls
    assert outcome.err == ""


def test_a_results_file_without_auth_means_the_default(shell: Shell, fake: FakeAws) -> None:
    write(shell, METHODS["default"], job("a", "slow"))
    assert shell("apply", "--detach").code == 4
    assert "auth" not in shell.results()["platforms"]["here"]
    outcome = shell("status")
    assert (outcome.code, outcome.err) == (4, "")


@pytest.mark.parametrize(
    "auth",
    [
        {"method": "keys"},
        {"method": "profile", "profile": "a\x1b[31m"},
        {"method": "web-identity", "roleArn": "x"},
        {"method": "assume-role", "roleArn": ROLE, "source": {"method": "profile"}},
        {"method": "default", "accessKeyId": "x"},
        7,
    ],
)
def test_a_results_file_with_what_is_no_auth_is_refused(
    shell: Shell, fake: FakeAws, auth: object
) -> None:
    write(shell, METHODS["default"], job("a", "slow"))
    assert shell("apply", "--detach").code == 4
    rewrite(shell, lambda document: document["platforms"]["here"].update(auth=auth))
    fake.forget_calls()
    outcome = shell("status")
    assert outcome.code == 3
    assert "\x1b" not in outcome.err
    assert fake.calls == {}


@pytest.mark.parametrize(
    "auth", [{"method": "keys"}, {"method": "profile", "profile": "]"}, "default"]
)
def test_a_saved_plan_with_what_is_no_auth_is_refused(
    shell: Shell, fake: FakeAws, auth: object
) -> None:
    write(shell, METHODS["profile"])
    assert shell("plan", "-o", "plan.json").code == 0
    plan = json.loads((shell.folder / "plan.json").read_text())
    plan["platforms"]["here"]["auth"] = auth
    (shell.folder / "plan.json").write_text(json.dumps(plan))
    fake.forget_calls()
    outcome = shell("apply", "plan.json")
    assert outcome.code == 3
    assert "platforms.here.auth" in outcome.err
    assert fake.calls == {}


def test_no_credentials_are_told_before_anything_starts(shell: Shell, fake: FakeAws) -> None:
    write(shell, "{method: profile, profile: pord}")
    outcome = shell("apply")
    assert outcome.code == 3
    assert "correct `profile` to 'prod'" in outcome.err
    assert fake.calls == {}
