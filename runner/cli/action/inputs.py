"""What a workflow gave the action: its inputs, from the environment, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from runner.errors import Refused
from runner.model import OnCancel
from runner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

_E = TypeVar("_E", bound=StrEnum)

_LABEL = re.compile(r"[A-Za-z0-9._-]{0,40}")
_DIGEST = re.compile(r"[0-9a-f]{20}")
_ROLE = re.compile(r"arn:aws[a-z0-9-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,1100}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?", re.ASCII)
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")


class Command(StrEnum):
    """What the action is to do."""

    VALIDATE = "validate"
    PLAN = "plan"
    APPLY = "apply"
    DRIFT = "drift"


class Reviewing(StrEnum):
    """Whether an apply starts only what a pull request's plan has marked."""

    REQUIRED = "required"
    OFF = "off"


class Commenting(StrEnum):
    """When a plan is told in a comment: `changes` is where something may start, or differs."""

    ALWAYS = "always"
    CHANGES = "changes"
    NEVER = "never"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that no traceback and no message shows."""

    text: str

    def __repr__(self) -> str:
        return "<sensitive>"


@dataclass(frozen=True, slots=True)
class Inputs:
    """The action's inputs. `wait` is in seconds; `token` is never shown."""

    command: Command
    paths: tuple[Path, ...]
    label: str
    variables: Mapping[str, str]
    var_files: tuple[Path, ...]
    select: tuple[str, ...]
    review: Reviewing
    approve_digest: str | None
    comment: Commenting
    on_cancel: OnCancel | None
    wait: float | None
    max_parallel: int | None
    aws_region: str | None
    aws_role: str | None
    token: Secret


def read(environ: Mapping[str, str]) -> Inputs:
    """Read the inputs from `INPUT_*`. Raises Refused for the first that can't be used."""
    return Inputs(
        command=_choice(environ, "command", Command, Command.PLAN),
        paths=tuple(map(Path, _lines(environ, "paths") or ("specs",))),
        label=_matching(environ, "label", _LABEL, "letters, digits, and . _ -, at most 40") or "",
        variables=_pairs(environ, "vars"),
        var_files=tuple(map(Path, _lines(environ, "var-file"))),
        select=_lines(environ, "select"),
        review=_choice(environ, "review", Reviewing, Reviewing.REQUIRED),
        approve_digest=_matching(
            environ, "approve-digest", _DIGEST, "the 20 hex digits that the refused run shows"
        ),
        comment=_choice(environ, "comment", Commenting, Commenting.ALWAYS),
        on_cancel=_option(environ, "on-cancel", OnCancel),
        wait=_minutes(environ, "wait-minutes"),
        max_parallel=_whole(environ, "max-parallel"),
        aws_region=_matching(environ, "aws-region", _REGION, "a region, such as us-east-1"),
        aws_role=_matching(
            environ, "aws-role", _ROLE, "the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME"
        ),
        token=token(environ),
    )


def token(environ: Mapping[str, str]) -> Secret:
    """The input `github-token`, whatever the others are."""
    return Secret(_text(environ, "github-token"))


def _text(environ: Mapping[str, str], name: str) -> str:
    return environ.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip()


def _lines(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """One value on each line; empty lines are none."""
    lines = (line.strip() for line in _text(environ, name).splitlines())
    return tuple(line for line in lines if line)


def _pairs(environ: Mapping[str, str], name: str) -> dict[str, str]:
    """`NAME=VALUE` on each line, without the white space around the line."""
    pairs: dict[str, str] = {}
    for line in _lines(environ, name):
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            # The line may hold a secret, so it is not repeated.
            raise Refused(f"input {name}: write NAME=VALUE, one on each line")
        pairs[key.strip()] = value
    return pairs


def _choice(environ: Mapping[str, str], name: str, kind: type[_E], default: _E) -> _E:
    return _option(environ, name, kind) or default


def _option(environ: Mapping[str, str], name: str, kind: type[_E]) -> _E | None:
    text = _text(environ, name)
    if not text:
        return None
    known = [each.value for each in kind]
    if text not in known:
        near = did_you_mean(text, known)
        raise Refused(
            f"input {name}: {text[:200]!r} is none of {', '.join(known)}"
            + (f"; {near}" if near else "")
        )
    return kind(text)


def _matching(
    environ: Mapping[str, str], name: str, pattern: re.Pattern[str], wanted: str
) -> str | None:
    text = _text(environ, name)
    if not text:
        return None
    if not pattern.fullmatch(text):
        raise Refused(f"input {name}: {text[:200]!r} is not {wanted}")
    return text


def _minutes(environ: Mapping[str, str], name: str) -> float | None:
    """Minutes as seconds."""
    text = _text(environ, name)
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or float(text) <= 0:
        raise Refused(f"input {name}: {text[:200]!r} is no number of minutes above 0")
    return float(text) * 60.0


def _whole(environ: Mapping[str, str], name: str) -> int | None:
    text = _text(environ, name)
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or "." in text or int(text) < 1:
        raise Refused(f"input {name}: {text[:200]!r} is no whole number above 0")
    return int(text)
