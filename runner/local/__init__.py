"""The embedded engine: moto executing a project's machines in this process, without a network."""

from runner.local.check import check
from runner.local.provider import provider

__all__ = ["check", "provider"]
