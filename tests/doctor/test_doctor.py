from __future__ import annotations

from typing import TYPE_CHECKING

from tests.doctor.tools import (
    aws_environment,
    examined,
    fake,
    job_on,
    of,
    project_at,
    shell,
)

if TYPE_CHECKING:
    from tests.cli.tools import Shell
    from tests.fake_aws import FakeAws

__all__ = ["aws_environment", "fake", "shell"]


def test_a_project_whose_surroundings_are_right_fails_nothing(shell: Shell, fake: FakeAws) -> None:
    shell.write(job_on("echo"), project=project_at(fake.url))
    code, checks = examined(shell)
    assert [each for each in checks if each["verdict"] != "pass"] == []
    assert code == 0
    print(shell("doctor").out)
    print(fake.calls)
