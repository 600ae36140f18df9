"""Documents for what was discovered, written to be read and gone on with by people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner import values
from runner.discovery.yaml_text import comment, quoted, scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runner.definitions import TaskState
    from runner.inference import Inferred, InferredInput, InferredOutput
    from runner.inventory import DescribedMachine
    from runner.model import AwsPlatform

_HEAD = "apiVersion: stepfleet/v1\n"
_PARAMETER = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,128}")
_OFF = "if: false  # discovered; take this line out when its parameters are right"
_SWITCHED_ON = "if: false  # discovered; take this line out when it may run"
_PLACES = 3
"""States that a comment names."""


@dataclass(frozen=True, slots=True)
class JobText:
    """What a Job document is made of. `platform` is None for the Project's default."""

    name: str
    machine: DescribedMachine
    state_machine: str
    platform: str | None
    inferred: Inferred | None


def job(told: JobText) -> str:
    """A Job document that is switched off."""
    has_inputs = told.inferred is not None and any(map(_can_stand, told.inferred.inputs))
    lines = [
        "kind: Job",
        "metadata:",
        f"  name: {scalar(told.name)}",
        "spec:",
        *([f"  platform: {scalar(told.platform)}"] if told.platform else []),
        f"  stateMachine: {scalar(told.state_machine)}",
        f"  stepFunctionsType: {told.machine.type.value}",
        f"  {_OFF if has_inputs or told.inferred is None else _SWITCHED_ON}",
        *(_parameters(told.inferred) if told.inferred is not None else ()),
    ]
    return _HEAD + "".join(f"{line}\n" for line in lines)


def _parameters(inferred: Inferred) -> Iterator[str]:
    inputs = [one for one in inferred.inputs if _can_stand(one)]
    taken = {one.name for one in inputs}
    outputs = [one for one in inferred.outputs if _can_stand(one) and one.name not in taken]
    both = {one.name for one in inferred.outputs} & taken
    for note in inferred.notes:
        yield f"  # {comment(note)}"
    if inputs or outputs:
        yield "  parameters:"
        yield "    # inferred from the definition; give each a value, or take it out"
    for one in inputs:
        yield _input(one, is_output=one.name in both)
    for other in outputs:
        yield _output(other)


def _can_stand(one: InferredInput | InferredOutput) -> bool:
    """Tell whether a parameter may have this name."""
    is_whole = values.lone_surrogate(one.name) is None
    return is_whole and "${{" not in one.name and _PARAMETER.fullmatch(one.name) is not None


def left_out(inferred: Inferred) -> tuple[str, ...]:
    """The names that were inferred and that no parameter may have."""
    found: list[InferredInput | InferredOutput] = [*inferred.inputs, *inferred.outputs]
    return tuple(one.name for one in found if not _can_stand(one))


def _input(one: InferredInput, *, is_output: bool) -> str:
    kind = one.type.value if one.type is not None else None
    fields = f"{{type: {kind}}}" if kind else "{direction: input}"
    extra = [
        *(["optional"] if one.is_optional else []),
        *(["in the output too"] if is_output else []),
    ]
    where = f"{comment(one.path)} in {_places(one.places)}"
    return f"    {scalar(one.name)}: {fields}  # inferred: {'; '.join([where, *extra])}"


def _output(one: InferredOutput) -> str:
    kind = f", type: {one.type.value}" if one.type is not None else ""
    certain = "" if one.is_certain else "; not at every end"
    where = f"at {_places(one.places)}" if one.places else "from the definition"
    fields = f"{{direction: output{kind}}}"
    return f"    {scalar(one.name)}: {fields}  # inferred: {where}{certain}"


def _places(names: Sequence[str]) -> str:
    shown = ", ".join(quoted(name) for name in names[:_PLACES])
    return f"{shown} and {len(names) - _PLACES:,} more" if len(names) > _PLACES else shown


def state_machine(machine: DescribedMachine, file: str, tasks: Iterable[TaskState]) -> str:
    """A StateMachine document whose definition stands in a file, by its path from here."""
    mocked = [quoted(task.name) for task in tasks if task.needs_mock]
    lines = [
        "kind: StateMachine",
        "metadata:",
        f"  name: {scalar(machine.arn.name)}",
        "spec:",
        *([f"  type: {machine.type.value}"] if machine.type.value != "STANDARD" else []),
        f"  definition: {scalar(file)}",
        *(["  # With --local these states need mocks:"] if mocked else []),
        *(f"  #   {name}" for name in mocked),
    ]
    return _HEAD + "".join(f"{line}\n" for line in lines)


def definition(text: str) -> str:
    """A definition as AWS has it where it has lines, else with a line for each of its parts."""
    if "\n" in text.strip():
        return text if text.endswith("\n") else f"{text}\n"
    try:
        return f"{_indented(values.parse(text), '')}\n"
    except values.NotJson:
        return f"{text}\n"


def _indented(value: values.Json, indent: str) -> str:
    """JSON whose numbers keep their digits, one entry a line."""
    inner = f"{indent}  "
    if isinstance(value, dict) and value:
        entries = [
            f"{inner}{values.compact(key)}: {_indented(child, inner)}"
            for key, child in value.items()
        ]
        return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        items = [f"{inner}{_indented(child, inner)}" for child in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    return values.compact(value)


def platform(found: AwsPlatform, account: str) -> str:
    """A Platform document for a region of an account."""
    lines = [
        "kind: Platform",
        "metadata:",
        f"  name: {scalar(found.name)}",
        "spec:",
        "  type: aws-step-functions",
        f"  region: {scalar(found.region)}",
        f'  accountId: "{account}"  # nothing starts with credentials of another account',
    ]
    return _HEAD + "".join(f"{line}\n" for line in lines)


def project(name: str, platform: str | None) -> str:
    """A Project document whose jobs run on a platform, or each on its own."""
    lines = [
        "kind: Project",
        "metadata:",
        f"  name: {scalar(name)}  # part of the identity of all its work: choose it now",
        *(["spec: {}"] if platform is None else ["spec:", f"  platform: {scalar(platform)}"]),
    ]
    return _HEAD + "".join(f"{line}\n" for line in lines)
