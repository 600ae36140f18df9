"""Who may take a role: the trust policy for the tokens of a GitHub repository's workflows.

https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.iam.policies import VERSION
from runner.values import UNSEEN

if TYPE_CHECKING:
    from runner.iam.policies import Policy
    from runner.values import Json

GITHUB = "https://token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"

_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_REPOSITORY = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_ID = re.compile(r"[1-9][0-9]{0,19}")
_ISSUER = re.compile(
    r"https://(?P<host>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+)"
    r"(?P<path>(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)"
)
_UNPRINTED = re.compile(rf"[\x00-\x1f{UNSEEN}]")
_NO_BRANCH = re.compile(r"[ ~^:?*\[\\]|\.\.|@\{|//|^/|/$|\.$|(^|/)\.|\.lock(/|$)|^@$|^-")
MAX_NAME = 255
"""Characters of an environment's name, or of a branch's."""


class BadTrust(ValueError):
    """What was asked for can't be trusted exactly; the message says why."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by its names, and by its numbers where they are known."""

    owner: str
    name: str
    owner_id: str | None = None
    id: str | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        """How the subjects of its tokens begin: by names, and by names with numbers.

        Those that were created since 15 July 2026, renamed or moved have the second form.
        """
        named = f"repo:{self.owner}/{self.name}"
        if self.owner_id is None or self.id is None:
            return (named,)
        return (named, f"repo:{self.owner}@{self.owner_id}/{self.name}@{self.id}")


def read_repository(names: str, ids: str | None = None) -> Repository:
    """Read ORG/REPO, and ORG_ID/REPO_ID. Raises BadTrust."""
    owner, _, name = names.partition("/")
    if not _OWNER.fullmatch(owner) or not _REPOSITORY.fullmatch(name):
        raise BadTrust(f"{names!r} is not ORG/REPO as GitHub writes it, such as acme/data-platform")
    if ids is None:
        return Repository(owner, name)
    owner_id, _, id_ = ids.partition("/")
    if not _ID.fullmatch(owner_id) or not _ID.fullmatch(id_):
        raise BadTrust(f"{ids!r} is not ORG_ID/REPO_ID in numbers, such as 1234567/89012345")
    return Repository(owner, name, owner_id, id_)


def of_environment(name: str) -> str:
    """The end of the subject of a job in an environment. Raises BadTrust."""
    _check_name(name, "an environment's name")
    return f"environment:{name.replace(':', '%3A')}"


def of_branch(name: str) -> str:
    """The end of the subject of a run on a branch. Raises BadTrust."""
    if name.startswith("refs/"):
        raise BadTrust(f"{name!r}: give the branch's name alone, such as main")
    _check_name(name, "a branch's name")
    if _NO_BRANCH.search(name):
        raise BadTrust(f"{name!r} is not a branch's name")
    return f"ref:refs/heads/{name}"


OF_PULL_REQUESTS = "pull_request"
"""The end of the subject of a run for a pull request."""


def _check_name(name: str, what: str) -> None:
    """Refuse what would not be compared letter by letter, or not be seen."""
    if any(sign in name for sign in ("*", "?", "${")):
        raise BadTrust(f"{name!r} is not {what} that a policy can name exactly: it has *, ? or ${{")
    if not name.strip() or name != name.strip() or _UNPRINTED.search(name):
        raise BadTrust(f"{name!r} is not {what}")
    if len(name) > MAX_NAME:
        raise BadTrust(f"it has {len(name)} characters; {what} has at most {MAX_NAME}")


def trust_policy(
    repository: Repository,
    end: str,
    *,
    partition: str,
    account: str,
    issuer: str = GITHUB,
    audience: str = AUDIENCE,
) -> Policy:
    """The trust policy of a role for runs of a repository whose subject ends so.

    The subject is compared whole, in each form that the repository's tokens may have. Raises
    BadTrust for an issuer that is no address of a provider.
    """
    found = _ISSUER.fullmatch(issuer)
    if found is None:
        raise BadTrust(f"{issuer!r} is not an issuer such as {GITHUB}")
    provider = f"{found['host']}{found['path']}"
    subjects: list[Json] = [f"{begin}:{end}" for begin in repository.subjects]
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {
                    "Federated": f"arn:{partition}:iam::{account}:oidc-provider/{provider}"
                },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {f"{provider}:aud": audience, f"{provider}:sub": subjects}
                },
            }
        ],
    }
