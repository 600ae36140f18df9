"""One small look at each thing that a patch mends, at moto as it comes and as patched.

Run as a program, it looks at moto as it comes, in a process of its own, and prints what it
saw as JSON. Nothing of the package is imported here: that would patch it.
"""

# ruff: noqa: PLC0415 - moto as it comes is imported where it is looked at

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import os
import time
import uuid
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROLE = "arn:aws:iam::123456789012:role/r"
PATIENCE = 20.0


class Broken(Exception):
    """A call that came back with an error or never ended."""


def create(client: Any, definition: dict[str, Any], **more: Any) -> str:
    name = f"m{uuid.uuid4().hex[:8]}"
    text = json.dumps(definition)
    made = client.create_state_machine(name=name, definition=text, roleArn=ROLE, **more)
    arn: str = made["stateMachineArn"]
    return arn


def finish(client: Any, execution_arn: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        seen: dict[str, Any] = client.describe_execution(executionArn=execution_arn)
        if seen["status"] != "RUNNING":
            return seen
        time.sleep(0.005)
    raise Broken("it still runs")


def run(client: Any, definition: dict[str, Any], given: Any = None) -> dict[str, Any]:
    arn = create(client, definition)
    started = client.start_execution(
        stateMachineArn=arn, name="x", input=json.dumps({} if given is None else given)
    )
    return finish(client, started["executionArn"])


def one(**state: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"End": True, **state}}}


def outcome(seen: dict[str, Any]) -> Any:
    return seen.get("output") or seen.get("error")


def threads(client: Any) -> Any:
    from moto.stepfunctions.parser.asl.component.program import program

    run(client, one(Type="Pass"))
    return len(program.TMP_THREADS) > 0


def backends(client: Any) -> Any:
    from moto.stepfunctions.responses import get_backend

    create(client, one(Type="Pass"))
    shared = get_backend("123456789012", "us-east-1")
    return len(shared.state_machines) > 0


def sessions(_: Any) -> Any:
    from moto.core.base_backend import AccountSpecificBackend

    cached = getattr(AccountSpecificBackend.get_session, "cache_clear", None)
    before = os.environ.get("AWS_PROFILE")
    os.environ["AWS_PROFILE"] = "there-is-no-such-profile"
    try:
        if cached:
            cached()
        return "aws" in AccountSpecificBackend.get_session().get_available_partitions()
    finally:
        os.environ.pop("AWS_PROFILE")
        if before is not None:
            os.environ["AWS_PROFILE"] = before


def parses(_: Any) -> Any:
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    text = json.dumps(one(Type="Pass"))
    first, second = (AmazonStateLanguageParser.parse(text)[0] for _ in range(2))
    return first is second


def texts(_: Any) -> Any:
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    text = json.dumps({"StartAt": 'a"b', "States": {'a"b': {"Type": "Pass", "End": True}}})
    return AmazonStateLanguageParser.parse(text)[0].start_at.start_at_name


def starts(client: Any) -> Any:
    started = client.start_execution(stateMachineArn=create(client, one(Type="Pass")))
    return started["executionArn"].rpartition(":")[2] == "None"


def limits(client: Any) -> Any:
    client.start_execution(stateMachineArn=create(client, one(Type="Pass")), name="a b")


def listings(client: Any) -> Any:
    return "stopDate" in run(client, {**one(Type="Wait", Seconds=2), "TimeoutSeconds": 1})


def outputs(client: Any) -> Any:
    return run(client, one(Type="Pass", Result="text"))["output"]


def stops(client: Any) -> Any:
    arn = create(client, one(Type="Wait", Seconds=100))
    started = client.start_execution(stateMachineArn=arn, name="x")["executionArn"]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        # moto as it comes can't stop what has only just been started.
        with contextlib.suppress(AttributeError):
            client.stop_execution(executionArn=started, error="Why", cause="because")
            break
    return finish(client, started).get("error")


def timeouts(client: Any) -> Any:
    return run(client, {**one(Type="Wait", Seconds=2), "TimeoutSeconds": 1}).get("error")


def express(client: Any) -> Any:
    arn = create(client, one(Type="Pass"), type="EXPRESS")
    return client.start_sync_execution(stateMachineArn=arn)["status"]


def clocks(_: Any) -> Any:
    from moto.stepfunctions.parser.asl.eval.environment import Environment
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext

    context: Any = {"Execution": {"Input": {}}, "StateMachine": {}}
    history = EventHistoryContext.of_program_start()
    env = Environment(None, None, context, history, None, {})
    env.stepfleet_skipped = 5.0
    return getattr(env.open_frame(), "stepfleet_skipped", 0.0)


def _stub() -> Any:
    from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore

    return SimpleNamespace(
        stack=[],
        heap={},
        is_running=lambda: True,
        next_field_name=None,
        variable_store=VariableStore(),
    )


def waits(_: Any) -> Any:
    from moto.stepfunctions.parser.asl.component.common.string.string_expression import (
        StringLiteral,
    )
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import (
        Timestamp,
    )

    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    try:
        moment = dt.datetime.now(tz=dt.UTC) + dt.timedelta(hours=1)
        text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        seconds = Timestamp(StringLiteral(text))._get_wait_seconds(_stub())
        return 0 < seconds <= 3600
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


def contexts(client: Any) -> Any:
    seen = run(client, one(Type="Pass", Parameters={"t.$": "$$.Execution.StartTime"}))
    return json.loads(seen["output"])["t"].endswith("Z")


def errors(client: Any) -> Any:
    branch = one(Type="Pass", InputPath="$.missing")
    seen = run(client, one(Type="Parallel", Branches=[branch]))
    return "Custom Error Names" in seen["cause"]


def paths(client: Any) -> Any:
    given = {"a": [{"b": 1}]}
    return json.loads(run(client, one(Type="Pass", InputPath="$.a[0].b"), given)["output"])


def variables(client: Any) -> Any:
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"x.$": "$x"}, "End": True},
    }
    return outcome(run(client, {"StartAt": "A", "States": states}))


def functions(client: Any) -> Any:
    return outcome(run(client, one(Type="Pass", Parameters={"x.$": "States.Array(1, null)"})))


def jsonata(client: Any) -> Any:
    return outcome(
        run(client, {**one(Type="Pass", Output="{% 1 + 1 %}"), "QueryLanguage": "JSONata"})
    )


def assigns(_: Any) -> Any:
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    text = json.dumps(one(Type="Pass", Assign={"x": 1}))
    program = AmazonStateLanguageParser.parse(text)[0]
    env = _stub()
    program.states.states["A"].assign_decl.eval(env)
    return env.variable_store._inner_scope


def choices(client: Any) -> Any:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.missing", "NumericEquals": 1, "Next": "B"}],
        "Default": "B",
    }
    states = {"A": choice, "B": {"Type": "Pass", "Result": 1, "End": True}}
    return outcome(run(client, {"StartAt": "A", "States": states}))


def maps(client: Any) -> Any:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "F",
        "States": {"F": {"Type": "Fail", "Error": "Bad"}},
    }
    return outcome(run(client, one(Type="Map", ItemProcessor=processor), [1]))


def mocks(client: Any) -> Any:
    create(client, one(Type="Task", Resource="arn:aws:states:::stepfleet:mock"))
    return "can be mocked"


def nested(client: Any) -> Any:
    child = create(client, one(Type="Pass", Result=1))
    resource = "arn:aws:states:::states:startExecution.sync:2"
    task = one(Type="Task", Resource=resource, Parameters={"StateMachineArn": child})
    return run(client, task)["status"]


def tokens(_: Any) -> Any:
    from moto.stepfunctions.responses import StepFunctionResponse

    seen: dict[str, Any] = {}
    backend = SimpleNamespace(send_task_failure=lambda _, **given: seen.update(given))
    request = SimpleNamespace(_get_param=lambda name: name, stepfunction_backend=backend)
    StepFunctionResponse.send_task_failure(request)
    return seen.get("cause")


PROBES: dict[str, Callable[[Any], Any]] = {
    probe.__name__: probe
    for probe in (
        threads,
        backends,
        sessions,
        parses,
        texts,
        starts,
        limits,
        listings,
        outputs,
        stops,
        timeouts,
        express,
        clocks,
        waits,
        contexts,
        errors,
        paths,
        variables,
        functions,
        jsonata,
        assigns,
        choices,
        maps,
        mocks,
        nested,
        tokens,
    )
}


def look(name: str, client: Any) -> Any:
    """What a probe sees; an exception is told by its name."""
    try:
        return PROBES[name](client)
    except Exception as error:
        return f"raises {type(error).__name__}"


def main() -> None:
    """Look at moto as it comes."""
    import boto3
    from moto import mock_aws

    logging.disable(logging.CRITICAL)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions", region_name="us-east-1")
        print(json.dumps({name: look(name, client) for name in PROBES}))


if __name__ == "__main__":
    main()
