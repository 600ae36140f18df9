"""The action installs itself, and nothing of the checkout has a say in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.composite import Composite, Outcome

ROOT = Path(__file__).parent.parent.parent
INSTALL = ROOT / ".github" / "action" / "install.sh"
SHELL = shutil.which("bash") or "/bin/bash"

SPEC = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {name: shop}
spec: {platform: here}
---
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: here}
spec: {type: local}
"""
NOWHERE = "http://127.0.0.1:9/simple"
OWNED = "import pathlib; pathlib.Path(__file__).with_suffix('.owned').touch()\n"
HOSTILE = {
    **{
        f"{name}.py": OWNED
        for name in ("yaml", "json", "re", "pip", "venv", "sitecustomize", "usercustomize", "uv")
    },
    "runner/__init__.py": OWNED,
    "moto/__init__.py": OWNED,
    "brotli.py": OWNED,
    "uv.toml": f'index-url = "{NOWHERE}"\n',
    "pyproject.toml": f'[tool.uv]\nindex-url = "{NOWHERE}"\n[tool.uv.pip]\nno-binary = ["a"]\n',
    "pip.conf": f"[global]\nindex-url = {NOWHERE}\n",
    "setup.cfg": f"[install]\nindex-url = {NOWHERE}\n",
    ".python-version": "2.7.18\n",
    ".env": "PYTHONPATH=.\n",
    "requirements.txt": "nothing-of-this-name==1\n",
    "specs/project.yaml": SPEC,
}
PROGRAMS = (
    "cat",
    "cp",
    "env",
    "find",
    "git",
    "ls",
    "mktemp",
    "python3",
    "rm",
    "sed",
    "tr",
    "uv",
)


@dataclass(frozen=True)
class Used:
    """A runner that has used the action in a hostile checkout."""

    use: Composite
    outcome: Outcome

    @property
    def python(self) -> Path:
        return Path(self.outcome.steps["install"].outputs["python"])

    @property
    def owned(self) -> list[Path]:
        return sorted(self.use.workspace.rglob("*.owned"))


@pytest.fixture(scope="module")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The action as GitHub has it: a checkout, with nothing built."""
    folder = tmp_path_factory.mktemp("the action")
    shutil.copy(ROOT / "action.yml", folder)
    for name in (".github/action", "runner", "schemas"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    return folder


def used(action: Path, folder: Path, path: str) -> Used:
    workspace = folder / "work space"
    for name, text in HOSTILE.items():
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text(text)
    for name in PROGRAMS:
        script(workspace / "bin" / name, 'echo >"$0.owned"', "exit 1")
    (folder / "bin of theirs").symlink_to(workspace / "bin")
    (folder / "pip.conf").write_text("[install]\ndry-run = true\nuser = true\n")
    theirs = (workspace / "bin", f"/{workspace}/bin", folder / "bin of theirs", "bin", "", ".")
    environ = {
        "PATH": os.pathsep.join([*map(str, theirs), path]),
        "PIP_CACHE_DIR": str(workspace / "cache"),
        "PIP_CONFIG_FILE": str(folder / "pip.conf"),
        "PIP_DRY_RUN": "1",
        "PIP_PYTHON": str(workspace / "bin/python3"),
        "PIP_REPORT": str(workspace / "report.owned"),
        "PIP_TARGET": "/nonexistent",
        "PIP_USER": "1",
        "UV_CACHE_DIR": str(workspace / "cache"),
        "UV_DRY_RUN": "1",
        "UV_NO_VERIFY_HASHES": "1",
        "UV_SYSTEM_PYTHON": "1",
        "UV_VENV_SEED": "1",
        "GITHUB_ACTOR": "ann",
        "GITHUB_API_URL": NOWHERE,
        "GITHUB_GRAPHQL_URL": NOWHERE,
        "GITHUB_REPOSITORY": "acme/jobs",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": "0" * 40,
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_RUN_ID": "1",
        "GITHUB_RUN_ATTEMPT": "1",
    }
    use = Composite(action, workspace, folder / "temp %d '$HOME", environ)
    return Used(use, use.run({"command": "validate"}))


def system_path(folder: Path) -> str:
    """A PATH of this folder, which then holds a python3, and the system's own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "python3").symlink_to(getattr(sys, "_base_executable", sys.executable))
    return os.pathsep.join([str(folder), "/usr/bin", "/bin"])


def script(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def with_uv(action: Path, tmp_path_factory: pytest.TempPathFactory) -> Used:
    folder = tmp_path_factory.mktemp("with uv")
    path = system_path(folder / "bin")
    uv = shutil.which("uv", path=Path(sys.executable).parent) or shutil.which("uv")
    assert uv, "uv is one of the packages for development"
    (folder / "bin" / "uv").symlink_to(uv)
    return used(action, folder, path)


@pytest.fixture(scope="module")
def with_pip(action: Path, tmp_path_factory: pytest.TempPathFactory) -> Used:
    folder = tmp_path_factory.mktemp("with pip")
    path = system_path(folder / "bin")
    script(folder / "bin" / "uv", "echo '::error::no index'; exit 2")
    return used(action, folder, path)


@pytest.fixture(params=["with_uv", "with_pip"])
def either(request: pytest.FixtureRequest) -> Used:
    fixture: Used = request.getfixturevalue(request.param)
    return fixture


def test_it_installs_and_runs_with_nothing_of_a_hostile_checkout(either: Used) -> None:
    assert either.outcome.conclusion == "success", either.outcome.text
    assert either.outcome.outputs["result"] == "valid"
    assert either.owned == []
    assert {path.name for path in either.use.workspace.iterdir()} == {
        name.partition("/")[0] for name in (*HOSTILE, "bin/")
    }


def test_its_environment_holds_the_listed_versions_and_only_them(either: Used) -> None:
    program = "import importlib.metadata as m\nfor d in m.distributions(): print(d.name, d.version)"
    found = subprocess.check_output([either.python, "-I", "-c", program], text=True)
    packages = {
        f"{canonicalize_name(name)}=={version}"
        for name, version in (line.split() for line in found.splitlines())
    }
    text = (INSTALL.parent / "requirements.txt").read_text()
    listed = set(re.findall(r"^(\S+==\S+)", text, re.M))
    if (either.python.parent / "pip").exists():
        packages = {each for each in packages if not each.startswith(("pip==", "setuptools=="))}
    assert packages <= listed
    assert len(packages) >= len(listed) - 1


def test_only_the_package_itself_is_added_to_pythons_path(with_uv: Used) -> None:
    program = "import sys, runner; print(runner.__file__, *sys.path, sep='\\n')"
    code, *path = subprocess.check_output(
        [with_uv.python, "-I", "-c", program], text=True, cwd=with_uv.use.workspace
    ).splitlines()
    environment = with_uv.python.parent.parent
    assert Path(code).is_relative_to(environment)
    assert not [each for each in path if Path(each).is_relative_to(with_uv.use.path)]
    assert list(with_uv.use.path.rglob("__pycache__")) == []


def test_a_failed_uv_leaves_it_to_pip(with_pip: Used, with_uv: Used) -> None:
    assert [(each.python.parent / "pip").exists() for each in (with_pip, with_uv)] == [True, False]
    assert with_pip.outcome.named("error") == []


def test_a_second_use_takes_the_first_ones_environment(with_uv: Used) -> None:
    broken = script(with_uv.use.temp / "bin" / "uv", "exit 1").parent
    path = os.pathsep.join([str(broken), with_uv.use.environ["PATH"]])
    environ = {**with_uv.use.environ, "PATH": path}
    outcome = replace(with_uv.use, environ=environ).run({"command": "validate"})
    first, second = with_uv.outcome.steps["install"], outcome.steps["install"]
    assert second.outputs["python"] == first.outputs["python"]
    assert second.outputs["folder"] != first.outputs["folder"]


def install(folder: Path, path: str, **environ: str) -> subprocess.CompletedProcess[str]:
    (folder / "temp").mkdir(exist_ok=True)
    said = {
        "PATH": path,
        "RUNNER_TEMP": str(folder / "temp"),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(folder / "output"),
    }
    return subprocess.run(
        [SHELL, INSTALL],
        env={**said, **environ},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"PATH": "/nonexistent"}, "There is no python3 on the PATH"),
        ({"INPUT_PYTHON_VERSION": "3.99"}, "Python 3.99 is neither on the PATH nor"),
        ({"INPUT_PYTHON_VERSION": "3.11\n::error::x"}, "is not a version such as 3.13"),
        ({"INPUT_PYTHON_VERSION": "3.1$(touch x)"}, "is not a version such as 3.13"),
        ({"INPUT_EMBEDDED_ENGINE": "yes"}, "is neither true nor false"),
        ({"RUNNER_OS": "Windows"}, "Linux and macOS"),
    ],
)
def test_what_can_not_be_is_said_with_the_way_out(
    tmp_path: Path, environ: dict[str, str], said: str
) -> None:
    path = environ.get("PATH", system_path(tmp_path / "bin"))
    ended = install(tmp_path, path, **environ)
    assert ended.returncode == 1
    assert re.fullmatch(r"::error title=Stepfleet could not be installed::.*\n", ended.stdout)
    assert said in ended.stdout
    assert not (tmp_path / "output").exists()


def test_an_old_python_is_refused_with_the_way_out(tmp_path: Path) -> None:
    python = script(tmp_path / "bin" / "python3", "cat >/dev/null; exit 3")
    ended = install(tmp_path, os.pathsep.join([str(python.parent), "/usr/bin", "/bin"]))
    assert ended.returncode == 1
    assert "3.11 or newer is needed" in ended.stdout
    assert "actions/setup-python" in ended.stdout


def test_a_version_is_found_in_the_runners_tool_cache(tmp_path: Path) -> None:
    script(tmp_path / "tools/Python/3.99.7/x64/bin/python3", "echo found >&2; exit 4")
    cache = {"INPUT_PYTHON_VERSION": "3.99", "RUNNER_TOOL_CACHE": str(tmp_path / "tools")}
    ended = install(tmp_path, system_path(tmp_path / "bin"), **cache)
    assert ended.stderr == "found\n"


def told(folder: Path, *otherwise: str) -> str:
    """A PATH with a Python that names its environment `stepfleet-x`, and else does this."""
    path = system_path(folder / "bin")
    (folder / "bin" / "python3").unlink()
    named = 'case "$2" in -) cat >/dev/null; echo "$0"; echo stepfleet-x; exit;; esac'
    script(folder / "bin" / "python3", named, *otherwise)
    script(folder / "bin" / "uv", "exit 1")
    return path


@pytest.mark.parametrize(("complete", "code"), [(False, 1), (True, 0)])
def test_only_a_whole_environment_is_taken_again(tmp_path: Path, complete: bool, code: int) -> None:
    path = told(tmp_path, "exit 1")
    left = tmp_path / "temp" / "stepfleet-x" / "left"
    left.parent.mkdir(parents=True)
    left.touch()
    if complete:
        (left.parent / "complete").touch()
    assert install(tmp_path, path).returncode == code
    assert left.exists() is complete


def test_an_installer_that_installs_nothing_is_not_believed(tmp_path: Path) -> None:
    venv = tmp_path / "temp" / "stepfleet-x"
    path = told(tmp_path)
    script(tmp_path / "bin" / "uv", f'"{sys.executable}" -m venv --without-pip "{venv}"')
    ended = install(tmp_path, path)
    assert ended.returncode == 1
    assert "The packages could not be installed" in ended.stdout
    assert "No module named 'boto3'" in ended.stderr
    assert not (venv / "complete").exists()


def test_variables_say_where_packages_come_from_and_no_more(tmp_path: Path) -> None:
    kept = {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": NOWHERE,
        "PIP_NO_INDEX": "1",
        "PIP_CERT": "/x.pem",
        "UV_DEFAULT_INDEX": NOWHERE,
        "UV_INDEX_ACME_PASSWORD": "p",
        "UV_HTTPS_PROXY": NOWHERE,
        "UV_NATIVE_TLS": "1",
    }
    dropped = {
        "PIP_DRY_RUN": "1",
        "PIP_PYTHON": "/bin/false",
        "PIP_LOG": "/x",
        "PIP_Target": "/x",
        "UV_CACHE_DIR": "/x",
        "UV_CONFIG_FILE": "/x",
        "UV_NO_VERIFY_HASHES": "1",
        "UV_VERIFY_HASHES": "0",
        "UV_EXCLUDE_NEWER": "2020-01-01",
    }
    path = told(tmp_path, "exit 1")
    script(tmp_path / "bin" / "uv", f"env >{tmp_path}/seen", "exit 1")
    install(tmp_path, path, **kept, **dropped)
    lines = (line.partition("=") for line in (tmp_path / "seen").read_text().splitlines())
    seen = {name: value for name, _, value in lines if name.startswith(("PIP_", "UV_"))}
    assert seen == kept


@pytest.mark.parametrize("name", ["pip.conf", "link/pip.conf", "../checkout/pip.conf"])
def test_pips_configuration_is_none_of_the_checkout(tmp_path: Path, name: str) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "link").symlink_to(checkout)
    path = told(tmp_path, "exit 1")
    script(tmp_path / "bin" / "uv", f"env >{tmp_path}/seen", "exit 1")
    for file in (name, str(checkout / name)):
        install(tmp_path, path, PIP_CONFIG_FILE=file, GITHUB_WORKSPACE=str(checkout))
        assert "PIP_" not in (tmp_path / "seen").read_text()


def test_what_an_installer_says_is_no_command(tmp_path: Path) -> None:
    says = r"printf '::add-mask::a\nx\r::add-mask::b ##[add-mask]c\n'; exit 1"
    ended = install(tmp_path, told(tmp_path, says))
    assert ended.returncode == 1
    assert "The packages could not be installed" in ended.stdout
    assert ended.stderr == "| ::add-mask::a\n| x\n| ::add-mask::b # #[add-mask]c\n"
