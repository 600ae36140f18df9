"""Applies that are killed at any moment, as real processes: nothing is ever started twice."""

from __future__ import annotations

import json
import os
import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.crashing import (
    NEEDS,
    Moment,
    Scene,
    applying,
    finish,
    graph,
    kill_one,
    scene_in,
)
from tests.cli.tools import job
from tests.fake_aws import LOST, Outcome, fails, slow
from tests.fake_aws.chaos import Chaos, Rates
from tests.fake_aws.fixtures import aws_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["aws_environment"]


@pytest.fixture
def scene(
    aws_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    for name in ("GITHUB_ACTIONS", "GITHUB_RUN_ID", "GITHUB_SHA"):
        monkeypatch.delenv(name, raising=False)
    with scene_in(tmp_path) as made:
        yield made


def bad_network(seed: int) -> Chaos:
    """Every third start gets no answer; an Express job, which is never sent again, is let be."""
    rates = Rates(lost=0.02, dropped=0.02, errors=0.02, throttles=0.02)
    starts = Rates(lost=0.35)
    return Chaos(seed, rates, {"StartExecution": starts, "StartSyncExecution": Rates()})


# Killed at random


@pytest.mark.parametrize("seed", range(3))
def test_a_run_that_is_killed_at_any_moment_is_gone_on_with(scene: Scene, seed: int) -> None:
    luck = random.Random(seed)
    scene.seed = seed
    for before in range(4):
        kill_one(scene, Moment.drawn(luck, before))
        scene.check_starts()
    finish(scene)
    assert scene.seen > 0


def test_a_run_that_is_killed_on_a_bad_network_is_gone_on_with(scene: Scene) -> None:
    luck = random.Random(11)
    scene.keep("abdem")
    scene.fake.chaos = bad_network(7)
    scene.fake.world.lag = (0.0, 0.4)
    for before in range(2):
        kill_one(scene, Moment.drawn(luck, before))
        scene.check_starts()
    finish(scene)
    assert scene.seen > 0
    assert scene.fake.mishaps["StartExecution.lost"] > 0


# Killed at the worst moments


def test_killed_between_the_intent_and_the_call_it_starts_what_it_meant_to(scene: Scene) -> None:
    """The quota lets one start through, and the next one waits for an hour in the process."""
    quota = "{StartExecution: {bucketSize: 1, refillPerSecond: 0.0003}}"
    scene.keep("abcdm")
    scene.write(graph("abcdm"), limits=f"  limits: {{quotas: {quota}}}\n")
    with applying(scene) as victim:
        assert victim.watch(lambda: _intents(scene) > 1 and scene.attempts().total() == 1)
        victim.kill()
    scene.keep("abcdm")
    finish(scene)


def test_killed_between_the_call_and_its_record_it_adopts_what_it_started(scene: Scene) -> None:
    scene.keep("abcdm")
    scene.fake.faults.add("StartExecution", slow(3600), calls={1, 2, 3})
    with applying(scene) as victim:
        assert victim.watch(lambda: scene.attempts().total() == 3)
        assert not [each for each in scene.journal() if each["event"] == "started"]
        victim.kill()
    finish(scene)


def test_killed_after_its_answer_was_lost_it_adopts_what_it_started(scene: Scene) -> None:
    scene.keep("abcdm")
    scene.fake.faults.add("StartExecution", LOST, calls=range(1, 1000))
    with applying(scene) as victim:
        assert victim.watch(lambda: scene.attempts().total() == 3)
        victim.kill()
    scene.fake.faults.clear()
    finish(scene)


def test_killed_while_everything_runs_it_adopts_all(scene: Scene) -> None:
    scene.fake.world.machines["work"].script = Outcome(duration=1.0)
    scene.write("".join(job(name, "work", _word(name)) for name in NEEDS))
    with applying(scene) as victim:
        assert victim.watch(lambda: _count(scene, "started") == len(NEEDS))
        victim.kill()
    with applying(scene) as again:
        assert again.end() == 0
    results = scene.results()["jobs"]
    assert [each["attempts"][-1]["adopted"] for each in results] == [False] * len(NEEDS)
    assert _intents(scene) == 0
    assert scene.attempts() == dict.fromkeys(NEEDS, 1)


def test_killed_between_two_attempts_it_makes_the_second_once(scene: Scene) -> None:
    scene.keep("abcdm")
    with applying(scene) as victim:
        assert victim.watch(lambda: _count(scene, "retrying") == 1)
        victim.kill()
    finish(scene)


def test_killed_between_a_redrive_and_its_record_it_redrives_no_second_time(scene: Scene) -> None:
    going_on = Outcome(duration=1.0)
    scene.fake.world.machines["work"].script = fails(duration=0.05, then=going_on)
    scene.fake.faults.add("RedriveExecution", slow(3600), calls={1})
    retry = "retry: {maxAttempts: 2, mode: redrive, interval: 50ms}"
    scene.write(job("a", "work", retry) + job("b", "other", "needs: [a]"))
    with applying(scene) as victim:
        assert victim.watch(lambda: scene.fake.world.redrives.total() == 1)
        victim.kill()
    with applying(scene) as again:
        assert again.end() == 0, again.err
    assert scene.attempts() == {"a": 1, "b": 1}
    assert scene.fake.world.redrives.total() == 1


# What the killed run left is damaged


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _garble(path: Path) -> None:
    path.write_bytes(random.Random(3).randbytes(1000))


def _delete(path: Path) -> None:
    path.unlink()


def _lie(path: Path) -> None:
    """As if all had been done, though a part of it was not."""
    text = path.read_text().replace('"running"', '"succeeded"').replace("pending", "succeeded")
    path.write_text(text)


def _nest(path: Path) -> None:
    path.write_text("[" * 100_000)


@pytest.mark.parametrize("damage", [_cut, _garble, _delete, _lie, _nest])
def test_what_a_killed_run_left_on_disk_is_not_what_is_gone_by(
    scene: Scene, damage: Callable[[Path], None]
) -> None:
    scene.keep("acf")
    with applying(scene) as victim:
        assert victim.watch(lambda: _count(scene, "succeeded") >= 2)
        victim.kill()
    damage(scene.results_path)
    damage(scene.journal_path)
    finish(scene)


def test_another_results_file_makes_no_difference(scene: Scene) -> None:
    scene.keep("abcdm")
    kill_one(scene, Moment("lines", 10, 0.0))
    with applying(scene, "--results", "elsewhere/r.json") as again:
        assert again.end() == 0
    scene.check_done()


def test_what_a_killed_write_left_is_cleared_away(scene: Scene) -> None:
    old, new = (scene.folder / f".results.json.{number}.tmp" for number in (98, 99))
    for left in (old, new):
        left.write_text("half")
    os.utime(old, (time.time() - 7200,) * 2)
    scene.keep("a")
    finish(scene)
    assert not old.exists()
    assert new.exists()


# Several at once


def test_two_applies_at_once_on_a_bad_network_start_each_job_once(scene: Scene) -> None:
    scene.keep("abdem")
    scene.fake.chaos = bad_network(5)
    scene.fake.world.lag = (0.0, 0.5)
    with applying(scene) as one, applying(scene.beside("two")) as two:
        codes = one.end(), two.end()
    assert codes == (0, 0), one.err + two.err
    scene.check_done()
    assert scene.fake.mishaps["StartExecution.lost"] > 0


def test_one_of_two_applies_is_killed_and_the_other_ends(scene: Scene) -> None:
    scene.keep("abdem")
    scene.fake.world.lag = (0.0, 0.5)
    with applying(scene) as one, applying(scene.beside("two")) as two:
        assert one.watch(lambda: _count(scene, "succeeded") >= 2)
        one.kill()
        assert two.end() == 0, two.err
    scene.check_done()
    finish(scene)


def _intents(scene: Scene) -> int:
    return _count(scene, "starting")


def _count(scene: Scene, event: str) -> int:
    return sum(each["event"] == event for each in scene.journal())


def _word(name: str) -> str:
    return f"parameters: {{word: {json.dumps(name)}}}"
