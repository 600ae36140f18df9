"""Whatever a pull request does, it gets to see no more than its base branch shows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from runner.expressions import JobReference
from runner.model import Direction, Job, Parameter, ParameterType, RunPolicy, Spec
from runner.trust import conceal, concealed
from tests.plan_factories import job, parameter, spec, variable
from tests.trust import pulls
from tests.trust.pulls import OPEN, SECRET

NAMES = ["token", "Token", "rows", "extra", "password", "day", "old", "cursor", "x"]
LITERALS = st.sampled_from(["plain", 1, {"deep": ["plain"]}])
TYPES = st.sampled_from(
    [None, None, ParameterType.JSON, ParameterType.STRING, ParameterType.INTEGER]
)
JOBS = "abc"


@st.composite
def values_of(draw: st.DrawFn, before: str) -> Any:
    sources = ["${{ env.KEY }}", "${{ vars.key }}", "${{ vars.open }}"]
    for name in before:
        sources += [f"${{{{ jobs.{name}.outputs.{output} }}}}" for output in NAMES[:4]]
    expression = draw(st.sampled_from(sources))
    return draw(
        st.one_of(
            LITERALS,
            st.just(expression),
            st.just(f"<{expression}>"),
            st.just({"deep": [expression, OPEN]}),
            st.just(json.dumps({"in": "TEXT"}).replace("TEXT", expression)),
        )
    )


@st.composite
def projects(draw: st.DrawFn) -> Spec:
    """A valid project of up to three jobs, with parameters of all kinds."""
    jobs = []
    declared: dict[str, set[str]] = {}
    for index, name in enumerate(JOBS[: draw(st.integers(1, 3))]):
        found: list[Parameter] = []
        for each in draw(st.sets(st.sampled_from(NAMES), max_size=4)):
            direction = draw(st.sampled_from([*Direction]))
            value = None if direction is Direction.OUTPUT else draw(values_of(JOBS[:index]))
            found.append(
                parameter(
                    each,
                    value,
                    direction=direction,
                    type=draw(TYPES),
                    sensitive=draw(st.booleans()),
                    carry=direction is Direction.INOUT and draw(st.booleans()),
                )
            )
        declared[name] = {each.name for each in found if each.is_taken}
        made_job = job(
            name,
            *found,
            run=draw(st.sampled_from([RunPolicy.ALWAYS, RunPolicy.ON_CHANGE])),
            machine=draw(st.sampled_from([name, "m"])),
        )
        jobs.append(made_job)
    assume(all(_is_valid(each, declared) for each in jobs))
    return spec(
        *jobs,
        environment=("KEY",),
        variables=(
            variable("key", default=SECRET, sensitive=draw(st.booleans())),
            variable("open", default=OPEN),
        ),
    )


def _is_valid(each: Job, declared: dict[str, set[str]]) -> bool:
    return all(
        reference.output is None or reference.output in declared[reference.job]
        for one in each.parameters
        if one.template
        for reference in one.template.references
        if isinstance(reference, JobReference)
    )


@settings(max_examples=300)
@given(projects(), projects())
def test_no_pull_request_gets_to_see_what_its_base_branch_does_not_show(
    head: Spec, base: Spec
) -> None:
    """Every earlier input and output holds a secret under each name that the base hides."""
    key, open_ = base.project.variables
    variables = (replace(key, sensitive=True), open_)
    base = replace(base, project=replace(base.project, variables=variables))
    decided = pulls.plan(
        head, base, sent=lambda name: _sent(name, base), left=lambda name: _left(name, base)
    )
    text = pulls.shown(conceal(decided.plan, concealed(head, base))) if decided.plan else ""
    assert SECRET not in f"{text}{decided.diagnostics}"


def _left(name: str, base: Spec) -> str:
    open_names = _public(name, base, taken=True)
    return json.dumps({each: OPEN if each in open_names else SECRET for each in NAMES})


def _sent(name: str, base: Spec) -> str:
    open_names = _public(name, base, taken=False)
    return json.dumps({each: OPEN if each in open_names else SECRET for each in NAMES})


def _public(name: str, base: Spec, *, taken: bool) -> set[str]:
    """What the base lets all see of what a job's executions left or were sent."""
    if name not in base.jobs:
        return set()
    hidden = concealed(base, base).parameters[name]
    return {
        each.name
        for each in base.jobs[name].parameters
        if (each.is_taken if taken else each.is_sent) and each.name not in hidden
    }
