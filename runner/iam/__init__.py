"""The least that AWS must allow a project: permissions, policies, and who may take a role."""

from runner.iam.grants import ASSUME, DISCOVER, Grant, MachineRole, Usage, grants, trusting_role
from runner.iam.permissions import discovery_permissions, machine_permissions, permissions
from runner.iam.policies import (
    MAX_ATTACHED,
    MAX_POLICY,
    Policy,
    is_ours,
    is_policy,
    policies,
    sizes,
)
from runner.iam.trust import (
    AUDIENCE,
    GITHUB,
    OF_PULL_REQUESTS,
    BadTrust,
    Repository,
    of_branch,
    of_environment,
    read_repository,
    trust_policy,
)
from runner.iam.types import (
    KEY_CONTEXT,
    QUALIFIED_ACTIONS,
    QUALIFIER,
    MachineUse,
    Permission,
    Purpose,
)

__all__ = [
    "ASSUME",
    "AUDIENCE",
    "DISCOVER",
    "GITHUB",
    "KEY_CONTEXT",
    "MAX_ATTACHED",
    "MAX_POLICY",
    "OF_PULL_REQUESTS",
    "QUALIFIED_ACTIONS",
    "QUALIFIER",
    "BadTrust",
    "Grant",
    "MachineRole",
    "MachineUse",
    "Permission",
    "Policy",
    "Purpose",
    "Repository",
    "Usage",
    "discovery_permissions",
    "grants",
    "is_ours",
    "is_policy",
    "machine_permissions",
    "of_branch",
    "of_environment",
    "permissions",
    "policies",
    "read_repository",
    "sizes",
    "trust_policy",
    "trusting_role",
]
