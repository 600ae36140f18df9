"""What is there already is told from YAML as it is meant, however it is written."""

from __future__ import annotations

import pytest

from runner import starting
from runner.starting import hooks, recognising, workflows

STEP = "jobs:\n x:\n  steps:\n   - uses: stepfleet/stepfleet@abc\n"
HOOK = "repos:\n - repo: r\n   hooks:\n    - id: stepfleet-validate\n"


@pytest.mark.parametrize(
    ("text", "specs"),
    [
        (STEP, "specs"),
        (f"{STEP}     with:\n", "specs"),
        (STEP.replace("stepfleet/stepfleet@abc", "'acme/stepfleet@abc'"), "specs"),
        (f"{STEP}     with: {{command: plan, paths: lake/specs}}\n", "lake/specs"),
        (f"{STEP}     with: {{paths: ./lake/specs/}}\n", "lake/specs"),
        (f"{STEP}     with: {{paths: lake}}\n", "lake/specs"),
        (f"{STEP}     with:\n      paths: |\n       other\n       lake/specs\n", "lake/specs"),
        (f"{STEP}     with: {{paths: '${{{{ matrix.paths }}}}'}}\n", "lake/specs"),
        (f"{STEP}     with: {{command: '${{{{ matrix.command }}}}'}}\n", "specs"),
    ],
)
def test_a_workflow_that_plans_is_known(text: str, specs: str) -> None:
    assert recognising.runs(text, "plan", specs)


@pytest.mark.parametrize(
    ("text", "specs"),
    [
        ("", "specs"),
        ("jobs: [1]\n", "specs"),
        ("jobs: {x: {steps: [{uses: a/b@c}, 1]}}\n", "specs"),
        (f"{STEP}     with:\n      command: validate\n     # command: plan\n", "specs"),
        (STEP.replace("   - uses", "   # - uses"), "specs"),
        (STEP, "lake/specs"),
        (f"{STEP}     with: {{paths: lake/specs}}\n", "specs"),
        (f"{STEP}     with: {{paths: data-lake/specs}}\n", "lake/specs"),
        (f"{STEP}     with: {{command: apply}}\n", "specs"),
    ],
)
def test_a_workflow_that_plans_something_else_or_nothing_is_none(text: str, specs: str) -> None:
    assert not recognising.runs(text, "plan", specs)


@pytest.mark.parametrize(
    ("text", "specs"),
    [
        (HOOK, "specs"),
        (f"{HOOK}      args: [--format, text, specs]\n", "specs"),
        (f"{HOOK}      args:\n       - lake/specs\n", "lake/specs"),
        ("repos: [{hooks: [{id: 'stepfleet-validate', args: [lake/specs]}]}]\n", "lake/specs"),
    ],
)
def test_a_hook_for_these_specs_is_known(text: str, specs: str) -> None:
    assert recognising.has_hook(text, specs)


@pytest.mark.parametrize(
    ("text", "specs"),
    [
        ("", "specs"),
        ("repos: {}\n", "specs"),
        ("repos: []\n# - id: stepfleet-validate\n", "specs"),
        (f"{HOOK}      args: [lake/specs]\n", "specs"),
        (f"{HOOK}      args: [data-lake/specs]\n", "lake/specs"),
        (f"{HOOK}      args: [specs] # lake/specs\n", "lake/specs"),
    ],
)
def test_a_hook_for_other_specs_is_none(text: str, specs: str) -> None:
    assert not recognising.has_hook(text, specs)


@pytest.mark.parametrize("specs", ["specs", "teams/lake/specs"])
def test_what_is_written_is_known_even_where_its_yaml_cannot_be_read(specs: str) -> None:
    setting = starting.Setting(specs)
    for broken in ("", "\n\tbroken: [\n"):
        for command, made in (("plan", workflows.plan), ("apply", workflows.apply)):
            assert recognising.runs(made(setting).text + broken, command, specs)
        assert recognising.has_hook(hooks.configuration(specs).text + broken, specs)
    assert not recognising.runs(workflows.plan(setting).text + broken, "apply", specs)
    assert not recognising.runs(workflows.plan(setting).text + broken, "plan", "lake/specs")
    commented = hooks.configuration(specs).text.replace("      - id", "      # - id")
    assert not recognising.has_hook(commented + broken, specs)


def test_a_workflow_that_takes_credentials_otherwise_is_left_alone() -> None:
    assert recognising.takes_credentials("  - uses: aws-actions/configure-aws-credentials@v4\n")
    assert recognising.takes_credentials("      aws-role: arn\n")
    assert recognising.takes_credentials("      AWS_ACCESS_KEY_ID: ${{ secrets.KEY }}\n")
    assert not recognising.takes_credentials("      # aws-role: arn\n")
