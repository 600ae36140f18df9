"""libyaml and PyYAML read the same: a project means the same on every machine."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runner.documents import MapNode, Parsed, ScalarNode, parse
from runner.documents.nodes import ListNode, Node
from runner.documents.parsers import FAST, PURE

WORDS = r"a b : [ ] { } , ' # &x *x *y !t !!str | > % @ ? - 1 ~ 1.50 ${{ x:y ` = 0x1F é 😀 << \q \n"
ESCAPES = [r"\u0041", r"\ud800", r"\U00110000"]
SPACED = [": ", "- ", " ", "\n", "\n  ", "\n    ", "\t", "\r\n", " #", "&x ", "? ", "a: ", "<<: "]
LINES = [
    "\n- ",
    "\nb: ",
    "\n  c: ",
    "\n- d: ",
    "---\n",
    "...\n",
    ">-\n",
    "|\n",
    "|+2\n",
    "%YAML 1.2\n",
]
FRAGMENTS = st.sampled_from([*WORDS.split(), '"', "${{ x }}", *ESCAPES, *SPACED, *LINES])
TEXTS = st.lists(FRAGMENTS, max_size=14).map("".join)


def shape(node: Node) -> object:
    """All that a node says; where nothing is written, the place may differ."""
    match node:
        case ScalarNode(text="", plain=True):
            return node.value
        case ScalarNode():
            return (node.place, repr(node.value), node.text, node.plain, node.ambiguous)
        case ListNode():
            return (node.place, [shape(item) for item in node.items])
        case MapNode():
            items = {key: shape(item) for key, item in node.items.items()}
            return (node.place, items, dict(node.key_places))


def outcome(parsed: Parsed) -> object:
    return [shape(document.root) for document in parsed.documents], parsed.dropped


@pytest.mark.skipif(FAST is PURE, reason="PyYAML was built without libyaml")
@settings(max_examples=600, deadline=None)
@given(TEXTS)
@example("a: [b\tc]\n")
@example("a: b\n  \tc\n")
@example("a: |#x\n  b\n")
@example("{a: b?c, d: http://x/y?z=1}")
@example("{a:, b}")
@example('"\\ud83d\\ude00"')
def test_both_parsers_read_the_same_documents_at_the_same_places(text: str) -> None:
    fast = parse(text.encode(), "f")
    pure = parse(text.encode(), "f", pure=True)
    assert outcome(fast) == outcome(pure)
    assert bool(fast.diagnostics) == bool(pure.diagnostics)
