"""Documents against the JSON Schema of their kind. The only door to jsonschema.

Structure alone: fields, types, enumerations, patterns. What fields mean together, and what
they refer to, is the model's.
"""

from runner.schema.checking import KINDS, check
from runner.schema.instances import first_fault
from runner.schema.loading import load

__all__ = ["KINDS", "check", "first_fault", "load"]
