"""A parameter's type and direction, and how a value fails to fit."""

from __future__ import annotations

from enum import StrEnum


class ParameterType(StrEnum):
    """How a value is checked and serialised."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    OBJECT = "object"
    ARRAY = "array"
    JSON = "json"
    DATE = "date"
    DATETIME = "datetime"


class Direction(StrEnum):
    """Whether a parameter is sent, taken from the execution's output, or both."""

    INPUT = "input"
    OUTPUT = "output"
    INOUT = "inout"


class Misfit(ValueError):
    """A value that does not fit its type.

    `public` and `public_help` say so without the value, for values that must not be seen.
    `help` may hold the value in another spelling.
    """

    def __init__(
        self, message: str, public: str, help: str | None = None, public_help: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.public = public
        self.help = help
        self.public_help = public_help
