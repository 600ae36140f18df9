"""From a parser's events to nodes: no recursion, a bound on everything, all complaints."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from runner.documents import wording
from runner.documents.frames import MERGE_KEY, NO_KEY, UNUSABLE_KEY, Anchor, Frame
from runner.documents.nodes import ListNode, MapNode, Node, ScalarNode, Source, pack
from runner.documents.scalars import LongNumber, is_text_in_yaml, resolve
from runner.documents.wording import MAX_COMPLAINTS, MAX_REPEATED, MAX_VALUES, Saying
from runner.errors import Diagnostic, Related
from runner.values import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_COMMENT = re.compile(r"[ \t]+#[^\r\n]{0,200}")
_MERGE = "<<"


class Unbuildable(Exception):
    """The document goes beyond a bound; the rest of it is not read."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


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
        self._letters = self._repeated = 0
        self._source = source
        self._text = text
        self._shift = shift + 1
        self._stack: list[Frame] = []
        self._anchors: dict[str, Anchor] = {}

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
            self.is_clear = False
            self._complain(position, wording.tag(event.tag))
        text: str = event.value
        self._letters += len(text)
        is_plain = not event.style
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.row is None and frame.key is NO_KEY and event.anchor is None:
            self._key(frame, text, position, is_plain)
            return
        if is_plain and "${{" in text:
            self._check_whole_expression(event, text, position)
        node = self._scalar_node(text, position, is_plain)
        if event.anchor is not None:
            self._anchors[event.anchor] = Anchor(node, 1, 0, len(text))
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
        expression = self._text[begin : comment.end()].rstrip()
        self._complain(position, wording.cut_expression(expression))

    def _scalar_node(self, text: str, position: int, is_plain: bool) -> ScalarNode:
        if not is_plain:
            return ScalarNode(self._source, position, text, text, False)
        try:
            value, is_ambiguous = resolve(text)
        except LongNumber as error:
            self._complain(position, wording.long_number(str(error)))
            value, is_ambiguous = text, False
            self.is_clear = False
        return ScalarNode(self._source, position, value, text, True, is_ambiguous)

    def _alias(self, event: Any) -> None:
        mark = event.start_mark
        position = pack(mark.line + self._shift, mark.column + 1)
        anchor = self._anchors.get(event.anchor)
        if anchor is None or anchor.node is None:
            self.is_clear = False
            name: str = event.anchor
            is_open = anchor is not None
            self._complain(
                position,
                wording.recursive_alias(name)
                if is_open
                else wording.unknown_alias(name, self._anchors),
            )
            self._add_nothing(position)
            return
        if len(self._stack) + anchor.height > MAX_DEPTH:
            raise self._unbuildable(position, wording.too_deep())
        if self.values + anchor.size > MAX_VALUES:
            raise self._unbuildable(position, wording.too_many_values())
        self._letters += anchor.letters
        self._repeated += anchor.letters
        if self._repeated > MAX_REPEATED:
            raise self._unbuildable(position, wording.too_much_repeated())
        self._add(anchor.node, anchor.size, anchor.height)

    # Collections

    def _open_mapping(self, event: Any) -> None:
        self._open(event)

    def _open_list(self, event: Any) -> None:
        self._open(event).row = []

    def _open(self, event: Any) -> Frame:
        mark = event.start_mark
        position = pack(mark.line + self._shift, mark.column + 1)
        if event.tag is not None:
            self.is_clear = False
            self._complain(position, wording.tag(event.tag))
        if len(self._stack) >= MAX_DEPTH:
            raise self._unbuildable(position, wording.too_deep())
        frame = Frame(position, self.values, self._letters)
        if event.anchor is not None:
            frame.anchor = self._anchors[event.anchor] = Anchor()
        self._stack.append(frame)
        return frame

    def _close_list(self, _: Any) -> None:
        frame = self._stack.pop()
        self._close(frame, ListNode(self._source, frame.position, tuple(frame.row or ())))

    def _close_mapping(self, _: Any) -> None:
        frame = self._stack.pop()
        frame.merge()
        self._close(frame, MapNode(self._source, frame.position, frame.items, frame.keys))

    def _close(self, frame: Frame, node: Node) -> None:
        size = self.values - frame.before + 1
        if frame.anchor is not None:
            frame.anchor.node = node
            frame.anchor.size = size
            frame.anchor.letters = self._letters - frame.letters_before
            frame.anchor.height = frame.height
        self._add(node, 1, frame.height)

    # Where a finished node goes

    def _add_nothing(self, position: int) -> None:
        """Stand in for a node that was complained about, without a second complaint."""
        frame = self._stack[-1] if self._stack else None
        if frame is None or frame.row is not None or isinstance(frame.key, str):
            self._add(ScalarNode(self._source, position, None, "", True), 1, 0)
        else:
            frame.key = UNUSABLE_KEY if frame.key is NO_KEY else NO_KEY

    def _add(self, node: Node, size: int, height: int) -> None:
        self.values += size
        if self.values > MAX_VALUES:
            raise self._unbuildable(node.position, wording.too_many_values())
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        if height >= frame.height:
            frame.height = height + 1
        if frame.row is not None:
            frame.row.append(node)
        elif frame.key is NO_KEY:
            self._node_as_key(frame, node)
        else:
            self._pair(frame, node)

    def _pair(self, frame: Frame, node: Node) -> None:
        key = frame.key
        frame.key = NO_KEY
        if isinstance(key, str):
            frame.items[key] = node
        elif key is MERGE_KEY:
            self._collect_merge(frame, node)

    # Keys

    def _key(self, frame: Frame, text: str, position: int, is_plain: bool) -> None:
        if is_plain and text == _MERGE:
            self._merge_key(frame, position)
        elif is_plain and not is_text_in_yaml(text):
            frame.key = UNUSABLE_KEY
            self._complain(position, wording.key_not_text(text))
        elif text in frame.keys:
            self._duplicate(frame, text, frame.keys[text], position)
        else:
            key = sys.intern(text)
            frame.keys[key] = position
            frame.key = key

    def _node_as_key(self, frame: Frame, node: Node) -> None:
        if isinstance(node, ScalarNode):
            self._key(frame, node.text, node.position, node.plain)
            return
        frame.key = UNUSABLE_KEY
        self.is_clear = False
        kind = "mapping" if isinstance(node, MapNode) else "list"
        self._complain(node.position, wording.collection_as_key(kind))

    def _duplicate(self, frame: Frame, text: str, first: int, position: int) -> None:
        frame.key = UNUSABLE_KEY
        related = Related(self._source.place(first), "the first one stands here")
        self._complain(position, wording.duplicate_key(text), related)

    # Merge keys: https://yaml.org/type/merge.html

    def _merge_key(self, frame: Frame, position: int) -> None:
        if frame.merge_position:
            self._duplicate(frame, _MERGE, frame.merge_position, position)
            return
        frame.key = MERGE_KEY
        frame.merge_position = position

    def _collect_merge(self, frame: Frame, node: Node) -> None:
        nodes = node.items if isinstance(node, ListNode) else (node,)
        frame.merges = [each for each in nodes if isinstance(each, MapNode)]
        if len(frame.merges) < len(nodes):
            self.is_clear = False
            self._complain(frame.merge_position, wording.bad_merge())

    # Complaints

    def _complain(self, position: int, saying: Saying, *related: Related) -> None:
        if len(self.diagnostics) >= MAX_COMPLAINTS:
            raise self._unbuildable(position, wording.too_many_complaints())
        self.diagnostics.append(self._diagnostic(position, saying, related))

    def _unbuildable(self, position: int, saying: Saying) -> Unbuildable:
        return Unbuildable(self._diagnostic(position, saying))

    def _diagnostic(
        self, position: int, saying: Saying, related: tuple[Related, ...] = ()
    ) -> Diagnostic:
        place = self._source.place(position)
        return Diagnostic(place, saying.message, saying.code, saying.help, related=related)
