"""What an execution does with its input, in the embedded engine, and what was inferred of it.

Definitions by chance are run with a whole input, and again without a property that was not
inferred. They end as before, but for that property where all of the input is handed on.
"""

from __future__ import annotations

import itertools
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from runner.inference import infer
from tests.local.engines import run, state_machine

if TYPE_CHECKING:
    from runner.provider import Execution

NAMES = ("a", "b", "c")


def value(of: str, depth: int) -> Any:
    """An object that has what paths by chance look for, and tells which property it is of."""
    if not depth:
        return {"of": of}
    inner = value(of, depth - 1)
    return {"of": of, "a": inner, "b": [inner], "c": inner}


INPUT = {name: value(name, 4) for name in NAMES}
ROUNDS = 40
_NUMBERS = itertools.count()
Luck = random.Random


def definition(luck: Luck) -> dict[str, Any]:
    if luck.random() < 0.4:
        return {**level(luck, 1, is_query=True), "QueryLanguage": "JSONata"}
    return level(luck, 1, is_query=False)


def level(luck: Luck, depth: int, *, is_query: bool) -> dict[str, Any]:
    names = [f"S{next(_NUMBERS)}" for _ in range(luck.randint(2, 4))]
    states = {}
    for index, name in enumerate(names):
        later = names[index + 1 :]
        follow = {"Next": luck.choice(later)} if later else {"End": True}
        make = by_query if is_query else by_path
        states[name] = make(luck, depth, later, follow)
    return {"StartAt": names[0], "States": states}


def path(luck: Luck) -> str:
    keys = [luck.choice([*NAMES, "b[0]"]) for _ in range(luck.choice((1, 1, 1, 1, 2)))]
    root = luck.choice(["$", "$", "$", "$", "$$.Execution.Input"])
    return luck.choice(["$", *[".".join([root, *keys])] * 6])


def by_path(luck: Luck, depth: int, later: list[str], follow: dict[str, Any]) -> dict[str, Any]:
    kind = luck.choice(["Pass", "Pass", "Choice", "Choice", "Parallel", "Map"])
    if kind == "Choice" and later:
        rule = {"Variable": path(luck), luck.choice(["IsPresent", "IsNumeric"]): True}
        return {
            "Type": "Choice",
            "Choices": [{**rule, "Next": luck.choice(later)}],
            "Default": luck.choice(later),
        }
    state: dict[str, Any] = {"Type": "Pass", **follow}
    for field in ("InputPath", "OutputPath"):
        if luck.random() < 0.08:
            state[field] = luck.choice([path(luck), None])
    if luck.random() < 0.5:
        state["ResultPath"] = luck.choice(["$", "$.a", "$.d.a", None, None])
    if luck.random() < 0.5:
        state["Parameters"] = {f"{luck.choice(NAMES)}.$": path(luck), luck.choice("abcd"): 1}
    elif luck.random() < 0.2:
        state["Result"] = {"a": {"a": 1}}
    if luck.random() < 0.2:
        state["Assign"] = {"v.$": path(luck)}
    if kind == "Parallel" and depth:
        return {
            **without(state, "Result"),
            "Type": "Parallel",
            "Branches": [level(luck, depth - 1, is_query=False) for _ in range(2)],
        }
    if kind == "Map" and depth:
        inner = level(luck, depth - 1, is_query=False)
        selector = {"a.$": "$$.Map.Item.Value", "b.$": path(luck)}
        more = luck.choice([{}, {"ItemSelector": selector}])
        items = f"$.{luck.choice(NAMES)}.b"
        state = without(state, "Result", "Parameters")
        return {**state, **more, "Type": "Map", "ItemsPath": items, "ItemProcessor": inner}
    return state


def by_query(luck: Luck, depth: int, later: list[str], follow: dict[str, Any]) -> dict[str, Any]:
    kind = luck.choice(["Pass", "Pass", "Choice", "Parallel", "Map"])
    if kind == "Choice" and later:
        rule = {"Condition": f"{{% $exists({query(luck)}) %}}", "Next": luck.choice(later)}
        return {"Type": "Choice", "Choices": [rule], "Default": luck.choice(later)}
    state: dict[str, Any] = {"Type": "Pass", **follow}
    if luck.random() < 0.6:
        state["Output"] = luck.choice(
            [
                {luck.choice(NAMES): f"{{% {query(luck)} %}}", "d": "{% $states.input %}"},
                f"{{% $merge([$states.input, {{'{luck.choice(NAMES)}': {query(luck)}}}]) %}}",
                f"{{% {query(luck)} %}}",
            ]
        )
    if luck.random() < 0.3:
        state["Assign"] = {"v": f"{{% {query(luck)} %}}"}
    if kind == "Parallel" and depth:
        branches = [level(luck, depth - 1, is_query=True) for _ in range(2)]
        return {**state, "Type": "Parallel", "Branches": branches}
    if kind == "Map" and depth:
        inner = level(luck, depth - 1, is_query=True)
        items = f"{{% $states.input.{luck.choice(NAMES)}.b %}}"
        return {**state, "Type": "Map", "Items": items, "ItemProcessor": inner}
    return state


def query(luck: Luck) -> str:
    root = luck.choice(["$states.input"] * 4 + ["$states.context.Execution.Input"])
    keys = [luck.choice([*NAMES, "b[0]"]) for _ in range(luck.randint(1, 2))]
    return ".".join([root, *keys])


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name not in names}


def ended(document: Any, given: Any) -> Execution:
    return run({"main": state_machine("main", document)}, given)


def without_passed_on(value: Any, name: str) -> Any:
    """The value without that property of the input, wherever the whole input was handed on."""
    if isinstance(value, list):
        return [without_passed_on(each, name) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: without_passed_on(each, name)
        for key, each in value.items()
        if not (key == name and each == INPUT[name])
    }


def output_of(execution: Execution) -> Any:
    return None if execution.output is None else json.loads(execution.output)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_what_is_not_inferred_makes_no_difference(seed: int) -> None:
    document = definition(random.Random(seed))
    inferred = {each.name for each in infer(document).inputs}
    whole = ended(document, INPUT)
    for name in sorted(set(NAMES) - inferred):
        less = ended(document, without(INPUT, name))
        assert less.status == whole.status, (name, document)
        assert output_of(less) == without_passed_on(output_of(whole), name), (name, document)
