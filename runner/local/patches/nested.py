"""Executions that executions start: states:startExecution in its four forms, and aws-sdk:sfn."""

# ruff: noqa: SLF001 - what is mended lies inside moto

from __future__ import annotations

import json
from typing import Any

from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as aws_sdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_sfn as sfn,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (  # noqa: E501
    StateTaskServiceCallback,
)

from runner.local.patches.base import Patch, replace
from runner.local.patches.contexts import iso
from runner.local.patches.failures import failure
from runner.local.patches.listings import described
from runner.local.patches.shapes import milliseconds, request, response
from runner.local.routing import refuse
from runner.local.run import run_of, skip

_STEP = 0.5


def _apply() -> None:
    task = sfn.StateTaskServiceSfn
    replace(task, "_eval_service_task", _start)
    replace(task, "_eval_integration_pattern", _await_child)
    replace(aws_sdk.StateTaskServiceAwsSdk, "_eval_service_task", _call)


def _start(self: Any, env: Any, normalised_parameters: dict[str, Any], **_: Any) -> None:
    parameters = _resolved(env, request(normalised_parameters))
    if self.resource.condition is not None:
        _refuse_express(env, parameters.get("stateMachineArn"))
    answer = _client(env).start_execution(**parameters)
    env.stack.append(response(answer, milliseconds))


def _call(self: Any, env: Any, normalised_parameters: dict[str, Any], **_: Any) -> None:
    if self.resource.api_name != "sfn":
        refuse(f"the service {self.resource.api_name}")
    parameters = _resolved(env, request(normalised_parameters))
    answer = getattr(_client(env), self._get_boto_service_action())(**parameters)
    env.stack.append(response(answer, iso))


def _await_child(self: Any, env: Any, **options: Any) -> None:
    if self.resource.condition == ResourceCondition.WaitForTaskToken:
        StateTaskServiceCallback._eval_integration_pattern(self, env, **options)
        return
    run = run_of(env)
    if run is None:
        refuse("executions of other engines")
    arn = env.stack.pop()["ExecutionArn"]
    child = run.backend.describe_execution(arn)
    started = run.elapsed(env)
    while env.is_running() and not child.stepfleet_finished.wait(_STEP):
        pass
    if not child.stepfleet_finished.is_set():
        child.stop(child.start_date, None, "The execution that started this one has ended")
        return
    skip(env, getattr(child, "stepfleet_skipped", 0.0))
    run.check_limit(env)
    self.timeout.eval(env=env)
    if run.elapsed(env) - started > env.stack.pop():
        raise EvalTimeoutError
    env.stack.append(_result(self, env, child))


def _result(self: Any, env: Any, child: Any) -> Any:
    answer = response(described(child), milliseconds)
    if self.resource.condition == ResourceCondition.Sync2:
        for key in ("Input", "Output"):
            if key in answer:
                answer[key] = json.loads(answer[key])
    if answer["Status"] != "SUCCEEDED":
        cause = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        raise failure(env, "States.TaskFailed", cause)
    return answer


def _resolved(env: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters with the machine's ARN in the engine's own region and account."""
    run = run_of(env)
    arn = parameters.get("stateMachineArn")
    if run is None or not isinstance(arn, str):
        return parameters
    return {**parameters, "stateMachineArn": run.backend.stepfleet_resolve(arn)}


def _refuse_express(env: Any, arn: Any) -> None:
    run = run_of(env)
    machines = run.backend.state_machines if run is not None else []
    if any(machine.arn == arn and machine.type == "EXPRESS" for machine in machines):
        cause = "An Express machine can't be waited for; use aws-sdk:sfn:startSyncExecution"
        raise failure(env, "StepFunctions.StateMachineTypeNotSupportedException", cause)


def _client(env: Any) -> Any:
    run = run_of(env)
    if run is None:
        refuse("services from outside an embedded engine")
    return run.backend.stepfleet_client()


PATCH = Patch(
    name="nested",
    reason="parameters and answers of Step Functions' own calls are no longer converted, so a "
    "nested start fails; children are polled every half second and not stopped with the parent",
    apply=_apply,
)
