from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runner.diffs import SpecChanges
from runner.errors import Diagnostic, Place, Related, Severity
from runner.model import MachineType
from runner.plan import Action, InputChange
from runner.report import (
    PullView,
    differences_markdown,
    differences_text,
    going_comment,
    invalid_comment,
    pull_comment,
    pull_summary,
    refused_comment,
    run_comment,
)
from runner.results import Attempt, JobResult, RunInfo, RunResults, RunStatus, Status
from runner.review import Difference, Mark
from tests.report_pull_request.reading import mermaid, read, strange_statements
from tests.report_pull_request.views import HEAD, LINKS, URL, changed, job, view

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 1_000_000
START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

NASTY = (
    "@acme/owners",
    "fixes #1 and GH-2 and acme/shop#3",
    "acme/shop@8d7c4f1e2a9b",
    "https://evil.example/x www.evil.example ftp://evil.example a@evil.example",
    "<!-- stepfleet v1 --> --> <!--",
    "</details></summary></table><details open>",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[click](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example>",
    "a | b || c \\| d",
    "``` ```` ~~~\n```\n~~~\n# out",
    "$x$ $$y$$ \\(z\\)",
    "%%{init: {'theme': 'dark'}}%%",
    'x"]\n  click j0 href "https://evil.example"\n  j0["',
    "---\ntitle: x\n---",
    "end\nsubgraph x",
    "\r\n::error::x\r##[error]y",
    "\u202eleft\u2066 right\u2069 \u200b",
    "\x00\x1b[31m\x07",
    "\ud800 lone \udfff",
    "> [!NOTE]\n> - x\n\n1. y\n+ z\n=====\n***",
    "&amp; &#60;b&#62; &lt;i&gt; &nbsp;",
    "[^1] [^1]: note :smile: - [ ] todo",
    "a\u2028b\u2029c\x85d\x0be\x0cf",
    "    indented\n\ttabbed",
    "<",
)

hostile = st.one_of(
    st.sampled_from(NASTY),
    st.text(
        st.sampled_from("|`*_[]()<>&#\"'\\\n\r\t~!@{}$^%-+=:;/.ax1w\x1b\u202e\u2028 é")
        | st.characters(),
        max_size=40,
    ),
).map(lambda text: f"a{text}")
"""Text with something at its start, so that none is taken for absent."""


def pull(one: str, other: str) -> PullView:
    """A pull request with such text wherever text comes from outside."""
    place = Place(f"specs/{one}.yaml", 3, 1)
    loaded = job(
        "load",
        reason=one,
        place=place,
        input={one: other, "b": [other, {one: 1}]},
        changes=(InputChange("p", one, f"{other}b"), InputChange(one, now=other, is_new=True)),
        warnings=(one,),
        needs=["calendar"],
    )
    machine = replace(loaded.machine, name=one, qualifier=other)
    jobs = (
        job("calendar", Action.UP_TO_DATE, one, place=place),
        replace(loaded, machine=machine, name=other),
    )
    texts = (
        changed(one, f"{one}\n{other}\n", f"{other}\n"),
        replace(changed(other, "", one), place=place),
        changed(one, other, ""),
    )
    made = view(
        *jobs,
        label=one,
        head=other,
        digest=one,
        notes=(one, other),
        changes=SpecChanges(jobs=texts, definitions=texts, trust=texts, settings=texts),
    )
    diagnostic = Diagnostic(place, one, "x")
    return replace(made, plan=replace(made.plan, project=other, warnings=(diagnostic,)))


def invalid(one: str, other: str) -> str:
    place = Place(one, 3, 1)
    some = (
        Diagnostic(place, one, "x", other, related=(Related(place, other),)),
        Diagnostic(place, f"{other}c", "x", severity=Severity.WARNING),
    )
    return invalid_comment(some, label=one, head=other, links=LINKS, limit=LIMIT)


def refused(one: str, other: str) -> str:
    reason = f"{one} {other}".replace("\n", " ")
    return refused_comment(reason, label=one, head=other, links=LINKS, limit=LIMIT)


def run(one: str, other: str, *, limit: int = LIMIT) -> str:
    def result(name: str, status: Status) -> JobResult:
        attempt = Attempt(
            1, one, one, "FAILED", START, START, other, one, monitor_url=f"https://aws/{other}"
        )
        place = Place(one, 3, 1)
        return JobResult(
            name, status, other, one, one, MachineType.STANDARD, place,
            attempts=(attempt,), outputs={one: other}, missing=(one,), misfits=((one, other),),
        )  # fmt: skip

    jobs = tuple(result(f"{one}{n}", status) for n, status in enumerate(Status))
    results = RunResults(
        RunInfo(one, other), RunStatus.INTERRUPTED, START, START, jobs, problems=(one, other)
    )
    return run_comment(results, LINKS, limit=limit)


def some_differences(one: str, other: str) -> list[Difference]:
    mark = Mark("w", one, "run", other, {"p": one, other: one})
    fresh = job("load", reason=one, place=Place(one, 3, 1), input={"p": f"{other}b"})
    return [
        Difference(replace(fresh, name=one, revision=one), other, mark),
        Difference(fresh, one),
    ]


def differing(one: str, other: str) -> str:
    some = some_differences(one, other)
    return differences_markdown(some, digest=other, reason=one, links=LINKS, limit=LIMIT)


COMMENTS: tuple[Callable[[str, str], str], ...] = (
    lambda one, other: pull_comment(pull(one, other), limit=LIMIT),
    lambda one, other: pull_summary(pull(one, other)),
    invalid,
    refused,
    run,
    differing,
)
PLAIN = [read(make("aone", "atwo")).shape for make in COMMENTS]
RAW = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


@given(hostile, hostile)
@example("a", "a\ud800")
@settings(max_examples=120, deadline=None)
def test_no_text_changes_the_shape_of_a_comment(one: str, other: str) -> None:
    for make, plain in zip(COMMENTS, PLAIN, strict=True):
        text = make(one, other)
        page = read(text)
        assert page.faults == []
        assert page.shape == plain
        assert not RAW.search(text)
        assert text.encode()


@given(hostile, hostile)
@settings(max_examples=60, deadline=None)
def test_no_text_makes_a_link_to_elsewhere(one: str, other: str) -> None:
    for make in COMMENTS:
        for link in read(make(one, other)).links:
            assert link.startswith((f"{URL}/blob/{HEAD}/", f"{URL}/actions/runs/", "https://aws/"))


@pytest.mark.parametrize("one", NASTY)
def test_each_known_trick_is_harmless(one: str) -> None:
    for make, plain in zip(COMMENTS, PLAIN, strict=True):
        page = read(make(f"a{one}", f"b{one}"))
        assert (page.faults, page.shape) == ([], plain)


@given(hostile, hostile)
@settings(max_examples=80, deadline=None)
def test_no_text_breaks_out_of_the_graph(one: str, other: str) -> None:
    made = pull(one, other)
    calendar, load = made.plan.jobs
    jobs = (calendar, replace(load, needs=(calendar.name,)))
    text = pull_comment(replace(made, plan=replace(made.plan, jobs=jobs)), limit=LIMIT)
    drawn = mermaid(text)
    assert strange_statements(drawn) == []
    assert len(drawn.splitlines()) == 8


@given(hostile, hostile)
@settings(max_examples=60, deadline=None)
def test_what_a_reader_sees_is_what_there_was(one: str, other: str) -> None:
    reason = " ".join(one.split())
    if not RAW.search(one) and "\u00ad" not in one and reason.isprintable():
        text = read(pull_comment(view(job("x", reason=reason)), limit=LIMIT)).text
        assert reason in text


@given(hostile, hostile)
@settings(max_examples=60, deadline=None)
def test_a_log_gets_no_control_characters(one: str, other: str) -> None:
    text = differences_text(some_differences(one, other), digest="d", width=60)
    assert not RAW.search(text)


def test_a_fence_is_longer_than_any_that_it_holds() -> None:
    changes = SpecChanges(jobs=(changed("a", "x: 1\n", "```\n`````\n# heading\n</details>\n"),))
    text = pull_comment(view(job("a"), changes=changes), limit=LIMIT)
    assert "``````diff\n" in text
    page = read(text)
    assert page.tags["h3"] == 1
    assert "# heading +</details>" in page.text


@given(hostile, hostile, st.integers(600, 9_000))
@settings(max_examples=60, deadline=None)
def test_what_is_left_of_a_comment_is_as_harmless(one: str, other: str, limit: int) -> None:
    for text in (pull_comment(pull(one, other), limit=limit), run(one, other, limit=limit)):
        assert len(text.encode()) <= limit
        assert read(text).faults == []


def test_going_names_the_run() -> None:
    assert read(going_comment(LINKS)).links == [LINKS.run_url]
