from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from runner.doctor import AREAS, Verdict
from runner.doctor.types import failed, passed, unknown
from runner.report import doctor_json, doctor_text

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
EXAMPLE, _, TABLES = PAGE.partition("## The checks")


def test_the_page_tells_of_each_check_where_it_belongs() -> None:
    told: dict[str, str] = {}
    for section in TABLES.split("### ")[1:]:
        heading, _, body = section.partition("\n")
        for row in re.findall(r"^\| (`[^|]+`) \|", body, re.MULTILINE):
            told |= dict.fromkeys(re.findall(r"`([a-z-]+)`", row), heading)
    assert told == {name: area.value for name, area in AREAS.items()}
    assert list(told) == list(AREAS)


def test_the_page_shows_checks_that_there_are() -> None:
    shown = re.findall(r"^  [✓✗?] ([a-z-]+) ", EXAMPLE, re.MULTILINE)
    assert len(shown) > 20
    assert set(shown) <= set(AREAS)


def test_the_schema_names_each_check() -> None:
    schema = json.loads((ROOT / "schemas" / "doctor.schema.json").read_text(encoding="utf-8"))
    check = schema["properties"]["checks"]["items"]["properties"]
    assert check["name"]["enum"] == list(AREAS)
    assert check["verdict"]["enum"] == [each.value for each in Verdict]


CHECKS = [
    passed("machine-exists", "exists", "a"),
    passed("machine-exists", "exists", "b"),
    failed("machine-exists", "c does not exist", "correct it", "c"),
    failed("machine-exists", "d does not exist", "correct it", "d"),
    *(
        replace(unknown("permission", "the simulation is denied", "allow it", name), permission=of)
        for name in ("a", "b")
        for of in ("states:StartExecution to start it", "states:StopExecution to stop it")
    ),
    replace(failed("permission", "not allowed", "allow it", "b"), permission="states:X to do that"),
    passed("python-version", "3.11.7"),
]


def test_what_passed_is_counted_what_failed_stands_alone_and_what_is_unknown_by_its_reason() -> (
    None
):
    assert doctor_text(CHECKS, project="shop").splitlines() == [
        "shop",
        "",
        "This computer and the specs",
        "  ✓ python-version     3.11.7",
        "",
        "State machines",
        "  ✓ machine-exists     2 state machines: a and b",
        "  ✗ machine-exists     c: c does not exist",
        "                       → correct it",
        "  ✗ machine-exists     d: d does not exist",
        "                       → correct it",
        "",
        "Permissions",
        "  ? permission         4 permissions on 2 state machines: the simulation is denied",
        "                       → allow it",
        "  ✗ permission         b: states:X to do that: not allowed",
        "                       → allow it",
        "",
        "Checks: 3 failed, 4 unknown, 3 passed",
    ]


def test_the_json_tells_each_check_by_itself() -> None:
    data = json.loads(doctor_json(CHECKS, project=None))
    assert data["counts"] == {"pass": 3, "fail": 3, "unknown": 4}
    assert len(data["checks"]) == len(CHECKS)
    last = [each for each in data["checks"] if each["action"]][-1]
    assert (last["action"], last["message"]) == ("states:X", "states:X to do that: not allowed")


def test_text_from_aws_is_neutralised_and_colours_are_for_terminals() -> None:
    hostile = [failed("machine-role", "\x1b[2J\n::error::x", "\x1b]0;x\x07", "e\x1bvil")]
    text = doctor_text(hostile, project="sh\x1bop")
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\n::error" not in text
    assert "\x1b[" in doctor_text(CHECKS, project="shop", colour=True)
