"""Who a workflow is to AWS: a role, and the tokens with which it is assumed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.credentials import RefreshableCredentials

Credentials: TypeAlias = "RefreshableCredentials"


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """Who a workflow is to AWS, as an OpenID Connect provider vouches for it.

    `token` asks the provider for a new token, which need not hold for long; it raises
    StepfleetError. `session_name` is what AWS's own logs call the session; what may not stand
    there is replaced. `region` is where STS is asked, if not where the first platform is.
    """

    role_arn: str
    session_name: str
    token: Callable[[], str] = field(repr=False)
    region: str | None = None
