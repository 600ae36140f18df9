"""A Task state whose answers are given: moto's own mocks count retries, ours count calls."""

from __future__ import annotations

import copy
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_factory
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (  # noqa: E501
    StateTaskService,
)

from runner.local.patches.base import Patch, replace
from runner.local.patches.failures import failure
from runner.local.run import run_of
from runner.model import MockError, MockResult

SERVICE = "stepfleet"
"""The service in `arn:aws:states:::stepfleet:mock`, which stands for a mocked Task's own."""


def _apply() -> None:
    def state_task_service_for(service_name: str) -> Any:
        return MockedTask() if service_name == SERVICE else before(service_name)

    before = replace(state_task_factory, "state_task_service_for", state_task_service_for)


class MockedTask(StateTaskService):  # type: ignore[misc]
    """A Task that evaluates its Parameters and then takes the next answer of its mock."""

    def _validate_service_integration_is_supported(self) -> None:
        """Every integration can be mocked."""

    def _get_supported_parameters(self) -> None:
        return None

    def _eval_body(self, env: Any) -> None:
        if self.resource.condition == "waitForTaskToken":
            env.states.context_object.update_task_token()
        super()._eval_body(env)
        env.states.context_object.context_object_data.pop("Task", None)

    def _eval_service_task(self, env: Any, **_: Any) -> None:
        run = run_of(env)
        if run is None:
            raise failure(env, "States.Runtime", f"the state {self.name} has no mock")
        match run.answers.next(self.name):
            case MockResult(result=result):
                env.stack.append(copy.deepcopy(result))
            case MockError(error=error, cause=cause):
                raise failure(env, error, cause)


PATCH = Patch(
    name="mocks",
    reason="moto's mocks are chosen by the number of retries, so a loop that polls gets the "
    "first answer for ever, and services that moto does not know can't be mocked",
    apply=_apply,
)
