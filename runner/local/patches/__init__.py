"""Every patch of moto, in the order in which they are applied.

Each module mends one thing and says why. A test of its own shows that moto without the
patch is still wrong, and so fails when moto mends itself and the patch can go.
"""

from __future__ import annotations

from runner.errors import Refused
from runner.local.patches import (
    assigns,
    backends,
    choices,
    clocks,
    contexts,
    errors,
    express,
    functions,
    jsonata,
    limits,
    listings,
    maps,
    mocks,
    nested,
    outputs,
    parses,
    paths,
    sessions,
    starts,
    stops,
    texts,
    threads,
    timeouts,
    tokens,
    variables,
    waits,
)
from runner.local.patches.base import TESTED, Patch

ALL: tuple[Patch, ...] = (
    threads.PATCH,
    sessions.PATCH,
    backends.PATCH,
    parses.PATCH,
    texts.PATCH,
    starts.PATCH,
    limits.PATCH,
    listings.PATCH,
    outputs.PATCH,
    stops.PATCH,
    timeouts.PATCH,
    express.PATCH,
    clocks.PATCH,
    waits.PATCH,
    contexts.PATCH,
    errors.PATCH,
    paths.PATCH,
    variables.PATCH,
    functions.PATCH,
    jsonata.PATCH,
    assigns.PATCH,
    choices.PATCH,
    maps.PATCH,
    mocks.PATCH,
    nested.PATCH,
    tokens.PATCH,
)


def apply(version: str) -> None:
    """Apply every patch to the moto that is imported.

    Raises Refused where a patch is not for this version.
    """
    if not all(patch.is_for(version) for patch in ALL):
        first, end = TESTED
        raise Refused(
            f"the embedded engine is tested with moto from {first} to before {end}, and this is "
            f"{version}: pip install 'stepfleet[local]'"
        )
    for patch in ALL:
        patch.apply()
