"""All that a review marks is shown as what may start, and nothing else is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner import review
from runner.model import RunPolicy, Trigger
from runner.plan import Action
from runner.provider import ExecutionStatus
from runner.report import pull_comment, pull_summary
from tests.plan_factories import job, parameter, planned, spec, variable
from tests.planning.ledger import Ledger
from tests.report_pull_request.reading import mermaid, read, strange_statements
from tests.report_pull_request.views import HEAD, view

if TYPE_CHECKING:
    from runner.model import Spec
    from runner.plan import Plan

LIMIT = 60_000
DAILY = spec(
    job("daily", parameter("day", "${{ vars.day }}")),
    job("after", needs=["daily"]),
    job("still"),
    job("new"),
    variables=(variable("day", default="monday", per_run=True),),
)


def plan_of(project: Spec, **ends: ExecutionStatus) -> Plan:
    """The plan where some of the jobs ran before."""
    ledger = Ledger()
    before = planned(project)
    for name, status in ends.items():
        ledger.run(before, name, status)
    return planned(project, pasts=ledger.pasts, remembered=ledger.remembered)


def done(*names: str) -> dict[str, ExecutionStatus]:
    return dict.fromkeys(names, ExecutionStatus.SUCCEEDED)


def text_of(plan: Plan, **fields: object) -> str:
    return pull_comment(view(plan=plan, **fields), limit=LIMIT)


def rows_that_may_start(text: str) -> list[str]:
    rows = re.findall(r"^\| `.`&nbsp;(.*?) \| .*?<code>(\w+)</code>", text, re.MULTILINE)
    return sorted(name for action, name in rows if action != "Skip")


def marks(plan: Plan) -> list[str]:
    return sorted(str(mark.job) for mark in review.of(plan, HEAD).marks or ())


def first(text: str) -> str:
    return [line for line in text.splitlines() if line][1]


def test_what_starts_anew_with_a_variable_is_counted_in_the_first_line() -> None:
    plan = plan_of(DAILY, **done("daily", "after", "still"))
    assert {each.name: each.action for each in plan.jobs}["daily"] is Action.UP_TO_DATE
    assert first(text_of(plan)) == (
        "**Merging starts 1 job**. **2 more** may start when vars.day changes."
    )


def test_a_merge_that_may_start_something_another_day_is_not_called_one_that_starts_nothing() -> (
    None
):
    plan = plan_of(DAILY, **done("daily", "after", "still", "new"))
    assert first(text_of(plan)) == (
        "**Merging starts nothing as things are now.** **2** may start when vars.day changes."
    )


def test_what_runs_already_is_told_as_tried_again_if_it_fails() -> None:
    plan = plan_of(DAILY, **done("daily", "after", "new"), still=ExecutionStatus.RUNNING)
    text = text_of(plan)
    assert first(text) == (
        "**Merging starts nothing as things are now.**"
        " **2** may start when vars.day changes."
        " **1** runs already and is tried again if it fails."
    )
    [row] = [line for line in text.splitlines() if line.startswith("| `>`")]
    assert row.endswith("<br>tried again if it fails |")


def test_what_runs_already_may_start_anew_too() -> None:
    plan = plan_of(DAILY, **done("after", "new", "still"), daily=ExecutionStatus.RUNNING)
    assert "<br>tried again if it fails, may start anew when vars.day changes |" in text_of(plan)


def test_rows_inputs_and_the_fold_tell_what_starts_anew_from_what_stays() -> None:
    text = text_of(plan_of(DAILY, **done("daily", "after", "still")))
    rows = [line for line in text.splitlines() if line.startswith("| `=`")]
    assert len(rows) == 2
    for row in rows:
        assert row.startswith("| `=`&nbsp;Up to date, may start anew | ")
        assert row.endswith("<br>may start anew when vars.day changes |")
    assert "<summary>Up to date (1)</summary>\n\n<code>still</code>\n" in text
    assert "<code>day</code>" in text.partition("<summary>Inputs of")[2]


def test_the_graph_colours_what_starts_anew_in_its_own_way() -> None:
    text = text_of(plan_of(DAILY, **done("daily", "after", "still")))
    drawn = mermaid(text)
    assert strange_statements(drawn) == []
    assert re.search(r"^  class j\d,j\d anew$", drawn, re.MULTILINE)
    assert re.search(r"^  class j\d same$", drawn, re.MULTILINE)
    assert "dashed violet may start later" in text


def test_the_overview_of_many_tells_it_too() -> None:
    names = [f"j{n:02}" for n in range(80)]
    many = spec(
        *(job(n, parameter("day", "${{ vars.day }}"), machine="clean") for n in names),
        *(job(f"after_{n}", needs=[n], machine="publish") for n in names),
        variables=(variable("day", default="monday", per_run=True),),
    )
    text = text_of(plan_of(many, **done(*names, *(f"after_{n}" for n in names))))
    overview, _, rest = text.partition("<summary>Each of the 160 jobs</summary>")
    rows = [line for line in overview.splitlines() if line.startswith("| `=`")]
    assert len(rows) == 2
    assert all(row.endswith("<br>may start anew when vars.day changes |") for row in rows)
    assert "80 up to date, may start anew" in rest
    assert "**160** may start" in overview


def test_each_variable_is_named_with_what_it_starts() -> None:
    project = spec(
        job("a", parameter("day", "${{ vars.day }}")),
        job("b", parameter("hour", "${{ vars.hour }}"), needs=["a"]),
        variables=(
            variable("day", default="monday", per_run=True),
            variable("hour", default="noon", per_run=True),
        ),
    )
    assert first(text_of(plan_of(project, **done("a", "b")))).endswith(
        " **1** may start when vars.day changes."
        " **1** may start when vars.day or vars.hour changes."
    )


def test_what_follows_a_job_of_every_apply_is_told_without_a_variable() -> None:
    project = spec(job("ping", run=RunPolicy.ALWAYS), job("after", needs=["ping"]))
    plan = plan_of(project, **done("after"))
    jobs = tuple(
        replace(each, action=Action.UP_TO_DATE, follows_every_run=True)
        if each.name == "after"
        else each
        for each in plan.jobs
    )
    text = text_of(replace(plan, jobs=jobs))
    assert "**1 more** may start after what runs in every apply." in text


def test_a_job_that_is_only_looked_up_is_not_coloured_as_one_that_runs() -> None:
    plan = plan_of(spec(job("before"), job("new", needs=["before"])))
    jobs = tuple(replace(each, is_selected=each.name == "new") for each in plan.jobs)
    text = text_of(replace(plan, jobs=jobs))
    assert re.search(r"^  class j0 seen$", mermaid(text), re.MULTILINE)
    assert "dashed pale is looked up only" in text


HANDED_ON = "Values that jobs hand on are as of this plan."


def test_a_value_that_a_job_left_is_told_to_be_as_of_the_plan() -> None:
    project = spec(
        job("count", parameter("rows")),
        job("load", parameter("rows", "${{ jobs.count.outputs.rows }}"), parameter("size", 1)),
    )
    fresh = planned(project)
    ledger = Ledger()
    ledger.run(fresh, "count", output='{"rows": 7}')
    plan = planned(project, pasts=ledger.pasts, remembered=ledger.remembered)
    assert {each.name: each.input for each in plan.jobs}["load"]["rows"] == 7
    inputs = text_of(plan).partition("<summary>Inputs of")[2]
    assert HANDED_ON in inputs
    assert HANDED_ON not in text_of(fresh)


def test_a_difference_to_a_value_that_a_job_left_is_told_so_below_the_table() -> None:
    project = spec(
        job("count", parameter("rows")),
        job("load", parameter("rows", "${{ jobs.count.outputs.rows }}")),
    )
    ledger = Ledger()
    ledger.run(planned(project), "count", output='{"rows": 7}')
    ledger.run(planned(project), "load", input='{"rows": 5}')
    ledger.run(planned(project), "count", output='{"rows": 7}')
    plan = planned(project, pasts=ledger.pasts, remembered=ledger.remembered)
    table = text_of(plan).partition("<details>")[0]
    assert "rows: 5 → 7" in read(table).text
    assert HANDED_ON in table


NAMES = "abcdef"


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Some jobs that need each other, take variables of every run, and ran before or not."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    jobs = []
    for index, name in enumerate(names):
        needs = draw(st.sets(st.sampled_from(names[:index]), max_size=2)) if index else set()
        taken = draw(st.sampled_from(["", "", "day", "hour"]))
        value = f"${{{{ vars.{taken} }}}}" if taken else 1
        jobs.append(
            job(
                name,
                parameter("x", value),
                needs=needs,
                run=draw(st.sampled_from([RunPolicy.ON_CHANGE] * 5 + [RunPolicy.ALWAYS])),
                condition=draw(st.sampled_from([*[None] * 5, False, "vars.day == 'sunday'"])),
                trigger=draw(st.sampled_from([*[Trigger.ALL_SUCCEEDED] * 3, *Trigger])),
            )
        )
    project = spec(
        *jobs,
        variables=(
            variable("day", default="monday", per_run=True),
            variable("hour", default="noon", per_run=True),
        ),
    )
    ends = [*[ExecutionStatus.SUCCEEDED] * 6, ExecutionStatus.RUNNING, ExecutionStatus.FAILED]
    ran = draw(st.dictionaries(st.sampled_from(names), st.sampled_from(ends)))
    plan = plan_of(project, **{name: ran[name] for name in names if name in ran})
    left = draw(st.sampled_from(["", "", *names]))
    chosen = tuple(replace(each, is_selected=each.name != left) for each in plan.jobs)
    return replace(plan, jobs=chosen)


@pytest.mark.parametrize("shown", [pull_summary, lambda each: pull_comment(each, limit=LIMIT)])
@given(plan=plans())
@settings(max_examples=60, deadline=None)
def test_rows_that_may_start_are_exactly_what_a_review_marks(shown: object, plan: Plan) -> None:
    text = shown(view(plan=plan))  # type: ignore[operator]
    assert rows_that_may_start(text) == marks(plan)
    assert read(text).faults == []
    named = [
        int(number)
        for number in re.findall(r"(\d+)(?: jobs?\*\*| more\*\*|\*\*| more,)", first(text))
    ]
    assert sum(named) == len(marks(plan))
