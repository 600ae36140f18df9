"""What holds of every run, as its results tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema

from runner import schema, values
from runner.results import from_json, to_json

if TYPE_CHECKING:
    from tests.fakes import Ran

VALIDATOR = jsonschema.Draft202012Validator(schema.load("results.schema.json"))
ENDINGS = {"succeeded", "up_to_date", "failed", "cancelled", "skipped", "unknown", "left"}


def nothing_starts_before_its_needs_have_settled(ran: Ran) -> None:
    ended: set[object] = set()
    needs = {one.name: set(one.needs) for one in ran.results.jobs}
    for event in ran.results.events:
        if event["event"] == "starting":
            assert needs[str(event["job"])] <= ended
        if event["event"] in ENDINGS:
            ended.add(event["job"])


def each_job_ends_once(ran: Ran) -> None:
    for one in ran.results.jobs:
        endings = [event for event in ran.events_of(one.name) if event in ENDINGS]
        assert len(endings) == 1, one.name
        assert ran.events_of(one.name)[-1] == endings[0]
        if ran.results.status.value not in ("interrupted", "detached", "failed"):
            assert not one.status.is_open


def what_did_not_succeed_has_a_reason(ran: Ran) -> None:
    for one in ran.results.jobs:
        if not one.status.is_success:
            assert one.reason, one


def documents_are_valid(ran: Ran) -> None:
    last = ran.documents[-1]
    for document in {*ran.documents[:: max(1, len(ran.documents) // 4)], last}:
        VALIDATOR.validate(values.parse(document))
    assert to_json(from_json(last)) == last
