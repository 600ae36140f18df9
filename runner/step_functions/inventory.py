"""What an account has: state machines, their versions, aliases and tags. Reads only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from runner.errors import AccessDenied, NotFound, ProviderError, Rejected, Unreachable
from runner.inventory import (
    Alias,
    DescribedMachine,
    FoundMachine,
    ListedMachine,
    UndescribedMachine,
)
from runner.retry import Tally
from runner.step_functions import answers, machine_answers
from runner.step_functions.calls import Calls
from runner.step_functions.reads import LOOKUP_SECONDS, is_of_key
from runner.step_functions.recall import HOPELESS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_stepfunctions import SFNClient

    from runner.arns import MachineArn
    from runner.provider import CallCounts
    from runner.retry import Policy
    from runner.step_functions.buckets import Buckets

T = TypeVar("T")

PAGE = 100
"""Rows of a page of state machines."""

_LIST = machine_answers.LIST
_DESCRIBE = machine_answers.DESCRIBE
_VERSIONS = "ListStateMachineVersions"
_ALIASES = "ListStateMachineAliases"
_ALIAS = machine_answers.ALIAS
_TAGS = "ListTagsForResource"
_TAGGED = "GetResources"
_MOST_ROWS = 1000
_MOST_RESTARTS = 2
"""How often a list is read anew from its beginning, as the token of its next page expired."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read of each machine besides what every description has."""

    definition: bool = True
    tags: bool = False
    versions: bool = False
    aliases: bool = False


@dataclass(slots=True)
class _Hope:
    """`lost` is written by any thread, with the same meaning whichever comes last."""

    lost: ProviderError | None = field(default=None)


class Inventory:
    """Reads what an account has in one region, several things at a time, from any thread.

    `tagging` is a client of the Resource Groups Tagging API, None where there is none: at an
    endpoint of one's own. No method changes anything. All keep under the quotas of `buckets`.
    """

    def __init__(
        self,
        client: SFNClient,
        *,
        policy: Policy,
        tagging: Any = None,
        threads: int = 8,
        buckets: Buckets | None = None,
        closing: Iterable[Callable[[], object]] = (),
    ) -> None:
        self._client = client
        self._tagging = tagging
        self._policy = replace(policy, unreachable=min(LOOKUP_SECONDS, policy.unreachable))
        self._tally = Tally()
        self._calls = Calls(self._tally, buckets)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="inventory")
        self._closing = tuple(closing)

    def machines(self, on_page: Callable[[int], None] | None = None) -> Sequence[ListedMachine]:
        """All state machines, each once, in the order of the service's list.

        `on_page` hears how many are known after each page. Raises ProviderError.
        """
        known: dict[MachineArn, ListedMachine] = {}
        for page in self.pages():
            known |= {machine.arn: machine for machine in page.machines}
            if on_page is not None:
                on_page(len(known))
        return tuple(known.values())

    def pages(self) -> Iterator[machine_answers.Page]:
        """The list page by page. Raises ProviderError in place of a page.

        Where the token of a page has expired, the list is read anew from its beginning, so a
        machine may be on several pages.
        """
        token: str | None = None
        restarts = 0
        while True:
            try:
                rows, token = self._page(token)
            except Rejected as error:
                if error.code != "InvalidToken" or token is None or restarts == _MOST_RESTARTS:
                    raise
                token, restarts = None, restarts + 1
                continue
            yield machine_answers.page_of(rows)
            if token is None:
                return

    def _page(self, token: str | None) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        more: Any = {} if token is None else {"nextToken": token}

        def request() -> tuple[Sequence[Mapping[str, Any]], str | None]:
            answer = self._client.list_state_machines(maxResults=PAGE, **more)
            return answers.required_rows(answer, "stateMachines", _LIST), answer.get("nextToken")

        return self._read(_LIST, request, about="all state machines")

    def describe(self, arn: MachineArn, *, definition: bool = True) -> DescribedMachine:
        """Describe a machine, or a version of it; of an alias its machine. Raises ProviderError.

        Where its key keeps the definition from the caller, the rest of it is told.
        """
        if not definition:
            return self._described(arn.describable, "METADATA_ONLY")
        try:
            return self._described(arn.describable, "ALL_DATA")
        except ProviderError as error:
            if not is_of_key(error):
                raise
        return self._described(arn.describable, "METADATA_ONLY")

    def _described(self, arn: MachineArn, included: Any) -> DescribedMachine:
        def request() -> DescribedMachine:
            answer = self._client.describe_state_machine(
                stateMachineArn=str(arn), includedData=included
            )
            return machine_answers.description(arn, answer)

        return self._read(_DESCRIBE, request, about=str(arn))

    def describe_all(
        self,
        listed: Sequence[ListedMachine],
        on_each: Callable[[int], None] | None = None,
        *,
        wanted: Wanted | None = None,
    ) -> Iterator[FoundMachine | None]:
        """Describe each, several at a time, in the order of `listed`; None for one that is gone.

        `on_each` hears how many are done. Raises CredentialsFailed and Unreachable, as they hold
        for all of them.
        """
        hope = _Hope()
        asked = wanted or Wanted()
        found = self._pool.map(partial(self._found, hope, asked), listed)
        for number, one in enumerate(found, start=1):
            if on_each is not None:
                on_each(number)
            yield one

    def _found(self, hope: _Hope, wanted: Wanted, listed: ListedMachine) -> FoundMachine | None:
        if hope.lost is not None:
            raise hope.lost
        try:
            return self._whole(listed.arn, wanted)
        except HOPELESS as error:
            hope.lost = error
            raise
        except NotFound:
            return None
        except ProviderError as error:
            return UndescribedMachine(listed, error)

    def _whole(self, arn: MachineArn, wanted: Wanted) -> DescribedMachine:
        found = self.describe(arn, definition=wanted.definition)
        return replace(
            found,
            tags=self.tags(arn) if wanted.tags else None,
            versions=self.versions(arn) if wanted.versions else None,
            aliases=self.aliases(arn) if wanted.aliases else None,
        )

    def versions(self, arn: MachineArn) -> tuple[int, ...]:
        """The numbers of a machine's versions, the newest first. Raises ProviderError."""
        rows = self._rows(
            _VERSIONS, self._client.list_state_machine_versions, "stateMachineVersions", arn
        )
        numbers = (machine_answers.tail(row, "stateMachineVersionArn", _VERSIONS) for row in rows)
        return tuple(
            sorted((int(number) for number in numbers if number.isdecimal()), reverse=True)
        )

    def aliases(self, arn: MachineArn) -> tuple[Alias, ...]:
        """A machine's aliases by name, with what they lead to. Raises ProviderError."""
        rows = self._rows(
            _ALIASES, self._client.list_state_machine_aliases, "stateMachineAliases", arn
        )
        arns = sorted(answers.required_text(row, "stateMachineAliasArn", _ALIASES) for row in rows)
        return tuple(alias for one in arns if (alias := self._alias(one)) is not None)

    def _alias(self, arn: str) -> Alias | None:
        """An alias; None for one that went in between."""

        def request() -> Alias:
            answer = self._client.describe_state_machine_alias(stateMachineAliasArn=arn)
            routes = answers.required_rows(answer, "routingConfiguration", _ALIAS)
            return Alias(
                arn.rpartition(":")[2], dict(machine_answers.route(route) for route in routes)
            )

        try:
            return self._read(_ALIAS, request, about=arn)
        except NotFound:
            return None

    def _rows(
        self, operation: str, send: Callable[..., Any], key: str, arn: MachineArn
    ) -> Sequence[Mapping[str, Any]]:
        """All rows of a list about one machine."""
        found: list[Mapping[str, Any]] = []
        token: str | None = None
        while True:
            rows, token = self._read(
                operation, partial(_asked, operation, send, key, arn, token), about=arn.unqualified
            )
            found += rows
            if token is None:
                return found

    def tags(self, arn: MachineArn) -> Mapping[str, str]:
        """The tags of one machine. Raises ProviderError."""

        def request() -> Mapping[str, str]:
            answer = self._client.list_tags_for_resource(resourceArn=arn.unqualified)
            return machine_answers.tags_in(
                answers.required_rows(answer, "tags", _TAGS), "key", "value"
            )

        return self._read(_TAGS, request, about=arn.unqualified)

    def tags_of(
        self, listed: Sequence[ListedMachine], on_each: Callable[[int], None] | None = None
    ) -> Mapping[str, Mapping[str, str]]:
        """The tags of each machine by its ARN, several at a time, without those that are gone.

        `on_each` hears how many are done. Raises ProviderError.
        """
        found: dict[str, Mapping[str, str]] = {}
        told = self._pool.map(self._tags_if_there, [one.arn for one in listed])
        for number, (one, tags) in enumerate(zip(listed, told, strict=True), start=1):
            if on_each is not None:
                on_each(number)
            if tags is not None:
                found[str(one.arn)] = tags
        return found

    def _tags_if_there(self, arn: MachineArn) -> Mapping[str, str] | None:
        try:
            return self.tags(arn)
        except NotFound:
            return None

    def tagged(
        self, filters: Mapping[str, Collection[str]]
    ) -> Mapping[str, Mapping[str, str]] | None:
        """The tags of all machines that have each of these keys, with one of its values.

        By unqualified ARN; no value at all means any. None where the Resource Groups Tagging
        API is not there, not reached or may not be asked: `tags` tells of each machine then.
        Raises ProviderError.
        """
        if self._tagging is None:
            return None
        try:
            return self._tagged(filters)
        except (AccessDenied, NotFound, Rejected, Unreachable):
            return None

    def _tagged(self, filters: Mapping[str, Collection[str]]) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, Mapping[str, str]] = {}
        token = ""
        while True:
            rows, token = self._read(
                _TAGGED, partial(self._tagged_page, filters, token), about="tagged state machines"
            )
            for row in rows:
                arn = answers.required_text(row, "ResourceARN", _TAGGED)
                found[arn] = machine_answers.tags_in(row.get("Tags") or (), "Key", "Value")
            if not token:
                return found

    def _tagged_page(
        self, filters: Mapping[str, Collection[str]], token: str
    ) -> tuple[Sequence[Mapping[str, Any]], str]:
        answer = self._tagging.get_resources(
            ResourceTypeFilters=["states:stateMachine"],
            TagFilters=[{"Key": key, "Values": list(values)} for key, values in filters.items()],
            ResourcesPerPage=PAGE,
            PaginationToken=token,
        )
        rows = answers.required_rows(answer, "ResourceTagMappingList", _TAGGED)
        return rows, answer.get("PaginationToken") or ""

    def _read(self, operation: str, request: Callable[[], T], *, about: str) -> T:
        return self._calls.read(operation, request, about=about, policy=self._policy)

    def calls(self) -> Mapping[str, CallCounts]:
        """How its calls went so far, by operation."""
        return self._tally.counts()

    def close(self) -> None:
        """Begin no further call, and close all connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for close in self._closing:
            close()


def _asked(
    operation: str, send: Callable[..., Any], key: str, arn: MachineArn, token: str | None
) -> tuple[Sequence[Mapping[str, Any]], str | None]:
    more = {} if token is None else {"nextToken": token}
    answer = send(stateMachineArn=arn.unqualified, maxResults=_MOST_ROWS, **more)
    return answers.required_rows(answer, key, operation), answer.get("nextToken")
