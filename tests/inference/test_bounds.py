"""No definition makes inference stumble, and none takes it long."""

from __future__ import annotations

import copy
import json
import random
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner import values
from runner.inference import Inferred, infer
from runner.inference.following import Following
from runner.inference.levels import graph_of
from runner.inference.paths import Terms
from runner.inference.reads import MAX_INPUTS, MAX_WORK, Reads
from tests.inference.machines import chain, inputs, jsonata, notes, passes

if TYPE_CHECKING:
    from runner.values import Json

EXAMPLES = Path(__file__).parent.parent.parent / "specs" / "definitions"


def nested(depth: int, wrap: Any) -> Any:
    found: Any = {"StartAt": "E", "States": {"E": passes(InputPath="$.x", End=True)}}
    for _ in range(depth):
        found = wrap(found)
    return found


def in_parallel(inner: Any) -> Any:
    state = {"Type": "Parallel", "Branches": [inner], "End": True}
    return {"StartAt": "P", "States": {"P": state}}


def in_looping_map(inner: Any) -> Any:
    """Each level goes round, so that visits would multiply if they were made level by level."""
    again = {"Variable": "$.again", "IsPresent": True, "Next": "M"}
    states = {
        "M": {"Type": "Map", "ItemsPath": "$.l", "ItemProcessor": inner, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [again], "Default": "Z"},
        "Z": {"Type": "Succeed"},
    }
    return {"StartAt": "M", "States": states}


def many(count: int, **fields: Any) -> Any:
    """States after each other; `#` in a field stands for the state's number."""
    text = json.dumps(fields)
    states = {
        f"S{n}": {**passes(Next=f"S{n + 1}"), **json.loads(text.replace("#", str(n)))}
        for n in range(count)
    }
    return {"StartAt": "S0", "States": states}


def mesh(count: int) -> Any:
    states = {
        f"S{n}": {
            "Type": "Choice",
            "Choices": [{"Variable": f"$.x{n}", "Next": f"S{to}"} for to in range(count)],
        }
        for n in range(count)
    }
    return {"StartAt": "S0", "States": states}


def expression(text: str) -> Any:
    return jsonata(passes(Output=f"{{% {text} %}}"))


def deep(depth: int, wrap: Any) -> Any:
    found: Any = 1
    for _ in range(depth):
        found = wrap(found)
    return found


def looping(first: dict[str, Any], rounds: int = 40) -> Any:
    """A state that is looked at again for each round, as each shows one more property."""
    states = {"A": {**first, "Next": "C0"}, f"C{rounds}": {"Type": "Succeed"}}
    for n in range(rounds):
        rule = {"Variable": f"$.f{n}", "IsPresent": True, "Next": f"B{n}"}
        states[f"C{n}"] = {"Type": "Choice", "Choices": [rule], "Default": f"C{n + 1}"}
        states[f"B{n}"] = passes(Result=1, ResultPath=f"$.f{n + 1}", Next="A")
    return {"StartAt": "A", "States": states}


CALL = f"States.Format('{'{}' * 900}'{', $.a' * 900})"
WIDE = {f"f{n}": {f"g{n}": {"h": {"i": {"j": 1}}}} for n in range(299)}
ROWS = [{f"f{row}_{n}": 1 for n in range(18)} for row in range(100)]
HOSTILE = {
    "calls in a loop": looping(passes(Parameters=[{"a.$": CALL}] * 95, ResultPath="$.p")),
    "filters in a loop": looping(
        passes(Parameters=[{"a.$": f"$.x[?({'@.y $.a' * 900})]"}] * 95, ResultPath="$.p")
    ),
    "a literal in a loop": looping(
        passes(Result=[[dict.fromkeys(map(str, range(90)), 1)] * 90] * 90, ResultPath="$.p")
    ),
    "brackets in filters": chain(
        passes(Parameters={"a.$": f"$.x[?({'$.a[' * 1_900}{']' * 1_900})]"})
    ),
    "a large document in many": chain(
        passes(Result=WIDE),
        passes(Parameters=[{"x": {"x": {"x": {"x": {"x.$": "$"}}}}}] * 20_000),
    ),
    "items of many kinds": chain(passes(Result=ROWS), passes(Parameters=[{"x.$": "$[*]"}] * 9_000)),
    "defaults in defaults": jsonata(
        passes(Output=[f"{{% {'(' * 14}$a{n}{' ?: 1)' * 14} %}}" for n in range(50)])
    ),
    "long paths": jsonata(
        passes(Output=[f"{{% $states.input{'.a' * 9_000}{n} %}}" for n in range(50)])
    ),
    "expressions that end too soon": jsonata(
        passes(Output=[f"{{% {'(' * 1_000}{n} %}}" for n in range(800)])
    ),
    "deep levels": nested(2_000, in_parallel),
    "loops in loops": nested(45, in_looping_map),
    "more states than are followed": many(10_001),
    "many states that add": many(5_000, Result=1, ResultPath="$.r#"),
    "many variables": many(5_000, Assign={"v#.$": "$.x#"}),
    "a document that holds itself": many(3_000, Parameters={"a.$": "$", "b.$": "$"}),
    "a mesh": mesh(700),
    "a deep template": chain(passes(Parameters=deep(50_000, lambda inner: [inner]))),
    "a deep result": chain(passes(Result=deep(50_000, lambda inner: {"a": inner}))),
    "a deep template in jsonata": jsonata(passes(Output=deep(50_000, lambda inner: {"a": inner}))),
    "a deep rule": chain({"Type": "Choice", "Choices": [deep(50_000, lambda i: {"Not": i})]}),
    "rules that share": chain(
        {"Type": "Choice", "Choices": [deep(100, lambda i: {"And": [i, i], "Not": i})]}
    ),
    "deep calls": chain(passes(Parameters={"a.$": "States.Array(" * 3_000 + "1" + ")" * 3_000})),
    "brackets": chain(passes(Parameters={"a.$": "$" + "['a" * 3_000})),
    "filters in filters": chain(passes(Parameters={"a.$": "$.a" + "[?($.b" * 900 + ")]" * 900})),
    "backslashes": chain(passes(Parameters={"a.$": "States.Format('" + "\\'" * 4_900})),
    "defaults of defaults": expression("$states.input.a" + " ?: 1" * 60),
    "many defaults": jsonata(
        passes(Output=[f"{{% $states.input.a{' ?? 1' * 12} + {n} %}}" for n in range(2_000)])
    ),
    "open parentheses": expression("(" * 9_000),
    "parentheses": expression("(" * 9_000 + "1" + ")" * 9_000),
    "comments": expression("/* */" * 3_900),
    "a regular expression": expression("$match('a', /" + "(a{1,1000}){1,1000}" * 99 + "/)"),
    "a long expression": expression("$states.input.a & " * 100_000),
    "many expressions": jsonata(
        passes(Output=[f"{{% $states.input.a{number} %}}" for number in range(9_999)])
    ),
}


@cache
def hostile(name: str) -> Inferred:
    return infer(HOSTILE[name])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_definition_is_bounded(name: str) -> None:
    found = hostile(name)
    assert len(found.inputs) <= MAX_INPUTS
    assert len(found.notes) <= 50


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("calls in a loop", "too much work"),
        ("filters in a loop", "too much work"),
        ("a literal in a loop", "too much work"),
        ("brackets in filters", "a path that can't be read"),
        ("a large document in many", "too much work"),
        ("items of many kinds", "too much work"),
        ("defaults in defaults", "too much work"),
        ("long paths", "an expression that can't be read"),
        ("expressions that end too soon", "too much work"),
        ("a mesh", "it takes too much work to follow whole; what is told is what was seen"),
        ("deep levels", "nests deeper, than are followed"),
        ("more states than are followed", "more states"),
        ("a deep template", "a template that nests too deep"),
        ("a deep template in jsonata", "a template that nests too deep"),
        ("a long expression", "an expression that can't be read"),
        ("many expressions", "the others are left out"),
    ],
)
def test_what_is_left_out_is_noted(name: str, note: str) -> None:
    assert any(note in each for each in hostile(name).notes)


def test_a_large_definition_that_a_person_might_write_is_followed_whole() -> None:
    definition = many(400, Parameters={"value.$": "$.x#"}, ResultPath="$.r#")
    assert len(inputs(definition)) == 400
    assert notes(definition) == ()


def test_work_is_counted() -> None:
    reads = Reads()
    reads.spend(MAX_WORK)
    assert reads.work_left == 0


def test_each_argument_and_each_path_within_a_filter_is_work() -> None:
    assert work(CALL) >= 900
    assert work(f"$.x[?({'@.y $.a ' * 900})]") >= 900


def work(path: str) -> int:
    following = Following(graph_of(chain(passes(Parameters={"a.$": path}))))
    following.follow()
    return MAX_WORK - following.reads.work_left


def test_a_text_is_read_once() -> None:
    terms, spent = Terms(), list[int]()
    first = terms.term(CALL, spent.append)
    assert terms.term(CALL, spent.append) is first
    assert len(spent) == 1
    assert spent[0] >= len(CALL) // 10


def test_what_only_looks_like_defaults_takes_no_work() -> None:
    pattern = "(?:ab)|" * 16
    expression = f"$match($states.input.x, /{pattern}c/) & 'really??????????????????????????'"
    definition = jsonata(passes(Output=f"{{% {expression} & $states.input.y %}}"))
    assert inputs(definition) == {"x": "string", "y": None}
    assert notes(definition) == ()


def test_an_expression_that_takes_too_long_is_left_out_alone() -> None:
    hostile = f"{{% {'(' * 14}$states.input.x{' ?: 1)' * 14} %}}"
    definition = jsonata(passes(Output={"a": hostile, "b": "{% $states.input.y %}"}))
    assert inputs(definition) == {"y": None}
    assert notes(definition) == ('"A" has an expression that can\'t be read',)


@pytest.mark.parametrize(
    "definition",
    [
        None,
        7,
        "text",
        [],
        {},
        {"StartAt": 7, "States": {"A": 1}},
        {"StartAt": "A"},
        {"StartAt": "A", "States": []},
        {"StartAt": "A", "States": {"A": None}},
        {"StartAt": "B", "States": {"A": passes()}},
        {"StartAt": "A", "States": {"A": {"Type": ["Pass"], "Next": "A"}}},
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}},
    ],
)
def test_what_is_no_definition_has_no_inputs(definition: Json) -> None:
    found = infer(definition)
    assert (found.inputs, found.outputs) == ((), ())


def test_the_same_definition_gives_the_same_answer() -> None:
    definition = nested(3, in_looping_map)
    assert infer(definition) == infer(copy.deepcopy(definition))


_FIELDS = """
    Type Next End Default Choices Catch Variable And Or Not IsPresent StringEquals
    NumericEqualsPath InputPath OutputPath ResultPath ResultSelector Parameters Result
    Assign Output Arguments Items ItemsPath ItemSelector ItemProcessor Iterator
    ItemReader ItemBatcher ResultWriter Branches StartAt States QueryLanguage Condition
    Seconds SecondsPath ProcessorConfig Mode a.$ b Error ErrorPath ReaderConfig
    MaxItemsPath BatchInput Resource
"""
FIELDS = _FIELDS.split()
TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
PATHS = ("$", "$.a", "$.a.b[0]", "$$", "$$.Execution.Input.c", "$v.a", "$..a", "States.Array($.a)")
QUERIES = (
    "{% $states.input.a %}",
    "{% $merge([$states.input, {'a': $v}]) %}",
    "{% $states.input.a[b = 1].c %}",
    "{% $map($states.input.a, function($x) { $x }) %}",
    "{% ( %}",
)
TEXTS = st.sampled_from(["A", "B", "JSONata", "DISTRIBUTED", *TYPES, *PATHS, *QUERIES])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
TREES = st.recursive(
    LEAVES | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), children, max_size=5)
    ),
    max_leaves=25,
)


def level(luck: random.Random, depth: int = 2) -> dict[str, Any]:
    """A machine whose states have any of the fields, with values that fit some of them."""
    states = {name: body(luck, depth) for name in "AB"}
    language = luck.choice(({}, {}, {"QueryLanguage": "JSONata"}, {"QueryLanguage": 7}))
    return {"StartAt": "A", "States": states, **language}


def body(luck: random.Random, depth: int) -> dict[str, Any]:
    found = {name: tree(luck, 3) for name in luck.sample(FIELDS, 8)}
    if depth:
        found["ItemProcessor"] = level(luck, depth - 1)
        found["Branches"] = [level(luck, depth - 1), tree(luck, 1)]
    return {**found, "Type": luck.choice(TYPES), luck.choice(["Next", "Default"]): "B"}


def tree(luck: random.Random, depth: int) -> Any:
    kind = luck.randrange(6 if depth else 4)
    if kind == 4:
        return [tree(luck, depth - 1) for _ in range(luck.randrange(3))]
    if kind == 5:
        return {luck.choice(FIELDS): tree(luck, depth - 1) for _ in range(luck.randrange(4))}
    return luck.choice(("A", "B", "DISTRIBUTED", *PATHS, *QUERIES, *PATHS, None, True, 0, -1, 0.5))


def check(found: Inferred) -> None:
    names = [each.name for each in found.inputs]
    assert len(names) == len(set(names))
    assert all(each.places and each.path for each in found.inputs)
    assert all(each.places for each in found.outputs)
    ends = [each.name for each in found.outputs]
    assert len(ends) == len(set(ends))


@given(TREES)
def test_no_json_makes_it_stumble(definition: Json) -> None:
    check(infer(definition))


@settings(max_examples=300)
@given(st.integers(0, 1 << 32))
def test_no_states_make_it_stumble(seed: int) -> None:
    check(infer(level(random.Random(seed))))


@st.composite
def mutated(draw: st.DrawFn, whole: Json) -> Json:
    """The definition with a few of its values put elsewhere, or taken out."""
    found = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 4))):
        holders = list(_holders(found))
        holder, key = draw(st.sampled_from(holders))
        if draw(st.booleans()):
            other, where = draw(st.sampled_from(holders))
            holder[key] = copy.deepcopy(other.get(where))
        else:
            holder[key] = draw(TREES)
    return found


def _holders(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, list):
        return [each for child in value for each in _holders(child)]
    if not isinstance(value, dict):
        return []
    own = [(value, key) for key in value]
    return own + [each for child in value.values() for each in _holders(child)]


WHOLE = [values.parse(path.read_text(encoding="utf-8")) for path in sorted(EXAMPLES.glob("*.json"))]


@given(st.sampled_from(WHOLE).flatmap(mutated))
def test_no_change_to_a_real_definition_makes_it_stumble(definition: Json) -> None:
    check(infer(definition))
