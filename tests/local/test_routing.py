"""The embedded engine reaches nothing and takes nothing over."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, HTTPHeaders

from runner.errors import Place, Refused
from runner.local import routing
from runner.local.embedded import Embedded
from runner.model import LocalPlatform
from tests.local.engines import local, run, start, state_machine
from tests.local.features.base import machine, passes

if TYPE_CHECKING:
    from pathlib import Path

ALONE = """
import json, os, sys

opened = []

def watch(event, arguments):
    if event.startswith("socket."):
        raise AssertionError(event)
    if event == "open":
        opened.append(str(arguments[0]))

sys.addaudithook(watch)
before = dict(os.environ)

from tests.local.engines import run, state_machine
from tests.local.features.base import CHILD, machine, passes, starts

seen = []
import botocore.credentials
for name in ("Credentials", "RefreshableCredentials", "DeferredRefreshableCredentials"):
    kind = getattr(botocore.credentials, name)
    def init(self, *arguments, before=kind.__init__, **options):
        seen.append([str(one) for one in (*arguments, *options.values())])
        before(self, *arguments, **options)
    kind.__init__ = init

end = run({
    "main": state_machine("main", machine(starts(".sync:2", OutputPath="$.Output"))),
    "child": state_machine("child", machine(passes(Result="done"))),
}, {})
print(json.dumps({
    "output": end.output,
    "environment": dict(os.environ) == before,
    "credentials": seen,
    "config": os.environ["AWS_CONFIG_FILE"] in opened,
    "batch": any(name.startswith("moto.batch") for name in sys.modules),
    "ec2": "moto.ec2" in sys.modules,
}))
"""


def test_no_socket_is_opened_and_no_real_credentials_are_looked_at(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[profile real]\naws_access_key_id = AKIAREAL\nnot even = valid [\n")
    done = subprocess.run(
        [sys.executable, "-c", ALONE],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": ".",
            "AWS_ACCESS_KEY_ID": "AKIAREAL",
            "AWS_SECRET_ACCESS_KEY": "real",
            "AWS_SESSION_TOKEN": "real",
            "AWS_PROFILE": "there-is-no-such-profile",
            "AWS_CONFIG_FILE": str(config),
            "AWS_SHARED_CREDENTIALS_FILE": str(config),
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ENDPOINT_URL_SFN": "http://127.0.0.1:1",
            "AWS_BEARER_TOKEN_STATES": "real",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1",
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(config),
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/real",
            "AWS_CA_BUNDLE": str(config),
            "HTTPS_PROXY": "http://127.0.0.1:1",
        },
    )

    seen = json.loads(done.stdout)
    assert seen["output"] == '"done"'
    assert seen["environment"]
    assert not seen["config"]
    assert not any("real" in text.lower() for made in seen["credentials"] for text in made)
    assert not seen["batch"]
    assert not seen["ec2"]


def test_other_clients_are_not_answered() -> None:
    run({"main": state_machine("main", machine(passes()))}, {})
    other = boto3.client(
        "stepfunctions",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )

    class Reached(Exception):
        pass

    def reached(**_: object) -> None:
        raise Reached

    other.meta.events.register_last("before-send.*", reached)
    with pytest.raises(Reached):
        other.list_state_machines()


def test_two_engines_of_one_process_know_nothing_of_each_other() -> None:
    machines = {"main": state_machine("main", machine(passes()))}
    first, second = local(machines), local(machines)

    assert start(first, "main", name="same") == start(second, "main", name="same")
    first.close()
    second.close()


def test_an_unrouted_request_is_refused() -> None:
    engine = Embedded({}, LocalPlatform("here", Place("platform.yaml")))

    with pytest.raises(Refused, match="nothing leaves this process"):
        routing.refuse("the service sqs")
    other = AWSPreparedRequest(
        "POST", "https://sqs.us-east-1.amazonaws.com/", HTTPHeaders(), b"", False
    )
    with pytest.raises(Refused, match="does not reach https://sqs"):
        engine.client.meta.events.emit("before-send.stepfunctions.X", request=other)


NO_MOTO = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from runner.errors import Refused
from runner.local import loading
try:
    loading.load()
except Refused as refused:
    print(refused)
"""


@pytest.mark.parametrize("name", ["moto", "jsonata"])
def test_a_missing_extra_is_told_with_the_way_out(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_MOTO.format(name=name)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert f"({name} is missing)" in done.stdout
    assert "pip install 'stepfleet[local]'" in done.stdout


def test_looking_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from tests.local.engines import arn, local, state_machine\n"
        "from runner.local import check\n"
        "machines = {'main': state_machine('main', {'StartAt': 'A', 'States': {}})}\n"
        "check(machines, ['main'])\n"
        "local(machines).find_machines([arn('main')])\n"
        "print([name for name in ('boto3', 'botocore', 'moto', 'jsonata') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "[]"


def test_a_running_wait_does_not_hold_the_process() -> None:
    program = (
        "from tests.local.engines import local, start, state_machine\n"
        "from tests.local.features.base import machine\n"
        "wait = {'Type': 'Wait', 'Seconds': 100000}\n"
        "engine = local({'main': state_machine('main', machine(wait))})\n"
        "start(engine, 'main')\n"
        "print('started')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout.strip() == "started"
