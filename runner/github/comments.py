"""Our comment below a pull request: found by its marker and its author, and kept up to date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.errors import GitHubError
from runner.github import body as bodies
from runner.github import shapes
from runner.github.client import repository_path

if TYPE_CHECKING:
    from runner.github.client import Client
    from runner.values import Json

ACTIONS = "github-actions[bot]"
"""Who writes with the token of a workflow."""

_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,100}(\[bot\])?")
_FORBIDDEN, _NOT_FOUND = 403, 404


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as GitHub has it; `url` is where people see it."""

    id: int
    url: str
    body: str


def viewer(client: Client) -> str:
    """The login that the client's token writes comments as.

    That of a workflow's own token where GitHub does not tell: GraphQL is elsewhere, or not for
    this token. Raises GitHubError where a fault keeps GitHub from telling.
    """
    if not client.has_graphql:
        return ACTIONS
    try:
        login = shapes.text(client.query("query { viewer { login } }"), "viewer", "login")
    except shapes.Misshapen:
        return ACTIONS
    except GitHubError as error:
        if error.status in {200, _FORBIDDEN, _NOT_FOUND}:
            return ACTIONS
        raise
    return login if _LOGIN.fullmatch(login) else ACTIONS


def find(
    client: Client, repository: str, number: int, *, label: str, author: str
) -> Comment | None:
    """The oldest comment that `author` wrote with our marker for the label. Raises GitHubError."""
    for page in client.pages(f"{repository_path(repository)}/issues/{number}/comments"):
        for entry in page:
            found = _ours(entry, label, author)
            if found is not None:
                return found
    return None


def keep(
    client: Client,
    repository: str,
    number: int,
    text: str,
    *,
    label: str,
    author: str,
    known: Comment | None = None,
) -> Comment:
    """Make our comment say `text`: edit it, or write it where there is none. Raises GitHubError.

    `known` is the comment as it was found before, which saves looking for it.
    """
    found = known or find(client, repository, number, label=label, author=author)
    edited = _edit(client, repository, found, text) if found else None
    if edited is not None:
        return edited
    made = _create(client, repository, number, text, label=label, author=author)
    if bodies.read(made.body) == bodies.read(text):
        return made
    # Another run wrote this one while the answer to ours got lost.
    return _edit(client, repository, made, text) or made


def _edit(client: Client, repository: str, comment: Comment, text: str) -> Comment | None:
    """The edited comment, None where it is not there any more."""
    path = f"{repository_path(repository)}/issues/comments/{comment.id}"
    try:
        return _comment(client.patch(path, {"body": text}))
    except GitHubError as error:
        if error.status == _NOT_FOUND:
            return None
        raise


def _create(
    client: Client, repository: str, number: int, text: str, *, label: str, author: str
) -> Comment:
    path = f"{repository_path(repository)}/issues/{number}/comments"
    return client.create(
        path,
        {"body": text},
        read=_comment,
        look=lambda: find(client, repository, number, label=label, author=author),
    )


def _comment(entry: Json) -> Comment:
    try:
        return Comment(
            id=shapes.number(entry, "id"),
            url=shapes.text(entry, "html_url"),
            body=shapes.text(entry, "body") if shapes.at(entry, "body") is not None else "",
        )
    except shapes.Misshapen as error:
        raise GitHubError(f"a comment is not as GitHub's API has it: {error}") from error


def _ours(entry: Json, label: str, author: str) -> Comment | None:
    """The comment of a list's entry where it is ours. Those of deleted people have no author."""
    try:
        writer = shapes.at(entry, "user", "login") if shapes.at(entry, "user") else None
    except shapes.Misshapen as error:
        raise GitHubError(f"a comment is not as GitHub's API has it: {error}") from error
    if not isinstance(writer, str) or writer.lower() != author.lower():
        return None
    comment = _comment(entry)
    body = bodies.read(comment.body)
    return comment if body is not None and body.label == label else None
