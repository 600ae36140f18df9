"""Reading a definition in Amazon States Language without running it: is its structure whole?

Specification: https://states-language.net. What AWS says beyond it, such as that a name may
stand once in a whole definition, is in its API's list of validation codes:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
"""

from runner.definitions.checking import MAX_STATE_NAME, check
from runner.definitions.maps import DistributedMap, distributed_maps
from runner.definitions.reading import task_states
from runner.definitions.tasks import AWAITED, Child, ChildForm, TaskState, children, tasks

__all__ = [
    "AWAITED",
    "MAX_STATE_NAME",
    "Child",
    "ChildForm",
    "DistributedMap",
    "TaskState",
    "check",
    "children",
    "distributed_maps",
    "task_states",
    "tasks",
]
