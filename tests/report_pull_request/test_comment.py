from __future__ import annotations

import re
from dataclasses import replace

import pytest

from runner.diffs import SpecChanges
from runner.errors import Diagnostic, Place
from runner.plan import Action, Plan
from runner.report import pull_comment, pull_summary
from tests.fakes import plans
from tests.report_pull_request.reading import mermaid, read, strange_statements
from tests.report_pull_request.views import (
    DIGEST,
    HEAD,
    RUN_URL,
    URL,
    change,
    changed,
    full,
    job,
    many,
    plan,
    view,
)

LIMIT = 60_000


def first_lines(*jobs: object, **fields: object) -> list[str]:
    text = pull_comment(view(*jobs, **fields), limit=LIMIT)  # type: ignore[arg-type]
    return [line for line in text.splitlines() if line][:3]


def test_the_first_lines_say_what_merging_does() -> None:
    heading, verdict, counts = first_lines(
        job("a"),
        job("b", Action.RETRY),
        job("c", Action.DECIDE_LATER),
        job("d", Action.UP_TO_DATE),
    )
    assert heading == "### Stepfleet plan for <code>shop</code> (<code>prod</code>)"
    assert verdict == (
        "**Merging starts 2 jobs**, and perhaps 1 more, decided when the jobs before have ended."
    )
    assert counts == "1 to run, 1 to retry, 1 to decide later, 1 up to date<br>"


@pytest.mark.parametrize(
    ("actions", "verdict"),
    [
        ([], "**Merging starts nothing.**"),
        ([Action.UP_TO_DATE, Action.SKIP, Action.ADOPT], "**Merging starts nothing.**"),
        ([Action.RUN], "**Merging starts 1 job**."),
        (
            [Action.DECIDE_LATER],
            "**Merging may start 1 job**, decided when the jobs before have ended.",
        ),
    ],
)
def test_each_plan_has_its_verdict(actions: list[Action], verdict: str) -> None:
    assert first_lines(*(job(f"j{n}", action) for n, action in enumerate(actions)))[1] == verdict


def test_a_job_that_is_only_looked_up_starts_nothing() -> None:
    assert first_lines(job("a", is_selected=False))[1] == "**Merging starts nothing.**"


def test_a_plan_made_offline_promises_nothing() -> None:
    offline = replace(plan(job("a")), offline=True)
    verdict = first_lines(plan=offline)[1]
    assert verdict == "**Merging may start 1 job**: what has run before was not looked up."


def test_no_label_leaves_no_trace() -> None:
    assert first_lines(job("a"), label="")[0] == "### Stepfleet plan for <code>shop</code>"


def test_the_commit_the_run_and_the_digest_are_named() -> None:
    page = read(pull_comment(full(), limit=LIMIT))
    assert f"Planned for {HEAD[:7]} in this run, on aws" in page.text
    assert RUN_URL in page.links
    assert page.text.endswith(f"Merging starts only what is planned here. Plan {DIGEST}")


def test_without_a_review_nothing_is_promised_of_it() -> None:
    text = pull_comment(replace(full(), is_reviewed=False), limit=LIMIT)
    assert "only what is planned" not in text
    assert f"Plan <code>{DIGEST}</code>" in text


def test_jobs_stand_in_one_table_with_reasons_differences_and_links() -> None:
    text = pull_comment(full(), limit=LIMIT)
    page = read(text)
    assert "never run~ day: 18 → 19" in "".join(text for text, _ in page.texts)
    assert f"{URL}/blob/{HEAD}/specs/jobs.yaml#L3" in page.links
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert [re.findall(r"<code>(\w+)</code>", row)[0] for row in rows] == [
        "load",
        "report",
        "alert",
        "check",
    ]
    assert "<code>check</code> Express" in rows[3]


def test_up_to_date_jobs_are_folded_by_name() -> None:
    text = pull_comment(full(), limit=LIMIT)
    assert "<details><summary>Up to date (1)</summary>\n\n<code>calendar</code>\n" in text
    assert "succeeded on" not in text
    assert "succeeded on 2026-11-18" in pull_summary(full())


def test_inputs_are_folded_in_one_table() -> None:
    text = pull_comment(full(), limit=LIMIT)
    assert "<summary>Inputs of 4 jobs</summary>" in text
    assert "<br>10 bytes | <code>day</code> | <code>&#49;9</code> |" in text
    assert "<summary>Inputs of 5 jobs</summary>" in pull_summary(full())


def test_the_summary_shows_long_values_and_all_differences() -> None:
    changes = tuple(change(f"p{n}", 1, 2) for n in range(30))
    long = view(job("a", input={"x": "y" * 1_000}, changes=changes))
    assert "y" * 900 not in pull_comment(long, limit=LIMIT)
    assert "y" * 900 in pull_summary(long)
    assert "and 20 more" in pull_comment(long, limit=LIMIT)
    assert "p29: 1 → 2" in pull_summary(long)


def test_the_summary_names_jobs_that_are_looked_up_only() -> None:
    looked_up = view(job("a"), job("elsewhere", Action.UP_TO_DATE, is_selected=False))
    assert "elsewhere" not in pull_comment(looked_up, limit=LIMIT)
    assert "<summary>Looked up only (1)</summary>" in pull_summary(looked_up)


def test_warnings_come_before_the_table_and_name_their_jobs_once() -> None:
    warning = "an Express execution can't be stopped"
    jobs = [job(f"j{n}", warnings=(warning,)) for n in range(10)]
    diagnostic = Diagnostic(Place("specs/a.yaml", 4, 2), "a secret stands here", "secret")
    text = pull_comment(
        view(
            plan=replace(plan(*jobs), warnings=(diagnostic,)),
            notes=("old is removed and still runs",),
            changes=SpecChanges(trust=(changed("aws", "a: 1\n", "a: 2\n"),)),
        ),
        limit=LIMIT,
    )
    head, _, rest = text.partition("\n|  | Job |")
    page = read(head)
    assert page.tags["blockquote"] == 1
    assert page.tags["li"] == 4
    assert "[!WARNING]" in head
    assert "old is removed and still runs" in page.text
    assert "aws: account, auth, endpoint, allow or environment names change here" in page.text
    assert f"j6, j7 and 2 more: {warning}" in page.text
    assert "specs/a.yaml:4: a secret stands here" in page.text
    assert warning not in rest


def test_a_comment_shows_so_many_warnings_and_the_summary_all() -> None:
    noted = view(job("a"), notes=tuple(f"note {n}" for n in range(30)))
    assert "> - note 19\n> - and 10 more\n" in pull_comment(noted, limit=LIMIT)
    assert "> - note 29\n" in pull_summary(noted)


def test_no_warning_no_alert() -> None:
    assert "[!WARNING]" not in pull_comment(view(job("a")), limit=LIMIT)


def test_changes_are_folded_diffs_of_jobs_definitions_and_trust() -> None:
    text = pull_comment(full(), limit=LIMIT)
    assert "<summary>Changes against the base branch: 1 job, 1 definition, 1 trust setting" in text
    assert "```diff\n@@ -1,2 +1,2 @@\n timeout: 1\n-size: 2\n+size: 3\n```\n" in text
    page = read(text)
    assert "Trust setting aws" in page.text
    assert "Job load" in page.text
    assert "Definition machine" in page.text


def test_what_is_new_and_what_is_removed_is_called_so() -> None:
    changes = SpecChanges(jobs=(changed("a", "", "x: 1\n"), changed("b", "x: 1\n", "")))
    text = pull_comment(view(job("a"), changes=changes), limit=LIMIT)
    page = read(text)
    assert "Job a (new)" in page.text
    assert "Job b (removed)" in page.text
    assert not re.search(r"href=[^>]*><code>b<", text)
    assert "+x: 1" in text
    assert "-x: 1" in text


def test_settings_of_the_project_and_of_platforms_are_among_the_changes() -> None:
    settings = (
        changed("project", "variables.day.default: 1\n", "variables.day.default: 2\n"),
        changed("aws", "", 'region: "eu-west-1"\n'),
    )
    alone = pull_comment(view(job("a"), changes=SpecChanges(settings=settings)), limit=LIMIT)
    assert "<summary>Changes against the base branch: settings</summary>" in alone
    assert "-variables.day.default: 1\n+variables.day.default: 2\n" in alone
    page = read(alone)
    assert "Settings of project" in page.text
    assert "Settings of aws (new)" in page.text
    text = pull_summary(full())
    assert "1 definition, 1 trust setting, other settings</summary>" in text
    assert "+concurrency: 5" in text


def test_texts_that_differ_too_much_are_told_and_counted() -> None:
    before = "".join(f"a{n}: 1\n" for n in range(20_000))
    after = "".join(f"b{n}: 1\n" for n in range(3_000))
    changes = SpecChanges(definitions=(changed("m", before, after), changed("n", "", after)))
    both = view(job("a"), changes=changes)
    text = pull_summary(both)
    assert "Not compared, as too much differs: 20,000 lines before, 3,000 now" in text
    assert "m (not compared)" in read(pull_comment(both, limit=2_000)).text


@pytest.mark.parametrize("changes", [None, SpecChanges()])
def test_no_changes_no_section(changes: SpecChanges | None) -> None:
    assert "base branch" not in pull_comment(view(job("a"), changes=changes), limit=LIMIT)


def test_the_graph_is_coloured_by_action_and_told_of() -> None:
    text = pull_comment(full(), limit=LIMIT)
    drawn = mermaid(text)
    assert strange_statements(drawn) == []
    assert "  class j0 same\n" in drawn
    assert (
        "<sub>Green runs, dashed green retries, yellow is decided later, violet runs every time,"
        " grey is up to date, round boxes are Express.</sub>"
    ) in text


def test_jobs_that_need_nothing_have_no_graph() -> None:
    assert "mermaid" not in pull_comment(view(job("a"), job("b")), limit=LIMIT)


def test_a_large_graph_is_drawn_without_what_is_up_to_date_and_not_needed() -> None:
    done = [job(f"done_{n}", Action.UP_TO_DATE) for n in range(100)]
    text = pull_comment(view(*done, job("a", needs=["done_7"])), limit=LIMIT)
    drawn = mermaid(text)
    assert set(re.findall(r'"(\w+)<br/>', drawn)) == {"done_7", "a"}
    assert "99 jobs up to date not drawn." in text


def test_a_graph_of_many_jobs_is_folded() -> None:
    jobs = [job("j0"), *(job(f"j{n}", needs=["j0"]) for n in range(1, 40))]
    assert "<summary>Graph of 40 jobs</summary>" in pull_comment(view(*jobs), limit=LIMIT)


def test_a_graph_of_hundreds_joins_jobs_of_a_state_machine() -> None:
    text = pull_comment(many(400), limit=LIMIT)
    drawn = mermaid(text)
    assert strange_statements(drawn) == []
    assert 'j0["machine#95;0' not in drawn
    assert re.search(r'\["machine_0<br/>100 to run"\]', drawn)
    assert re.search(r"^  j\d+ --> j\d+$", drawn, re.MULTILINE)
    assert not re.search(r"^  (j\d+) --> \1$", drawn, re.MULTILINE)


def test_many_jobs_have_an_overview_by_state_machine_and_their_own_rows_folded() -> None:
    text = pull_comment(many(200), limit=200_000)
    overview, _, rest = text.partition("<details>")
    assert re.search(
        r"<code>job_00000</code></a>, <a [^>]*><code>job_00006</code></a> and \d\d more"
        r" \| <code>machine_0</code> \| never run<br><code>&#126; text: ",
        overview,
    )
    assert overview.count("| `+`&nbsp;Run |") == 3
    assert rest.startswith("<summary>Each of the 150 jobs</summary>")
    assert rest.count("| `+`&nbsp;Run |") == 150


def test_an_overview_counts_other_reasons() -> None:
    jobs = [
        job(f"j{n:02}", reason=f"after k{n // 9}", on=plans.machine("clean")) for n in range(50)
    ]
    text = pull_comment(view(*jobs), limit=LIMIT)
    assert "after k0 (9)<br>after k1 (9)<br>after k2 (9)<br>and 3 other reasons |" in text


def test_an_overview_of_machines_without_end_stays_short() -> None:
    text = pull_comment(many(2_000, machines=2_000), limit=60_000)
    overview, _, _ = text.partition("<details>")
    assert overview.count("\n| `+`") == 41
    assert "| `+`&nbsp;Run | and 1,460 more |" in overview


def test_the_same_view_gives_the_same_bytes() -> None:
    assert pull_comment(many(300), limit=9_000) == pull_comment(many(300), limit=9_000)


def test_an_empty_plan_is_told() -> None:
    empty: Plan = plan()
    assert "Merging starts nothing" in pull_comment(view(plan=empty), limit=LIMIT)
    assert "no jobs" in pull_comment(view(plan=empty), limit=LIMIT)
