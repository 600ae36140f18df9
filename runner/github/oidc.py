"""The token by which a workflow's job tells a cloud who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import runner
from runner.errors import GitHubError
from runner.github import failures, shapes
from runner.github.http import Http, bearer, origin_of
from runner.github.patience import ANY_FAULT, Budget, Patience

if TYPE_CHECKING:
    from collections.abc import Mapping

AWS = "sts.amazonaws.com"

_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 - a variable's name
_WAY_OUT = "give the job `permissions: id-token: write`"
_WHAT = "the identity token"
_PATIENCE = Patience(deadline=30.0)


def id_token(
    environ: Mapping[str, str], *, audience: str = AWS, patience: Patience = _PATIENCE
) -> str:
    """A new token (JWT) of the job's identity for the audience; it holds for some minutes.

    Raises GitHubError, which tells neither this token nor the one that asks for it.
    """
    url, token = environ.get(_URL, ""), environ.get(_TOKEN, "")
    if not url or not token:
        missing = _TOKEN if url else _URL
        raise GitHubError(f"{missing} is not set: {_WAY_OUT} (forks and Dependabot get none)")
    headers = {
        "Authorization": bearer(token, _TOKEN),
        "Accept": "application/json",
        "User-Agent": f"stepfleet/{runner.__version__}",
    }
    http = Http(origin_of(url))
    try:
        return _asked(http, _target(url, audience), headers, token, Budget(patience))
    finally:
        http.close()


def _target(url: str, audience: str) -> str:
    parts = urlsplit(url)
    asked = f"audience={quote(audience, safe='')}"
    return f"{parts.path or '/'}?{f'{parts.query}&' if parts.query else ''}{asked}"


def _asked(http: Http, target: str, headers: Mapping[str, str], secret: str, budget: Budget) -> str:
    def attempt() -> str:
        answer = http.send("GET", target, headers, left=budget.left)
        error = failures.failure(answer, _WHAT, secret=secret)
        if error is not None:
            raise error
        try:
            value = shapes.text(failures.decoded(answer, _WHAT), "value")
            bearer(value, _WHAT)
        except shapes.Misshapen as problem:
            raise GitHubError(f"{_WHAT}: the answer has none: {problem}") from None
        return value

    return budget.call(attempt, ANY_FAULT)
