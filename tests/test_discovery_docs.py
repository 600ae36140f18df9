"""docs/discovery.md shows what really is: its listings, its job and its quotas."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.cli.main import run
from runner.quotas import published
from tests.fake_aws import FakeAws, RealClock
from tests.fake_aws.fixtures import aws_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["aws_environment"]

PAGE = (Path(__file__).parent.parent / "docs" / "discovery.md").read_text(encoding="utf-8")
EXTRACT = """{
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


@pytest.fixture
def fake(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    with FakeAws(RealClock()) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
        running.machine("load-calendar")
        running.machine("orders-extract", definition=EXTRACT)
        running.machine("score-orders", type="EXPRESS")
        yield running


def test_the_listings_and_the_job_look_as_the_page_says(
    fake: FakeAws,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    shown = re.findall(r"^```console\n\$ stepfleet (.*?)\n(.*?)^```$", PAGE, re.M | re.S)
    assert len(shown) == 2
    for arguments, text in shown:
        assert run(arguments.split()) == 0
        assert capsys.readouterr().out == text
    (document,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S)
    assert Path("specs/orders_extract.yaml").read_text() == document


def test_the_quotas_are_those_that_calls_keep_under() -> None:
    known = published("us-east-1")
    rows = re.findall(r"^\| `(List\w+|Describe\w+)`[^,].*\| (\d+), (\d+)", PAGE, re.M)
    assert len(rows) == 4
    for name, size, refill in rows:
        assert (known[name].bucket, known[name].per_second) == (int(size), int(refill)), name
