"""Specs at a commit, read with the real git from real repositories, in which nothing may run."""

from __future__ import annotations

import os
import select
import subprocess
from pathlib import Path

import pytest

from runner import sources
from runner.errors import Refused
from runner.git import Repository, base_of, calling, repository_of
from runner.sources import Unreadable

AUTHOR = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "file",
}


def git(folder: Path, *command: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *command],
        env=dict(os.environ) | AUTHOR,
        check=True,
        capture_output=True,
    )
    return done.stdout.decode().strip()


def write(path: Path, data: bytes = b"a: 1\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def commit(folder: Path, message: str = "change") -> str:
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "--allow-empty", "--no-verify", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    git(made, "init", "-q", "-b", "main")
    return made


@pytest.fixture
def repository(folder: Path) -> Repository:
    return Repository(folder)


def named(found: sources.Sources) -> dict[str, bytes]:
    return {file.name: file.data for file in found.files}


def pull_request(folder: Path) -> tuple[str, str, str]:
    """The base, the head and the merge of both, which is checked out."""
    write(folder / "specs/a.yaml", b"base\n")
    commit(folder, "first")
    git(folder, "checkout", "-q", "-b", "topic")
    write(folder / "specs/a.yaml", b"head\n")
    head = commit(folder, "topic")
    git(folder, "checkout", "-q", "main")
    write(folder / "specs/b.yaml", b"moved on\n")
    base = commit(folder, "moved on")
    git(folder, "merge", "-q", "--no-ff", "-m", "merge", "topic")
    return base, head, git(folder, "rev-parse", "HEAD")


def test_the_files_of_a_commit_are_those_that_would_be_found_in_a_checkout_of_it(
    folder: Path, repository: Repository
) -> None:
    for name in (
        "specs/b.yaml",
        "specs/a/z.yml",
        "specs/A.YAML",
        "specs/c.json",
        "specs/d.asl.yaml",
        "specs/.e.yaml",
        "specs/.f/g.yaml",
        "other/h.yaml",
        "i.yaml",
    ):
        write(folder / name, name.encode())
    at = commit(folder)
    on_disk = {
        tuple(paths): sources.read([Path(path) for path in paths], cwd=folder)
        for paths in (["specs"], ["specs", "other"], ["specs/d.asl.yaml"], ["specs/.f"], ["."])
    }
    write(folder / "specs/b.yaml", b"changed since\n")
    commit(folder)
    for paths, expected in on_disk.items():
        found = repository.sources(at, [Path(path) for path in paths], folder)
        assert found.files == expected.files, paths
        assert found.root == expected.root
        assert found.diagnostics == ()


def test_names_are_relative_to_where_people_stand(folder: Path, repository: Repository) -> None:
    write(folder / "sub/specs/a.yaml")
    write(folder / "other/b.yaml")
    at = commit(folder)
    found = repository.sources(at, [Path("specs"), Path("../other")], folder / "sub")
    assert [file.name for file in found.files] == [str(folder / "other/b.yaml"), "specs/a.yaml"]


def test_a_path_that_the_commit_does_not_have_gives_nothing_and_no_complaint(
    folder: Path, repository: Repository, tmp_path: Path
) -> None:
    at = commit(folder)
    write(folder / "specs/a.yaml")
    found = repository.sources(at, [Path("specs"), tmp_path / "elsewhere"], folder)
    assert found.files == ()
    assert found.diagnostics == ()


def test_links_and_submodules_are_left_out(folder: Path, repository: Repository) -> None:
    write(folder / "specs/a.yaml")
    (folder / "specs/link.yaml").symlink_to("a.yaml")
    (folder / "specs/out.yaml").symlink_to("/etc/passwd")
    (folder / "again").symlink_to("specs")
    inner = folder / "specs/sub.yaml"
    inner.mkdir()
    git(inner, "init", "-q")
    write(inner / "b.yaml")
    commit(inner)
    at = commit(folder)
    assert "160000" in git(folder, "ls-tree", "-r", at)
    found = repository.sources(at, [Path("specs"), Path("again")], folder)
    assert list(named(found)) == ["specs/a.yaml"]
    for path in ("specs/link.yaml", "again/a.yaml", "specs/sub.yaml/b.yaml"):
        with pytest.raises(Unreadable, match="no such file"):
            repository.read(at, folder / path)


@pytest.mark.parametrize(
    "name", [b"-x.yaml", b":(top)a.yaml", b"a\nb.yaml", b'q"\t.yaml', b"*.yaml", b"caf\xe9.yaml"]
)
def test_a_file_name_may_hold_anything(folder: Path, repository: Repository, name: bytes) -> None:
    path = Path(os.fsdecode(name))
    write(folder / "specs" / path, b"1")
    write(folder / "specs" / "plain.yaml", b"2")
    at = commit(folder)
    found = repository.sources(at, [Path("specs") / path], folder)
    assert [(file.path, file.data) for file in found.files] == [(folder / "specs" / path, b"1")]
    assert found.files[0].name.encode("utf-8")
    assert repository.read(at, folder / "specs" / path) == b"1"
    at_top = repository.sources(at, [Path()], folder)
    assert len(at_top.files) == 2


def test_data_is_as_it_was_committed_whatever_the_attributes_and_filters_say(
    folder: Path, repository: Repository, tmp_path: Path
) -> None:
    write(folder / "specs/a.yaml", b"crlf: 1\r\nlast: $Id$")
    at = commit(folder)
    ran = tmp_path / "ran"
    touch = f"touch {ran}; cat"
    write(
        folder / ".gitattributes",
        b"* filter=evil diff=evil text eol=crlf ident working-tree-encoding=UTF-16\n",
    )
    for key in (
        "filter.evil.smudge",
        "filter.evil.clean",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.external",
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.askPass",
        "credential.helper",
        "alias.cat-file",
    ):
        git(folder, "config", key, f"!{touch}" if key.startswith(("alias", "cred")) else touch)
    hooks = folder / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (hooks / hook).chmod(0o755)
    found = repository.sources(at, [Path("specs")], folder)
    assert named(found) == {"specs/a.yaml": b"crlf: 1\r\nlast: $Id$"}
    assert repository.parents("HEAD") == ()
    with pytest.raises(Refused):
        repository.fetch("0" * 40)
    assert not ran.exists()


def test_the_environment_does_not_lead_git_elsewhere(
    folder: Path, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "specs/a.yaml")
    at = commit(folder)
    ran = tmp_path / "ran"
    for name, value in {
        "GIT_DIR": str(tmp_path / "other"),
        "GIT_WORK_TREE": "/",
        "GIT_OBJECT_DIRECTORY": str(tmp_path),
        "GIT_EXTERNAL_DIFF": f"touch {ran}",
        "GIT_TRACE": str(ran),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "nonsense",
    }.items():
        monkeypatch.setenv(name, value)
    assert named(repository.sources(at, [Path("specs")], folder)) == {"specs/a.yaml": b"a: 1\n"}
    assert not ran.exists()


def test_no_git_is_taken_from_the_folder_that_is_looked_at(
    folder: Path, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = commit(folder)
    write(folder / "git", f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n".encode())
    (folder / "git").chmod(0o755)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", f".::{os.environ['PATH']}")
    assert repository.has(at)
    monkeypatch.setenv("PATH", ".")
    with pytest.raises(Refused, match="git is not there: install it"):
        repository.has(at)
    assert not (tmp_path / "ran").exists()


def test_neither_is_one_from_the_checkout_of_a_workflow_nor_what_git_calls(
    folder: Path, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = commit(folder)
    write(folder / "bin/git", f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n".encode())
    write(folder / "bin/ssh", f"#!/bin/sh\ntouch {tmp_path / 'called'}\n".encode())
    for name in ("git", "ssh"):
        (folder / "bin" / name).chmod(0o755)
    (tmp_path / "link").symlink_to(folder / "bin")
    (tmp_path / "checkout").symlink_to(folder)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "checkout"))
    git(folder, "remote", "add", "origin", "ssh://127.0.0.1:1/x")
    for first in (folder / "bin", folder / "none/../bin", tmp_path / "link"):
        monkeypatch.setenv("PATH", f"{first}:/{folder}/bin:{os.defpath}")
        assert repository.head() == at
        with pytest.raises(Refused):
            repository.fetch("a" * 40)
    monkeypatch.setenv("PATH", str(folder / "bin"))
    with pytest.raises(Refused, match="git is not there: install it"):
        repository.head()
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "called").exists()


def test_the_commit_that_is_checked_out_is_told(folder: Path, repository: Repository) -> None:
    with pytest.raises(Refused):
        repository.head()
    at = commit(folder)
    git(folder, "checkout", "-q", "--detach")
    assert repository.head() == at


def test_replaced_objects_are_read_as_they_are(folder: Path, repository: Repository) -> None:
    write(folder / "specs/a.yaml", b"true")
    at = commit(folder)
    write(folder / "specs/a.yaml", b"false")
    git(folder, "replace", at, commit(folder))
    assert named(repository.sources(at, [Path("specs")], folder)) == {"specs/a.yaml": b"true"}


@pytest.mark.parametrize(
    "name", ["--help", "HEAD", "main", "a" * 39, "A" * 40, "a" * 40 + "\n", ""]
)
def test_only_whole_hashes_are_commits(repository: Repository, name: str) -> None:
    for call in (repository.has, repository.fetch):
        with pytest.raises(Refused, match="not the name of a commit"):
            call(name)
    with pytest.raises(Refused, match="not the name of a commit"):
        repository.sources(name, [Path("specs")], repository.root)


def test_bounds_are_told_and_hold(
    folder: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "specs/a.yaml", b"x" * 10)
    write(folder / "specs/b.yaml", b"x" * 30)
    write(folder / "specs/c.yaml", b"x" * 10)
    write(folder / "specs/d.yaml", b"x" * 10)
    write(folder / "specs/e.yaml", b"x" * 10)
    at = commit(folder)
    monkeypatch.setattr(sources, "MAX_BYTES", 20)
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 25)
    found = repository.sources(at, [Path("specs")], folder)
    assert list(named(found)) == ["specs/a.yaml", "specs/c.yaml"]
    assert [(each.place.file, each.message) for each in found.diagnostics] == [
        ("specs/b.yaml", "not read: it has more than 20 bytes"),
        ("specs/d.yaml", "more than 25 bytes of specs; from here on none is read"),
    ]
    with pytest.raises(Unreadable, match="more than 20 bytes"):
        repository.read(at, folder / "specs/b.yaml")
    monkeypatch.setattr(sources, "MAX_ENTRIES", 1)
    found = repository.sources(at, [Path("specs")], folder)
    assert list(named(found)) == ["specs/a.yaml"]
    assert "more than 1 files" in found.diagnostics[0].message


def test_definition_files_are_read_below_the_root_alone(
    folder: Path, repository: Repository
) -> None:
    write(folder / "machines/a.asl.json", b"{}")
    at = commit(folder)
    assert repository.read(at, folder / "specs/../machines/a.asl.json") == b"{}"
    assert repository.read(at, Path("machines/a.asl.json")) == b"{}"
    for path, why in (
        (folder / "machines", "no such file"),
        (folder / "none", "no such file"),
        (folder / "../x", "outside the project"),
        (Path("/etc/passwd"), "outside the project"),
        (folder / "a\0b", "NUL"),
    ):
        with pytest.raises(Unreadable, match=why):
            repository.read(at, path)


def test_a_path_is_told_from_the_top(folder: Path, repository: Repository) -> None:
    assert repository.relative(folder / "specs/../a.yaml") == Path("a.yaml")
    assert repository.relative(folder) == Path()
    assert repository.relative(folder / "../other") is None


def test_a_worktree_is_a_repository_too(folder: Path, tmp_path: Path) -> None:
    write(folder / "specs/a.yaml")
    at = commit(folder)
    tree = tmp_path / "tree"
    git(folder, "worktree", "add", "-q", str(tree))
    assert (tree / ".git").is_file()
    repository = repository_of(Path("specs"), tree)
    assert repository == Repository(tree)
    assert repository is not None
    assert named(repository.sources(at, [Path("specs")], tree)) == {"specs/a.yaml": b"a: 1\n"}


def test_a_link_or_a_submodule_of_a_change_moves_no_repository(
    folder: Path, repository: Repository, tmp_path: Path
) -> None:
    write(folder / "specs/a.yaml")
    write(folder / "other.yaml")
    at = commit(folder)
    git(folder, "mv", "specs", "jobs")
    (folder / "specs").symlink_to(".")
    (folder / "out").symlink_to(clone(folder, tmp_path / "elsewhere").root)
    git(folder, "submodule", "--quiet", "add", folder.as_uri(), "inner")
    assert (folder / "inner/.git").is_file()
    for path in ("specs", "out", "out/specs", "inner", "inner/specs", "specs/../jobs"):
        assert repository_of(Path(path), folder) == repository, path
    assert list(named(repository.sources(at, [Path("specs")], folder))) == ["specs/a.yaml"]


def test_a_folder_without_git_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    assert repository_of(Path("specs"), tmp_path) is None


def test_a_broken_repository_is_refused_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(Refused, match=r"git cat-file failed: .*not a git repository"):
        Repository(tmp_path).parents("HEAD")


# The base of a pull request


def test_the_base_of_a_merge_is_what_was_merged_into(folder: Path, repository: Repository) -> None:
    base, head, merge = pull_request(folder)
    assert repository.parents("HEAD") == repository.parents(merge) == (base, head)
    event = git(folder, "rev-parse", "main~1")
    assert base_of(repository, head=head, base=event) == base


def test_without_the_merge_the_base_of_the_event_counts(
    folder: Path, repository: Repository
) -> None:
    base, head, _ = pull_request(folder)
    git(folder, "checkout", "-q", head)
    assert base_of(repository, head=head, base=base) == base


def test_a_merge_of_another_head_tells_no_base(folder: Path, repository: Repository) -> None:
    base, head, _ = pull_request(folder)
    event = git(folder, "rev-parse", "topic~1")
    assert event != base
    other = commit(folder, "an octopus has more arms than two")
    assert base_of(repository, head=other, base=event) == event
    assert base_of(repository, head=head, base=event) == event


def clone(folder: Path, target: Path, *options: str) -> Repository:
    git(folder.parent, "clone", "-q", *options, folder.as_uri(), str(target))
    return Repository(target)


def test_a_shallow_checkout_of_the_merge_alone_fetches_what_was_merged_into(
    folder: Path, tmp_path: Path
) -> None:
    base, head, _ = pull_request(folder)
    shallow = clone(folder, tmp_path / "clone", "--depth=1")
    assert not shallow.has(base)
    assert base_of(shallow, head=head, base=git(folder, "rev-parse", "main~2")) == base
    assert named(shallow.sources(base, [Path("specs")], shallow.root)) == {
        "specs/a.yaml": b"base\n",
        "specs/b.yaml": b"moved on\n",
    }


def test_with_two_commits_nothing_is_fetched(folder: Path, tmp_path: Path) -> None:
    base, head, _ = pull_request(folder)
    shallow = clone(folder, tmp_path / "clone", "--depth=2")
    git(shallow.root, "remote", "remove", "origin")
    assert base_of(shallow, head=head, base="0" * 40) == base


def test_a_whole_clone_stays_whole_when_it_fetches(folder: Path, tmp_path: Path) -> None:
    pull_request(folder)
    whole = clone(folder, tmp_path / "clone")
    write(folder / "specs/c.yaml")
    commit(folder)
    base = commit(folder)
    whole.fetch(base)
    assert whole.has(base)
    assert not (whole.root / ".git/shallow").exists()
    assert not (whole.root / ".git/FETCH_HEAD").exists()


def test_a_base_that_can_not_be_had_is_refused_with_the_way_out(
    folder: Path, tmp_path: Path
) -> None:
    _, head, _ = pull_request(folder)
    shallow = clone(folder, tmp_path / "clone", "--depth=1")
    git(shallow.root, "remote", "set-url", "origin", "https://me:pass-word@127.0.0.1:1/x.git")
    with pytest.raises(Refused, match="check out with `fetch-depth: 2`") as caught:
        base_of(shallow, head=head, base="0" * 40)
    assert "127.0.0.1" in str(caught.value)
    assert "pass-word" not in str(caught.value)


def test_what_a_partial_clone_left_out_is_not_fetched_on_the_way(
    folder: Path, tmp_path: Path
) -> None:
    base, _, _ = pull_request(folder)
    git(folder, "config", "uploadpack.allowFilter", "true")
    partial = clone(folder, tmp_path / "clone", "--filter=blob:none", "--no-checkout")
    ran = tmp_path / "ran"
    git(partial.root, "config", "remote.origin.uploadpack", f"touch {ran}; git-upload-pack")
    with pytest.raises(Refused, match="check out without `filter`"):
        partial.sources(base, [Path("specs")], partial.root)
    assert not ran.exists()


def ends(process: int) -> bool:
    """Wait for a process that somebody else started to end, for as long as that may take."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    with os.fdopen(descriptor) as ended:
        return bool(select.select([ended], [], [], 60)[0])


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="no way to wait for it")
def test_a_git_that_hangs_is_ended_with_all_that_it_started(
    folder: Path, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin/git"
    write(program, f"#!/bin/sh\nsleep 1000 &\necho $! >{tmp_path}/child\nwait\n".encode())
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setattr(calling, "TIMEOUT", 1.0)
    with pytest.raises(Refused, match="git cat-file took more than 1 s"):
        repository.has("a" * 40)
    assert ends(int((tmp_path / "child").read_text()))


def test_a_checkout_of_another_user_is_refused_with_the_way_out(
    folder: Path, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin/git"
    write(
        program,
        b'#!/bin/sh\necho "fatal: detected dubious ownership in repository" >&2\nexit 128\n',
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    with pytest.raises(Refused, match=r"another user owns it: .*safe\.directory"):
        repository.parents("HEAD")
