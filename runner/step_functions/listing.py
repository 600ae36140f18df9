"""How many executions are worth a list, and what a list may be believed.

ListExecutions shows up to 1,000 executions in one call, newest first, but shares its account's
smallest quota; DescribeExecution shows one. A list may lag behind, so one that lacks an
execution says nothing about it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from runner.arns import BadArn, parse_execution

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from runner.provider import Execution, Watched

PAGE_PRICE = 4
"""Describes that cost the quota as much as one page: 3 in the large regions, 5 elsewhere."""


def by_machine(watched: Iterable[Watched]) -> Mapping[str, Sequence[Watched]]:
    """The executions of each machine that has enough of them to be worth a list."""
    groups: defaultdict[str, list[Watched]] = defaultdict(list)
    for one in watched:
        try:
            groups[parse_execution(one.arn).machine_arn].append(one)
        except BadArn:
            continue
    return {machine: group for machine, group in groups.items() if len(group) > PAGE_PRICE}


def scan(
    wanted: Collection[str],
    page: Callable[[str | None], tuple[Sequence[Execution], str | None]],
) -> Mapping[str, Execution]:
    """Read pages while they may cost less than describing what is still missing.

    `page` takes the token of the page before and returns rows and the next token. All pages
    together cost at most as much as describing each of `wanted`.
    """
    found: dict[str, Execution] = {}
    token: str | None = None
    for _ in range(max(1, len(wanted) // PAGE_PRICE)):
        rows, token = page(token)
        found.update((row.arn, row) for row in rows if row.arn in wanted)
        if token is None or len(wanted) - len(found) <= PAGE_PRICE:
            break
    return found
