"""A discovery as text: short, aligned, and harmless."""

from __future__ import annotations

import re

from runner import report
from runner.arns import MachineArn
from runner.definitions import TaskState
from runner.discovery import (
    Discovery,
    FileChange,
    Found,
    KnownJob,
    Listing,
    Note,
    VanishedMachine,
)
from runner.errors import AccessDenied, Place
from runner.inventory import Alias, DescribedMachine, ListedMachine, UndescribedMachine
from runner.model import AwsPlatform, MachineType

PLATFORM = AwsPlatform("aws", "us-east-1", Place("x"))
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def listed(name: str) -> ListedMachine:
    return ListedMachine(MachineArn("aws", "us-east-1", "123456789012", name), MachineType.STANDARD)


def described(name: str, **details: object) -> DescribedMachine:
    fields: dict[str, object] = {"status": "ACTIVE", "role_arn": "arn:aws:iam::1:role/r"}
    arn = listed(name).arn
    return DescribedMachine(arn, MachineType.STANDARD, **(fields | details))  # type: ignore[arg-type]


def job(name: str, machine: str) -> KnownJob:
    return KnownJob(name, Place("specs/a.yaml", 3), None, listed(machine).arn)


def discovery(*machines: Found, **details: object) -> Discovery:
    listing = Listing(tuple(listed("x") for _ in machines))
    return Discovery(PLATFORM, "123456789012", machines, listing, **details)  # type: ignore[arg-type]


FULL = discovery(
    Found(described("größe-数", aliases=(Alias("live"),)), (job("a", "größe-数"),)),
    Found(UndescribedMachine(listed("denied"), AccessDenied("no\x1b[31m way"))),
    Found(VanishedMachine(listed("vanished"))),
    not_allowed=2,
    filtered=1,
    gone=(job("b", "lost"),),
    project="shop",
    notes=(Note("a note\nof two lines"),),
)


def test_everything_is_told_in_its_part() -> None:
    assert report.discovery_text(FULL, ()) == (
        "shop: 3 state machines on aws (us-east-1, account 123456789012)\n\n"
        "  State machine  Type      Status         Job  Role  Aliases\n"
        "  größe-数       STANDARD  active         a    r     live\n"
        "  denied         STANDARD  not described\n"
        "  vanished       STANDARD  gone\n\n"
        "Left out: 2 state machines that the platform does not `allow`\n"
        "Not shown: 1 state machine, by filters\n\n"
        "Not told in full (2)\n"
        "  ? denied\n"
        "      no\\x1b[31m way\n"
        "  ? vanished\n"
        "      it was deleted after it had been listed\n\n"
        "Gone from the account (1)\n"
        "  b (specs/a.yaml:3:1): no state machine lost\n\n"
        "Nothing to write.\n\n"
        "Note: a note of two lines\n"
    )


def test_colours_change_no_other_character() -> None:
    coloured = report.discovery_text(FULL, (), colour=True)
    assert coloured != report.discovery_text(FULL, ())
    assert ESCAPE.sub("", coloured) == report.discovery_text(FULL, ())


def test_of_many_files_the_first_are_named() -> None:
    changes = [FileChange(f"/x/{n}.yaml", f"specs/{n}.yaml", b"") for n in range(40)]
    changes[1] = FileChange("/x/1.yaml", "specs/1.yaml", b"b", b"a")
    lines = report.discovery_text(discovery(), changes).splitlines()
    assert lines[2:5] == ["Written (40 files)", "  + specs/0.yaml", "  ~ specs/1.yaml"]
    assert lines[-1] == "  and 10 more"


def test_files_of_many_definitions_are_counted() -> None:
    changes = [FileChange(f"/x/{n}.yaml", f"specs/{n}.yaml", b"", jobs=("j",)) for n in range(20)]
    changes += [
        FileChange(f"/x/d/{n}.yaml", f"specs/definitions/{n}.yaml", b"", machine=f"m{n}")
        for n in range(1500)
    ]
    lines = report.discovery_text(discovery(), changes).splitlines()
    assert lines[2] == "Written (1,520 files)"
    assert lines[-2:] == [
        "  + specs/19.yaml",
        "  + 1,500 files of definitions in specs/definitions",
    ]


def test_machines_that_lack_for_one_reason_are_told_together() -> None:
    machines = [
        Found(UndescribedMachine(listed(f"m{n}"), AccessDenied(f"no way to {listed(f'm{n}').arn}")))
        for n in range(1000)
    ]
    machines += [Found(VanishedMachine(listed(name))) for name in ("v", "w")]
    text = report.discovery_text(discovery(*machines))
    assert text[text.index("Not told") :] == (
        "Not told in full (1,002)\n"
        "  ? m0, m1, m2, m3, m4 and 995 more, each as m0\n"
        "      no way to arn:aws:states:us-east-1:123456789012:stateMachine:m0\n"
        "  ? v and w\n"
        "      it was deleted after it had been listed\n"
    )


def test_of_a_thousand_of_a_kind_the_first_are_told() -> None:
    machines = [
        Found(described(f"m{n}"), tasks=(TaskState("Send", "x", True),)) for n in range(1000)
    ]
    machines += [
        Found(UndescribedMachine(listed(f"u{n}"), AccessDenied(f"reason {n}"))) for n in range(1000)
    ]
    notes = [Note("one for all", f"m{n}") for n in range(1000)]
    notes += [Note(f"note {n}") for n in range(1000)]
    found = discovery(
        *machines, gone=tuple(job(f"j{n}", "lost") for n in range(1000)), notes=tuple(notes)
    )
    text = report.discovery_text(found, [])
    assert len(text.splitlines()) < 2000 + 200
    assert text.count("  and 970 more\n") == 3
    assert text.endswith("  and 971 more\n")
    assert "\nNote: m0, m1, m2, m3, m4 and 995 more: one for all\nNote: note 0\n" in text


def test_only_new_documents_are_shown_as_specs() -> None:
    changes = [
        FileChange("/x/a.yaml", "a.yaml", b"a: 1\n"),
        FileChange("/x/b.yaml", "b.yaml", b"b: 2\n", b"b: 1\n"),
        FileChange("/x/c.asl.json", "c.asl.json", b"{}"),
        FileChange("/x/d.yaml", "d.yaml", b"d: 1\n"),
    ]
    assert report.discovery_specs(changes) == "a: 1\n---\nd: 1\n"
