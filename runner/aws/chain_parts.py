"""What the client library's chain starts, reads and asks on its way, done as we do it.

The library has no public way to change that, and is imported here.
"""

from __future__ import annotations

import getpass
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from botocore.credentials import (
    AssumeRoleProvider,
    AssumeRoleWithWebIdentityProvider,
    ProcessProvider,
)

from runner.aws.codes import ASKS_A_PERSON
from runner.aws.programs import Programs
from runner.aws.tokens import in_file
from runner.errors import CredentialsFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.session import Session

    from runner.aws.programs import Program

TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"  # noqa: S105 - a variable's name
SECOND_FACTOR = (
    "a second factor is asked for, and nobody is there to give it. The way out: get a session "
    "beforehand and use its credentials"
)


def change(session: Session, running: set[Program]) -> Programs:
    """Change a session's chain, also for the profiles that its own is built on.

    Programs are waited for as long as the answer says, tokens are looked at before they are
    sent, and a second factor is asked for only where a person sits.
    """
    programs = Programs(running=running)
    resolver: Any = session.get_component("credential_provider")

    def changed(provider: Any) -> Any:
        _put(provider, "popen", programs.start)
        _put(provider, "token_loader_cls", _Token)
        return provider

    for method in (ProcessProvider.METHOD, AssumeRoleWithWebIdentityProvider.METHOD):
        changed(resolver.get_provider(method))
    roles = resolver.get_provider(AssumeRoleProvider.METHOD)
    _put(roles, "prompter", _second_factor)
    builder = _part(roles, "profile_provider_builder")
    for name in ("create_process_provider", "create_web_identity_provider"):
        _put(builder, name, _then(_part(builder, name), changed))
    return programs


def _then(make: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *of: change(make(*of))


def _part(of: Any, name: str) -> Any:
    return getattr(of, f"_{name}")


def _put(into: Any, name: str, value: Any) -> None:
    setattr(into, f"_{name}", value)


def token_in(path: str) -> str:
    """The token of a file that the environment or a profile names. Raises CredentialsFailed."""
    is_of_environment = path == os.environ.get(TOKEN_FILE)
    named_by = TOKEN_FILE if is_of_environment else "the profile's web_identity_token_file"
    return in_file(path, named_by=named_by)


class _Token:
    """In place of the library's reader, which sends to STS whatever a file holds."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self) -> str:
        return token_in(self._path)


def _second_factor(prompt: str) -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise CredentialsFailed(SECOND_FACTOR)
    if threading.current_thread() is not threading.main_thread():
        # Whoever gives up waiting for such a thread would leave a terminal that shows nothing.
        raise CredentialsFailed(SECOND_FACTOR, code=ASKS_A_PERSON)
    return getpass.getpass(prompt)
