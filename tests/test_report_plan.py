from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from runner.model import Direction, MachineType, ParameterType, RunPolicy, Trigger
from runner.plan import KNOWN_AFTER_APPLY, Action, InputChange, KnownExecution, Plan, to_json
from runner.report import (
    counts_line,
    graph_of_plan,
    graph_text,
    mermaid,
    one_line,
    plan_markdown,
    plan_text,
)
from tests.fakes import plans
from tests.plan_factories import (
    attempt,
    aws,
    complaints,
    job,
    local,
    machine,
    parameter,
    planned,
    spec,
    variable,
)

if TYPE_CHECKING:
    from runner.model import Job

SECRET = "hunter2-correct-horse"


def pipeline() -> Plan:
    return planned(
        spec(
            job("load_calendar", parameter("is_business_day")),
            job(
                "extract_orders",
                parameter("day", "${{ vars.run_date }}"),
                parameter("token", "${{ env.TOKEN }}"),
                parameter("rows"),
            ),
            job("build", parameter("rows", "${{ jobs.extract_orders.outputs.rows }}")),
            job("check", machine="check-quality", run=RunPolicy.ALWAYS, needs=["build"]),
            job("backfill", condition="vars.full"),
            job("notify", trigger=Trigger.ANY_FAILED, needs=["build"]),
            platforms=[local()],
            machines=[
                *(machine(name) for name in ("load_calendar", "extract_orders", "build", "notify")),
                machine("check-quality", type=MachineType.EXPRESS),
                machine("backfill"),
            ],
            variables=(
                variable("run_date", default="2026-11-19", per_run=True),
                variable("full", default=False),
            ),
        ),
        environment=["TOKEN"],
    )


def remembered() -> Plan:
    """A project on AWS that ran before, with a job for each action."""

    def made(name: str, action: Action, reason: str, *changes: InputChange, **more: Any) -> Any:
        fields = {key: more.pop(key) for key in ("needs", "run", "express") if key in more}
        one = plans.job(name, action=action, reason=reason, **fields)
        return replace(one, changes=changes, **({"revision": "5f1b"} | more))

    ran = KnownExecution(
        "arn:aws:states:us-east-1:123456789012:execution:calendar:calendar-1",
        "calendar-1",
        "SUCCEEDED",
        "2026-11-18T03:00:00.000+00:00",
        "2026-11-18T03:02:00.000+00:00",
        "2027-02-16T03:02:00.000+00:00",
    )
    day = InputChange("order_date", "2026-11-18", "2026-11-19")
    limit = InputChange("limit", now=5, is_new=True)
    old = InputChange("old", is_gone=True)
    jobs = plans.plan(
        made("calendar", Action.UP_TO_DATE, "succeeded", is_selected=False, execution=ran),
        made("extract_orders", Action.RUN, "changed since 2026-11-18", day, limit, old),
        made("build", Action.RUN, "after extract_orders", needs=["extract_orders"]),
        made("load", Action.RETRY, "attempt 1 failed on 2026-11-18 03:00 UTC"),
        made("long", Action.ADOPT, "already running since 2026-11-18 03:00 UTC"),
        made("notify", Action.DECIDE_LATER, "runs only if build fails", needs=["build"]),
        made("check", Action.RUN, "run: always", run=RunPolicy.ALWAYS),
        made("backfill", Action.SKIP, "if: vars.full is false"),
        *(made(f"done_{n}", Action.UP_TO_DATE, "succeeded on 2026-11-18") for n in range(12)),
    )
    return replace(jobs, platforms={"aws": aws()})


def test_a_plan_reads_by_action_with_the_counts_last() -> None:
    assert plan_text(remembered()) == (
        "shop: 19 jobs, on aws (us-east-1, account 123456789012)\n"
        "\n"
        "Run (2)\n"
        "  + extract_orders  extract_orders  changed since 2026-11-18\n"
        '      ~ order_date: "2026-11-18" → "2026-11-19"\n'
        "      + limit: 5\n"
        "      - old\n"
        "  + build           build           after extract_orders\n"
        "\n"
        "Retry (1)\n"
        "  ! load  load  attempt 1 failed on 2026-11-18 03:00 UTC\n"
        "\n"
        "Running already (1)\n"
        "  > long  long  already running since 2026-11-18 03:00 UTC\n"
        "\n"
        "Decide later (1)\n"
        "  ? notify  notify  runs only if build fails\n"
        "\n"
        "Run every time (1)\n"
        "  * check  check  run: always\n"
        "\n"
        "Skip (1)\n"
        "  - backfill  backfill  if: vars.full is false\n"
        "\n"
        "Up to date (12)\n"
        "\n"
        "Plan: 2 to run, 1 to retry, 1 running already, 1 to decide later, 1 skipped, "
        "12 up to date, 1 run every time\n"
    )


def test_jobs_that_are_only_looked_up_are_counted_nowhere_and_named_on_request() -> None:
    assert "calendar" not in plan_text(remembered())
    assert "calendar" not in counts_line(remembered().jobs)
    text = plan_text(remembered(), verbose=True)
    assert (
        "Looked up only (1)\n"
        "  · calendar  calendar  succeeded\n"
        "      at                specs/jobs.yaml:3:1\n"
        "      machine           "
        "arn:aws:states:us-east-1:123456789012:stateMachine:calendar (STANDARD)\n"
        "      revision          5f1b\n"
        "      platform          local\n"
        "      execution         "
        "arn:aws:states:us-east-1:123456789012:execution:calendar:calendar-1 SUCCEEDED"
        " from 2026-11-18 03:00 UTC to 2026-11-18 03:02 UTC\n"
        "      remembered until  2027-02-16 03:02 UTC\n"
    ) in text
    assert "<summary>Looked up only (1)</summary>" in plan_markdown(remembered())


def test_what_the_jobs_of_a_group_have_in_common_is_said_once() -> None:
    day = InputChange("day", "18", "19")
    jobs = [
        replace(plans.job(name, reason="changed since 2026-11-18"), changes=(day,))
        for name in ("a", "b")
    ]
    assert plan_text(plans.plan(*jobs)).splitlines()[2:6] == [
        "Run (2): changed since 2026-11-18",
        '    ~ day: "18" → "19"',
        "  + a  a",
        "  + b  b",
    ]
    other = replace(jobs[1], changes=(InputChange("day", "17", "19"),))
    assert plan_text(plans.plan(jobs[0], other)).splitlines()[2:7] == [
        "Run (2): changed since 2026-11-18",
        "  + a  a",
        '      ~ day: "18" → "19"',
        "  + b  b",
        '      ~ day: "17" → "19"',
    ]


def test_verbose_shows_inputs_with_what_waits_and_what_is_hidden() -> None:
    text = plan_text(pipeline(), verbose=True)
    assert '        day   = "${{ vars.run_date }}"\n        token = <sensitive>\n' in text
    assert "        rows = <known after apply>\n" in text
    assert "      at        specs/jobs.yaml:10:1\n" in text
    assert "\n\n\n" not in text


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("verbose", [True, False])
def test_narrow_terminals_lose_nothing_but_columns(width: int, verbose: bool) -> None:
    text = plan_text(pipeline(), width=width, verbose=verbose)
    for name in ("extract_orders", "load_calendar", "build", "check", "backfill", "notify"):
        assert re.search(rf"^  [-+?*] {name}", text, re.MULTILINE)
    assert text.endswith(f"Plan: {counts_line(pipeline().jobs)}\n")
    if width >= 60 and not verbose:
        assert max(map(len, text.splitlines())) <= max(width, 62)


def test_colour_changes_no_letter() -> None:
    for verbose in (True, False):
        coloured = plan_text(pipeline(), colour=True, verbose=verbose)
        assert "\x1b[" in coloured
        plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
        assert plain == plan_text(pipeline(), verbose=verbose)


def test_jobs_that_are_up_to_date_are_counted_and_named_only_on_request() -> None:
    plan = pipeline()
    done = replace(plan, jobs=tuple(replace(j, action=Action.UP_TO_DATE) for j in plan.jobs))
    assert "build" not in plan_text(done)
    assert "Up to date (6)" in plan_text(done)
    assert "build" in plan_text(done, verbose=True)


def test_a_long_reason_is_said_once_for_a_state_machine() -> None:
    unseen = "never run among the newest 20,000 executions of its state machine"
    jobs = [
        *(replace(plans.job(n, reason=unseen), machine=plans.machine("busy")) for n in "abc"),
        plans.job("d", reason=unseen),
        plans.job("e", reason="changed"),
        plans.job("f", reason="changed"),
    ]
    assert plan_text(plans.plan(*jobs)).splitlines()[3:9] == [
        f"  + a  busy  {unseen}",
        "  + b  busy  as a",
        "  + c  busy  as a",
        f"  + d  d     {unseen}",
        "  + e  e     changed",
        "  + f  f     changed",
    ]
    assert plan_markdown(plans.plan(*jobs)).count("20,000") == 2


def test_a_value_that_is_not_known_yet_is_no_difference_unless_asked_for() -> None:
    late = InputChange("rows", 1, KNOWN_AFTER_APPLY)
    plan = plans.plan(replace(plans.job("a"), changes=(late,)))
    assert "rows" not in plan_text(plan)
    assert "rows" not in plan_markdown(plan)
    assert "      ~ rows: 1 → <known after apply>\n" in plan_text(plan, verbose=True)


def test_an_empty_plan_says_so() -> None:
    plan = replace(pipeline(), jobs=())
    assert plan_text(plan).endswith("Plan: no jobs\n")
    assert "no jobs" in plan_markdown(plan)
    assert mermaid(graph_of_plan(plan)) == "flowchart LR\n"
    assert graph_text(graph_of_plan(plan)) == "There are no jobs.\n"


def test_jobs_with_one_warning_share_its_line() -> None:
    plan = planned(spec(*(job(f"j{n}") for n in range(9))))
    warning = [line for line in plan_text(plan, width=200).splitlines() if "Warning" in line]
    assert len(warning) == 1
    assert warning[0].endswith("(j0, j1, j2, j3, j4 and 4 more)")


def test_markdown_has_a_table_for_each_action_and_folded_inputs() -> None:
    text = plan_markdown(pipeline())
    assert text.startswith("### Stepfleet plan for <code>shop</code>\n")
    assert "**3 to run, 1 to decide later, 1 skipped, 1 run every time**, on the embedded" in text
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert html.count("<table>") == 6


def test_markdown_shows_what_changed_beside_the_reason() -> None:
    text = plan_markdown(remembered())
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert (
        "<td>changed since 2026-11-18<br><code>~ order_date: &quot;2026-11-18&quot; → "
        "&quot;2026-11-19&quot;</code><br><code>+ limit: 5</code><br><code>- old</code></td>"
    ) in html
    assert "<summary>Up to date (12)</summary>" in text


def test_markdown_folds() -> None:
    text = plan_markdown(pipeline())
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert html.count("<details>") == html.count("</details>") == 2


def many(number: int) -> Plan:
    jobs: list[Job] = []
    for n in range(number):
        needs = [f"job_{n - 100:05}"] if n >= 100 else []
        jobs.append(job(f"job_{n:05}", parameter("x", "y" * 50), needs=needs))
    return planned(spec(*jobs))


def test_two_thousand_jobs_fit_and_the_rest_is_counted() -> None:
    plan = many(2_000)
    text = plan_markdown(plan)
    assert 50_000 < len(text.encode()) <= 60_000
    assert "**2,000 to run**" in text
    shown = text.count("<code>job_") // 1
    left = re.search(r"and ([\d,]+) more\n\nInputs", text)
    assert left is not None
    assert int(left[1].replace(",", "")) > 0
    assert shown > 100
    assert len(plan_markdown(plan, limit=900_000).encode()) <= 900_000
    assert len(plan_markdown(plan, limit=3_000).encode()) <= 3_000


def test_a_graph_is_drawn_with_its_needs_and_triggers() -> None:
    drawn = mermaid(graph_of_plan(pipeline()))
    lines = drawn.splitlines()
    assert lines[0] == "flowchart LR"
    ids = {m[2]: m[1] for m in re.finditer(r'(j\d+)(?:\(\[|\[)"(\w+)<br/>', drawn)}
    assert f"  {ids['extract_orders']} --> {ids['build']}" in lines
    assert f"  {ids['build']} -. any failed .-> {ids['notify']}" in lines
    assert f'  {ids["check"]}(["check<br/>check-quality"])' in lines
    assert f"  class {ids['notify']} later" in lines


def test_a_graph_as_text_is_by_level() -> None:
    assert graph_text(graph_of_plan(pipeline())) == (
        "Level 1 (3 jobs)\n"
        "  backfill\n"
        "  extract_orders\n"
        "  load_calendar\n"
        "\n"
        "Level 2 (1 job)\n"
        "  build           after extract_orders\n"
        "\n"
        "Level 3 (2 jobs)\n"
        "  check           after build (Express)\n"
        "  notify          after build (any-failed)\n"
    )


@pytest.mark.parametrize(("jobs", "limit"), [(400, 50_000), (2_000, 50_000), (300, 2_000)])
def test_a_large_graph_takes_a_smaller_form(jobs: int, limit: int) -> None:
    drawn = mermaid(graph_of_plan(many(jobs)), limit=limit)
    assert len(drawn) <= limit
    assert drawn.count("-->") <= 500
    assert drawn.startswith("flowchart")
    if jobs == 2_000:
        assert "100 jobs" in drawn


def test_a_chain_of_ten_thousand_levels_is_cut_and_counted() -> None:
    plan = planned(spec(job("j0"), *(job(f"j{n}", needs=[f"j{n - 1}"]) for n in range(1, 3_000))))
    drawn = mermaid(graph_of_plan(plan), limit=20_000)
    assert len(drawn) <= 20_000
    assert re.search(r"and [\d,]+ more levels", drawn)


hostile = st.text(
    st.sampled_from("|`*_[]()<>&#\"'\\\n\r\t~!@{}$^-+=:;/ax1\x1b\u202e é") | st.characters(),
    max_size=40,
)


def cells(markdown: str) -> list[str]:
    """The text of each cell of the tables, as a reader sees it."""
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    found = re.findall(r"<td>(.*?)</td>", html, re.DOTALL)
    return [unescape(re.sub(r"</?(?:code|a|span)[^<>]*>", "", cell)) for cell in found]


@given(hostile, hostile, hostile)
@settings(max_examples=150)
def test_no_text_breaks_out_of_its_cell(reason: str, value: str, name: str) -> None:
    plan = pipeline()
    first = replace(
        plan.jobs[0],
        action=Action.RUN,
        reason=reason,
        input={name: value},
        changes=(InputChange(name, value, reason),),
        warnings=(reason,),
    )
    text = plan_markdown(replace(plan, jobs=(first,)))
    found = cells(text)
    assert len(found) == 6
    assert squeezed(found[3].partition("<br>")[0]) == squeezed(one_line(reason, 200))
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    tags = set(re.findall(r"</?(\w+)", re.sub(r"<code>.*?</code>", "", html)))
    assert tags <= {
        "h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "details",
        "br", "summary", "ul", "li", "span",
    }  # fmt: skip


def squeezed(text: str) -> str:
    return " ".join(text.split())


@given(hostile)
def test_no_text_breaks_out_of_a_mermaid_label(name: str) -> None:
    plan = pipeline()
    first = replace(plan.jobs[0], machine=replace(plan.jobs[0].machine, name=name or "x"))
    drawn = mermaid(graph_of_plan(replace(plan, jobs=(first,))))
    (box,) = [line for line in drawn.splitlines() if line.startswith("  j0")]
    assert re.fullmatch(r'  j0\[".*"\]', box)
    label = box.removeprefix('  j0["').removesuffix('"]')
    assert re.fullmatch(r"(?:[A-Za-z0-9_ .,/-]|#\d+;|<br/>)*", label)
    assert label.count("<br/>") <= 1


def renderings(secret: str) -> list[str]:
    """Everything that is shown of a plan whose secrets have the given value."""
    project = spec(
        job("a", parameter("t", "x ${{ env.TOKEN }}"), parameter("k", {"x": "${{ vars.key }}"})),
        job("b", parameter("literal", secret, sensitive=True)),
        job("c", parameter("n", "${{ vars.key }}", direction=Direction.INOUT)),
        job("d", parameter("n", "x ${{ jobs.c.outputs.n }}"), condition="vars.key == 'x'"),
        variables=(variable("key", default=secret, sensitive=True),),
    )
    plan, diagnostics = attempt(project, environment=["TOKEN"])
    assert plan is not None
    graph = graph_of_plan(plan)
    return [
        *(plan_text(plan, verbose=True, width=width, colour=True) for width in (40, 200)),
        plan_markdown(plan),
        to_json(plan),
        mermaid(graph),
        graph_text(graph),
        repr(diagnostics),
    ]


@given(st.text(min_size=1).filter(lambda secret: "${{" not in secret and secret != "x"))
@settings(max_examples=60)
def test_no_rendering_of_a_plan_depends_on_a_sensitive_value(secret: str) -> None:
    assert renderings(secret) == renderings(SECRET)
    assert not [text for text in renderings(SECRET) if SECRET in text]


@given(st.text(), st.sampled_from(list(ParameterType)))
@settings(max_examples=60)
def test_no_complaint_depends_on_a_sensitive_value(secret: str, type_: ParameterType) -> None:
    def said(value: str) -> str:
        keyed = parameter("k", "${{ vars.key }}", type=type_)
        counted = parameter("n", "${{ abs(vars.key) }}")
        project = spec(
            job("a", keyed, counted),
            variables=(variable("key", default=value, sensitive=True),),
        )
        return repr([each.message for each in complaints(project)])

    assume(said(secret).count("parameters.k") == said("|").count("parameters.k"))
    assert said(secret) == said("|")
