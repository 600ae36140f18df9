"""Teams validate specs before they commit: the real pre-commit, with an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "runner", "schemas")

PROJECT = "apiVersion: stepfleet/v1\nkind: Project\nmetadata: {name: shop}\nspec: {}\n"
INVALID = PROJECT.replace("spec: {}", "spec: {concurency: 3}")


@dataclass(frozen=True)
class Repository:
    """A git repository, and the environment for commands in it."""

    path: Path
    environ: dict[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            arguments,
            cwd=self.path,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def git(self, *arguments: str) -> str:
        ended = self.run("git", *arguments)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    def commit(self) -> str:
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all")
        return self.git("rev-parse", "HEAD")

    def check(self) -> subprocess.CompletedProcess[str]:
        self.git("add", "-A")
        return self.run(sys.executable, "-m", "pre_commit", "run", "--all-files", "--color=never")


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A team's repository that uses the hook of this project's, as if it were committed."""
    folder = tmp_path_factory.mktemp("pre-commit")
    environ = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    environ |= {"PRE_COMMIT_HOME": str(folder / "home"), "PIP_NO_COMPILE": "1"}
    ours = Repository(folder / "stepfleet", environ)
    for name in PACKAGE:
        source, target = ROOT / name, ours.path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    revision = ours.commit()
    team = Repository(folder / "team", environ)
    (team.path / "specs").mkdir(parents=True)
    (team.path / "README.md").touch()
    (team.path / ".pre-commit-config.yaml").write_text(
        f"repos: [{{repo: {ours.path}, rev: {revision}, hooks: [{{id: stepfleet-validate}}]}}]\n"
    )
    team.commit()
    return team


def test_the_hook_lets_valid_specs_pass_and_shows_what_is_wrong_with_others(
    team: Repository,
) -> None:
    skipped = team.check()
    assert (skipped.returncode, "Skipped" in skipped.stdout) == (0, True), skipped.stdout
    specs = team.path / "specs" / "all.yaml"
    specs.write_text(PROJECT)
    passed = team.check()
    assert (passed.returncode, "Passed" in passed.stdout) == (0, True), passed.stdout
    specs.write_text(INVALID)
    failed = team.check()
    assert failed.returncode == 1
    assert "Validate Stepfleet specs" in failed.stdout
    assert "specs/all.yaml:4:8: " in failed.stdout
    assert "concurrency" in failed.stdout
