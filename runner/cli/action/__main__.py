"""`python -I -m runner.cli.action run`, and `finish`: the steps of action.yml."""

import sys

from runner.cli.action.steps import step
from runner.cli.main import conduct

if __name__ == "__main__":
    conduct(lambda: step(sys.argv[1]))
