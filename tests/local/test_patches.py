"""Each patch mends something: moto as it comes is wrong there, and moto as patched is right.

A test that fails for "as it comes" tells that moto has mended itself: the patch can go.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from runner.errors import Place, Refused
from runner.local.embedded import Embedded
from runner.local.patches import ALL, apply
from runner.local.patches.base import Patch, replace
from runner.model import LocalPlatform
from tests.local import probes

if TYPE_CHECKING:
    from collections.abc import Mapping

BROKEN: Mapping[str, Any] = {
    "threads": True,
    "backends": True,
    "sessions": "raises ProfileNotFound",
    "parses": False,
    "texts": 'a\\"b',
    "starts": True,
    "limits": None,
    "listings": False,
    "outputs": "text",
    "stops": None,
    "timeouts": None,
    "express": "raises ClientError",
    "clocks": 0.0,
    "waits": False,
    "contexts": "raises TypeError",
    "errors": True,
    "paths": [1],
    "variables": "States.Runtime",
    "functions": '{"x": [1]}',
    "jsonata": "States.Runtime",
    "assigns": {"x": 1},
    "choices": "1",
    "maps": "[null]",
    "mocks": "raises ClientError",
    "nested": "FAILED",
    "tokens": None,
}

MENDED: Mapping[str, Any] = {
    "threads": False,
    "backends": False,
    "sessions": True,
    "parses": True,
    "texts": 'a"b',
    "starts": False,
    "limits": "raises InvalidName",
    "listings": True,
    "outputs": '"text"',
    "stops": "Why",
    "timeouts": "States.Timeout",
    "express": "SUCCEEDED",
    "clocks": 5.0,
    "waits": True,
    "contexts": True,
    "errors": False,
    "paths": 1,
    "variables": '{"x":1}',
    "functions": '{"x":[1,null]}',
    "jsonata": "2",
    "assigns": {},
    "choices": "States.Runtime",
    "maps": "States.ExceedToleratedFailureThreshold",
    "mocks": "can be mocked",
    "nested": "SUCCEEDED",
    "tokens": "cause",
}


@pytest.fixture(scope="module")
def as_it_comes() -> Mapping[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.local.probes"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    seen: Mapping[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.parametrize("patch", ALL, ids=lambda patch: patch.name)
def test_moto_as_it_comes_needs_the_patch(patch: Patch, as_it_comes: Mapping[str, Any]) -> None:
    assert as_it_comes[patch.name] == BROKEN[patch.name]


@pytest.mark.parametrize("patch", ALL, ids=lambda patch: patch.name)
def test_the_patch_mends_it(patch: Patch) -> None:
    engine = Embedded({}, LocalPlatform("here", Place("platform.yaml")))

    assert probes.look(patch.name, engine.client) == MENDED[patch.name]
    engine.close()


def test_every_patch_says_why_and_has_its_own_tests() -> None:
    names = [patch.name for patch in ALL]

    assert all(patch.reason for patch in ALL)
    assert sorted(names) == sorted(probes.PROBES) == sorted(BROKEN) == sorted(MENDED)


@pytest.mark.parametrize("version", ["5.2.4", "5.3.0", "6.0", "4.9.9", "strange"])
def test_an_untested_moto_is_refused(version: str) -> None:
    with pytest.raises(Refused, match=r"tested with moto from 5\.2\.5 to before 5\.3"):
        apply(version)


def test_a_moto_that_lacks_what_is_mended_is_refused() -> None:
    with pytest.raises(Refused, match="has no gone"):
        replace(Patch, "gone", None)
