"""The least that AWS must allow a project: permissions, policies, and who may take a role."""

from runner.iam.types import MachineUse, Permission, Purpose

__all__ = ["MachineUse", "Permission", "Purpose"]
