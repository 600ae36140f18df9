"""What an account has beside what the project has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runner import discovery, inference, values
from runner.cli.discovering import looking
from runner.definitions import tasks
from runner.discovery import Discovery, Found, Note, VanishedMachine
from runner.inventory import DescribedMachine
from runner.report import listed as in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runner.cli.discovering.looking import Looked
    from runner.cli.discovering.surroundings import Surroundings
    from runner.cli.discovering.wishes import Wishes
    from runner.discovery import KnownJob, Seen


def compare(looked: Looked, around: Surroundings, wishes: Wishes) -> Discovery:
    """What was seen and the jobs of the project that are for it.

    Raises Refused where the platform is not any more the one that was looked at.
    """
    spec, account = around.spec, looked.account
    platform = looking.platform_now(looked, wishes, spec)
    known = () if spec is None else discovery.known_jobs(spec, platform, account, around.variables)
    found = Discovery(
        platform=platform,
        account=account,
        machines=tuple(_found(one, known, wishes) for one in looked.seen),
        listing=looked.listing,
        not_allowed=looked.not_allowed,
        filtered=looked.filtered,
        project=spec.project.name if spec is not None and not around.new_project else None,
        notes=tuple(_notes(known, wishes)),
    )
    return replace(found, gone=_gone(known, found, wishes))


def _found(seen: Seen, known: Sequence[KnownJob], wishes: Wishes) -> Found:
    arn = discovery.arn_of(seen)
    found = Found(seen, discovery.runs(known, arn), discovery.may_run(known, arn))
    if not isinstance(seen, DescribedMachine) or seen.definition is None:
        return found
    try:
        definition = values.parse(seen.definition)
    except values.NotJson:
        return found
    return replace(
        found,
        inferred=inference.infer(definition) if wishes.infer else None,
        tasks=tasks(definition) if wishes.definitions else (),
    )


def _gone(
    known: Sequence[KnownJob], found: Discovery, wishes: Wishes
) -> tuple[KnownJob, ...] | None:
    """Jobs whose machines are gone; None where not all of the account was looked at."""
    listing = found.listing
    if wishes.filters.is_any or listing.problem is not None or listing.unreadable:
        return None
    vanished = {
        each.seen.listed.arn for each in found.machines if isinstance(each.seen, VanishedMachine)
    }
    there = [one.arn for one in listing.machines if one.arn not in vanished]
    return discovery.gone(known, there, found.platform, found.account)


def _notes(known: Sequence[KnownJob], wishes: Wishes) -> Iterable[Note]:
    unclear = discovery.unclear(known)
    if unclear:
        names = in_words([job.name for job in unclear])
        yield Note(
            f"what {names} run{'s' if len(unclear) == 1 else ''} depends on variables that have "
            "no value here: a machine of theirs may count as new. Give them with --var."
        )
    if wishes.infer and not wishes.composes:
        text = "what was inferred is shown with --format json or specs, and written with --write"
        yield Note(text)
