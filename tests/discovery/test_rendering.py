"""Documents for what was discovered are valid, whatever a definition holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import documents, model, schema, values
from runner.arns import MachineArn
from runner.definitions import TaskState
from runner.discovery import rendering
from runner.errors import Place
from runner.inference import Inferred, InferredInput, InferredOutput
from runner.inventory import DescribedMachine
from runner.model import AwsPlatform, MachineType, Spec
from runner.parameters import ParameterType

ARN = MachineArn("aws", "us-east-1", "123456789012", "orders")
PLATFORM = AwsPlatform("aws", "us-east-1", Place("x"))
HEAD = f"{rendering.project('shop', 'aws')}---\n{rendering.platform(PLATFORM, '123456789012')}"

TEXTS = st.text(max_size=20) | st.sampled_from(
    ["day", "${{ vars.x }}", "##[error]", "a: b", "\ud800"]
)
TYPES = st.none() | st.sampled_from(ParameterType)
PLACES = st.lists(TEXTS, max_size=5).map(tuple)
INPUTS = st.lists(
    st.builds(InferredInput, TEXTS, TYPES, PLACES, TEXTS, st.booleans()),
    max_size=4,
    unique_by=lambda one: one.name,
)
OUTPUTS = st.lists(
    st.builds(InferredOutput, TEXTS, TYPES, PLACES, st.booleans()),
    max_size=4,
    unique_by=lambda one: one.name,
)
INFERRED = st.builds(
    Inferred, INPUTS.map(tuple), OUTPUTS.map(tuple), st.lists(TEXTS, max_size=3).map(tuple)
)


def machine(kind: MachineType = MachineType.STANDARD) -> DescribedMachine:
    return DescribedMachine(ARN, kind, "ACTIVE", "role")


def spec_of(*texts: str, files: dict[str, str] | None = None) -> Spec:
    read = documents.parse("---\n".join([HEAD, *texts]).encode(), "x.yaml")
    problems = [*read.diagnostics, *(each for one in read.documents for each in schema.check(one))]
    spec, complaints = model.build(
        read.documents, read_file=lambda name: (files or {})[name].encode()
    )
    assert [*problems, *complaints] == []
    assert spec is not None
    return spec


@given(INFERRED)
def test_a_job_is_valid_and_off_whatever_was_inferred(inferred: Inferred) -> None:
    text = rendering.job(rendering.JobText("a", machine(), "orders", None, inferred))
    job = spec_of(text).jobs["a"]
    assert (job.condition, job.machine_type) == (False, MachineType.STANDARD)
    left = rendering.left_out(inferred)
    inputs = {one.name for one in inferred.inputs}
    outputs = {one.name for one in inferred.outputs} - inputs - set(left)
    assert {parameter.name for parameter in job.parameters} == outputs
    written = documents.plain(documents.parse(text.encode(), "x").documents[0].root)
    assert isinstance(written, dict)
    spec = written["spec"]
    assert isinstance(spec, dict)
    parameters = spec.get("parameters") or {}
    assert isinstance(parameters, dict)
    assert set(parameters) == (inputs - set(left)) | outputs
    assert "##[" not in text


def test_a_property_that_is_read_and_left_is_an_input_that_says_so() -> None:
    inferred = Inferred(
        (InferredInput("day", ParameterType.STRING, ("A", "B", "C", "D"), "$.day", True),),
        (InferredOutput("day", None, ("D",), True),),
        ('"A" takes the whole input',),
    )
    text = rendering.job(rendering.JobText("a", machine(), "orders", "aws", inferred))
    assert text.partition("  if: false")[2].partition("\n")[2] == (
        '  # "A" takes the whole input\n'
        "  parameters:\n"
        "    # inferred from the definition; give each a value, or take it out\n"
        '    day: {type: string}  # inferred: $.day in "A", "B", "C" and 1 more; optional; '
        "in the output too\n"
    )
    assert "  platform: aws\n" in text


@pytest.mark.parametrize("kind", MachineType)
def test_a_state_machine_is_valid_with_its_definition_beside_it(kind: MachineType) -> None:
    tasks = [
        TaskState("Send\n# it", "arn", needs_mock=True),
        TaskState("Own", "arn", needs_mock=False),
    ]
    text = rendering.state_machine(machine(kind), "orders.asl.json", tasks)
    definition = '{"StartAt":"A","States":{"A":{"Type":"Pass","Result":1.50,"End":true}}}'
    files = {"orders.asl.json": rendering.definition(definition)}
    made = spec_of(text, files=files).machines["orders"]
    assert made.type is kind
    assert made.definition == values.parse(definition)
    assert '#   "Send\\n# it"\n' in text
    assert "Own" not in text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)


@given(JSON, st.booleans())
def test_a_definition_says_the_same_with_a_line_for_each_part(
    value: values.Json, more: bool
) -> None:
    text = values.compact(value)
    text = f"\n{text}\n" if more else text
    assert values.parse(rendering.definition(text)) == values.parse(text)


def test_a_definition_that_has_lines_stays_as_it_is() -> None:
    text = '{\r\n\t"StartAt" : "A",\n  "Version": 1.0 }'
    assert rendering.definition(text) == f"{text}\n"
    assert rendering.definition(f"{text}\n") == f"{text}\n"
    assert rendering.definition("no JSON") == "no JSON\n"
    assert rendering.definition('{"a":[1.50,{}]}') == '{\n  "a": [\n    1.50,\n    {}\n  ]\n}\n'
