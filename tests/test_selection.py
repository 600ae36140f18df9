"""Which jobs a command is about."""

from __future__ import annotations

import pytest

from runner import graph, selection
from runner.errors import Place
from runner.expressions import Template
from runner.model import Job
from runner.selection import BadSelection

NEEDS = {
    "calendar": (),
    "load_orders": ("calendar",),
    "load_items": ("calendar",),
    "join": ("load_items", "load_orders"),
    "report": ("join",),
    "cleanup": (),
}
TEAMS = {"load_orders": "orders", "load_items": "items", "report": "orders-eu"}
JOBS = {
    name: Job(
        name,
        Place("f"),
        Template("m"),
        needs=needs,
        labels={"team": TEAMS[name]} if name in TEAMS else {},
    )
    for name, needs in NEEDS.items()
}


def select(*patterns: str, exclude: tuple[str, ...] = ()) -> set[str]:
    built = graph.build(NEEDS)
    return set(selection.select(built, JOBS, select=patterns, exclude=exclude))


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ((), set(NEEDS)),
        (("join",), {"join"}),
        (("load_*",), {"load_orders", "load_items"}),
        (("[cj]*",), {"calendar", "cleanup", "join"}),
        (("+join",), {"join", "load_items", "load_orders", "calendar"}),
        (("join+",), {"join", "report"}),
        (("+load_items+",), {"calendar", "load_items", "join", "report"}),
        (("label:team=orders",), {"load_orders"}),
        (("label:team=orders*",), {"load_orders", "report"}),
        (("+label:team=items",), {"calendar", "load_items"}),
        (("label:team=items+",), {"load_items", "join", "report"}),
        (("cleanup", "load_orders"), {"cleanup", "load_orders"}),
    ],
)
def test_a_pattern_selects(patterns: tuple[str, ...], names: set[str]) -> None:
    assert select(*patterns) == names


def test_what_is_excluded_is_left_out() -> None:
    assert select(exclude=("+join",)) == {"report", "cleanup"}
    assert select("+report", exclude=("label:team=items",)) == {
        "report",
        "join",
        "load_orders",
        "calendar",
    }


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("jion", "--select jion: no job is called 'jion'; did you mean 'join'?"),
        ("x*", "no job is called 'x*'"),
        ("label:team=order", "no job has the label team=order; there is items, orders, orders-eu"),
        ("label:taem=orders", "no job has a label 'taem'; did you mean 'team'?"),
        ("label:team", "write label:KEY=VALUE"),
        ("+", "write the name of a job beside the +"),
        ("++join", "no job is called '+join'"),
    ],
)
def test_a_pattern_that_matches_nothing_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(BadSelection) as caught:
        select(pattern)
    assert message in str(caught.value)


def test_an_exclusion_that_matches_nothing_or_leaves_nothing_is_refused() -> None:
    with pytest.raises(BadSelection, match="--exclude nothing"):
        select(exclude=("nothing*",))
    with pytest.raises(BadSelection, match="leaves no job"):
        select("join", exclude=("j*",))
