"""The small runner itself, on actions of its own."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest

from tests.composite import Composite, Line, Outcome
from tests.composite.expressions import ExpressionError, condition, evaluate, render
from tests.composite.files import MalformedFile, pairs

if TYPE_CHECKING:
    from pathlib import Path


def action(folder: Path, *steps: str, outputs: str = "") -> Composite:
    """An action with an input `word` and these steps; each begins with its `id`."""
    listed = "".join(
        "    - shell: bash\n" + indent(dedent(step).strip("\n") + "\n", " " * 6) for step in steps
    )
    (folder / "action").mkdir()
    (folder / "work").mkdir()
    (folder / "action" / "action.yml").write_text(
        f"name: x\ninputs:\n  word: {{default: '${{{{ github.token }}}}'}}\n"
        f"outputs: {{{outputs}}}\nruns:\n  using: composite\n  steps:\n{listed}"
    )
    environ = {"GITHUB_REPOSITORY": "acme/jobs"}
    return Composite(folder / "action", folder / "work", folder / "temp dir", environ, waits=(9, 9))


def outcomes(outcome: Outcome) -> dict[str, str]:
    return {name: step.outcome for name, step in outcome.steps.items()}


ALWAYS = """
    id: last
    if: always()
    run: echo "last ${{ steps.first.outcome }}"
"""


def test_steps_hand_on_outputs_environment_and_path(tmp_path: Path) -> None:
    use = action(
        tmp_path,
        r"""
        id: first
        run: |
          printf 'a=1\nb<<E\n2\n3\nE\n' >>"$GITHUB_OUTPUT"
          printf 'WORD=%s\nGITHUB_REPOSITORY=evil\n' "$INPUT" >>"$GITHUB_ENV"
          echo "$PWD" >>"$GITHUB_PATH"
          echo '# hello' >>"$GITHUB_STEP_SUMMARY"
        env: {INPUT: "${{ inputs.word }}"}
        """,
        r"""
        id: second
        run: |
          echo "$WORD|$GITHUB_REPOSITORY|${PATH%%:*}|$B|${INPUT-none}"
        env: {B: "${{ steps.first.outputs.b }}"}
        """,
        outputs="b: {value: '${{ steps.first.outputs.b }}'}, "
        "c: {value: \"${{ steps.first.outputs.c || 'none' }}\"}",
    )
    outcome = use.run({"word": "so"})
    assert outcome.text == f"so|acme/jobs|{tmp_path}/work|2\n3|none\n"
    assert outcome.outputs == {"b": "2\n3", "c": "none"}
    assert (outcome.conclusion, outcome.summary) == ("success", "# hello\n")
    assert use.run().text.startswith("ghs_token|")


def test_a_failed_step_skips_what_waits_for_success(tmp_path: Path) -> None:
    use = action(
        tmp_path,
        "id: first\nrun: false | true; echo not reached",
        "id: second\nrun: echo",
        "id: third\nif: failure()\nrun: echo",
        ALWAYS,
    )
    outcome = use.run()
    assert outcomes(outcome) == {
        "first": "failure",
        "second": "skipped",
        "third": "success",
        "last": "success",
    }
    assert outcome.text == "\nlast failure\n"
    assert outcome.conclusion == "failure"


CANCELLED = {"first": "cancelled", "second": "skipped", "third": "success", "last": "success"}


@pytest.mark.parametrize(
    ("script", "printed", "signals"),
    [
        ("exec python3 -c 'import time; print(1, flush=True); time.sleep(60)'", "1", ("SIGINT",)),
        ("trap 'echo got; exit 0' INT; echo 1; while :; do :; done", "1\ngot", ("SIGINT",)),
        ("trap 'echo got' INT; trap 'echo term; exit' TERM; echo 1; while :; do :; done", "1", ()),
        ("trap '' INT TERM; echo 1; sleep 60", "1", ("SIGINT", "SIGTERM", "SIGKILL")),
    ],
    ids=["python by exec", "bash in time", "bash too late", "neither"],
)
def test_a_cancel_signals_the_process_and_runs_what_always_runs(
    tmp_path: Path, script: str, printed: str, signals: tuple[str, ...]
) -> None:
    use = action(
        tmp_path,
        f"id: first\nrun: |\n  {script}",
        "id: second\nrun: echo",
        "id: third\nif: cancelled()\nrun: echo",
        ALWAYS,
    )
    waits = (9.0, 9.0) if signals == ("SIGINT",) else (0.0, 9.0) if not signals else (0.0, 0.0)
    use = Composite(use.path, use.workspace, use.temp, waits=waits)
    outcome = use.run(cancel_when=lambda line: line.text == "1")
    assert outcomes(outcome) == CANCELLED
    assert outcome.conclusion == "cancelled"
    assert outcome.text.startswith(printed)
    assert outcome.text.endswith("\n\nlast cancelled\n")
    assert outcome.steps["first"].signals == (signals or ("SIGINT", "SIGTERM"))


def test_the_signal_does_not_reach_a_child_of_bash(tmp_path: Path) -> None:
    child = "import signal, sys; signal.signal(2, lambda *_: print('child')); print(1, flush=True)"
    use = action(
        tmp_path,
        f"id: first\nrun: |\n  trap 'echo bash' INT\n  cat >x.py <<'E'\n  {child}\n  input()\n  E\n"
        "  mkfifo f; exec 3<>f; python3 x.py <f & echo; wait || echo >f; wait",
    )
    outcome = use.run(cancel_when=lambda line: line.text == "1")
    assert [line.text for line in outcome.log if line.text] == ["1", "bash"]


def test_a_cancel_leaves_a_step_alone_that_runs_always(tmp_path: Path) -> None:
    use = action(tmp_path, "id: first\nrun: echo", ALWAYS)
    outcome = use.run(cancel_when=lambda line: line.text.startswith("last"))
    assert outcomes(outcome) == {"first": "success", "last": "success"}
    assert (outcome.conclusion, outcome.steps["last"].signals) == ("cancelled", ())


def test_commands_are_found_in_both_streams(tmp_path: Path) -> None:
    script = r"echo ::add-mask::a; printf 'x\r  ::error file=f::bad%%0Ano\n' >&2; echo a::b"
    seen: list[Line] = []
    outcome = action(tmp_path, f'id: first\nrun: "{script}"'.replace("\\", "\\\\")).run(
        on_line=seen.append
    )
    [error] = outcome.named("error")
    assert (error["file"], error.get("line"), error.data) == ("f", None, "bad\nno")
    assert [each.data for each in outcome.named("add-mask")] == ["a"]
    assert sorted(seen, key=str) == sorted(outcome.log, key=str)


def test_a_summary_over_the_limit_is_dropped_and_fails_nothing(tmp_path: Path) -> None:
    script = 'head -c 1048577 /dev/zero | tr "\\0" a >>"$GITHUB_STEP_SUMMARY"'
    outcome = action(tmp_path, f"id: first\nrun: {script}").run()
    assert (outcome.summary, outcome.conclusion) == ("", "success")
    assert "too large" in outcome.text


def test_a_malformed_output_fails_the_step(tmp_path: Path) -> None:
    script = r"""printf 'a=1\nb<<E\n2' >>"$GITHUB_OUTPUT" """
    outcome = action(tmp_path, f"id: first\nrun: {script}").run()
    assert outcomes(outcome) == {"first": "failure"}
    assert outcome.steps["first"].outputs == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a=b=c\n\nd=\n", [("a", "b=c"), ("d", "")]),
        ("a<<E\nE\nb<<E\n\nx\r\nE\n", [("a", ""), ("b", "\nx\r")]),
        ("a=<<E\nE<<=\n=\n", [("a", "<<E"), ("E", "")]),
    ],
)
def test_pairs_are_read_as_the_runner_reads_them(text: str, found: list[tuple[str, str]]) -> None:
    assert list(pairs(text)) == found


@pytest.mark.parametrize("text", ["a", "<<E\nE\n", "a<<\n\n", "a<<E\nx\n E\n", "a<<E\n"])
def test_malformed_pairs_are_refused(text: str) -> None:
    with pytest.raises(MalformedFile):
        list(pairs(text))


CONTEXTS = {"inputs": {"a-b": "X", "no": ""}, "steps": {"s": {"outcome": "failure"}}}
FUNCTIONS = {"always": lambda: True, "success": lambda: False}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("inputs.a-b == 'x' && steps.s.outcome != 'success'", True),
        ("inputs.no || 'it''s'", "it's"),
        ("!(inputs.no) && null == ''", True),
        ("inputs.no == 0", True),
        ("inputs.a-b == 0 || false", False),
        ("1.5", 1.5),
    ],
)
def test_expressions_mean_what_github_says(expression: str, value: object) -> None:
    assert evaluate(expression, CONTEXTS, FUNCTIONS) == value


@pytest.mark.parametrize(
    "expression",
    ["inputs.x", "secrets.x", "steps.s", "github", "format('x')", "a b", "'x", "1 ==", "(1", "x()"],
)
def test_what_is_unknown_is_an_error(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, CONTEXTS, FUNCTIONS)


def test_a_condition_without_a_status_asks_for_success() -> None:
    assert not condition("inputs.a-b != ''", CONTEXTS, FUNCTIONS)
    assert condition("${{ always() && inputs.a-b != '' }}", CONTEXTS, FUNCTIONS)
    assert render("a${{ inputs.a-b }}b${{ true }}", CONTEXTS, FUNCTIONS) == "aXbtrue"
    with pytest.raises(ExpressionError):
        render("${{ inputs.a-b", CONTEXTS, FUNCTIONS)


@pytest.mark.parametrize(
    "step", ["run: echo\nuses: x", "run: echo\nwith: {a: b}", "run: echo\ntimeout-minutes: 1"]
)
def test_what_this_runner_does_not_know_is_refused(tmp_path: Path, step: str) -> None:
    with pytest.raises(ValueError, match="does not know"):
        action(tmp_path, step).run()
    with pytest.raises(ValueError, match="no such inputs"):
        Composite(_plain(tmp_path), tmp_path, tmp_path).run({"wrod": "x"})


def _plain(folder: Path) -> Path:
    (folder / "plain").mkdir()
    (folder / "plain" / "action.yml").write_text(
        "name: x\nruns: {using: composite, steps: [{shell: bash, run: 'echo'}]}\n"
    )
    return folder / "plain"
