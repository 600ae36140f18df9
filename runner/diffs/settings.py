"""The Project and the platforms as lines, what decides about trust apart from the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import values
from runner.diffs import lines
from runner.diffs.jobs import MASKED, MASKED_ANEW
from runner.model import (
    AssumeRoleAuth,
    AwsPlatform,
    DefaultAuth,
    LocalPlatform,
    auth_to_json,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from runner.model import Auth, Platform, Project, Variable
    from runner.values import Json


def project(base: Project | None, head: Project) -> tuple[str, str]:
    """The Project's lines before and after, without what its environment may be read of.

    The default of a variable that either calls sensitive is masked.
    """
    both = (*(base.variables if base else ()), *head.variables)
    hidden = {each.name for each in both if each.sensitive}
    olds = {each.name: each for each in base.variables} if base else {}
    before = "" if base is None else _text(_project(base, hidden, {}))
    return before, _text(_project(head, hidden, olds))


def _project(
    project: Project, hidden: Collection[str], olds: Mapping[str, Variable]
) -> Iterator[str]:
    yield from lines.of("name", project.name)
    yield from _field("platform", project.platform)
    yield from _field("concurrency", project.concurrency)
    yield from _field("description", project.description or None)
    for variable in sorted(project.variables, key=lambda each: each.name):
        path = f"variables.{variable.name}"
        if variable.required:
            yield f"{path}.required: true"
        elif variable.name not in hidden:
            yield from lines.of(f"{path}.default", variable.default)
        else:
            is_other = _is_other(olds.get(variable.name), variable)
            yield f"{path}.default: {MASKED_ANEW if is_other else MASKED}"
        yield from _field(f"{path}.type", variable.type and variable.type.value)
        yield from _field(f"{path}.perRun", variable.per_run or None)
        yield from _field(f"{path}.sensitive", variable.sensitive or None)
        yield from _field(f"{path}.description", variable.description or None)


def _is_other(old: Variable | None, variable: Variable) -> bool:
    if old is None or old.required:
        return False
    return values.canonical(old.default) != values.canonical(variable.default)


def environment(project: Project | None) -> str:
    """What `env` may read, a line for each name."""
    if project is None:
        return ""
    return _text(("environment:", *(f"- {name}" for name in sorted(set(project.environment)))))


def platform(platform: Platform | None) -> str:
    """A platform's settings that have nothing to do with trust."""
    return "" if platform is None else _text(_platform(platform))


def _platform(platform: Platform) -> Iterator[str]:
    if isinstance(platform, LocalPlatform):
        yield from lines.of("region", platform.region)
    if platform.trace_header is not None:
        yield from lines.of("traceHeader", platform.trace_header.value)
    yield from _field("description", platform.description or None)
    match platform:
        case AwsPlatform(limits=limits):
            yield f"limits.share: {limits.share:g}"
            yield f"limits.lookback: {limits.lookback}"
            for name, rate in sorted(limits.quotas.items()):
                yield f"limits.quotas.{name}: {rate.bucket:g}, {rate.per_second:g} per second"
        case LocalPlatform(account_id=account, time_scale=scale):
            yield from lines.of("accountId", account)
            yield f"timeScale: {scale:g}"


def trust(platform: Platform | None) -> str:
    """What of a platform decides about trust; of the embedded engine that is nothing."""
    match platform:
        case AwsPlatform():
            return _text(_trust(platform))
        case LocalPlatform():
            return _text(["type: local"])
        case None:
            return ""


def _trust(platform: AwsPlatform) -> Iterator[str]:
    yield "type: aws-step-functions"
    yield from lines.of("region", platform.region)
    yield from _field("accountId", platform.account_id)
    yield from _field("endpointUrl", platform.endpoint_url)
    yield from _auth("auth", platform.auth)
    if not platform.allow:
        yield "allow: every state machine"
        return
    yield "allow:"
    for pattern in sorted(set(platform.allow)):
        yield f"- {lines.json(pattern)}"


def _auth(path: str, auth: Auth) -> Iterator[str]:
    """The auth with a line for each field; that by default, which none is, has no line."""
    if auth == DefaultAuth():
        return
    for name, value in auth_to_json(auth).items():
        if isinstance(auth, AssumeRoleAuth) and name == "source":
            yield from _auth(f"{path}.source", auth.source)
        else:
            yield from lines.of(f"{path}.{name}", value)


def _field(path: str, value: Json) -> Iterator[str]:
    if value is not None:
        yield from lines.of(path, value)


def _text(found: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in found)
