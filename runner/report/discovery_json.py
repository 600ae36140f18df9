"""A discovery as JSON by `discovery.schema.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.discovery import VanishedMachine, arn_of
from runner.inventory import DescribedMachine
from runner.values import compact, well_formed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from runner.discovery import Discovery, FileChange, Found, KnownJob, Seen
    from runner.inference import Inferred
    from runner.values import Json

FORMAT_VERSION = 1


def discovery_json(found: Discovery, changes: Sequence[FileChange] | None = None) -> str:
    """What was discovered as data, one line of JSON, with the files written, if any were to be."""
    platform = found.platform
    fields: dict[str, Json] = {
        "formatVersion": FORMAT_VERSION,
        "project": found.project,
        "platform": {
            "name": platform.name,
            "region": platform.region,
            "accountId": found.account,
        },
        "isWhole": found.is_whole,
        "listed": len(found.listing.machines),
        "notAllowed": found.not_allowed,
        "filtered": found.filtered,
        "problem": str(found.listing.problem) if found.listing.problem else None,
        "unreadable": list(found.listing.unreadable),
        "stateMachines": [_machine(each) for each in found.machines],
        "gone": None if found.gone is None else [_job(job) for job in found.gone],
        "files": None if changes is None else [_change(change) for change in changes],
        "notes": [str(note) for note in found.notes],
    }
    return f"{well_formed(compact(fields))}\n"


def _machine(each: Found) -> Json:
    arn = arn_of(each.seen)
    fields: dict[str, Json] = {
        "arn": str(arn),
        "name": arn.name,
        "jobs": [_job(job) for job in each.jobs],
        "maybeJobs": [_job(job) for job in each.maybe],
        **_seen(each.seen),
    }
    if each.inferred is not None:
        fields["inferred"] = _inferred(each.inferred)
    if each.tasks:
        fields["tasks"] = [
            {"name": task.name, "resource": task.resource, "needsMock": task.needs_mock}
            for task in each.tasks
        ]
    return fields


def _seen(seen: Seen) -> dict[str, Json]:
    if isinstance(seen, VanishedMachine):
        return {"found": "vanished", "type": seen.listed.type.value}
    if not isinstance(seen, DescribedMachine):
        reason = str(seen.problem)
        return {"found": "not-described", "type": seen.listed.type.value, "reason": reason}
    return {"found": "described", **_described(seen)}


def _described(machine: DescribedMachine) -> dict[str, Json]:
    fields: dict[str, Json] = {
        "type": machine.type.value,
        "status": machine.status,
        "roleArn": machine.role_arn,
        "revision": machine.revision,
        "createdAt": _time(machine.created_at),
        "logging": {
            "level": machine.logging.level,
            "includesData": machine.logging.includes_data,
            "destinations": list(machine.logging.destinations),
        },
        "isTraced": machine.is_traced,
        "kmsKey": machine.kms_key,
    }
    if machine.tags is not None:
        fields["tags"] = dict(machine.tags)
    if machine.versions is not None:
        fields["versions"] = list(machine.versions)
    if machine.aliases is not None:
        fields["aliases"] = [
            {"name": alias.name, "routing": {str(v): w for v, w in alias.routing.items()}}
            for alias in machine.aliases
        ]
    return fields


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _inferred(inferred: Inferred) -> Json:
    return {
        "inputs": [
            {
                "name": one.name,
                "type": one.type.value if one.type is not None else None,
                "states": list(one.places),
                "path": one.path,
                "isOptional": one.is_optional,
            }
            for one in inferred.inputs
        ],
        "outputs": [
            {
                "name": one.name,
                "type": one.type.value if one.type is not None else None,
                "states": list(one.places),
                "isCertain": one.is_certain,
            }
            for one in inferred.outputs
        ],
        "notes": list(inferred.notes),
    }


def _job(job: KnownJob) -> Json:
    place = job.place
    return {
        "job": job.name,
        "place": {"file": place.file, "line": place.line, "column": place.column},
        "stateMachine": str(job.machine) if job.machine is not None else None,
    }


def _change(change: FileChange) -> Json:
    return {"file": change.name, "isNew": change.is_new, "jobs": list(change.jobs)}
