"""Gathers what policies are made of. Everything here reads: nothing in AWS is ever changed."""

from runner.cli.permitting.filing import files, store
from runner.cli.permitting.gathering import Wanted, gather
from runner.cli.permitting.roles import Roles, roles
from runner.cli.permitting.trusting import Trusted, check_trusted, trust

__all__ = [
    "Roles",
    "Trusted",
    "Wanted",
    "check_trusted",
    "files",
    "gather",
    "roles",
    "store",
    "trust",
]
