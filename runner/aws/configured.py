"""What this machine's own AWS configuration names, without any call."""

from __future__ import annotations

import os

from runner.aws.translation import aws_errors


def profiles() -> tuple[str, ...]:
    """The names of the configured profiles, sorted. Raises CredentialsFailed."""
    with aws_errors("credentials"):
        from botocore.session import get_session  # noqa: PLC0415 - slow, and not always needed

        return tuple(sorted(get_session().available_profiles))


def region(profile: str | None = None) -> str | None:
    """The region that is configured, for a profile or at all. Raises CredentialsFailed.

    What stands in the environment wins, `AWS_REGION` first, as other tools of AWS have it.
    """
    told = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if told:
        return told
    with aws_errors("credentials"):
        from botocore.session import Session  # noqa: PLC0415 - as above

        found: str | None = Session(profile=profile).get_config_variable("region")
    return found
