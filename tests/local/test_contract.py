"""Every feature of the state language, on the embedded engine, as the documentation has it."""

from __future__ import annotations

import json

import pytest

from runner.local import check
from runner.provider import ExecutionStatus
from tests.local.engines import machines_of, run
from tests.local.features import GROUPS, Feature

CASES = [
    pytest.param(feature, id=f"{group.title}: {feature.title}")
    for group in GROUPS
    for feature in group.features
]


@pytest.mark.parametrize("feature", CASES)
def test_it_ends_as_documented(feature: Feature) -> None:
    end = run(machines_of(feature), feature.input, scale=feature.scale)

    if feature.error is None:
        assert (end.status, end.error, end.cause) == (ExecutionStatus.SUCCEEDED, None, None)
        assert end.output is not None
        assert json.loads(end.output) == feature.output
    else:
        by_machine = "TimeoutSeconds" in feature.definition or feature.express
        timed_out = feature.error == "States.Timeout" and by_machine
        assert end.error == feature.error
        assert feature.cause in (end.cause or "")
        assert end.output is None
        assert end.status.value == ("TIMED_OUT" if timed_out else "FAILED")


@pytest.mark.parametrize("feature", CASES)
def test_nothing_is_said_against_what_works(feature: Feature) -> None:
    assert check(machines_of(feature), ["main"]) == ()
