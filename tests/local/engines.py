"""Machines and providers for the tests of the embedded engine."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from runner import values
from runner.arns import MachineArn, resolve_machine
from runner.errors import Place
from runner.local.provider import Local, provider
from runner.model import (
    LocalPlatform,
    MachineType,
    Mock,
    MockError,
    MockResult,
    StateMachine,
)
from runner.provider import Execution, Started, StartRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.local.features import Feature

PLACE = Place("machine.yaml", 3, 1)
REGION = "us-east-1"
ACCOUNT = "123456789012"
PATIENCE = 30.0


def state_machine(
    name: str, definition: Any, mocks: Any = None, *, express: bool = False
) -> StateMachine:
    """A StateMachine document with plain Python values in it."""
    kind = MachineType.EXPRESS if express else MachineType.STANDARD
    answers = {state: _answers(given) for state, given in (mocks or {}).items()}
    text = values.compact(values.parse(_dumps(definition)))
    return StateMachine(name, kind, PLACE, values.parse(text), "machine.yaml", mocks=answers)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _answers(given: Any) -> tuple[Mock, ...]:
    return tuple(_answer(one) for one in (given if isinstance(given, list) else [given]))


def _answer(given: Any) -> Mock:
    if "error" in given:
        return MockError(given["error"], given.get("cause", ""))
    return MockResult(values.parse(_dumps(given["result"])))


def machines_of(feature: Feature) -> dict[str, StateMachine]:
    """The documents that a feature needs: `main`, and those that it starts."""
    found = {
        "main": state_machine("main", feature.definition, feature.mocks, express=feature.express)
    }
    for name, given in feature.others.items():
        definition, mocks = given if isinstance(given, tuple) else (given, {})
        found[name] = state_machine(name, definition, mocks, express=feature.express_children)
    return found


def local(machines: Mapping[str, StateMachine], *, scale: float = 1.0) -> Local:
    """A provider for the embedded engine."""
    return provider(machines, LocalPlatform("here", PLACE, REGION, ACCOUNT, scale))


def arn(name: str) -> MachineArn:
    """The ARN of a machine of the embedded engine."""
    return resolve_machine(name, region=REGION, account=ACCOUNT)


def request(machine: str, given: Any = None, *, name: str = "run") -> StartRequest:
    """A start with a Python value for its input."""
    return StartRequest(arn(machine), name, _dumps({} if given is None else given))


def start(engine: Local, machine: str, given: Any = None, *, name: str = "run") -> str:
    """Start an execution and return its ARN."""
    outcome = engine.start(request(machine, given, name=name))
    assert isinstance(outcome, Started)
    return outcome.arn


def finish(engine: Local, execution_arn: str) -> Execution:
    """Wait for the end of an execution."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        seen = engine.observe(execution_arn)
        if not seen.status.is_running:
            return seen
        time.sleep(0.002)
    raise AssertionError(f"{execution_arn} still runs after {PATIENCE} s")


def run(machines: Mapping[str, StateMachine], given: Any, *, scale: float = 1.0) -> Execution:
    """Run `main` to its end on an engine of its own."""
    engine = local(machines, scale=scale)
    try:
        if machines["main"].type is MachineType.EXPRESS:
            return engine.run_express(request("main", given), idempotent=False)
        return finish(engine, start(engine, "main", given))
    finally:
        engine.close()
