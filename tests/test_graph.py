"""What comes before what."""

from __future__ import annotations

from graphlib import CycleError

from hypothesis import given
from hypothesis import strategies as st

from runner import graph
from runner.errors import Place
from runner.expressions import Template
from runner.model import Job, cycles


def job(name: str, *needs: str) -> Job:
    places = {f"needs.{need}": Place(f"{name}.yaml", line) for line, need in enumerate(needs, 2)}
    return Job(name, Place(f"{name}.yaml"), Template("m"), needs=needs, places=places)


def jobs(edges: dict[str, str]) -> dict[str, Job]:
    return {name: job(name, *needs) for name, needs in edges.items()}


DIAMOND = {"d": ["b", "c"], "c": ["a"], "b": ["a"], "a": [], "alone": []}


def test_jobs_stand_level_by_level_and_by_name() -> None:
    built = graph.build(DIAMOND)
    assert built.order == ("a", "alone", "b", "c", "d")
    assert built.levels == {"a": 0, "alone": 0, "b": 1, "c": 1, "d": 2}


def test_needs_and_dependents_are_told_near_and_far() -> None:
    built = graph.build(DIAMOND)
    assert built.needs_of("d") == ("b", "c")
    assert built.dependents_of("a") == ("b", "c")
    assert built.ancestors_of("d") == {"a", "b", "c"}
    assert built.ancestors_of("d", "b") == {"a", "c"}
    assert built.descendants_of("a") == {"b", "c", "d"}
    assert built.descendants_of("alone") == frozenset()


EDGES = st.dictionaries(
    st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=4), max_size=8
)


@given(EDGES)
def test_every_job_comes_after_its_needs_unless_there_is_a_circle(
    edges: dict[str, list[str]],
) -> None:
    known = {name: [need for need in needs if need != name] for name, needs in edges.items()}
    found = cycles.cycles(
        jobs({name: "".join(dict.fromkeys(needs)) for name, needs in known.items()})
    )
    try:
        built = graph.build(known)
    except CycleError:
        assert found
        return
    assert found == ()
    position = {name: index for index, name in enumerate(built.order)}
    assert set(position) == set(known)
    assert all(position[need] < position[name] for name in known for need in built.needs[name])
    backwards = {name: known[name][::-1] for name in reversed(known)}
    assert graph.build(backwards) == built


def test_a_circle_is_shown_whole_with_its_places() -> None:
    (found,) = cycles.cycles(jobs({"a": "b", "b": "xc", "c": "a", "x": "", "after": "a"}))
    assert found.message == "jobs need each other in a circle: a -> b -> c -> a"
    assert [(str(one.place), one.message) for one in found.related] == [
        ("a.yaml:2:1", "a needs b"),
        ("b.yaml:3:1", "b needs c"),
        ("c.yaml:2:1", "c needs a"),
    ]


def test_each_knot_is_told_once_by_its_shortest_circle() -> None:
    edges = {"a": "bc", "b": "d", "d": "a", "c": "a", "p": "q", "q": "p", "z": "ap"}
    found = cycles.cycles(jobs(edges))
    assert [one.message.rpartition(": ")[2] for one in found] == ["a -> c -> a", "p -> q -> p"]


def test_a_circle_of_thousands_is_told_in_short() -> None:
    names = [f"j{i:04}" for i in range(3000)]
    ring = {name: job(name, names[i - 1]) for i, name in enumerate(names)}
    (found,) = cycles.cycles(ring)
    assert len(found.message) < 300
    assert len(found.related) == 3000


def test_a_chain_of_thousands_is_ordered() -> None:
    names = [f"j{i:05}" for i in range(10_000)]
    built = graph.build({name: names[max(i - 1, 0) : i] for i, name in enumerate(names)})
    assert built.order == tuple(names)
    assert len(built.ancestors_of(names[-1])) == 9_999
