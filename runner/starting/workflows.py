"""The workflows of a project: the templates with its values in place of the example's.

A template is a whole workflow as the documentation shows it, so that what is shown, what is
checked and what is written are one.
"""

from __future__ import annotations

import hashlib
import re

from runner import __version__
from runner.discovery.yaml_text import scalar
from runner.starting import texts
from runner.starting.recognising import DEFAULT_SPECS
from runner.starting.types import NewFile, Roles, Setting

FOLDER = ".github/workflows"
NO_RELEASE = "0" * 40
"""What stands in place of the commit of a release until a person puts it in."""

EXAMPLE_ROLES = Roles(
    plan="arn:aws:iam::123456789012:role/stepfleet-plan",
    apply="arn:aws:iam::123456789012:role/stepfleet-apply",
)
"""The roles that the templates name."""

_HINT = "      # Put the commit of a release here, and its version behind it.\n"
_SIMPLE = re.compile(r"[\w.-][\w. -]*(?:/[\w.-][\w. -]*)*", re.ASCII)
_EMBEDDED = "embedded-engine: true"
_LABEL = 40
_MARK = 6
_PLAIN_LABEL = re.compile(rf"[A-Za-z0-9](?:[A-Za-z0-9._-]{{0,{_LABEL - 2}}}[A-Za-z0-9])?")


def is_writable(specs: str) -> bool:
    """Tell whether a folder's path means itself in a workflow's patterns and expressions."""
    return _SIMPLE.fullmatch(specs) is not None


def path_of(command: str, specs: str = DEFAULT_SPECS) -> str:
    """Where the workflow of `plan` or `apply` stands, from the repository's top."""
    tail = "" if specs == DEFAULT_SPECS else f"-{label_of(specs)}"
    return f"{FOLDER}/stepfleet-{command}{tail}.yml"


def plan(setting: Setting) -> NewFile:
    """The workflow that shows in pull requests what merging would start."""
    return NewFile(path_of("plan", setting.specs), _filled("plan", setting))


def apply(setting: Setting) -> NewFile:
    """The workflow that starts what was merged."""
    return NewFile(path_of("apply", setting.specs), _filled("apply", setting))


def _filled(command: str, setting: Setting) -> str:
    text = _for_platform(texts.read(f"stepfleet-{command}.yml"), command, setting)
    text = texts.put(text, "branches: [main]", f"branches: [{scalar(setting.branch)}]")
    if setting.release is not None:
        text = texts.put(text, _HINT, "")
        text = texts.put(text, f"{NO_RELEASE} # v0.1.0", f"{setting.release} # v{__version__}")
    return text if setting.specs == DEFAULT_SPECS else _elsewhere(text, command, setting.specs)


def _for_platform(text: str, command: str, setting: Setting) -> str:
    roles = setting.roles
    role = f"aws-role: {EXAMPLE_ROLES.plan if command == 'plan' else EXAMPLE_ROLES.apply}"
    if roles is not None:
        arn = roles.plan if command == "plan" else roles.apply
        more = f"\n          {_EMBEDDED}" if setting.embedded_engine else ""
        return texts.put(text, role, f"aws-role: {arn}{more}")
    text = texts.put(text, role, _EMBEDDED)
    text = texts.put(text, "      id-token: write # the AWS role\n", "")
    # The embedded engine's executions end with the process: there is nothing to leave behind.
    return text.replace("          wait-minutes: 330\n", "")


def _elsewhere(text: str, command: str, specs: str) -> str:
    """The workflow of one of several projects, or of one that is not at the repository's top."""
    label = label_of(specs)
    text = texts.put(text, f"name: Stepfleet {command}\n", f"name: Stepfleet {command} ({label})\n")
    text = texts.put(text, "paths: [specs/**]", f"paths: [{scalar(f'{specs}/**')}]")
    text = texts.put(text, f"group: stepfleet-{command}", f"group: stepfleet-{command}-{label}")
    more = f"          paths: {scalar(specs)}\n          label: {scalar(label)}\n"
    return re.sub(r"^          command: \w+\n", lambda found: found[0] + more, text, flags=re.M)


def label_of(specs: str) -> str:
    """What tells a project from others of its repository, from the folder of its specs.

    A folder that a label can't be becomes part of one, with a mark of its own.
    """
    folder = specs.removesuffix(f"/{DEFAULT_SPECS}")
    if _PLAIN_LABEL.fullmatch(folder):
        return folder
    mark = hashlib.sha256(folder.encode()).hexdigest()[:_MARK]
    part = re.sub(r"[^A-Za-z0-9._-]+", "-", folder)[-(_LABEL - _MARK - 1) :].strip("-._")
    return f"{part or 'specs'}-{mark}"
