from __future__ import annotations

from tests.cli.tools import Shell, job, shell

__all__ = ["shell"]


def test_a_valid_project_is_counted(shell: Shell) -> None:
    shell.write(job("a"), job("b", more="needs: [a]"))
    outcome = shell("validate")
    assert outcome.code == 0
    assert outcome.out == "shop is valid: 2 jobs, 2 state machines, 1 platform in 1 file.\n"


def test_every_complaint_comes_at_once_with_its_place(shell: Shell) -> None:
    shell.write(job("a", more="needs: [nobody]\ntimeoot: 2h"), job("b", more="if: vars.nothing"))
    outcome = shell("validate")
    assert outcome.code == 3
    assert "specs/all.yaml:34:3" in outcome.out
    assert "did you mean timeout?" in outcome.out
    assert "nobody" in outcome.out
    assert "vars.nothing" in outcome.out or "'nothing'" in outcome.out


def test_json_says_the_same_as_data(shell: Shell) -> None:
    shell.write(job("a", more="needs: [nobody]"))
    outcome = shell("validate", "--format", "json")
    assert outcome.code == 3
    (complaint,) = outcome.data["diagnostics"]
    assert complaint["place"]["file"] == "specs/all.yaml"
    assert complaint["place"]["line"] == 33
    assert "nobody" in complaint["message"]
    assert complaint["help"]


def test_github_gets_annotations(shell: Shell) -> None:
    shell.write(job("a", more="needs: [nobody]"))
    out = shell("validate", "--format", "github").out
    assert out.startswith("::error file=specs/all.yaml,line=33,")


def test_files_and_folders_may_be_mixed(shell: Shell) -> None:
    shell.write()
    deep = shell.folder / "more" / "deeper"
    deep.mkdir(parents=True)
    (deep / "one.yaml").write_text(job("one"))
    (shell.folder / "two.txt").write_text(job("two", more="needs: [one]"))
    outcome = shell("validate", "specs", "more", "two.txt")
    assert "2 jobs" in outcome.out, outcome


def test_a_missing_path_is_named(shell: Shell) -> None:
    outcome = shell("validate", "nowhere")
    assert outcome.code == 3
    assert "nowhere" in outcome.out


def test_github_finds_what_has_no_annotation_in_the_log(shell: Shell) -> None:
    shell.write(*(job(f"j{number}", more="needs: [nobody]") for number in range(12)))
    out = shell("validate", "--format", "github").out
    assert out.count("::error ") == 9
    assert out.count(": there is no job 'nobody'") >= 12
