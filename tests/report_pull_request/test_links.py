from __future__ import annotations

import pytest

from runner.errors import Place
from runner.report import Links
from tests.report_pull_request.views import HEAD, LINKS, URL


@pytest.mark.parametrize(
    ("folder", "file", "path"),
    [
        ("", "specs/jobs.yaml", "specs/jobs.yaml"),
        ("", "./specs//jobs.yaml", "specs/jobs.yaml"),
        ("teams/a", "specs/jobs.yaml", "teams/a/specs/jobs.yaml"),
        ("teams/a", "../b/jobs.yaml", "teams/b/jobs.yaml"),
        ("", "a b#c?d%é.yaml", "a%20b%23c%3Fd%25%C3%A9.yaml"),
        ("", "a:b@c.yaml", "a%3Ab%40c.yaml"),
        ("", "..hidden/x.yaml", "..hidden/x.yaml"),
        ("", "\udcff.yaml", "%FF.yaml"),
    ],
)
def test_a_place_is_linked_by_its_path_from_the_root(folder: str, file: str, path: str) -> None:
    links = Links(URL, HEAD, LINKS.run_url, folder)
    assert links.line(Place(file, 12, 3)) == f"{URL}/blob/{HEAD}/{path}#L12"


@pytest.mark.parametrize(
    ("folder", "file"),
    [
        ("", ""),
        ("", "../jobs.yaml"),
        ("", "/etc/jobs.yaml"),
        ("", "specs/../../jobs.yaml"),
        ("a", "../../jobs.yaml"),
        ("", ".."),
        ("a", ".."),
        ("", "\ud800.yaml"),
    ],
)
def test_a_place_outside_of_the_repository_has_no_link(folder: str, file: str) -> None:
    links = Links(URL, HEAD, LINKS.run_url, folder)
    assert links.line(Place(file)) == ""
    assert "href" not in links.at(Place(file), "x")
