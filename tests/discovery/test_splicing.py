"""Putting one field right in files of people: every other byte stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import documents
from runner.discovery.splicing import set_types
from runner.model import MachineType

EXPRESS, STANDARD = MachineType.EXPRESS, MachineType.STANDARD


def job(spec: str, name: str = "a") -> str:
    return f"apiVersion: stepfleet/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:{spec}"


def spliced(text: str, kind: MachineType = EXPRESS) -> str | None:
    """The text with the type of job `a`; None where it can't be put in."""
    after, done = set_types(text.encode(), "x.yaml", {"a": kind})
    if not done:
        assert after == text.encode()
        return None
    return after.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n  stateMachine: m", "\n  stateMachine: m\n  stepFunctionsType: EXPRESS"),
        ("\n  stateMachine: m\n", "\n  stateMachine: m\n  stepFunctionsType: EXPRESS\n"),
        (
            "\n  stateMachine: m  # why\n  # next\n  timeout: 2h\n",
            "\n  stateMachine: m  # why\n  stepFunctionsType: EXPRESS\n  # next\n  timeout: 2h\n",
        ),
        (
            '\n    "stateMachine": "m"\t# a\tb\n',
            '\n    "stateMachine": "m"\t# a\tb\n    stepFunctionsType: EXPRESS\n',
        ),
        (" {stateMachine: m}", " {stepFunctionsType: EXPRESS, stateMachine: m}"),
        (
            ' {"stateMachine":"m"}',
            ' {"stepFunctionsType": "EXPRESS", "stateMachine":"m"}',
        ),
        (
            " {timeout: 2h,\n  stateMachine: m # x\n  }\n",
            " {timeout: 2h,\n  stepFunctionsType: EXPRESS, stateMachine: m # x\n  }\n",
        ),
        (
            ' {description: "😀 größe", stateMachine: m}',
            ' {description: "😀 größe", stepFunctionsType: EXPRESS, stateMachine: m}',
        ),
        (
            "\n  stateMachine: >-\n    m\n  timeout: 2h\n",
            "\n  stepFunctionsType: EXPRESS\n  stateMachine: >-\n    m\n  timeout: 2h\n",
        ),
        (
            "\n  stateMachine:\n    m\n  timeout: 2h\n",
            "\n  stateMachine:\n    m\n  stepFunctionsType: EXPRESS\n  timeout: 2h\n",
        ),
        (
            "\n  stateMachine: &m m\n  labels: *m\n",
            "\n  stateMachine: &m m\n  stepFunctionsType: EXPRESS\n  labels: *m\n",
        ),
    ],
)
def test_a_type_that_is_not_there_is_put_in(before: str, after: str) -> None:
    assert spliced(job(before)) == job(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n  stepFunctionsType: STANDARD\n", "\n  stepFunctionsType: EXPRESS\n"),
        ("\n  stepFunctionsType: STANDARD # x\n", "\n  stepFunctionsType: EXPRESS # x\n"),
        ("\n  stepFunctionsType:   'STANDARD'\n", "\n  stepFunctionsType:   'EXPRESS'\n"),
        ('\n  "stepFunctionsType" : "STANDARD"\n', '\n  "stepFunctionsType" : "EXPRESS"\n'),
        (" {stepFunctionsType: STANDARD,a: b}", " {stepFunctionsType: EXPRESS,a: b}"),
        ("\n  stepFunctionsType:\n    STANDARD", "\n  stepFunctionsType:\n    EXPRESS"),
        ("\n  ? stepFunctionsType\n  : STANDARD\n", "\n  ? stepFunctionsType\n  : EXPRESS\n"),
    ],
)
def test_a_type_that_is_wrong_is_replaced(before: str, after: str) -> None:
    assert spliced(job(before)) == job(after)


@pytest.mark.parametrize(
    "spec",
    [
        "\n  stepFunctionsType: &t STANDARD\n  description: *t\n",
        "\n  description: &t STANDARD\n  stepFunctionsType: *t\n",
        "\n  stepFunctionsType: |-\n    STANDARD\n",
        '\n  stepFunctionsType: "STAND\\\n    ARD"\n',
        "\n  ? stateMachine\n  : m\n",
        " &s {stateMachine: m}\nmetadata2: *s\n",
        " text\n",
    ],
)
def test_what_would_change_more_than_that_is_left(spec: str) -> None:
    assert spliced(job(spec)) is None


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_stay(newline: str, mark: str) -> None:
    text = job("\n  stateMachine: m # größe 数\n  timeout: 2h\n").replace("\n", newline)
    after = spliced(mark + text)
    assert after == mark + text.replace(
        f"数{newline}", f"数{newline}  stepFunctionsType: EXPRESS{newline}"
    )


def test_several_documents_of_a_file_are_put_right_together() -> None:
    parts = [
        job("\n  stateMachine: m\n", "a"),
        "# nothing but a comment\n",
        job(" {stateMachine: m, stepFunctionsType: STANDARD}\n", "b"),
        job("\n  stateMachine: other\n", "c"),
    ]
    text = "--- # first\n".join(parts)
    after, done = set_types(text.encode(), "x", {"a": EXPRESS, "b": EXPRESS})
    assert done == {"a", "b"}
    assert after.decode() == "--- # first\n".join(
        [
            job("\n  stateMachine: m\n  stepFunctionsType: EXPRESS\n", "a"),
            parts[1],
            job(" {stateMachine: m, stepFunctionsType: EXPRESS}\n", "b"),
            parts[3],
        ]
    )


def test_one_that_can_not_be_put_right_keeps_no_other_from_it() -> None:
    first = job("\n  stepFunctionsType: &t STANDARD\n  description: *t\n", "a")
    text = first + "---\n" + job("\n  stateMachine: m\n", "b")
    after, done = set_types(text.encode(), "x", {"a": EXPRESS, "b": EXPRESS})
    assert done == {"b"}
    assert after.decode() == text + "  stepFunctionsType: EXPRESS\n"


def test_one_of_many_that_stands_in_the_way_costs_few_looks_at_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    odd = job("\n  stepFunctionsType: &t STANDARD\n  description: *t\n", "odd")
    many = [job("\n  stateMachine: m\n", f"j{number}") for number in range(200)]
    text = "---\n".join([*many[:77], odd, *many[77:]])
    looks: list[int] = []
    real = documents.parse

    def counted(data: bytes, file: str) -> documents.Parsed:
        looks.append(1)
        return real(data, file)

    monkeypatch.setattr(documents, "parse", counted)
    names = [f"j{number}" for number in range(200)]
    _, done = set_types(
        text.encode(), "x", dict.fromkeys([*names[:77], "odd", *names[77:]], EXPRESS)
    )
    assert done == set(names)
    assert len(looks) < 50


LINES = st.lists(
    st.sampled_from(
        [
            "  # a comment: {with} 'signs'\n",
            "  timeout: 2h\n",
            "  if: false  # off\n",
            "  needs: [x, y]\n",
            '  parameters:\n    # inner\n    day: {value: "2026"}\n    n: 1\n',
            "\n",
            "  traceHeader: |\n    text # no comment\n",
            "\t\n",
        ]
    ),
    unique=True,
)


@given(
    before=LINES,
    after=LINES,
    newline=st.sampled_from(["\n", "\r\n"]),
    kind=st.sampled_from(MachineType),
)
def test_wherever_the_field_stands_only_it_changes(
    before: list[str], after: list[str], newline: str, kind: MachineType
) -> None:
    after = [line for line in after if line not in before]
    lines = [*before, "  stateMachine: m\n", *after]
    text = job("\n" + "".join(lines)).replace("\n", newline)
    if documents.parse(text.encode(), "x").diagnostics:
        return
    found = spliced(text, kind)
    assert found is not None
    put = f"  stepFunctionsType: {kind.value}{newline}"
    assert found.replace(put, "", 1) == text
    assert spliced(found, kind) == found
