"""The least that AWS must allow a project: permissions, policies, and who may take a role."""

from runner.iam.permissions import discovery_permissions, machine_permissions, permissions
from runner.iam.policies import MAX_ATTACHED, MAX_POLICY, policies, sizes
from runner.iam.types import (
    KEY_CONTEXT,
    QUALIFIED_ACTIONS,
    QUALIFIER,
    MachineUse,
    Permission,
    Purpose,
)

__all__ = [
    "KEY_CONTEXT",
    "MAX_ATTACHED",
    "MAX_POLICY",
    "QUALIFIED_ACTIONS",
    "QUALIFIER",
    "MachineUse",
    "Permission",
    "Purpose",
    "discovery_permissions",
    "machine_permissions",
    "permissions",
    "policies",
    "sizes",
]
