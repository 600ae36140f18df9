"""A sensitive value appears in no output of any command, whatever it looks like."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.cli.tools import PROJECT, Shell, job, shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["shell"]

LEAKY = """\
---
apiVersion: stepfleet/v1
kind: StateMachine
metadata: {name: leaky}
spec:
  definition:
    StartAt: Leak
    States:
      Leak: {Type: Fail, ErrorPath: $.token, CausePath: "States.Format('no {} here', $.token)"}
"""
JOBS = (
    job(
        "told",
        more=(
            "parameters:\n"
            "  token: ${{ env.SHOP_TOKEN }}\n"
            "  nested:\n"
            "    type: object\n"
            "    value: {deep: ['${{ vars.password }}', 'x ${{ vars.password }}']}\n"
            "  literal: 1\n"
            "  TOKEN: {direction: output}\n"
            "  deeply: {direction: output, sensitive: true}\n"
        ),
    ),
    job("after", more="parameters: {again: '${{ jobs.told.outputs.TOKEN }}'}"),
    job("leaks", "leaky", more="parameters: {token: '${{ env.SHOP_TOKEN }}'}"),
)
COMMANDS = (
    ["validate"],
    ["graph", "--format", "mermaid"],
    ["plan", "--verbose", "-o", "plan.json"],
    ["plan", "--format", "markdown"],
    ["plan", "--format", "json"],
    ["apply", "--include-inputs", "--log-level", "debug", "--log-file", "log.txt"],
    ["apply", "--format", "json", "--include-inputs", "--log-format", "json"],
    ["apply", "--format", "markdown"],
)
MARK = "Zq7"
"""No word of ours holds it, so that finding it means a leak."""

SECRETS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12
).map(lambda text: f"{MARK}{text}{MARK}")


def written_files(folder: Path) -> str:
    names = ("plan.json", "results.json", "results.jsonl", "log.txt")
    return "".join((folder / name).read_text() for name in names if (folder / name).exists())


@pytest.fixture
def deep_recursion() -> Iterator[None]:
    """The limit that the JSONata reader sets for its process; hypothesis wants it to stay."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000)
    yield
    sys.setrecursionlimit(before)


@example('Zq7"quoted\\and\nof two linesZq7')
@example("Zq7${{ run.id }}%0AZq7")
@example("Zq7\x1b[31m::add-mask::Zq7")
@given(SECRETS)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_command_shows_it(shell: Shell, deep_recursion: None, secret: str) -> None:
    shutil.rmtree(shell.folder / "specs", ignore_errors=True)
    shell.write(*JOBS, project=PROJECT + LEAKY)
    with patch.dict(os.environ, {"SHOP_TOKEN": secret, "STEPFLEET_VAR_password": f"{secret}pw"}):
        outcomes = [shell(*command) for command in COMMANDS]
    assert [int(outcome.code) for outcome in outcomes] == [0, 0, 0, 0, 0, 1, 1, 1], outcomes
    everything = "".join(outcome.out + outcome.err for outcome in outcomes)
    everything += written_files(shell.folder)
    for form in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], *secret.splitlines()):
        if MARK in form:
            assert form not in everything
    assert {each["status"] for each in shell.results()["jobs"]} == {"succeeded", "failed"}
