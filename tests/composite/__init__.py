"""A small runner for composite actions that does what GitHub's own does.

```python
outcome = Composite(ROOT, workspace, temp, environ={"GITHUB_REPOSITORY": "acme/jobs"}).run(
    {"command": "plan"}, cancel_when=lambda line: "started" in line.text
)
assert outcome.outputs["result"] == "changes"
assert outcome.steps["run"].signals == ("SIGINT",)
```
"""

from tests.composite.commands import Command, found_in, parse
from tests.composite.process import Line
from tests.composite.runner import Composite, Outcome, StepResult

__all__ = ["Command", "Composite", "Line", "Outcome", "StepResult", "found_in", "parse"]
