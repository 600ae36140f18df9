"""Calls to GitHub's API: JSON in, JSON out, repeated where that can do no harm.

A call that changes nothing, or that sets what it set before, is repeated after any fault. One
that makes something is repeated at once only where it surely had no effect; where its answer
got lost, the caller looks first whether it is there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import urlencode, urlsplit

import runner
from runner import values
from runner.errors import GitHubError
from runner.github import failures, shapes
from runner.github.http import Http, bearer, origin_of
from runner.github.patience import ANY_FAULT, Budget, Lost, Patience
from runner.report.cleaning import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from runner.github.http import Answer
    from runner.values import Json

T = TypeVar("T")

API_VERSION = "2022-11-28"
PAGE = 100
"""Entries of one page of a list, the most that GitHub gives."""
MAX_PAGES = 50

_TOO_MANY = 429
_NEXT = re.compile(r';\s*rel="?next"?')


class Client:
    """Calls to one API. All its calls share one deadline, which counts from the first of them.

    `api_url` and `graphql_url` are those of a workflow; GraphQL is used only at the same scheme,
    host and port, since the token goes nowhere else. Raises GitHubError where the address or
    the token can't be one.
    """

    def __init__(
        self,
        api_url: str,
        token: str,
        *,
        graphql_url: str = "",
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        self._http = Http(origin_of(api_url))
        self._prefix = urlsplit(api_url).path.rstrip("/")
        self._graphql = self._own_path(graphql_url)
        self._token = token
        self._authorization = bearer(token, "the token for GitHub")
        self._patience = patience
        self._budget = Budget(patience)

    def _own_path(self, url: str) -> str | None:
        try:
            is_own = bool(url) and origin_of(url) == self._http.origin
        except GitHubError:
            return None
        return urlsplit(url).path if is_own else None

    @property
    def has_graphql(self) -> bool:
        """Tell whether GraphQL is at the address that the token is for."""
        return self._graphql is not None

    def renew(self) -> None:
        """Let the deadline count anew: another piece of work begins."""
        self._budget = Budget(self._patience)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """What is at the path, which begins with a slash. Raises GitHubError."""
        return self._repeated("GET", path, query)[0]

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[list[Json]]:
        """The pages of a list, in order. Raises GitHubError, and where they are too many.

        GitHub says whether there is a next page; its number is counted here, so that no address
        out of an answer is ever called.
        """
        for page in range(1, MAX_PAGES + 1):
            asked = {**(query or {}), "per_page": str(PAGE), "page": str(page)}
            entries, answer = self._repeated("GET", path, asked)
            if not isinstance(entries, list):
                raise GitHubError(f"GET {path}: the answer is no list", status=answer.status)
            yield entries
            if not _has_next(answer):
                return
        raise GitHubError(f"GET {path}: more than {MAX_PAGES * PAGE} entries")

    def patch(self, path: str, body: Json) -> Json:
        """Set what is at the path to `body`, twice if need be. Raises GitHubError."""
        return self._repeated("PATCH", path, body=body)[0]

    def create(
        self, path: str, body: Json, read: Callable[[Json], T], look: Callable[[], T | None]
    ) -> T:
        """Make something, once, and `read` it from the answer. Raises GitHubError.

        After an answer that got lost, what `look` finds is taken for it; it returns None where
        there is nothing, and then the call is sent again.
        """
        in_doubt = False

        def attempt() -> T:
            nonlocal in_doubt
            if in_doubt and (found := look()) is not None:
                return found
            try:
                return read(self._once("POST", path, body=body)[0])
            except Lost:
                in_doubt = True
                raise

        return self._budget.call(attempt, ANY_FAULT)

    def query(self, graphql: str) -> Json:
        """The data that GraphQL answers a query with. Raises GitHubError, and where it has none."""
        if self._graphql is None:
            raise GitHubError("GraphQL is not where GitHub's API is")
        path, body = self._graphql, values.compact({"query": graphql}).encode()
        answer = self._budget.call(lambda: self._exchange("POST", path, body, path), ANY_FAULT)
        content = failures.decoded(answer, f"POST {path}")
        try:
            errors = shapes.at(content, "errors")
            data = shapes.at(content, "data")
        except shapes.Misshapen as error:
            raise GitHubError(f"POST {path}: {error}", status=answer.status) from None
        if errors or data is None:
            said = one_line(values.compact(errors), 400).replace(self._token, "***")
            status = _TOO_MANY if _is_limited(errors) else answer.status
            raise GitHubError(f"POST {path}: no data: {said}", status=status)
        return data

    def _repeated(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Json = None,
    ) -> tuple[Json, Answer]:
        return self._budget.call(lambda: self._once(method, path, query, body=body), ANY_FAULT)

    def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Json = None,
    ) -> tuple[Json, Answer]:
        target = f"{self._prefix}{path}" + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else values.compact(body).encode()
        answer = self._exchange(method, target, content, path)
        return failures.decoded(answer, f"{method} {path}"), answer

    def _exchange(self, method: str, target: str, body: bytes | None, shown: str) -> Answer:
        what = f"{method} {one_line(shown, 200)}"
        headers = {
            "Authorization": self._authorization,
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": API_VERSION,
            "User-Agent": f"stepfleet/{runner.__version__}",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = self._http.send(method, target, headers, body, left=self._budget.left)
        error = failures.failure(answer, what, secret=self._token)
        if error is not None:
            raise error
        return answer


def repository_path(repository: str) -> str:
    """The path of OWNER/NAME. Raises GitHubError where it is none."""
    if not shapes.is_repository(repository):
        raise GitHubError(f"{one_line(repository, 200)!r} is no OWNER/NAME of a repository")
    return f"/repos/{repository}"


def _has_next(answer: Answer) -> bool:
    return any(_NEXT.search(link) for link in answer.headers.get("link", "").split(","))


def _is_limited(errors: Json) -> bool:
    """Tell whether GraphQL, which answers 200 even so, turned the query away for its rate."""
    return isinstance(errors, list) and any(
        isinstance(error, dict) and error.get("type") == "RATE_LIMITED" for error in errors
    )
