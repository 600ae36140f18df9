"""The documents of a new project, and the example project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.starting import texts
from runner.starting.names import scalar
from runner.starting.types import NewFile

if TYPE_CHECKING:
    from runner.model import MachineType

AWS = "aws"
"""The name of a new platform of AWS."""

_LOCAL = "platform: local # the embedded engine"
_EXAMPLE = {
    "jobs/orders.yaml": (("Job", "count_orders"), ("Job", "tell_orders")),
    "machines.yaml": (("StateMachine", "count-orders"), ("StateMachine", "tell-orders")),
    "definitions/count-orders.asl.json": (),
    "definitions/tell-orders.asl.json": (),
}
"""The example's files besides its project, and the documents in them."""


def project(folder: str, name: str, platform: str) -> NewFile:
    """A Project whose jobs run on a platform of AWS: the text of one, as `platform_text` has it."""
    text = _document("Project", name, f"spec:\n  platform: {AWS}\n") + "---\n" + platform
    return NewFile(f"{folder}/project.yaml", text, (("Project", name), ("Platform", AWS)))


def platform(folder: str, text: str) -> NewFile:
    """A file for a Platform of AWS alone."""
    return NewFile(f"{folder}/platforms.yaml", text, (("Platform", AWS),))


def platform_text(region: str, account_id: str | None) -> str:
    """A Platform of AWS. With an account, nothing starts in any other."""
    lines = ["spec:", "  type: aws-step-functions", f"  region: {scalar(region)}"]
    if account_id is not None:
        lines.append(f'  accountId: "{account_id}" # with credentials of another, nothing starts')
    return _document("Platform", AWS, "\n".join((*lines, "")))


def job_text(
    name: str, machine: str, *, platform: str | None = None, kind: MachineType | None = None
) -> str:
    """A Job that is switched off, of a machine of which no more is known."""
    lines = ["spec:"]
    if platform is not None:
        lines.append(f"  platform: {scalar(platform)}")
    lines.append(f"  stateMachine: {scalar(machine)}")
    if kind is not None:
        lines.append(f"  stepFunctionsType: {kind}")
    lines.append("  if: false # take this line out when its parameters are right")
    return _document("Job", name, "\n".join((*lines, "")))


def example(folder: str, name: str, platform: str | None = None) -> tuple[NewFile, ...]:
    """The example project, on the embedded engine; with the text of a Platform of AWS beside it."""
    text = texts.put(texts.read("example/project.yaml"), "name: example", f"name: {scalar(name)}")
    documents: tuple[tuple[str, str], ...] = (("Project", name), ("Platform", "local"))
    if platform is not None:
        hint = f"{_LOCAL}; `{AWS}` is where a job runs that says so"
        text = texts.put(text, _LOCAL, hint) + "---\n" + platform
        documents += (("Platform", AWS),)
    return (NewFile(f"{folder}/project.yaml", text, documents), *example_parts(folder))


def example_parts(folder: str) -> tuple[NewFile, ...]:
    """The example's jobs, machines and definitions."""
    return tuple(
        NewFile(f"{folder}/{name}", texts.read(f"example/{name}"), documents)
        for name, documents in _EXAMPLE.items()
    )


def _document(kind: str, name: str, spec: str) -> str:
    head = f"apiVersion: stepfleet/v1\nkind: {kind}\nmetadata:\n  name: {scalar(name)}\n"
    return head + spec
