"""From a parser's events to nodes: no recursion, a bound on everything, all complaints."""

from __future__ import annotations

import difflib
import re
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from runner.documents.nodes import ListNode, MapNode, Node, ScalarNode, Source, pack
from runner.documents.scalars import LongNumber, is_text_in_yaml, resolve
from runner.errors import Diagnostic, Related
from runner.values import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_VALUES = 100_000
"""Values in one document, each counted as often as aliases repeat it."""

_COMMENT = re.compile(r"[ \t]+#[^\r\n]{0,200}")
_COMPARED = 1000
MAX_COMPLAINTS = 100
"""Complaints about one document, and about one file."""

_MERGE: Final = "<<"
_NO_KEY: Final = object()
_MERGE_KEY: Final = object()
_UNUSABLE_KEY: Final = object()


class Unbuildable(Exception):
    """The document goes beyond a bound; the rest of it is not read."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class _Anchor:
    """An anchored node; `node` is None while it is still being read."""

    __slots__ = ("height", "node", "size")

    def __init__(self, node: Node | None, size: int, height: int) -> None:
        self.node = node
        self.size = size
        self.height = height


class _Open:
    """A collection that is being read. `key` is the mapping's key that waits for its value."""

    __slots__ = (
        "anchor",
        "before",
        "height",
        "items",
        "key",
        "keys",
        "merge_position",
        "merges",
        "position",
        "row",
    )

    def __init__(self, position: int, before: int) -> None:
        self.position = position
        self.before = before
        self.height = 1
        self.anchor: _Anchor | None = None
        self.row: list[Node] | None = None
        self.items: dict[str, Node] = {}
        self.keys: dict[str, int] = {}
        self.key: object = _NO_KEY
        self.merges: list[MapNode] = []
        self.merge_position = 0


class Builder:
    """Builds one document. `root` is there when all events have been taken.

    `is_clear` turns false when what the document says is left open by a complaint.
    """

    def __init__(self, source: Source, text: str, shift: int) -> None:
        """`text` is the document's own, and `shift` the number of lines of the file before it."""
        self.root: Node | None = None
        self.diagnostics: list[Diagnostic] = []
        self.is_clear = True
        self.values = 0
        self._source = source
        self._text = text
        self._shift = shift + 1
        self._stack: list[_Open] = []
        self._anchors: dict[str, _Anchor] = {}

    def take(self, events: Iterable[Any]) -> None:
        """Read events to their end. Raises Unbuildable, and what the iterable raises."""
        actions: dict[type, Callable[[Any], None]] = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._open_mapping,
            MappingEndEvent: self._close_mapping,
            SequenceStartEvent: self._open_list,
            SequenceEndEvent: self._close_list,
            AliasEvent: self._alias,
        }
        for event in events:
            action = actions.get(type(event))
            if action is not None:
                action(event)

    # Scalars and aliases

    def _scalar(self, event: Any) -> None:
        mark = event.start_mark
        position = pack(mark.line + self._shift, mark.column + 1)
        if event.tag is not None:
            self._tag(event, position)
        text: str = event.value
        is_plain = not event.style
        frame = self._stack[-1] if self._stack else None
        if (
            frame is not None
            and frame.row is None
            and frame.key is _NO_KEY
            and event.anchor is None
        ):
            self._key(frame, text, position, is_plain)
            return
        if is_plain and "${{" in text:
            self._check_whole_expression(event, text, position)
        node = self._scalar_node(text, position, is_plain)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchor(node, 1, 0)
        self._add(node, 1, 0)

    def _check_whole_expression(self, event: Any, text: str, position: int) -> None:
        """Find `${{ x #y }}`, of which YAML takes the end for a comment."""
        if text.rfind("${{") < text.rfind("}}"):
            return
        end: int = event.end_mark.index
        comment = _COMMENT.match(self._text, end)
        if comment is None:
            return
        self.is_clear = False
        begin = self._text.rfind("${{", 0, end)
        self._complain(
            position,
            "YAML takes the end of the unquoted expression for a comment",
            "unquoted-expression",
            f'quote the expression: "{self._text[begin : comment.end()].rstrip()}"',
        )

    def _scalar_node(self, text: str, position: int, is_plain: bool) -> ScalarNode:
        if not is_plain:
            return ScalarNode(self._source, position, text, text, False)
        try:
            value, is_ambiguous = resolve(text)
        except LongNumber as error:
            self._complain(position, str(error), "long-number", "quote it to make it text")
            value, is_ambiguous = text, False
            self.is_clear = False
        return ScalarNode(self._source, position, value, text, True, is_ambiguous)

    def _alias(self, event: Any) -> None:
        mark = event.start_mark
        position = pack(mark.line + self._shift, mark.column + 1)
        anchor = self._anchors.get(event.anchor)
        if anchor is None or anchor.node is None:
            self._unusable_alias(event.anchor, position, is_known=anchor is not None)
            self._add_nothing(position)
            return
        if len(self._stack) + anchor.height > MAX_DEPTH:
            raise self._too_deep(position)
        self._add(anchor.node, anchor.size, anchor.height)

    def _unusable_alias(self, name: str, position: int, *, is_known: bool) -> None:
        self.is_clear = False
        if is_known:
            message = f"the alias *{name} stands inside the very value that &{name} names"
            self._complain(position, message, "recursive-alias", "write the value out")
            return
        near = difflib.get_close_matches(name[:100], islice(self._anchors, _COMPARED), n=1)
        meant = f"did you mean *{near[0]}? " if near else ""
        self._complain(
            position,
            f"no anchor &{name} stands above this alias in the document",
            "unknown-alias",
            f"{meant}quote the value if it is text that begins with '*'",
        )

    # Collections

    def _open_mapping(self, event: Any) -> None:
        self._open(event)

    def _open_list(self, event: Any) -> None:
        self._open(event).row = []

    def _open(self, event: Any) -> _Open:
        mark = event.start_mark
        position = pack(mark.line + self._shift, mark.column + 1)
        if event.tag is not None:
            self._tag(event, position)
        if len(self._stack) >= MAX_DEPTH:
            raise self._too_deep(position)
        frame = _Open(position, self.values)
        if event.anchor is not None:
            frame.anchor = self._anchors[event.anchor] = _Anchor(None, 0, 0)
        self._stack.append(frame)
        return frame

    def _close_list(self, _: Any) -> None:
        frame = self._stack.pop()
        self._close(frame, ListNode(self._source, frame.position, tuple(frame.row or ())))

    def _close_mapping(self, _: Any) -> None:
        frame = self._stack.pop()
        for merged in frame.merges:
            _merge(frame, merged)
        self._close(frame, MapNode(self._source, frame.position, frame.items, frame.keys))

    def _close(self, frame: _Open, node: Node) -> None:
        size = self.values - frame.before + 1
        if frame.anchor is not None:
            frame.anchor.node = node
            frame.anchor.size = size
            frame.anchor.height = frame.height
        self._add(node, 1, frame.height)

    # Where a finished node goes

    def _add_nothing(self, position: int) -> None:
        """Stand in for a node that was complained about, without a second complaint."""
        frame = self._stack[-1] if self._stack else None
        if frame is None or frame.row is not None or isinstance(frame.key, str):
            self._add(ScalarNode(self._source, position, None, "", True), 1, 0)
        else:
            frame.key = _UNUSABLE_KEY if frame.key is _NO_KEY else _NO_KEY

    def _add(self, node: Node, size: int, height: int) -> None:
        self.values += size
        if self.values > MAX_VALUES:
            raise self._too_many(node)
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        if height >= frame.height:
            frame.height = height + 1
        if frame.row is not None:
            frame.row.append(node)
        elif frame.key is _NO_KEY:
            self._node_as_key(frame, node)
        else:
            self._pair(frame, node)

    def _pair(self, frame: _Open, node: Node) -> None:
        key = frame.key
        frame.key = _NO_KEY
        if isinstance(key, str):
            frame.items[key] = node
        elif key is _MERGE_KEY:
            self._collect_merge(frame, node)

    # Keys

    def _key(self, frame: _Open, text: str, position: int, is_plain: bool) -> None:
        if is_plain and text == _MERGE:
            self._merge_key(frame, position)
        elif is_plain and not is_text_in_yaml(text):
            self._not_a_text_key(frame, position, text)
        elif text in frame.keys:
            help_text = "remove or rename one of them"
            self._duplicate(frame, text, frame.keys[text], position, help_text)
        else:
            key = sys.intern(text)
            frame.keys[key] = position
            frame.key = key

    def _node_as_key(self, frame: _Open, node: Node) -> None:
        if isinstance(node, ScalarNode):
            self._key(frame, node.text, node.position, node.plain)
            return
        kind = "mapping" if isinstance(node, MapNode) else "list"
        frame.key = _UNUSABLE_KEY
        self.is_clear = False
        self._complain(
            node.position,
            f"a {kind} stands where a key should be",
            "key-not-text",
            'an expression is written with a dollar sign and quotes, "${{ x }}"; quote other text',
        )

    def _not_a_text_key(self, frame: _Open, position: int, text: str) -> None:
        frame.key = _UNUSABLE_KEY
        message = f"the key {text} is not text" if text else "a key is missing before this ':'"
        help_text = f'quote it: "{text}"' if text else "write KEY: VALUE"
        self._complain(position, message, "key-not-text", help_text)

    def _duplicate(
        self, frame: _Open, text: str, first: int, position: int, help_text: str
    ) -> None:
        frame.key = _UNUSABLE_KEY
        self._complain(
            position,
            f"the key {_shown(text)} stands twice in one mapping",
            "duplicate-key",
            help_text,
            (Related(self._source.place(first), "the first one stands here"),),
        )

    # Merge keys: https://yaml.org/type/merge.html

    def _merge_key(self, frame: _Open, position: int) -> None:
        if frame.merge_position:
            help_text = "merge several with one list: <<: [*first, *second]"
            self._duplicate(frame, _MERGE, frame.merge_position, position, help_text)
            return
        frame.key = _MERGE_KEY
        frame.merge_position = position

    def _collect_merge(self, frame: _Open, node: Node) -> None:
        nodes = node.items if isinstance(node, ListNode) else (node,)
        frame.merges = [each for each in nodes if isinstance(each, MapNode)]
        if len(frame.merges) < len(nodes):
            self.is_clear = False
            self._complain(
                frame.merge_position,
                "'<<' merges mappings, and its value is none",
                "bad-merge",
                "give it an alias of a mapping or a list of such aliases, "
                'or quote the key "<<" if it is text',
            )

    # Complaints

    def _tag(self, event: Any, position: int) -> None:
        self.is_clear = False
        tag = _shown(event.tag.replace("tag:yaml.org,2002:", "!!"))
        self._complain(
            position,
            f"the tag {tag}: tags have no meaning here",
            "tag",
            "remove it; quote a value to make it text, or if its text begins with '!'",
        )

    def _too_deep(self, position: int) -> Unbuildable:
        return Unbuildable(
            Diagnostic(
                self._source.place(position),
                f"nested deeper than {MAX_DEPTH} levels",
                "too-deep",
                "flatten the value",
            )
        )

    def _too_many(self, node: Node) -> Unbuildable:
        return Unbuildable(
            Diagnostic(
                node.place,
                f"the document holds more than {MAX_VALUES:,} values, "
                "each counted as often as aliases repeat it",
                "too-many-values",
                "split it into several documents, or repeat less by aliases",
            )
        )

    def _complain(
        self,
        position: int,
        message: str,
        code: str,
        help_text: str,
        related: tuple[Related, ...] = (),
    ) -> None:
        place = self._source.place(position)
        if len(self.diagnostics) >= MAX_COMPLAINTS:
            message = f"more than {MAX_COMPLAINTS} problems in this document"
            raise Unbuildable(Diagnostic(place, message, "too-many-problems"))
        self.diagnostics.append(Diagnostic(place, message, code, help_text, related=related))


def _merge(frame: _Open, merged: MapNode) -> None:
    for key, item in merged.items.items():
        if key not in frame.items:
            frame.items[key] = item
            frame.keys[key] = merged.key_positions[key]


def _shown(text: str) -> str:
    return repr(text) if len(text) <= 60 else f"{text[:57]!r}..."  # noqa: PLR2004
