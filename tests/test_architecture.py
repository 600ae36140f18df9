"""The direction of imports: data flows one way, and each foreign library has one door."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "runner"

GROUND = {"errors", "values", "arns", "suggestions"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "values": set(),
    "arns": set(),
    "suggestions": set(),
    "sources": {"errors"},
    "documents": {"errors", "values"},
    "schema": {"documents", "errors", "values"},
    "expressions": {"errors", "suggestions", "values"},
    "parameters": {"documents", "expressions", *GROUND},
    "definitions": GROUND,
    "quotas": set(),
    "model": {
        "definitions",
        "documents",
        "expressions",
        "graph",
        "parameters",
        "quotas",
        *GROUND,
    },
    "variables": {"documents", "model", "parameters", *GROUND},
    "graph": set(),
    "selection": {"graph", "model", *GROUND},
    "identity": {"model", *GROUND},
    "masking": GROUND,
    "provider": {"model", *GROUND},
    "memory": {"identity", "model", "provider", *GROUND},
    "inputs": {"expressions", "identity", "model", "parameters", "plan", *GROUND},
    "plan": {"expressions", "model", "provider", "quotas", *GROUND},
    "planning": {
        "expressions",
        "graph",
        "identity",
        "inputs",
        "memory",
        "model",
        "parameters",
        "plan",
        "provider",
        "results",
        *GROUND,
    },
    "schedule": {
        "expressions",
        "identity",
        "inputs",
        "memory",
        "model",
        "parameters",
        "plan",
        "provider",
        "quotas",
        "results",
        *GROUND,
    },
    "results": {"masking", "model", "plan", "provider", *GROUND},
    "standing": {"identity", "model", "provider", "results", *GROUND},
    "drift": {"expressions", "memory", "model", "plan", "provider", *GROUND},
    "retry": {"errors", "provider"},
    "aws": {"model", *GROUND},
    "step_functions": {
        "aws",
        "identity",
        "inventory",
        "model",
        "provider",
        "quotas",
        "retry",
        *GROUND,
    },
    "local": {"aws", "definitions", "model", "provider", "retry", "step_functions", *GROUND},
    "engine": {
        "expressions",
        "inputs",
        "masking",
        "memory",
        "model",
        "plan",
        "provider",
        "results",
        "retry",
        "schedule",
        *GROUND,
    },
    "git": {"sources", *GROUND},
    "diffs": {"expressions", "model", "planning", *GROUND},
    "trust": {"expressions", "graph", "model", "plan", "planning", *GROUND},
    "review": {"expressions", "inputs", "model", "plan", "planning", *GROUND},
    "report": {
        "diffs",
        "discovery",
        "doctor",
        "drift",
        "expressions",
        "graph",
        "iam",
        "inference",
        "inventory",
        "model",
        "plan",
        "results",
        "review",
        "standing",
        *GROUND,
    },
    "github": {"report", "review", *GROUND},
    "inventory": {"model", *GROUND},
    "inference": {"definitions", "parameters", *GROUND},
    "discovery": {
        "definitions",
        "documents",
        "expressions",
        "inference",
        "inventory",
        "model",
        *GROUND,
    },
    "iam": {"definitions", "model", *GROUND},
    "doctor": {"definitions", "iam", "inventory", "model", "plan", "quotas", *GROUND},
    "starting": {"discovery", "documents", "model", *GROUND},
    "log": {"report", *GROUND},
    "progress": {"plan", "report", "results", *GROUND},
}
"""What each module of `runner` may import from `runner`; `cli` may import all."""

DOORS = {
    "yaml": {"documents"},
    "jsonschema": {"schema"},
    "jmespath": {"expressions"},
    "boto3": {"aws", "local"},
    "botocore": {"aws", "local"},
    "moto": {"local"},
    "antlr4": {"local"},
    "jsonata": {"inference", "local"},
    "jsonpath_ng": {"local"},
    "tenacity": {"github", "retry"},
    "rich": {"progress"},
    "structlog": {"log"},
    "click": {"cli"},
    "urllib3": {"github"},
}
"""The modules through which each foreign library comes in."""


def module_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


SOURCES = [
    path for path in sorted(ROOT.rglob("*.py")) if path.parent != ROOT or path.stem != "__init__"
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    module = module_of(path)
    if module == "cli":
        return
    own = {
        name.split(".")[1]
        for name in imports_of(path)
        if name.startswith("runner.") and name != "runner.__version__"
    }
    assert own <= MAY_IMPORT[module] | {module}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_foreign_library_comes_in_through_its_door(path: Path) -> None:
    foreign = {name.split(".")[0] for name in imports_of(path)} & DOORS.keys()
    assert {library for library in foreign if module_of(path) not in DOORS[library]} == set()


def test_every_foreign_library_is_known() -> None:
    known = {*sys.stdlib_module_names, *DOORS, "runner", "mypy_boto3_stepfunctions"}
    found = {name.split(".")[0] for path in SOURCES for name in imports_of(path)}
    assert found <= known
