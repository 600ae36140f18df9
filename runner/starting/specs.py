"""The documents of a new project, and the example project."""

from __future__ import annotations

import re

from runner.discovery import rendering
from runner.discovery.yaml_text import scalar
from runner.errors import Place
from runner.model import AwsPlatform, MachineType
from runner.starting import texts
from runner.starting.types import NewFile

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

EXAMPLE_JOBS = frozenset(_EXAMPLE["jobs/orders.yaml"])
"""Kind and name of each job of the example."""


def project(folder: str, name: str, default: str, platform: str | None) -> NewFile:
    """A Project with its default platform, and the text of a new Platform of AWS if there is one.

    See `platform_text`.
    """
    text = rendering.project(name, default)
    documents: tuple[tuple[str, str], ...] = (("Project", name),)
    if platform is not None:
        text += "---\n" + platform
        documents += (("Platform", AWS),)
    return NewFile(f"{folder}/project.yaml", text, documents)


def platform(folder: str, text: str) -> NewFile:
    """A file for a Platform of AWS alone."""
    return NewFile(f"{folder}/platforms.yaml", text, (("Platform", AWS),))


def platform_text(region: str, account_id: str | None) -> str:
    """A Platform of AWS. With an account, nothing starts in any other."""
    found = AwsPlatform(AWS, region, Place("specs"))
    text = rendering.platform(found, account_id or "")
    return text if account_id else re.sub(r"^  accountId: .*\n", "", text, flags=re.MULTILINE)


def named_job(name: str, machine: str, platform: str | None, kind: MachineType | None) -> str:
    """A Job that is switched off, of a machine that nobody could look at."""
    lines = [
        "apiVersion: stepfleet/v1",
        "kind: Job",
        "metadata:",
        f"  name: {scalar(name)}",
        "spec:",
        *([f"  platform: {scalar(platform)}"] if platform else []),
        f"  stateMachine: {scalar(machine)}",
        *([f"  stepFunctionsType: {kind}"] if kind else []),
        "  if: false  # take this line out when its parameters are right",
        "  parameters: {}",
    ]
    return "".join(f"{line}\n" for line in lines)


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
