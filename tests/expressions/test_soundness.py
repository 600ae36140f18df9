"""An expression can reach nothing but what it is known to refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from runner import expressions, values
from runner.expressions import (
    EnvironmentReference,
    EvaluationError,
    Expression,
    ExpressionError,
    JobReference,
    VariableReference,
)

if TYPE_CHECKING:
    from runner.values import Json

VALUE: Json = {"a": [1, {"b": "vars"}], "vars": {"x": 2}, "b": "text", "jobs": None}
FULL: dict[str, Json] = {
    "jobs": {
        name: {"outputs": {"a": VALUE, "b": 3}, "status": "failed", "execution_arn": "arn"}
        for name in ("a", "b")
    },
    "vars": {"a": VALUE, "b": [VALUE, VALUE]},
    "env": {"a": "s3cret", "b": "other"},
    "run": {"id": "1"},
    "project": {"name": "orders"},
}

CHAINS = (
    "jobs.a.outputs.a jobs.b.outputs.b jobs.b.status vars.a vars.b env.a run.id project.name jobs "
    "vars env @ * a `[1]` jobs.a jobs.a.outputs vars.* env.* [*] [0]"
)
CHAIN = st.sampled_from(CHAINS.split())
STEP = st.sampled_from(
    [
        "",
        ".a",
        ".b",
        ".*",
        "[0]",
        "[]",
        "[*]",
        "[?a]",
        "[?vars]",
        "[:1]",
        " | @",
        " | vars",
        " | [@]",
    ]
)


def combine(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(children, children)
    return st.one_of(
        st.tuples(children, STEP).map("".join),
        st.tuples(children, STEP).map(lambda parts: f"({parts[0]}){parts[1]}"),
        two.map(" || ".join),
        two.map(" && ".join),
        two.map(" == ".join),
        two.map(" | ".join),
        two.map(lambda parts: f"[{parts[0]}, {parts[1]}]"),
        two.map(lambda parts: f"{{a: {parts[0]}, b: {parts[1]}}}"),
        two.map(lambda parts: f"{parts[0]}[?{parts[1]}]"),
        two.map(lambda parts: f"map(&{parts[0]}, {parts[1]})"),
        two.map(lambda parts: f"not_null({parts[0]}, {parts[1]})"),
        children.map(lambda part: f"!({part})"),
        children.map(lambda part: f"to_string({part})"),
        children.map(lambda part: f"values({part})"),
    )


def only(expression: Expression) -> dict[str, Json]:
    """The context with nothing in it but what the expression refers to."""
    jobs: dict[str, Json] = {}
    kept: dict[str, Json] = {"jobs": jobs, "vars": {}, "env": {}, "run": {}, "project": {}}
    for reference in expression.references:
        match reference:
            case JobReference(job, field, output):
                its = as_dict(jobs.setdefault(job, {"outputs": {}}))
                if output is None:
                    its[field] = pick(FULL, "jobs", job, field)
                else:
                    as_dict(its["outputs"])[output] = pick(FULL, "jobs", job, "outputs", output)
            case VariableReference(name):
                kept["vars"] = {**as_dict(kept["vars"]), name: pick(FULL, "vars", name)}
            case EnvironmentReference(name):
                kept["env"] = {**as_dict(kept["env"]), name: pick(FULL, "env", name)}
            case _:
                kept["run"], kept["project"] = FULL["run"], FULL["project"]
    return kept


def as_dict(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value


def pick(value: Json, *keys: str) -> Json:
    for key in keys:
        value = as_dict(value).get(key)
    return value


def outcome(expression: Expression, context: dict[str, Json]) -> str:
    try:
        return values.compact(expressions.evaluate(expression, context))
    except EvaluationError as error:
        return str(error)


@given(st.recursive(st.tuples(CHAIN, STEP).map("".join), combine, max_leaves=6))
def test_what_is_not_referred_to_makes_no_difference(text: str) -> None:
    try:
        expression = expressions.parse(text)
    except ExpressionError:
        return
    assert outcome(expression, only(expression)) == outcome(expression, FULL)
