"""What a run left: its results file, read as a text from anyone, and what AWS tells of it now."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from runner import identity, results, schema, sources, standing, values
from runner.arns import parse_execution, parse_machine
from runner.cli import collector, endpoints, whereabouts
from runner.errors import CredentialsFailed, NotFound, ProviderError, Refused, Unreachable
from runner.memory import CLOCKS_DIFFER
from runner.model import DefaultAuth
from runner.provider import Execution, ExecutionStatus, Lookback
from runner.standing import Asked
from runner.step_functions.reads import is_of_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from runner.cli.providers import Providers
    from runner.model import AwsPlatform
    from runner.provider import Provider
    from runner.results import RunResults
    from runner.standing import Trail

MAX_BYTES = 512 * 1024 * 1024
MANY = 10
"""Executions of one machine that are listed rather than looked at one by one."""

ENDPOINTS = endpoints.option("the results file")
OWN_CREDENTIALS = click.option(
    "--own-credentials",
    is_flag=True,
    help="Use the credentials that boto finds by itself, whatever profile or role the results "
    "file names.",
)


@dataclass(frozen=True, slots=True)
class LeftRun:
    """A run as its files tell of it, and where its executions can be asked about.

    It is not whole where the last of it is in a journal that is not there.
    """

    results: RunResults
    trails: Mapping[str, Trail]
    platforms: Mapping[str, AwsPlatform]
    is_whole: bool = True


@collector.resting()
def read(path: Path, *, allowed: Sequence[str], own: bool = False) -> LeftRun:
    """Read a results file, and refuse what it should not lead to. Raises Refused.

    With `own`, what it says of credentials counts for nothing.
    """
    found, is_whole = recover(path)
    trails = standing.trace(found)
    asked = {trail.platform for trail in trails.values() if isinstance(trail, Asked)}
    return LeftRun(found, trails, _platforms(found, asked, allowed, path, own=own), is_whole)


@collector.resting()
def before(path: Path, *, run_id: str, project: str) -> RunResults | None:
    """What an earlier apply of the same run left; None where there is none, or none of use."""
    try:
        found, _ = recover(path)
    except Refused:
        return None
    return found if (found.run.id, found.run.project) == (run_id, project) else None


def recover(path: Path) -> tuple[RunResults, bool]:
    """The results with what their journal tells, and whether that is all. Raises Refused."""
    found = results.from_json(_checked(path))
    names = [job.name for job in found.jobs]
    if len(set(names)) < len(names):
        raise Refused(f"{path} names a job twice")
    if not standing.needs_journal(found):
        return found, True
    completed = standing.complete(found, _lines(results.journal_path(path)))
    return (completed, True) if completed is not None else (found, False)


def _lines(path: Path) -> Sequence[str]:
    """The lines of a journal; none where it can't be read."""
    try:
        text = sources.read_regular(path, most=MAX_BYTES).decode("utf-8", "replace")
    except sources.Unreadable:
        return ()
    return text.split("\n")


def _checked(path: Path) -> str:
    """The file's text, which follows its schema but for the events: nothing is taken from them."""
    text = _text(path)
    try:
        document = values.parse(text)
    except values.NotJson as error:
        raise Refused(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict) or "jobs" not in document:
        raise Refused(f"{path} is no results file: name one that `stepfleet apply` wrote")
    results.check_version(document)
    fault = schema.first_fault("results.schema.json", {**document, "events": []})
    if fault is not None:
        raise Refused(f"{path} does not follow the schema of results: {fault}")
    return text


def _text(path: Path) -> str:
    if not os.path.lexists(path):
        raise Refused(f"there is no results file {path}: name the one that `stepfleet apply` wrote")
    try:
        return sources.read_regular(path, most=MAX_BYTES).decode("utf-8")
    except (sources.Unreadable, UnicodeDecodeError) as error:
        raise Refused(f"the results file {path} can't be read: {error}") from error


def _platforms(
    found: RunResults, names: Iterable[str], allowed: Sequence[str], path: Path, *, own: bool
) -> Mapping[str, AwsPlatform]:
    platforms = {
        name: whereabouts.to_ask(name, found.run.platforms[name], file=str(path))
        for name in sorted(names)
    }
    if own:
        platforms = {
            name: replace(platform, auth=DefaultAuth()) for name, platform in platforms.items()
        }
    endpoints.check(platforms.values(), allowed, path)
    whereabouts.tell_whose(
        platforms.values(), path, "; --own-credentials uses what boto finds by itself"
    )
    return platforms


def provider_of(left: LeftRun, platform: str, providers: Providers) -> Provider:
    """The provider of a platform of the run. Raises StepfleetError."""
    return providers.provider(left.platforms[platform], {})


def ask(
    left: LeftRun,
    wanted: Iterable[Asked],
    providers: Providers,
    *,
    enough: Collection[ExecutionStatus] = (ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED),
) -> Mapping[str, Execution | ProviderError]:
    """Ask about executions, by ARN, in few calls.

    Many of a machine are listed, and of those that have ended otherwise than `enough` says,
    each is asked what it left. Raises StepfleetError only for what holds before any call.
    """
    answers: dict[str, Execution | ProviderError] = {}
    wanted = list(wanted)
    intents = {each.arn for each in wanted if not each.is_seen}
    for platform, arns in _by_platform(wanted).items():
        provider = provider_of(left, platform, providers)
        listed = {**_listed(provider, arns)}
        unseen = [arn for arn in arns if arn in intents and arn not in listed]
        told = _told_of(provider, unseen, left.results.started_at)
        answers |= {arn: seen for arn, seen in told.items() if isinstance(seen, NotFound)}
        listed |= {arn: seen for arn, seen in told.items() if isinstance(seen, Execution)}
        answers |= {arn: seen for arn, seen in listed.items() if seen.status in enough}
        described = provider.describe([arn for arn in arns if arn not in answers])
        answers |= {arn: _without_key(provider, arn, seen) for arn, seen in described.items()}
    return answers


def _without_key(
    provider: Provider, arn: str, seen: Execution | ProviderError
) -> Execution | ProviderError:
    """How an execution is, also where only what it left may not be decrypted."""
    if not isinstance(seen, ProviderError) or not is_of_key(seen):
        return seen
    try:
        return provider.observe(arn, whole=True)
    except ProviderError as error:
        return error


def _listed(provider: Provider, arns: Iterable[str]) -> Mapping[str, Execution]:
    """What lists tell of machines of which many executions are asked about."""
    machines: dict[str, list[str]] = {}
    for arn in arns:
        machines.setdefault(parse_execution(arn).machine_arn, []).append(arn)
    found: dict[str, Execution] = {}
    for machine, wanted in machines.items():
        if len(wanted) >= MANY:
            # Who may not list may still describe, and hears of any other fault there.
            with suppress(ProviderError):
                found |= provider.survey(parse_machine(machine), wanted)
    return found


def _told_of(
    provider: Provider, unseen: Iterable[str], began: datetime
) -> Mapping[str, Execution | NotFound]:
    """What lists that reach back before the run tell of what was perhaps never started.

    Where that is much, describing each would take minutes under the quotas. One that two lists
    lack does not exist.
    """
    machines: dict[str, list[str]] = {}
    for arn in unseen:
        machines.setdefault(parse_execution(arn).machine_arn, []).append(arn)
    told: dict[str, Execution | NotFound] = {}
    for machine, arns in machines.items():
        if len(arns) < MANY:
            continue
        names = (identity.read_name(parse_execution(arn).name) for arn in arns)
        tags = frozenset(name.tag for name in names if name is not None)
        lookback = Lookback(parse_machine(machine), tags, since=began - CLOCKS_DIFFER)
        history = provider.recall([lookback])[lookback.machine]
        seen = {each.arn: replace(each, detailed=False) for each in history.executions}
        for arn in arns:
            if arn in seen:
                told[arn] = seen[arn]
            elif history.reached:
                told[arn] = NotFound("no list shows it")
    return told


def _by_platform(wanted: Iterable[Asked]) -> Mapping[str, list[str]]:
    arns: dict[str, list[str]] = {}
    for each in wanted:
        arns.setdefault(each.platform, []).append(each.arn)
    return arns


def refuse_if_hopeless(answers: Iterable[object], what: str) -> None:
    """Where no call at all could be made, that is all there is to say. Raises Refused."""
    told = list(answers)
    if told and all(isinstance(each, CredentialsFailed | Unreachable) for each in told):
        raise Refused(f"{what}: {told[0]}")
