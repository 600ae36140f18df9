"""What a new project is written from: its documents, workflows and hook, and the writing itself.

Texts of whole files stand in the folder `templates` and come with the package.
"""

from runner.starting import hooks, recognising, specs, workflows
from runner.starting.names import project_name
from runner.starting.types import NewFile, Roles, Setting
from runner.starting.writing import is_there, write

__all__ = [
    "NewFile",
    "Roles",
    "Setting",
    "hooks",
    "is_there",
    "project_name",
    "recognising",
    "specs",
    "workflows",
    "write",
]
