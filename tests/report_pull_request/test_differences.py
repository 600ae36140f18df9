from __future__ import annotations

from runner.report import differences_markdown, differences_text
from runner.review import Difference, Mark
from tests.report_pull_request.reading import read
from tests.report_pull_request.views import DIGEST, HEAD, LINKS, URL, job

OTHER = "its work is another than the reviewed one"
SOME = [
    Difference(
        job("load", revision="b2", reason="changed since 2026-11-18", input={"day": 19, "n": 1}),
        OTHER,
        Mark("w", "load", "run", "a1", {"day": 18, "n": 1}),
    ),
    Difference(job("clean", reason="never run"), "the reviewed plan does not start it"),
]


def markdown(some: list[Difference], limit: int = 20_000) -> str:
    reason = "2 jobs would start otherwise than reviewed"
    return differences_markdown(some, digest=DIGEST, reason=reason, links=LINKS, limit=limit)


def test_a_log_shows_what_would_start_how_it_differs_and_the_ways_out() -> None:
    assert differences_text(SOME, digest=DIGEST, width=100) == (
        "The review does not cover 2 jobs that would be started\n"
        "\n"
        "  load: its work is another than the reviewed one (run: changed since 2026-11-18)\n"
        "      ~ revision: a1 → b2\n"
        "      ~ day: 18 → 19\n"
        "\n"
        "  clean: the reviewed plan does not start it (run: never run)\n"
        "\n"
        "Have the plan as it is now reviewed: in a pull request, or a new push to an open one.\n"
        "\n"
        "Or, if all of it is right, run the workflow by hand with approve-digest"
        f" {DIGEST}\n"
    )


def test_a_log_names_so_many_and_counts_the_others() -> None:
    text = differences_text(SOME[1:] * 40, digest=DIGEST, width=100)
    assert text.count("  clean:") == 30
    assert "\n  and 10 more jobs\n" in text


def test_lines_of_a_log_keep_to_their_width() -> None:
    long = [Difference(job("a" * 60, reason="r " * 40), OTHER)]
    text = differences_text(long, digest=DIGEST, width=70)
    assert max(map(len, text.splitlines())) <= 70


def test_markdown_has_the_same_in_a_table() -> None:
    text = markdown(SOME)
    page = read(text)
    assert page.faults == []
    assert "Nothing was started: 2 jobs would start otherwise than reviewed." in page.text
    assert f"{URL}/blob/{HEAD}/specs/jobs.yaml#L3" in page.links
    assert "<br><code>&#126; revision: a1 → b2</code><br><code>&#126; day: 18 → 19</code> |" in text
    assert f"approve-digest <code>{DIGEST}</code>" in text


def test_what_is_alike_is_no_difference() -> None:
    assert "<code>n" not in markdown(SOME)


def test_the_way_out_stays_whatever_has_no_room() -> None:
    for limit in (900, 2_000, 10_000):
        text = markdown(SOME * 300, limit)
        assert len(text.encode()) <= limit
        assert f"approve-digest <code>{DIGEST}</code>" in text
        assert " more |  |\n" in text
        assert "Left out for size: how inputs differ. See the log of" in text
