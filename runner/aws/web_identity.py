"""Roles that are taken: with a token that vouches for a workflow, or with other credentials."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    import botocore.credentials

Credentials: TypeAlias = "botocore.credentials.Credentials"
"""Of anyone, such as those of `runner.aws.renewing`, which renew themselves."""


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """Who a workflow is to AWS, as an OpenID Connect provider vouches for it.

    `token` asks the provider for a new token, which need not hold for long; it raises
    StepfleetError. `session_name` is what AWS's own logs call the session; what may not stand
    there is replaced. `region` is where STS is asked, if not where the first platform is.
    `duration` is how many seconds credentials last, None for STS's own default, an hour.
    """

    role_arn: str
    session_name: str
    token: Callable[[], str] = field(repr=False)
    region: str | None = None
    duration: int | None = None


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """A role that is taken with other credentials, which `source` calls by a name.

    The other fields are as those of WebIdentity.
    """

    role_arn: str
    session_name: str
    source: str
    external_id: str | None = None
    duration: int | None = None
