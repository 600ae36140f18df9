"""Importing moto: cheaply, once, and patched."""

from __future__ import annotations

import importlib
import logging
import sys
import threading
import types
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING

from runner.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOADING = threading.Lock()


def load() -> str:
    """Import moto cheaply, patch it once, and return its version.

    Raises Refused where it is missing or is not a version that the patches are for.
    """
    with _LOADING:
        return _load()


@cache
def _load() -> str:
    try:
        version = metadata.version("moto")
        with _without_batch():
            importlib.import_module("moto.stepfunctions.parser.models")
        patches = importlib.import_module("runner.local.patches")
    except ModuleNotFoundError as error:
        raise Refused(
            f"the embedded engine is not installed ({error.name or error} is missing): "
            "pip install 'stepfleet[local]'"
        ) from error
    patches.apply(version)
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL + 1)
    return version


@contextmanager
def _without_batch() -> Iterator[None]:
    """Keep moto.batch from being imported whole for one enum: it drags in all of EC2."""
    name = "moto.batch"
    if name in sys.modules:
        yield
        return
    package = importlib.import_module("moto")
    stand_in = types.ModuleType(name)
    stand_in.__path__ = [f"{path}/batch" for path in package.__path__]
    sys.modules[name] = stand_in
    try:
        yield
    finally:
        for module in [name, *(each for each in sys.modules if each.startswith(f"{name}."))]:
            sys.modules.pop(module, None)
