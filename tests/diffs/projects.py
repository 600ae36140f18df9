"""Projects from YAML, as a checkout has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import documents, model, schema

if TYPE_CHECKING:
    from runner.model import Spec

PROJECT = """\
apiVersion: stepfleet/v1
kind: Project
metadata: {name: shop}
spec:
  platform: aws
"""
PLATFORM = """\
apiVersion: stepfleet/v1
kind: Platform
metadata: {name: aws}
spec: {type: aws-step-functions, region: us-east-1, accountId: "123456789012"}
"""
JOB = """\
apiVersion: stepfleet/v1
kind: Job
metadata: {name: load}
spec:
  stateMachine: load
"""
MACHINE = """\
apiVersion: stepfleet/v1
kind: StateMachine
metadata: {name: sums}
spec:
  definition:
    StartAt: B
    States:
      B: {Type: Pass, Next: A}
      A: {Type: Pass, Result: [1, 1.10], End: true}
"""


def read(*texts: str, file: str = "specs/all.yaml") -> Spec:
    """The valid project of these documents."""
    parsed = documents.parse("---\n".join(texts).encode(), file)
    assert parsed.diagnostics == ()
    problems = [each for document in parsed.documents for each in schema.check(document)]
    assert problems == []

    def no_file(name: str) -> bytes:
        raise FileNotFoundError(name)

    spec, diagnostics = model.build(parsed.documents, read_file=no_file)
    assert spec is not None, diagnostics
    return spec
