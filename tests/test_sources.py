"""Which files are read, and which never are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner import sources
from runner.errors import Severity
from runner.sources import Sources, Unreadable, read, read_below, root_of


def write(path: Path, data: bytes = b"a: 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(found: Sources) -> list[str]:
    return [file.name for file in found.files]


def codes(found: Sources) -> list[str]:
    return [diagnostic.code for diagnostic in found.diagnostics]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty repository."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    return folder


def test_a_folder_is_walked_to_any_depth_in_a_fixed_order(project: Path) -> None:
    for name in ("specs/b.yaml", "specs/a/z.yml", "specs/a.yaml", "specs/c/d/e/f.yaml"):
        write(project / name)
    found = read([Path("specs")], cwd=project)
    assert names(found) == ["specs/a/z.yml", "specs/a.yaml", "specs/b.yaml", "specs/c/d/e/f.yaml"]
    assert found.diagnostics == ()
    assert found.root == project
    assert found.files[0].data == b"a: 1\n"
    assert found.files[0].path == project / "specs/a/z.yml"


def test_only_spec_files_are_taken_from_a_folder(project: Path) -> None:
    for name in ("a.yaml", "B.YAML", "c.json", "d.asl.yaml", "e.ASL.yml", ".f.yaml", ".g/h.yaml"):
        write(project / "specs" / name)
    assert names(read([Path("specs")], cwd=project)) == ["specs/B.YAML", "specs/a.yaml"]


def test_a_file_that_is_named_is_taken_whatever_its_ending(project: Path) -> None:
    for name in ("jobs.txt", "x.asl.yaml", ".hidden/a.yaml"):
        write(project / name)
    paths = [Path("jobs.txt"), Path("x.asl.yaml"), Path(".hidden")]
    assert names(read(paths, cwd=project)) == [".hidden/a.yaml", "jobs.txt", "x.asl.yaml"]


def test_each_file_is_read_once_however_it_is_reached(project: Path) -> None:
    write(project / "specs/a.yaml")
    (project / "specs/b.yaml").symlink_to("a.yaml")
    (project / "again").symlink_to("specs")
    paths = [Path("specs"), Path("specs/a.yaml"), Path("specs/../specs"), Path("again")]
    found = read(paths, cwd=project)
    assert names(found) == ["specs/a.yaml"]
    assert found.diagnostics == ()


def test_files_outside_the_current_folder_are_named_in_full(project: Path) -> None:
    write(project / "specs/a.yaml")
    (project / "sub").mkdir()
    found = read([Path("../specs")], cwd=project / "sub")
    assert names(found) == [str(project / "specs/a.yaml")]


# The root


def test_the_root_is_the_repository_of_the_first_path(project: Path) -> None:
    write(project / "deep/er/a.yaml")
    assert read([project / "deep/er/a.yaml"], cwd=Path("/")).root == project


def test_a_worktree_has_a_git_file(tmp_path: Path) -> None:
    write(tmp_path / "tree/.git", b"gitdir: elsewhere\n")
    write(tmp_path / "tree/specs/a.yaml")
    assert read([tmp_path / "tree/specs"], cwd=tmp_path).root == tmp_path / "tree"


def test_without_a_repository_the_root_is_the_current_folder(tmp_path: Path) -> None:
    write(tmp_path / "specs/a.yaml")
    assert read([Path("specs")], cwd=tmp_path).root == tmp_path


def test_elsewhere_without_a_repository_the_root_is_the_paths_own_folder(tmp_path: Path) -> None:
    write(tmp_path / "one/specs/a.yaml")
    (tmp_path / "two").mkdir()
    cwd = tmp_path / "two"
    assert read([Path("../one/specs")], cwd=cwd).root == tmp_path / "one/specs"
    assert read([Path("../one/specs/a.yaml")], cwd=cwd).root == tmp_path / "one/specs"


# Links


def test_folder_loops_end(project: Path) -> None:
    write(project / "specs/a.yaml")
    (project / "specs/loop").symlink_to(".")
    (project / "specs/up").symlink_to("..")
    (project / "specs/one").mkdir()
    (project / "specs/one/two").symlink_to("../one")
    found = read([Path("specs")], cwd=project)
    assert names(found) == ["specs/a.yaml"]
    assert found.diagnostics == ()


def test_links_inside_the_root_are_followed(project: Path) -> None:
    write(project / "shared/more/a.yaml")
    write(project / "b.txt")
    (project / "specs").mkdir()
    (project / "specs/more").symlink_to("../shared/more")
    (project / "specs/b.yaml").symlink_to("../b.txt")
    assert names(read([Path("specs")], cwd=project)) == ["specs/b.yaml", "specs/more/a.yaml"]


@pytest.mark.parametrize("target", ["folder", "folder/a.yaml"])
def test_a_link_out_of_the_root_is_refused(project: Path, tmp_path: Path, target: str) -> None:
    write(tmp_path / "folder/a.yaml", b"secret: 1")
    write(project / "specs/b.yaml")
    link = project / "specs/link.yaml"
    link.symlink_to(tmp_path / target)
    found = read([Path("specs")], cwd=project)
    assert names(found) == ["specs/b.yaml"]
    (complaint,) = found.diagnostics
    assert (str(complaint.place), complaint.code) == ("specs/link.yaml:1:1", "link-outside")
    assert complaint.help


def test_a_named_path_must_not_lead_out_of_the_root_either(project: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside/a.yaml")
    (project / "specs").symlink_to(tmp_path / "outside")
    found = read([Path("specs"), Path("specs/a.yaml")], cwd=project)
    assert (names(found), codes(found)) == ([], ["link-outside", "link-outside"])


def test_a_link_in_a_repository_leads_to_no_other_repository(project: Path, tmp_path: Path) -> None:
    write(tmp_path / "other/specs/a.yaml", b"secret: 1")
    (tmp_path / "other/.git").mkdir()
    (project / "whole").symlink_to(tmp_path / "other")
    (project / "part").symlink_to("../other/specs")
    (project / "again").symlink_to("whole")
    (project / "a.yaml").symlink_to("../other/specs/a.yaml")
    for name in ("whole", "part", "again", "whole/specs", "whole/specs/a.yaml", "a.yaml"):
        for cwd in (project, tmp_path):
            path = Path(os.path.relpath(project / name, cwd))
            found = read([path], cwd=cwd)
            assert (names(found), codes(found), found.root) == ([], ["link-outside"], project)
            assert root_of(path, cwd) == project


def test_neither_does_a_link_of_another_repository_that_is_named_beside_it(
    project: Path, tmp_path: Path
) -> None:
    write(project / "specs/a.yaml")
    write(tmp_path / "private/b.yaml", b"secret: 1")
    (tmp_path / "other/.git").mkdir(parents=True)
    (tmp_path / "other/specs").symlink_to("../private")
    found = read([Path("specs"), Path("../other/specs")], cwd=project)
    assert (names(found), codes(found)) == (["specs/a.yaml"], ["link-outside"])


@pytest.mark.parametrize("target", [".", "inner", "../project"])
def test_a_link_does_not_move_the_root(project: Path, target: str) -> None:
    write(project / "inner/a.yaml")
    (project / "specs").symlink_to(target)
    found = read([Path("specs")], cwd=project)
    assert found.root == project
    assert (len(found.files), codes(found)) == (1, [])


def test_links_above_a_repository_are_the_users_own(project: Path, tmp_path: Path) -> None:
    write(project / "specs/a.yaml")
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "mine").symlink_to(project)
    for path in (tmp_path / "link/project/specs", tmp_path / "mine/specs", tmp_path / "mine"):
        found = read([path], cwd=Path("/"))
        assert (len(found.files), codes(found)) == (1, [])
        assert found.root in (tmp_path / "link/project", tmp_path / "mine")


def test_another_repository_that_is_named_is_read(project: Path, tmp_path: Path) -> None:
    write(tmp_path / "other/specs/a.yaml")
    (tmp_path / "other/.git").mkdir()
    found = read([Path("../other/specs")], cwd=project)
    assert names(found) == [str(tmp_path / "other/specs/a.yaml")]
    assert (codes(found), found.root) == ([], tmp_path / "other")


def test_a_checkout_inside_another_has_its_own_root(project: Path) -> None:
    write(project / "inner/specs/a.yaml")
    (project / "inner/.git").mkdir()
    assert read([Path("inner/specs")], cwd=project).root == project / "inner"


@pytest.mark.parametrize("name", ["specs", "worktrees/specs"])
def test_a_submodule_belongs_to_the_repository_that_holds_it(project: Path, name: str) -> None:
    write(project / ".git/modules" / name / "config")
    write(project / "specs/.git", f"gitdir: ../.git/modules/{name}\n".encode())
    write(project / "specs/a.yaml")
    found = read([Path("specs")], cwd=project)
    assert (names(found), found.root) == (["specs/a.yaml"], project)


def test_a_worktree_inside_its_repository_is_a_root_even_one_of_a_submodule(project: Path) -> None:
    for kept in (".git/worktrees/tree", ".git/modules/sub/worktrees/tree"):
        write(project / kept / "commondir", b"../..\n")
        write(project / "tree/.git", f"gitdir: {project / kept}\n".encode())
        assert root_of(Path("tree/specs"), project) == project / "tree"


def test_gits_own_files_are_nobodys_specs(project: Path) -> None:
    write(project / ".git/config", b"[secret]\n")
    (project / "specs").mkdir()
    (project / "specs/a.yaml").symlink_to("../.git/config")
    (project / "specs/b").symlink_to("../.git")
    found = read([Path("specs"), Path("specs/b/config")], cwd=project)
    assert (names(found), codes(found)) == ([], ["link-outside"] * 3)
    for name in (".git/config", "specs/a.yaml", "specs/b/config"):
        with pytest.raises(Unreadable, match="git's own"):
            read_below(project, Path(name))


def test_a_path_outside_the_root_that_is_named_itself_is_read(
    project: Path, tmp_path: Path
) -> None:
    write(project / "a.yaml")
    outside = write(tmp_path / "outside/b.yaml")
    (tmp_path / "outside/c.yaml").symlink_to(project / "a.yaml")
    found = read([Path("a.yaml"), outside.parent], cwd=project)
    assert names(found) == [str(outside), "a.yaml"]
    assert codes(found) == ["link-outside"]


def test_links_that_lead_nowhere_are_told(project: Path) -> None:
    (project / "specs").mkdir()
    (project / "specs/a.yaml").symlink_to("missing.yaml")
    (project / "specs/b.yaml").symlink_to("b.yaml")
    (project / "specs/c").symlink_to("nothing")
    found = read([Path("specs")], cwd=project)
    assert codes(found) == ["unreadable", "unreadable"]
    assert "there is no such file" in found.diagnostics[0].message


# What can't be read


def test_a_missing_path_is_told_with_the_nearest_name(project: Path) -> None:
    (project / "specs").mkdir()
    (complaint,) = read([Path("spec")], cwd=project).diagnostics
    assert (str(complaint.place), complaint.code) == ("spec:1:1", "missing-path")
    assert complaint.help == f"did you mean {project / 'specs'}?"


def test_a_missing_path_like_no_other_is_told(project: Path) -> None:
    (complaint,) = read([Path("no/where/at.yaml")], cwd=project).diagnostics
    assert str(complaint.help).startswith("give the path")


def test_one_missing_path_hides_no_other(project: Path) -> None:
    write(project / "a.yaml")
    found = read([Path("missing"), Path("a.yaml")], cwd=project)
    assert (names(found), codes(found)) == (["a.yaml"], ["missing-path"])


def test_a_folder_without_specs_is_a_warning(project: Path) -> None:
    write(project / "specs/readme.md")
    (complaint,) = read([Path("specs")], cwd=project).diagnostics
    assert (complaint.code, complaint.severity) == ("no-spec-files", Severity.WARNING)


def test_pipes_and_devices_are_not_opened(project: Path) -> None:
    (project / "specs").mkdir()
    os.mkfifo(project / "specs/pipe.yaml")
    found = read([Path("specs"), Path("/dev/zero"), Path("/dev/tty")], cwd=project)
    assert found.files == ()
    assert set(codes(found)) == {"unreadable"}
    assert "specs/pipe.yaml" in [diagnostic.place.file for diagnostic in found.diagnostics]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_and_folders_are_told(project: Path) -> None:
    write(project / "specs/a.yaml").chmod(0)
    write(project / "specs/b/c.yaml").parent.chmod(0)
    try:
        found = read([Path("specs")], cwd=project)
    finally:
        (project / "specs/b").chmod(0o700)
    assert codes(found) == ["unreadable", "unreadable"]


def test_a_file_beyond_the_bound_is_not_read(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 10)
    write(project / "a.yaml", b"#" * 11)
    write(project / "b.yaml", b"#" * 10)
    found = read([Path()], cwd=project)
    assert (names(found), codes(found)) == (["b.yaml"], ["unreadable"])
    assert "more than 10 bytes" in found.diagnostics[0].message


def test_files_together_have_a_bound(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 25)
    for number in range(9):
        write(project / f"{number}.yaml", b"#" * 10)
    found = read([Path()], cwd=project)
    assert (len(found.files), codes(found)) == (2, ["too-many-files"])


def test_a_walk_has_a_bound(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_ENTRIES", 5)
    for number in range(9):
        write(project / f"{number}.yaml")
    found = read([Path()], cwd=project)
    assert codes(found) == ["too-many-files"]


@pytest.mark.parametrize("name", ["a b", "ü😀", "a\nb", "a:1", "\x1b[1m", "-x"])
def test_a_file_name_may_hold_anything(project: Path, name: str) -> None:
    write(project / f"{name}.yaml")
    assert names(read([Path()], cwd=project)) == [f"{name}.yaml"]


def test_a_file_name_that_is_not_utf_8_can_be_written(project: Path) -> None:
    path = os.fsencode(project) + b"/\xff.yaml"
    try:
        Path(os.fsdecode(path)).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    assert names(read([Path()], cwd=project)) == ["\ufffd.yaml"]


# Files that documents refer to


def test_a_file_below_the_root_is_read(project: Path) -> None:
    write(project / "definitions/a.json", b"{}")
    (project / "specs").mkdir()
    assert read_below(project, Path("definitions/a.json")) == b"{}"
    assert read_below(project, project / "specs/../definitions/a.json") == b"{}"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../secret.json", "outside the project's folder"),
        ("/etc/passwd", "outside the project's folder"),
        ("link.json", "outside the project's folder"),
        ("folder/secret.json", "outside the project's folder"),
        ("missing.json", "no such file"),
        ("here", "it is a folder"),
        ("pipe", "no regular file"),
        ("a\0b", "NUL"),
        ("x" * 5000, "can't be read"),
    ],
)
def test_other_files_are_refused_with_the_reason(
    project: Path, tmp_path: Path, path: str, reason: str
) -> None:
    write(tmp_path / "secret.json")
    (project / "link.json").symlink_to("../secret.json")
    (project / "folder").symlink_to(tmp_path)
    (project / "here").mkdir()
    os.mkfifo(project / "pipe")
    with pytest.raises(Unreadable, match=reason):
        read_below(project, Path(path))
