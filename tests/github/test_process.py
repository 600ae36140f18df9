"""A step in a process of its own does all of it, while GitHub fails on the way."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from runner.github import Body, body
from tests.fake_github import BAD_GATEWAY, LOST, Pull
from tests.fake_github.fixtures import BASE, HEAD, MERGE, github, workflow_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fake_github import FakeGitHub

__all__ = ["github"]

STEP = """
import os
from runner.github import Body, Client, Patience, body, comments, id_token, pulls, read
from runner.github import write_outputs, write_summary

work = read(os.environ)
patience = Patience(base=0.01)
with Client(
    work.api_url, os.environ["TOKEN"], graphql_url=work.graphql_url, patience=patience
) as client:
    pull = pulls.brought(client, work.repository, work.commit)
    author = comments.viewer(client)
    text = body.write(Body("prod", "1.abc", plan="3 to run"))
    comment = comments.keep(
        client, work.repository, pull.number, text, label="prod", author=author
    )
write_outputs(work.output, {"comment-url": comment.url, "pr-number": str(pull.number)})
write_summary(work.summary, "3 to run")
print(id_token(os.environ, patience=patience))
"""


def test_a_step_keeps_its_comment_and_leaves_outputs(github: FakeGitHub, tmp_path: Path) -> None:
    github.world.add_pull(Pull(8, HEAD, BASE, merge=MERGE, state="closed"))
    github.faults.add("commit_pulls", BAD_GATEWAY, calls={1})
    github.faults.add("create_comment", LOST, calls={1})
    environ = workflow_environment(github, tmp_path) | {"TOKEN": github.token}
    done = subprocess.run(
        [sys.executable, "-I", "-c", STEP],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == github.world.id_tokens[-1]
    (note,) = github.world.notes_of(8)
    assert body.read(note.body) == Body("prod", "1.abc", plan="3 to run")
    assert f"#issuecomment-{note.id}\n" in (tmp_path / "github_output").read_text()
    assert (tmp_path / "github_step_summary").read_text() == "3 to run\n"
