"""The workflows that the documentation shows and that `init` writes, for checkers of workflows.

    python -m tests.workflow_examples FOLDER

writes them to FOLDER/.github/workflows, one file for each, and fails if there are none.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from runner.starting import Roles, Setting, workflows

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(r"^( *)```ya?ml[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_WORKFLOW = re.compile(r"^(on|jobs):", re.MULTILINE)


def found_in(page: Path) -> list[str]:
    """The workflows on a page, each as its text."""
    blocks = (found[2] for found in _BLOCK.finditer(page.read_text(encoding="utf-8")))
    return [block for block in blocks if len(set(_WORKFLOW.findall(block))) == 2]


_ROLES = Roles(
    plan="arn:aws-us-gov:iam::210987654321:role/ci/look",
    apply="arn:aws-us-gov:iam::210987654321:role/ci/start",
)
SETTINGS = {
    "aws": Setting(roles=_ROLES, branch="release/1.0", release="1" * 40),
    "embedded": Setting(),
    "elsewhere": Setting("teams/my lake/specs", roles=_ROLES),
    "embedded-elsewhere": Setting("lake/specs", branch="on"),
}
"""Projects that `init` writes workflows for: on AWS or not, at the top or not."""


def of_init() -> dict[str, str]:
    """The workflows that `init` writes, each by a name for it."""
    return {
        f"init-{name}-{command}": file(setting).text
        for name, setting in SETTINGS.items()
        for command, file in (("plan", workflows.plan), ("apply", workflows.apply))
    }


def write(folder: Path) -> list[Path]:
    """Write each workflow to a file of its own, and list the files."""
    target = folder / ".github" / "workflows"
    target.mkdir(parents=True)
    files = []
    for page in PAGES:
        for number, text in enumerate(found_in(page), 1):
            file = target / f"{page.stem.lower()}-{number}.yml"
            file.write_text(text, encoding="utf-8")
            files.append(file)
    for name, text in of_init().items():
        file = target / f"{name}.yml"
        file.write_text(text, encoding="utf-8")
        files.append(file)
    return files


def main() -> int:
    """Write what the documentation shows below the folder that was named."""
    files = write(Path(sys.argv[1]))
    print(*files, sep="\n")
    return 0 if files else 1


if __name__ == "__main__":
    sys.exit(main())
