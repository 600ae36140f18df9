"""Gathers what policies are made of. Everything here reads: nothing in AWS is ever changed."""

from runner.cli.permitting.gathering import Wanted, gather
from runner.cli.permitting.roles import Roles, roles
from runner.cli.permitting.trusting import Trusted, trust

__all__ = ["Roles", "Trusted", "Wanted", "gather", "roles", "trust"]
