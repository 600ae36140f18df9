"""The command line: commands, options and exit codes.

A command's module is imported only when that command is called, so that `--help` and
`--version` stay as fast as click itself.
"""

from __future__ import annotations

from runner.cli.main import main

__all__ = ["main"]
