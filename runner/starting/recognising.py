"""What workflows and configurations of pre-commit that are there already do for a project.

Their YAML is read; where it is none that can be read, so that its text is all there is, this has
to look as the documentation shows it.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from runner import documents
from runner.errors import has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runner.values import Json

DEFAULT_SPECS = "specs"
HOOK = "stepfleet-validate"
_ACTION = re.compile(r"\S*/stepfleet@\S+")
_ACTION_LINE = re.compile(r"^[ -]*uses: *[\"']?\S*/stepfleet@", re.MULTILINE)
_HOOK_LINE = re.compile(rf"^[ -]*id: *[\"']?{HOOK}\b", re.MULTILINE)
_CREDENTIALS = re.compile(
    r"^[^#\n]*(?:\baws-role\b|configure-aws-credentials|\bAWS_ACCESS_KEY_ID\b)", re.MULTILINE
)
_DEFAULT_COMMAND = "plan"
_EXPRESSION = "${{"


@dataclass(frozen=True, slots=True)
class _Use:
    """A use of the Action: its inputs as texts."""

    command: str
    paths: tuple[str, ...]


def runs(text: str, command: str, specs: str = DEFAULT_SPECS) -> bool:
    """Tell whether a workflow's text has the Action do `command` for these specs."""
    found = _parsed(text)
    if found is None:
        return bool(_ACTION_LINE.search(text)) and _says(text, command) and _names(text, specs)
    return any(
        (each.command == command or _EXPRESSION in each.command) and _covers(each.paths, specs)
        for each in _uses(found)
    )


def takes_credentials(text: str) -> bool:
    """Tell whether a workflow says where credentials for AWS come from."""
    return _CREDENTIALS.search(text) is not None


def has_hook(text: str, specs: str = DEFAULT_SPECS) -> bool:
    """Tell whether a configuration of pre-commit validates these specs."""
    found = _parsed(text)
    if found is None:
        return bool(_HOOK_LINE.search(text)) and _names(text, specs)
    hooks = (hook for one in _items(_in(found, "repos")) for hook in _items(_in(one, "hooks")))
    return any(
        _in(hook, "id") == HOOK and _covers(_arguments(_in(hook, "args")), specs) for hook in hooks
    )


def _uses(workflow: Json) -> Iterator[_Use]:
    jobs = _in(workflow, "jobs")
    for job in jobs.values() if isinstance(jobs, dict) else ():
        for step in _items(_in(job, "steps")):
            action = _in(step, "uses")
            if isinstance(action, str) and _ACTION.fullmatch(action):
                inputs = _in(step, "with")
                command, paths = _in(inputs, "command"), _in(inputs, "paths")
                lines = paths.splitlines() if isinstance(paths, str) else ()
                named = tuple(line.strip() for line in lines if line.strip())
                yield _Use(str(command or _DEFAULT_COMMAND), named)


def _arguments(args: Json) -> tuple[str, ...]:
    return tuple(each for each in map(str, _items(args)) if not each.startswith("-"))


def _covers(paths: Sequence[str], specs: str) -> bool:
    """Tell whether paths have to do with these specs: name them, or what is above or in them."""
    whole = PurePosixPath(specs)
    for path in paths or (DEFAULT_SPECS,):
        named = PurePosixPath(posixpath.normpath(path))
        if _EXPRESSION in path or whole.is_relative_to(named) or named.is_relative_to(whole):
            return True
    return False


def _parsed(text: str) -> Json:
    """The data of a text; None where it is none that can be read."""
    found = documents.parse(text.encode(), "file")
    if has_errors(found.diagnostics) or len(found.documents) != 1:
        return None
    return documents.plain(found.documents[0].root)


def _in(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, dict) else None


def _items(value: Json) -> Iterable[Json]:
    return value if isinstance(value, list) else ()


def _says(text: str, command: str) -> bool:
    return re.search(rf"^[^#\n]*\bcommand: *[\"']?{command}\b", text, re.MULTILINE) is not None


def _names(text: str, specs: str) -> bool:
    """Tell whether a text that can't be read mentions these specs, outside of comments."""
    mention = rf"^[^#\n]*(?<![\w./-]){re.escape(specs)}(?![\w./-])"
    return specs == DEFAULT_SPECS or re.search(mention, text, re.MULTILINE) is not None
