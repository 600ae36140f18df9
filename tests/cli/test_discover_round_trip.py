"""Discover, write, edit by hand, discover again: no byte of a person's is lost."""

from __future__ import annotations

import re
import tempfile
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.cli.main import run
from tests.fake_aws import FakeAws, RealClock
from tests.fake_aws.fixtures import KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

DISCOVER = ("discover", "--region", "us-east-1", "--write", "specs", "--infer-parameters")
MACHINES = ("orders", "orders-extract", "Sales.daily", "größe", "42")
TYPES = ("STANDARD", "EXPRESS")
READS_DAY = (
    '{"StartAt": "A", "States": {"A": {"Type": "Choice", "Default": "B", "Choices": '
    '[{"Variable": "$.day", "StringEquals": "x", "Next": "B"}]}, "B": {"Type": "Succeed"}}}'
)
FIELD = re.compile(rb"(?:\r\n|\n|\r)  stepFunctionsType: (?:STANDARD|EXPRESS)(?=[\r\n]|\Z)")
TYPE = re.compile(rb"(stepFunctionsType: )(?:STANDARD|EXPRESS)")

COMMENTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co", "Cf"])
    | st.just("\t"),
    max_size=20,
)
FIELDS = ("timeout: 2h", "run: always", "labels_: x", "onCancel: detach", "needs: []")


@dataclass(frozen=True)
class Edit:
    """What a person does to one discovered file."""

    comments: list[tuple[int, str]]
    trailing: list[tuple[int, str]]
    field: str | None
    renamed: bool
    moved: bool
    merged: bool
    without_type: bool
    reversed: bool
    newline: str
    mark: str
    bare: bool


EDITS = st.builds(
    Edit,
    comments=st.lists(st.tuples(st.integers(0, 12), COMMENTS), max_size=4),
    trailing=st.lists(st.tuples(st.integers(0, 12), COMMENTS), max_size=3),
    field=st.none() | st.sampled_from([one for one in FIELDS if "_" not in one]),
    renamed=st.booleans(),
    moved=st.booleans(),
    merged=st.booleans(),
    without_type=st.booleans(),
    reversed=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
    bare=st.booleans(),
)


def edited(text: str, edit: Edit, number: int) -> str:
    head, spec = text.split("spec:\n")
    lines = spec.splitlines()
    if edit.without_type:
        lines = [line for line in lines if "stepFunctionsType" not in line]
    if edit.field is not None:
        lines.insert(0, f"  {edit.field}")
    top = [line for line in lines if not line.startswith("  parameters:") and line[2] != " "]
    below = lines[len(top) :]
    if edit.reversed:
        top.reverse()
    if edit.renamed:
        head = re.sub(r"name: .*", f"name: renamed_{number}", head)
    every = [*head.splitlines(), "spec:", *top, *below]
    for index, comment in edit.trailing:
        every[index % len(every)] += f"\t # {comment}"
    for index, comment in edit.comments:
        every.insert(index % (len(every) + 1), f"    #{comment}")
    return "\n".join(every) + ("" if edit.bare else "\n")


def edit_files(folder: Path, edits: list[Edit]) -> None:
    """Edit each discovered job; those that are to be merged end up in one file."""
    merged: list[str] = []
    for number, (path, edit) in enumerate(zip(sorted(folder.glob("*.yaml")), edits, strict=False)):
        text = path.read_text()
        if "kind: Job" not in text:
            continue
        text = edited(text, edit, number)
        path.unlink()
        if edit.merged:
            merged.append(text.rstrip("\n") + "\n")
            continue
        target = folder / "moved" / f"by hand {number}.yml" if edit.moved else path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((edit.mark + text.replace("\n", edit.newline)).encode())
    if merged:
        (folder / "all my jobs.yaml").write_text("--- # mine\n".join(merged))


def held(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeAws]:
    with pytest.MonkeyPatch.context() as patch, FakeAws(RealClock()) as running:
        for name, value in {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_CONFIG_FILE": "/nowhere/config",
            "AWS_SHARED_CREDENTIALS_FILE": "/nowhere/credentials",
            "AWS_ENDPOINT_URL": running.url,
        }.items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "GITHUB_ACTIONS"):
            patch.delenv(name, raising=False)
        yield running


@given(
    edits=st.lists(EDITS, min_size=7, max_size=7),
    before=st.lists(st.sampled_from(TYPES), min_size=5, max_size=5),
    after=st.lists(st.sampled_from(TYPES), min_size=5, max_size=5),
    gone=st.sampled_from([None, *MACHINES]),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_byte_of_a_person_is_lost(
    fake: FakeAws, edits: list[Edit], before: list[str], after: list[str], gone: str | None
) -> None:
    fake.world.machines.clear()
    for name, kind in zip(MACHINES, before, strict=True):
        fake.machine(name, type=kind, definition=READS_DAY)
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        specs = Path(folder, "specs")
        assert run(DISCOVER) == 0
        edit_files(specs, edits)
        mine = held(specs)
        assert run(["validate"]) == 0, mine

        for name, kind in zip(MACHINES, after, strict=True):
            fake.world.machines[name].type = kind
        if gone is not None:
            del fake.world.machines[gone]
        fake.machine("quite-new")
        assert run(DISCOVER) == 0
        theirs = held(specs)
        assert theirs.keys() == {*mine, "quite_new.yaml"}
        for name, data in mine.items():
            put = theirs[name]
            assert _as_before(put, data), (data, put)
            if b"kind: Job" in data and gone is None:
                assert put.count(b"stepFunctionsType: ") == data.count(b"kind: Job")
        assert run(["validate"]) == 0

        times = {path: path.stat().st_mtime_ns for path in specs.rglob("*")}
        assert run(DISCOVER) == 0
        assert held(specs) == theirs
        assert {path: path.stat().st_mtime_ns for path in specs.rglob("*")} == times


def _as_before(after: bytes, before: bytes) -> bool:
    """Tell whether nothing differs but types, and lines that name one."""
    plain = [FIELD.sub(b"", TYPE.sub(rb"\1EXPRESS", each)) for each in (after, before)]
    return plain[0] == plain[1]
