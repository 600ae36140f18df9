"""`${{ }}`: JMESPath expressions inside values. The only door to jmespath.

`parse` and `template` read, `evaluate`, `render` and `preview` yield values. Reading tells
everything that an expression refers to; nothing else can be reached when it is evaluated.
A context holds `jobs`, `vars`, `env`, `run` and `project`, as an expression sees them.
"""

from runner.expressions.locating import locate
from runner.expressions.scanning import OPEN
from runner.expressions.templates import (
    condition,
    errors,
    evaluate,
    parse,
    preview,
    render,
    template,
)
from runner.expressions.types import (
    KEYS_ARE_LITERAL,
    MAX_BYTES,
    MAX_LENGTH,
    MAX_MULTI_SELECTS,
    WRITE_THE_KEY,
    EnvironmentReference,
    EvaluationError,
    Expression,
    ExpressionError,
    JobReference,
    ProjectReference,
    Reference,
    RunReference,
    Template,
    VariableReference,
)

__all__ = [
    "KEYS_ARE_LITERAL",
    "MAX_BYTES",
    "MAX_LENGTH",
    "MAX_MULTI_SELECTS",
    "OPEN",
    "WRITE_THE_KEY",
    "EnvironmentReference",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "JobReference",
    "ProjectReference",
    "Reference",
    "RunReference",
    "Template",
    "VariableReference",
    "condition",
    "errors",
    "evaluate",
    "locate",
    "parse",
    "preview",
    "render",
    "template",
]
