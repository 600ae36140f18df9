"""One call of the user's git, of which nothing outside it has a say, and which has an end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT = 60.0
"""Seconds that one call of git may take."""

_PASSWORD = re.compile(r"(?<=://)[^/\s@]*@")
_MESSAGE = 300
_SETTINGS = (
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
    *("-c", "protocol.ext.allow=never"),
)


def succeeded(
    name: str, done: subprocess.CompletedProcess[bytes]
) -> subprocess.CompletedProcess[bytes]:
    """What came of a call of git that has to succeed. Raises Refused with git's last words."""
    if done.returncode == 0:
        return done
    text = done.stderr.decode("utf-8", "replace")
    if "dubious ownership" in text:
        raise Refused(
            "git does not trust the checkout, as another user owns it: run "
            "`git config --global --add safe.directory` with its path first"
        )
    if "promisor" in text:
        raise Refused("the checkout leaves out files of the commit: check out without `filter`")
    lines = [line for line in text.splitlines() if line.strip()]
    why = _PASSWORD.sub("", lines[-1].strip())[:_MESSAGE] if lines else "it says nothing"
    raise Refused(f"git {name} failed: {why}")


def call(
    *command: str, given: bytes = b"", more: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git to its end. Raises Refused where it isn't there, or takes too long."""
    whole = [_program(), "--no-pager", *_SETTINGS, *command]
    with subprocess.Popen(  # noqa: S603 - a list of arguments, each checked
        [os.fsencode(word) for word in whole],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env=_environment() | (more or {}),
        start_new_session=True,  # so that nothing asks at the terminal, and all of it can be ended
    ) as process:
        try:
            out, err = process.communicate(given, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            raise Refused(f"git {_verb(command)} took more than {TIMEOUT:.0f} s") from None
        finally:
            _end(process)
    return subprocess.CompletedProcess(whole, process.returncode, out, err)


def _verb(command: Sequence[str]) -> str:
    return next((word for word in command if word.isalpha() or word in ("cat-file", "ls-tree")), "")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git with all that it started, where it has not ended."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _program() -> str:
    """The user's git."""
    folders = _path()
    found = shutil.which("git", path=folders) if folders else None
    if found is None:
        raise Refused("git is not there: install it, so that the base branch's specs can be read")
    return found


def _path() -> str:
    """PATH without what a checkout could fill: relative entries, and a workflow's own folder."""
    checkout = os.environ.get("GITHUB_WORKSPACE", "")
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    whole = (folder for folder in folders if Path(folder).is_absolute())
    return os.pathsep.join(folder for folder in whole if not _is_in(folder, checkout))


def _is_in(folder: str, checkout: str) -> bool:
    """Tell it by what the folders are, as names of one can differ by links and by case."""
    real = Path(os.path.realpath(folder))
    return any(_is_same(each, checkout) for each in (real, *real.parents))


def _is_same(one: Path, other: str) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def _environment() -> dict[str, str]:
    """Ours without what steers git, which would hold for another repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "PATH": _path(),
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
    }
