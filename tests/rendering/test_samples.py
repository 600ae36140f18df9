from __future__ import annotations

import pytest

from tests.rendering.samples import LIMIT, samples
from tests.report_pull_request.reading import read, strange_statements

SAMPLES = samples()


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_fit_to_be_looked_at(name: str) -> None:
    text = SAMPLES[name]
    assert 0 < len(text.encode()) <= LIMIT
    assert read(text).faults == []
    if "```mermaid\n" in text:
        drawn = text.partition("```mermaid\n")[2].partition("```")[0]
        assert strange_statements(drawn) == []


def test_a_small_and_a_large_project_are_among_them() -> None:
    assert "1 to retry, 1 to decide later, 1 up to date" in SAMPLES["6-jobs"]
    assert "**Merging starts 300 jobs**" in SAMPLES["300-new-jobs"]
    assert "285 up to date" in SAMPLES["300-jobs"]
