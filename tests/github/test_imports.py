"""Commands that do not speak with GitHub do not pay for it."""

from __future__ import annotations

import subprocess
import sys


def test_the_package_comes_without_the_library_for_http() -> None:
    heavy = ("urllib3", "tenacity", "ssl", "http.client", "boto3", "email.utils")
    code = f"import sys, runner.github; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
