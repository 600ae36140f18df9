"""Which machines the jobs of each platform use and how: from the specs, and from AWS if asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner import step_functions
from runner.errors import Invalid, Refused
from runner.iam import MachineUse, Usage
from runner.inventory import DescribedMachine, ListedMachine, UndescribedMachine
from runner.model import AwsPlatform, MachineType, RetryMode
from runner.planning import targets
from runner.report import alike, listed, one_line, plural
from runner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from runner.arns import MachineArn
    from runner.cli.project import Loaded
    from runner.cli.providers import Providers
    from runner.errors import Diagnostic
    from runner.inventory import FoundMachine
    from runner.model import Job, Spec

_MOST_TOLD = 5
"""Reasons why machines could not be described, each with the names of those."""

_ALL_WAYS = "A policy then allows what a machine of either type takes."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to gather: of one platform or all, from the specs alone if offline.

    `with_switched_off` counts jobs with a plain `if: false` as if they were on.
    """

    platform: str | None = None
    offline: bool = False
    definitions: bool = False
    with_switched_off: bool = False


@dataclass(frozen=True, slots=True)
class Gathered:
    """How platforms are used, what AWS tells of machines, and what to say.

    `described` is by the ARN that was described: a version's, or else the unqualified one.
    `is_whole` tells that every machine that was asked about was described.
    """

    usages: tuple[Usage, ...]
    described: Mapping[str, DescribedMachine]
    notes: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class _Used:
    """A job and the machine that it means."""

    job: Job
    arn: MachineArn

    @property
    def is_idle(self) -> bool:
        """Tell whether the job is switched off in so many words."""
        return self.job.condition is False


def platforms_of(spec: Spec, name: str | None) -> Sequence[AwsPlatform]:
    """The AWS platforms of a project, or the one that is named. Raises Refused for none."""
    found = [each for each in spec.platforms.values() if isinstance(each, AwsPlatform)]
    if name is not None:
        found = [each for each in found if each.name == name]
    if found:
        return found
    known = [key for key, each in spec.platforms.items() if isinstance(each, AwsPlatform)]
    if name is None or not known:
        raise Refused("the project has no Platform of type aws-step-functions: nothing is called")
    hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
    raise Refused(f"--platform {name}: there is no such Platform of AWS; {hint}")


def gather(loaded: Loaded, wanted: Wanted, providers: Providers) -> Gathered:
    """Find the machines of a project's jobs, and describe each.

    Raises Refused, Invalid for jobs that can't be planned, and ProviderError when AWS can't be
    asked at all.
    """
    platforms = platforms_of(loaded.spec, wanted.platform)
    accounts = {each.name: _account(each, wanted, providers) for each in platforms}
    found = _targets(loaded, platforms, accounts)
    gathered = Gathered((), {})
    for platform in platforms:
        used = found.get(platform.name, ())
        account = accounts[platform.name] or _only_account(platform, used)
        more = _described(platform, used, wanted, providers)
        usage = _usage(platform, account, used, more.described, wanted)
        gathered = Gathered(
            (*gathered.usages, usage),
            {**gathered.described, **more.described},
            (*gathered.notes, *more.notes, *_notes(usage, wanted)),
            gathered.is_whole and more.is_whole,
        )
    return gathered


def _account(platform: AwsPlatform, wanted: Wanted, providers: Providers) -> str:
    """The account of a platform; empty where only its jobs may tell it."""
    if platform.account_id is not None:
        return platform.account_id
    return "" if wanted.offline else providers.accounts([platform])[platform.name]


def account_of(platform: AwsPlatform, wanted: Wanted, providers: Providers) -> str:
    """The account of a platform. Raises Refused where only AWS knows it, and ProviderError."""
    return _account(platform, wanted, providers) or _only_account(platform, ())


def _only_account(platform: AwsPlatform, used: Iterable[_Used]) -> str:
    """The account that all machines of a platform are of. Raises Refused."""
    accounts = {each.arn.account for each in used}
    if len(accounts) != 1 or "" in accounts:
        raise Refused(
            f"the account of platform {platform.name} is not known offline: write accountId in "
            "the platform, or leave --offline out"
        )
    return accounts.pop()


def _targets(
    loaded: Loaded, platforms: Sequence[AwsPlatform], accounts: Mapping[str, str]
) -> Mapping[str, Sequence[_Used]]:
    """The machine of each job of these platforms, by platform. Raises Invalid."""
    names = {each.name for each in platforms}
    finder = targets.Finder(targets.World(loaded.spec, loaded.variables, False, accounts))
    found: dict[str, list[_Used]] = {}
    problems: list[Diagnostic] = []
    for job in loaded.spec.jobs.values():
        target = finder.target(job)
        if not isinstance(target, targets.Target):
            problems.append(target)
        elif target.platform.name in names:
            place = job.place_of("stateMachine")
            if target.machine.account:
                problems += targets.outside(target.platform, target.machine, place)
            found.setdefault(target.platform.name, []).append(_Used(job, target.machine))
    if problems:
        raise Invalid((*loaded.warnings, *problems))
    return found


def _described(
    platform: AwsPlatform, used: Sequence[_Used], wanted: Wanted, providers: Providers
) -> Gathered:
    """What AWS tells of the machines of a platform, each asked once."""
    if wanted.offline or not used:
        return Gathered((), {})
    _check_credentials(platform, providers)
    arns = {str(each.arn.describable): each.arn.describable for each in used}
    return describe(
        [arns[key] for key in sorted(arns)], platform, providers, definitions=wanted.definitions
    )


def _check_credentials(platform: AwsPlatform, providers: Providers) -> None:
    """Ask nothing with credentials of another account than the platform's. Raises Refused."""
    wanted = platform.account_id
    found = providers.accounts([platform])[platform.name]
    if wanted is not None and found != wanted:
        raise Refused(
            f"the credentials are of account {found}, and platform {platform.name} is for "
            f"{wanted}: use credentials of account {wanted}, or ask nobody with --offline"
        )


def describe(
    arns: Sequence[MachineArn],
    platform: AwsPlatform,
    providers: Providers,
    *,
    definitions: bool,
) -> Gathered:
    """Describe machines of a platform; what can't be described is noted. Raises ProviderError."""
    reads = step_functions.Wanted(definition=definitions)
    # The type is what is asked for.
    asked = [ListedMachine(arn, MachineType.STANDARD) for arn in arns]
    answers = providers.inventory(platform).describe_all(asked, wanted=reads)
    found: dict[str, DescribedMachine] = {}
    missed: list[tuple[MachineArn, str]] = []
    for arn, answer in zip(arns, answers, strict=True):
        if isinstance(answer, DescribedMachine):
            found[str(arn)] = answer
        else:
            missed.append((arn, _why(answer)))
    return Gathered((), found, tuple(_not_described(missed)), not missed)


def _not_described(missed: Sequence[tuple[MachineArn, str]]) -> Iterator[str]:
    """A note for each reason."""
    if len(missed) == 1:
        [(arn, why)] = missed
        yield f"{arn} was not described: {why}"
        return
    groups = [*alike((arn.name, why) for arn, why in missed)]
    for names, why in groups[:_MOST_TOLD]:
        were = "were" if len(names) > 1 else "was"
        as_first = f", each as {names[0]}" if names[0] in why and len(names) > 1 else ""
        yield f"{listed(names)} {were} not described{as_first}: {why}"
    more = sum(len(names) for names, _ in groups[_MOST_TOLD:])
    if more:
        yield f"{more:,} more {'were' if more > 1 else 'was'} not described"


def _why(answer: FoundMachine | None) -> str:
    if isinstance(answer, UndescribedMachine):
        return one_line(str(answer.problem))
    return "no such state machine exists"


def _usage(
    platform: AwsPlatform,
    account: str,
    used: Sequence[_Used],
    described: Mapping[str, DescribedMachine],
    wanted: Wanted,
) -> Usage:
    uses = [
        (
            each.is_idle and not wanted.with_switched_off,
            _use(each, described.get(str(each.arn.describable))),
        )
        for each in used
    ]
    return Usage(
        platform,
        account,
        tuple(use for is_idle, use in uses if not is_idle),
        tuple(use for is_idle, use in uses if is_idle),
    )


def _use(used: _Used, found: DescribedMachine | None) -> MachineUse:
    redrives = used.job.retry.mode is RetryMode.REDRIVE
    if found is None:
        return MachineUse(used.arn, used.job.machine_type, redrives)
    return MachineUse(used.arn, found.type, redrives, found.kms_key)


def _notes(usage: Usage, wanted: Wanted) -> Sequence[str]:
    notes = []
    if not (usage.used or usage.idle):
        notes.append(f"no job runs on platform {usage.platform.name}")
    unknown = {each.arn.unqualified for each in (*usage.used, *usage.idle) if each.type is None}
    if unknown:
        way_out = "write stepFunctionsType in their jobs" + (
            ", or leave --offline out" if wanted.offline else ""
        )
        notes.append(
            f"of {plural(len(unknown), 'state machine')} the type is not known: {way_out}. "
            + _ALL_WAYS
        )
    if usage.idle:
        jobs = plural(len(usage.idle), "job")
        notes.append(
            f"platform {usage.platform.name} has {jobs} with `if: false`: a plan looks at their "
            "machines, and an apply may not start them; with --with-switched-off it may"
        )
    if wanted.offline and (usage.used or usage.idle):
        notes.append(
            f"offline nobody tells which machines of platform {usage.platform.name} have a KMS key "
            "of their own: callers need kms:Decrypt on it"
        )
    return notes
