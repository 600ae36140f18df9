"""The calls of AWS that the program makes, read from its source."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.session import Session

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

ROOT = Path(__file__).parent.parent.parent / "runner"

FOREIGN = "local"
"""The package whose calls end in the embedded engine, and none in AWS."""

_SESSION = Session()


TABLES = ("aws/actions.py", "quotas.py")
"""What names operations and calls none."""


@cache
def sources() -> tuple[ast.AST, ...]:
    paths = {path.relative_to(ROOT): path for path in sorted(ROOT.rglob("*.py"))}
    return tuple(
        ast.parse(path.read_text(encoding="utf-8"))
        for name, path in paths.items()
        if name.parts[0] != FOREIGN and name.as_posix() not in TABLES
    )


@cache
def services() -> frozenset[str]:
    """The services for which clients are made."""
    return frozenset(
        node.args[0].value
        for tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("client", "create_client")
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    )


@cache
def made_calls() -> dict[str, OperationModel]:
    """Each operation that is named in the source, in AWS's spelling or Python's, with its model."""
    named = {
        text
        for tree in sources()
        for node in ast.walk(tree)
        if (text := _text_of(node)) is not None
    }
    found: dict[str, OperationModel] = {}
    for service in sorted(services()):
        model = _SESSION.get_service_model(service)
        for operation in model.operation_names:
            if operation in named or xform_name(operation) in named:
                found[operation] = model.operation_model(operation)
    return found


def codes_of(operation: OperationModel) -> frozenset[str]:
    """The codes that an operation's errors have in answers, and the names of their shapes."""
    return frozenset(
        code for shape in operation.error_shapes for code in (shape.name, code_of(shape))
    )


def code_of(shape: Shape) -> str:
    """The code with which an error comes; its shape may be called otherwise."""
    return str(error_of(shape).get("code") or shape.name)


def error_of(shape: Shape) -> dict[str, Any]:
    """What a model says of an error's code and status; some say nothing."""
    told: dict[str, Any] = shape.metadata.get("error") or {}
    return told


def _text_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None
