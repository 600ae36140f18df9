"""Endpoints that a file names which anyone may have written: called only by a user's leave."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from runner.errors import Refused
from runner.model import AwsPlatform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from runner.model import Platform

    Command = Callable[..., object]

_LOOPBACK = re.compile(
    r"https?://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?"
)


def option(file: str) -> Callable[[Command], Command]:
    """`--endpoint-url`, for a command that reads the kind of file named."""
    return click.option(
        "--endpoint-url",
        multiple=True,
        metavar="URL",
        help=f"An endpoint, named in {file}, that may be called. Repeatable. AWS itself and "
        "this machine need no leave.",
    )


def check(platforms: Iterable[Platform], allowed: Sequence[str], path: Path) -> None:
    """Refuse an endpoint elsewhere that the user did not name. Raises Refused."""
    for platform in platforms:
        url = platform.endpoint_url if isinstance(platform, AwsPlatform) else None
        if url is not None and url not in allowed and not _LOOPBACK.fullmatch(url):
            raise Refused(
                f"{path} names the endpoint {url[:200]} for its platform {platform.name}: whoever "
                "wrote the file would be sent signed calls. If it is yours, say so with "
                "--endpoint-url"
            )
