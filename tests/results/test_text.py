"""Results as text: refusals, counts and exit codes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runner.errors import Refused
from runner.results import PlatformInfo, RunStatus, Status, from_json, to_json
from runner.results.records import verdict
from tests.fakes import ABORTED, EPOCH, FAILED, ODD, FakeProvider, Outcome, job, plan, run


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ('{"formatVersion": 2}', "is of format 2, and this version"),
        ('{"formatVersion": true}', "is of format true, and this version"),
        ('{"formatVersion": "1"}', "is of format unknown, and"),
        ('{"formatVersion": 1}', "does not follow its schema"),
        ('{"formatVersion": 1, "run": []}', "does not follow its schema"),
    ],
)
def test_what_is_no_results_file_is_refused(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        from_json(text)


@pytest.mark.parametrize(("outcome", "code"), [(Outcome(), 0), (FAILED, 1), (ABORTED, 1), (ODD, 1)])
def test_exit_codes(outcome: Outcome, code: int) -> None:
    assert run("a", FakeProvider(a=outcome)).results.exit_code == code


def test_a_skip_is_no_failure() -> None:
    assert run(plan(job("a", when=False))).results.exit_code == 0


def test_counts_are_of_what_occurs() -> None:
    ran = run("a -> b c", FakeProvider(a=FAILED))
    assert ran.results.counts == {Status.FAILED: 1, Status.SKIPPED: 2}


def test_a_hand_made_value_survives_the_way_to_text_and_back() -> None:
    results = replace(run("a -> b").results, ended_at=EPOCH, jobs=(), problems=("a disk was full",))
    where = PlatformInfo("aws-step-functions", "us-east-1", "123456789012", "http://localhost:1")
    info = replace(results.run, platforms={"aws": where, "here": PlatformInfo("local")})
    results = replace(results, run=info)
    assert from_json(to_json(results)) == results


@pytest.mark.parametrize("time", ["2026-11-21T14:00:00", "0001-01-01T00:00:00+23:00", "yesterday"])
def test_a_time_that_is_no_moment_is_refused(time: str) -> None:
    document = json.loads(to_json(run("a").results))
    document["run"]["startedAt"] = time
    with pytest.raises(Refused, match="does not follow its schema"):
        from_json(json.dumps(document))


@pytest.mark.parametrize(
    ("statuses", "interrupted", "expected"),
    [
        ([Status.SUCCEEDED, Status.SKIPPED], False, RunStatus.SUCCEEDED),
        ([Status.UNKNOWN], False, RunStatus.FAILED),
        ([Status.RUNNING, Status.SUCCEEDED], False, RunStatus.DETACHED),
        ([Status.RUNNING, Status.FAILED], False, RunStatus.FAILED),
        ([], False, RunStatus.SUCCEEDED),
        ([Status.SUCCEEDED], True, RunStatus.INTERRUPTED),
    ],
)
def test_verdict(statuses: list[Status], interrupted: bool, expected: RunStatus) -> None:
    assert verdict(dict.fromkeys(statuses, 1), interrupted=interrupted) is expected
