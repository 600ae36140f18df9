"""A valid project as frozen dataclasses, and how checked documents become one."""

from runner.model.auth_json import NoAuth
from runner.model.auth_json import from_json as auth_from_json
from runner.model.auth_json import to_json as auth_to_json
from runner.model.building import build
from runner.model.keys import conceal
from runner.model.projects import may_read
from runner.model.types import (
    MAX_LOOKBACK,
    AssumeRoleAuth,
    Auth,
    AwsPlatform,
    DefaultAuth,
    Job,
    Limits,
    LocalPlatform,
    MachineType,
    Mock,
    MockError,
    MockResult,
    OnCancel,
    Parameter,
    Platform,
    ProfileAuth,
    Project,
    RerunOn,
    Retry,
    RetryMode,
    RunPolicy,
    Spec,
    StateMachine,
    Trigger,
    Variable,
    WebIdentityAuth,
)
from runner.parameters.types import Direction, ParameterType

__all__ = [
    "MAX_LOOKBACK",
    "AssumeRoleAuth",
    "Auth",
    "AwsPlatform",
    "DefaultAuth",
    "Direction",
    "Job",
    "Limits",
    "LocalPlatform",
    "MachineType",
    "Mock",
    "MockError",
    "MockResult",
    "NoAuth",
    "OnCancel",
    "Parameter",
    "ParameterType",
    "Platform",
    "ProfileAuth",
    "Project",
    "RerunOn",
    "Retry",
    "RetryMode",
    "RunPolicy",
    "Spec",
    "StateMachine",
    "Trigger",
    "Variable",
    "WebIdentityAuth",
    "auth_from_json",
    "auth_to_json",
    "build",
    "conceal",
    "may_read",
]
