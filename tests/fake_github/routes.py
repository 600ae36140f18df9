"""GitHub's API as far as we call it: from a request to what comes back, over the world."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.fake_github.world import MAX_BODY, Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.fake_github.faults import Route
    from tests.fake_github.world import Change, Note, Pull, World

_COMMENTS = re.compile(r"/issues/(\d+)/comments")
_COMMENT = re.compile(r"/issues/comments/(\d+)")
_PULL = re.compile(r"/pulls/(\d+)")
_COMPARE = re.compile(r"/compare/([0-9a-f]{40})\.\.\.([0-9a-f]{40})")
_PULLS = re.compile(r"/commits/([0-9a-f]+)/pulls")

_ROUTES: tuple[tuple[str, re.Pattern[str], Route], ...] = (
    ("GET", _COMMENTS, "list_comments"),
    ("POST", _COMMENTS, "create_comment"),
    ("PATCH", _COMMENT, "edit_comment"),
    ("GET", _PULLS, "commit_pulls"),
    ("GET", re.compile("/commits"), "commits"),
    ("GET", _COMPARE, "compare"),
    ("GET", re.compile("/pulls"), "pulls"),
    ("GET", _PULL, "pull"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request, taken apart. `base` is the API's address as the caller knows it."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    identity: Identity
    base: str


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    content: Any
    headers: Mapping[str, str] = field(default_factory=dict)


NOT_FOUND = Reply(404, {"message": "Not Found", "status": "404"})
BAD_CREDENTIALS = Reply(401, {"message": "Bad credentials", "status": "401"})
NOT_ACCESSIBLE = Reply(403, {"message": "Resource not accessible by integration"})


def parsed_query(target: str) -> dict[str, str]:
    found = parse_qs(urlsplit(target).query, keep_blank_values=True)
    return {name: values[-1] for name, values in found.items()}


def route_of(method: str, path: str, repository: str) -> Route:
    """The route of a path below the API's address."""
    root = f"/repos/{repository}"
    if path == "/graphql" and method == "POST":
        return "graphql"
    if not path.startswith(f"{root}/"):
        return "unknown"
    rest = path[len(root) :]
    known = (name for way, shape, name in _ROUTES if way == method and shape.fullmatch(rest))
    return next(known, "unknown")


def list_comments(world: World, call: Call) -> Reply:
    number = _number(_COMMENTS, call)
    if number not in world.pulls:
        return NOT_FOUND
    return _paged(call, [_note_json(world, note) for note in world.notes_of(number)])


def create_comment(world: World, call: Call) -> Reply:
    number = _number(_COMMENTS, call)
    if number not in world.pulls:
        return NOT_FOUND
    if refusal := _refused(call):
        return refusal
    note = world.add_note(number, call.identity.login, call.body["body"])
    return Reply(201, _note_json(world, note))


def edit_comment(world: World, call: Call) -> Reply:
    known = {note.id: note for note in world.notes}
    note = known.get(_number(_COMMENT, call))
    if note is None:
        return NOT_FOUND
    if refusal := _refused(call):
        return refusal
    note.body = call.body["body"]
    return Reply(200, _note_json(world, note))


def commit_pulls(world: World, call: Call) -> Reply:
    found = _PULLS.search(call.path)
    assert found
    pulls = [p for p in world.pulls.values() if found[1] in {p.merge, p.head, *p.commits}]
    if not pulls and found[1] not in {change.commit for change in world.changes}:
        return Reply(422, {"message": f"No commit found for SHA: {found[1]}"})
    return _paged(call, [pull_json(world, pull) for pull in pulls])


def commits(world: World, call: Call) -> Reply:
    names = [change.commit for change in world.changes]
    newest = names[0] if names else ""
    start = call.query.get("sha", newest)
    if (start := newest if start == "main" else start) not in names:
        return NOT_FOUND
    path = call.query.get("path", "")
    changes = world.changes[names.index(start) :]
    return _paged(call, [_change_json(one) for one in changes if _touches(one, path)])


def pulls(world: World, call: Call) -> Reply:
    """The newest first, as GitHub has them by when they were updated last."""
    state, base = call.query.get("state", "open"), call.query.get("base", "")
    found = [p for p in world.pulls.values() if p.state == state and base in ("", p.base_branch)]
    return _paged(call, [pull_json(world, pull) for pull in reversed(found)])


def pull(world: World, call: Call) -> Reply:
    found = world.pulls.get(_number(_PULL, call))
    return Reply(200, pull_json(world, found)) if found else NOT_FOUND


def compare(world: World, call: Call) -> Reply:
    found = _COMPARE.search(call.path)
    assert found
    names = [change.commit for change in world.changes]
    if found[1] not in names or found[2] not in names:
        return NOT_FOUND
    between = world.changes[names.index(found[2]) : names.index(found[1])][::-1]
    size, page = int(call.query.get("per_page", "250")), int(call.query.get("page", "1"))
    shown = between[size * (page - 1) : size * page]
    return Reply(200, {"commits": [_change_json(one) for one in shown]})


def graphql(world: World, call: Call) -> Reply:
    if not call.identity.has_graphql:
        return NOT_ACCESSIBLE
    if "viewer" not in call.body.get("query", ""):
        return Reply(200, {"errors": [{"type": "undefinedField", "message": "no such field"}]})
    return Reply(200, {"data": {"viewer": {"login": call.identity.login}}})


def unknown(world: World, call: Call) -> Reply:
    return NOT_FOUND


def id_token(world: World, audience: str) -> Reply:
    """The answer of the runner's own service, which is not part of GitHub's API."""
    claims = {
        "aud": audience,
        "sub": f"repo:{world.repository}:ref:refs/heads/main",
        "jti": str(len(world.id_tokens) + 1),
    }
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts]
    token = b".".join([*encoded, b"c2lnbmF0dXJl"]).decode().replace("=", "")
    world.id_tokens.append(token)
    return Reply(200, {"count": 1, "value": token})


HANDLERS: Mapping[Route, Callable[[World, Call], Reply]] = {
    "list_comments": list_comments,
    "create_comment": create_comment,
    "edit_comment": edit_comment,
    "commit_pulls": commit_pulls,
    "commits": commits,
    "compare": compare,
    "pulls": pulls,
    "pull": pull,
    "graphql": graphql,
    "unknown": unknown,
}


def pull_json(world: World, pull: Pull) -> dict[str, Any]:
    """A pull request as the API and the events have it."""
    origin = pull.head_repository
    head_repository = {"full_name": origin or world.repository}
    return {
        "number": pull.number,
        "state": pull.state,
        "merged_at": "2026-01-02T03:04:05Z" if pull.merge and pull.state == "closed" else None,
        "merge_commit_sha": pull.merge,
        "head": {"sha": pull.head, "repo": None if origin is None else head_repository},
        "base": {
            "sha": pull.base,
            "ref": pull.base_branch,
            "repo": {"full_name": world.repository},
        },
    }


def _number(pattern: re.Pattern[str], call: Call) -> int:
    found = pattern.search(call.path)
    assert found
    return int(found[1])


def _refused(call: Call) -> Reply | None:
    if not call.identity.can_write:
        return NOT_ACCESSIBLE
    text = call.body.get("body") if isinstance(call.body, dict) else None
    if not isinstance(text, str) or not text.strip():
        return _invalid("missing_field", "Body cannot be blank")
    if len(text) > MAX_BODY:
        return _invalid("unprocessable", f"Body is too long (maximum is {MAX_BODY} characters)")
    return None


def _invalid(code: str, message: str) -> Reply:
    complaint = {"resource": "IssueComment", "code": code, "field": "body", "message": message}
    return Reply(422, {"message": "Validation Failed", "errors": [complaint]})


def _paged(call: Call, entries: list[dict[str, Any]]) -> Reply:
    size = min(int(call.query.get("per_page", "30")), 100)
    page = int(call.query.get("page", "1"))
    last = max(-(-len(entries) // size), 1)
    numbers = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    if page >= last:
        del numbers["next"], numbers["last"]
    if page == 1:
        del numbers["prev"], numbers["first"]
    links = [
        f'<{call.base}{call.path}?per_page={size}&page={number}>; rel="{name}"'
        for name, number in numbers.items()
    ]
    headers = {"Link": ", ".join(links)} if links else {}
    return Reply(200, entries[(page - 1) * size : page * size], headers)


def _note_json(world: World, note: Note) -> dict[str, Any]:
    url = f"https://github.example/{world.repository}/pull/{note.number}#issuecomment-{note.id}"
    is_bot = note.author is not None and note.author.endswith("[bot]")
    user = {"login": note.author, "type": "Bot" if is_bot else "User"}
    return {
        "id": note.id,
        "html_url": url,
        "body": note.body,
        "user": user if note.author is not None else None,
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {"sha": change.commit, "commit": {"committer": {"date": change.date}}}


def _touches(change: Change, path: str) -> bool:
    name = path.strip("/")
    return not name or any(one == name or one.startswith(f"{name}/") for one in change.paths)
