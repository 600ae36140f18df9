"""Where a workflow or a machine has the tokens that tell a cloud who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import aws
from runner.errors import CredentialsFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runner.model import WebIdentityAuth

AUDIENCE = "sts.amazonaws.com"
"""For whom tokens are unless an auth says otherwise."""

_GITHUB = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
_FILES = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE")


def of(auth: WebIdentityAuth, environ: Mapping[str, str]) -> Callable[[], str]:
    """What gives the tokens of an auth. It raises StepfleetError where there are none.

    The environment is looked at anew each time. It is that of this process, which GitHub or
    a cluster has made, and never what specs may read.
    """

    def token() -> str:
        if auth.token_file is not None:
            return aws.token_in_file(
                auth.token_file, named_by="`tokenFile`", audience=auth.audience
            )
        if all(environ.get(name) for name in _GITHUB):
            from runner import github  # noqa: PLC0415 - not needed elsewhere

            return github.id_token(environ, audience=auth.audience or AUDIENCE)
        for name in _named(environ):
            return aws.token_in_file(environ[name], named_by=name, audience=auth.audience)
        raise CredentialsFailed(_nowhere(environ))

    return token


def file_of(auth: WebIdentityAuth, environ: Mapping[str, str]) -> str | None:
    """The file that an auth's tokens are in; None where they are asked of GitHub, or nowhere."""
    if auth.token_file is not None:
        return auth.token_file
    if all(environ.get(name) for name in _GITHUB):
        return None
    return next((environ[name] for name in _named(environ)), None)


def _named(environ: Mapping[str, str]) -> list[str]:
    return [name for name in _FILES if environ.get(name)]


def session_name(environ: Mapping[str, str]) -> str:
    """What AWS's own logs call sessions: in a GitHub workflow with the run's id."""
    run_id = environ.get("GITHUB_RUN_ID", "")
    return f"stepfleet-{run_id}" if run_id else "stepfleet"


def _nowhere(environ: Mapping[str, str]) -> str:
    if environ.get("GITHUB_ACTIONS") == "true":
        return (
            "this GitHub job may ask for no token. The way out: give it `permissions: id-token: "
            "write` (pull requests from forks and of Dependabot get none)"
        )
    return (
        "nothing says where the token is. The way out: name its file as `tokenFile` in the "
        f"Platform, or in {' or '.join(_FILES)}, or run in a GitHub workflow"
    )
