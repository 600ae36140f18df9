"""The README shows what really is: its spec, its plan, its run and its links."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner import documents, schema
from runner.cli.main import run
from tests.fake_aws import FakeAws, SteppedClock, fails
from tests.fake_aws.fixtures import aws_environment

__all__ = ["aws_environment"]

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def shown_after(command: str) -> str:
    found = re.search(rf"^```console\n\$ {re.escape(command)}\n(.*?)^```$", README, re.M | re.S)
    assert found, command
    return found[1]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path


def test_the_plan_looks_as_the_readme_says(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "specs"]) == 0
    assert capsys.readouterr().out == shown_after("stepfleet plan specs")


def timeless(text: str) -> str:
    """The text without clocks, durations and the padding that follows from them."""
    text = re.sub(r"\d\d:\d\d:\d\d", "00:00:00", text)
    text = re.sub(r"runId=\S+", "runId=…", text)
    text = re.sub(r"\d+(\.\d+)? (ms|s)\b", "1 s", text)
    return re.sub(r" +", " ", re.sub(r".(?=…)…", "…", text))


def test_the_run_looks_as_the_readme_says(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "specs"]) == 0
    written = capsys.readouterr()
    readme = timeless(shown_after("stepfleet apply specs")).splitlines()
    real = timeless(written.err + written.out).splitlines()
    assert [line[:60] for line in readme[-6:]] == [line[:60] for line in real[-6:]]
    assert {line[:60] for line in readme if line != "…"} <= {line[:60] for line in real}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def blocks() -> list[tuple[str, str]]:
    return [
        (f"{page.name}-{number}", text)
        for page in PAGES
        for number, text in enumerate(
            re.findall(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
        )
        if "\nkind: " in text or text.startswith("kind: ")
    ]


@pytest.mark.parametrize(("name", "text"), blocks(), ids=[name for name, _ in blocks()])
def test_the_documents_shown_are_valid(name: str, text: str) -> None:
    if not text.startswith(("apiVersion", "#")):
        text = f"apiVersion: stepfleet/v1\n{text}"
    parsed = documents.parse(text.encode(), name)
    complaints = [*parsed.diagnostics, *(c for d in parsed.documents for c in schema.check(d))]
    assert [str(complaint.message) for complaint in complaints] == []
    assert list(yaml.safe_load_all(text))


REMEMBERED = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {{name: shop}}
spec: {{platform: aws}}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {{name: aws}}
spec:
  type: aws-step-functions
  region: us-east-1
  accountId: "123456789012"
  endpointUrl: "{url}"
"""


def job(name: str, machine: str, more: str = "") -> str:
    spec = f"{{stateMachine: {machine}{more}}}"
    return f"---\napiVersion: stepfleet/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def jobs(batch_size: int) -> str:
    size = f", parameters: {{batch_size: {batch_size}}}"
    return "".join(
        [
            job("extract_orders", "extract-table:live", size),
            job("check_orders", "check-quality:live", ", needs: [extract_orders]"),
            job("build_marts", "build-marts:live", ", needs: [check_orders]"),
            job("load_refunds", "load-refunds:live"),
            job("alert_on_call", "notify:live", ", needs: [load_refunds], trigger: any-failed"),
            job("load_increment", "load-increment:live", ", run: always"),
            job("ping", "ping:live"),
            *(job(f"copy_{number}", "copy:live") for number in range(12)),
        ]
    )


def test_the_second_plan_looks_as_the_readme_says(
    aws_environment: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    clock = SteppedClock(datetime(2026, 11, 19, 3, 0, tzinfo=UTC).timestamp())
    with FakeAws(clock) as fake:
        live: dict[str, Any] = {"versions": (1,), "aliases": {"live": {1: 100}}}
        for name in ("extract-table", "check-quality", "build-marts", "notify", "copy"):
            fake.machine(name, **live)
        fake.machine("load-increment", **live)
        fake.machine("load-refunds", fails(), **live)
        fake.machine("ping", type="EXPRESS", **live)
        project = REMEMBERED.format(url=fake.url)
        (tmp_path / "all.yaml").write_text(project + jobs(500))
        assert run(["apply", "all.yaml"]) == 1
        (tmp_path / "all.yaml").write_text(project + jobs(1000))
        capsys.readouterr()
        assert run(["plan", "all.yaml"]) == 0
    shown = re.search(r"^```text\n(shop: 19 jobs.*?)^```$", README, re.M | re.S)
    assert shown
    assert capsys.readouterr().out == shown[1]
