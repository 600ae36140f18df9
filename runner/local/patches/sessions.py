"""moto asks boto3 for the names of regions, by a session that reads the user's configuration."""

from __future__ import annotations

from typing import Any

import boto3
from moto.core import base_backend

from runner.local.patches.base import Patch, replace
from runner.local.routing import session


def _apply() -> None:
    replace(base_backend.AccountSpecificBackend, "get_session", staticmethod(_isolated))


def _isolated() -> Any:
    return boto3.Session(botocore_session=session())


PATCH = Patch(
    name="sessions",
    reason="the user's AWS configuration is read, and a profile that does not exist breaks moto",
    apply=_apply,
)
