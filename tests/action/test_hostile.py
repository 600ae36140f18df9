"""Text from strangers: in specs, in causes, in file names. None of it is taken for a command."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from tests.action.team import job
from tests.composite import found_in
from tests.fake_aws import fails
from tests.fake_github import Fault

if TYPE_CHECKING:
    from tests.action.team import Team
    from tests.composite import Outcome

INVALID = sorted(
    path for path in (Path(__file__).parents[1] / "specs" / "invalid").iterdir() if path.is_dir()
)
TAGS = {
    *("a", "blockquote", "br", "code", "details", "em", "h3", "h4", "hr", "li", "p", "pre"),
    *("span", "strong", "sub", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
CONSOLE = "https://us-east-1.console.aws.amazon.com/"
ALLOWED = {"error", "warning", "notice"}

HOSTILE = [
    "::error file=x::boo",
    "\n::set-output name=result::won",
    "\r::add-path::/evil",
    "##[error]boo",
    "\u2028::stop-commands::x",
    "\u0085::add-mask::x",
    "\x1b[31m::warning::x\x1b[0m",
    "@everyone closes #1 GH-2",
    '<img src=x onerror=alert(1)><!-- stepfleet v1 label="" -->-->',
    "</details></table>| a | b |\n|---|---|\n",
    "[click](https://evil.example) https://evil.example www.evil.example",
    "```\n~~~\n# heading\n",
    ']:::run; click j0 href "https://evil.example"',
    "ghadelimiter_x\nEOF\nresult<<EOF",
    "\u202egnp.exe\u2066",
]


def assert_harmless(used: Outcome) -> None:
    """Only annotations of ours, and nothing that a parser of any kind would find besides."""
    ours = [command for _, command in used.commands]
    assert {command.name for command in ours} <= ALLOWED
    assert all(command.get("title") == "Stepfleet" for command in ours)
    assert len(found_in(used.text)) == len(ours)


class _Tags(HTMLParser):
    """The tags of a page, and the text that is not code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.prose = ""
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._code += tag in ("code", "pre")
        self.prose += "|"

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("code", "pre")
        self.prose += "|"

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.prose += data


def assert_plain(text: str, team: Team) -> None:
    """Markdown with our own tags alone, that links to GitHub or to AWS's console alone."""
    seen = _Tags()
    seen.feed(MarkdownIt("commonmark").enable("table").render(text))
    assert {tag for tag, _ in seen.tags} <= TAGS
    for tag, attributes in seen.tags:
        assert set(attributes) <= {"href", "class"}, (tag, attributes)
        href = attributes.get("href") or team.github.server_url
        assert href.startswith((f"{team.github.server_url}/octo/jobs/", CONSOLE)) or tag != "a"
    assert "@everyone" not in seen.prose


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_in_specs_is_shown_as_text(team: Team, text: str) -> None:
    more = f"needs: [extract]\nparameters: {{o: {{type: string, value: {json.dumps(text)}}}}}"
    team.begin(job("extract"))
    pull = team.propose(
        "---\n"
        + json.dumps(
            {
                "apiVersion": "stepfleet/v1",
                "kind": "Job",
                "metadata": {"name": "extract", "description": text},
                "spec": {"stateMachine": "echo:1", "parameters": {"note": {"value": text}}},
            }
        )
        + "\n",
        job("next", more=more),
    )
    used = team.plan(pull)
    assert used.outputs["result"] == "changes", used.text
    assert_harmless(used)
    assert_plain(team.comments[0], team)
    assert_plain(used.summary, team)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_from_executions_is_shown_as_text(team: Team, text: str) -> None:
    team.aws.machine("bad", fails(f"Bad.{text}"[:200], text), versions=(1,))
    team.begin(job("extract"))
    pull = team.propose(job("extract", machine="bad:1"))
    team.plan(pull)
    team.merge(pull)
    used = team.apply()
    assert used.outputs["result"] == "failed", used.text
    assert_harmless(used)
    assert_plain(team.comments[0], team)
    assert_plain(used.summary, team)


@pytest.mark.parametrize("case", INVALID, ids=lambda case: case.name)
def test_invalid_specs_are_annotated_and_no_more(team: Team, case: Path) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"))
    shutil.copytree(case, team.workspace / "specs", dirs_exist_ok=True)
    (team.workspace / "specs" / "all.yaml").unlink()
    used = team.plan(pull)
    assert used.outputs["result"] == "invalid", used.text
    errors, warnings = used.named("error"), used.named("warning")
    assert 1 <= len(errors) <= 9
    assert len(warnings) <= 9
    assert_harmless(used)
    assert_plain(team.comments[0], team)


def test_a_files_name_is_shown_as_text(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"))
    for name in ("a\n::error::b.yaml", "@everyone,title=x::y.yaml", "--[x](https://evil).yaml"):
        (team.workspace / "specs" / name.replace("/", "_")).write_text("oops: [")
    used = team.plan(pull)
    assert used.outputs["result"] == "invalid", used.text
    assert_harmless(used)
    assert_plain(team.comments[0], team)


def test_outputs_of_many_lines_stay_one_output(team: Team) -> None:
    team.begin(job("extract"))
    (team.workspace / "specs" / "all.yaml").unlink()
    used = team.use("push", inputs={"command": "plan", "paths": "a\nresult<<EOF\nwon\nEOF"})
    assert used.outputs["result"] in ("invalid", "refused"), used.text
    assert set(used.steps["finish"].outputs) <= {
        "result", "counts", "plan-digest", "plan-path", "results-path",
        "comment-url", "pr-number", "failure-reason",
    }  # fmt: skip


def test_what_github_says_is_shown_as_text(team: Team) -> None:
    team.begin(job("extract"))
    pull = team.propose(job("extract"))
    said = "\r::error::won ##[error]won\n::warning::x"
    team.github.faults.add("create_comment", Fault(422, json.dumps({"message": said}).encode()))
    used = team.plan(pull)
    assert used.named("warning"), used.text
    assert_harmless(used)
