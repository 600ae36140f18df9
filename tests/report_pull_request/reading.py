"""What a reader of GitHub's page has before him: elements, text and links of rendered Markdown."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt

_EMPTY = {"br", "hr", "img", "input"}
_OWN = {
    "h3", "p", "strong", "sub", "blockquote", "ul", "li", "table", "thead", "tbody", "tr", "th",
    "td", "details", "summary", "pre", "code", "span", "a", "br",
}  # fmt: skip
_SHAPE = ("h3", "blockquote", "ul", "li", "table", "tr", "td", "details", "summary", "pre")
_NOT_SEARCHED = {"a", "code", "pre"}
_LOOKED_FOR = re.compile(
    r"@[a-z0-9]|#[0-9]|\bgh-[0-9]|//\w|\bwww\.\w|\$[^$]+\$", re.IGNORECASE | re.DOTALL
)
_EMAIL = re.compile(r"[\w.+-]@[\w-]")


@dataclass
class Page(HTMLParser):
    """Rendered Markdown. `texts` are the runs of text between tags, each with what it is in."""

    tags: Counter[str] = field(default_factory=Counter)
    links: list[str] = field(default_factory=list)
    texts: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in _OWN:
            self.faults.append(f"a {tag}")
        for name, value in attrs:
            if (tag, name) == ("a", "href"):
                self.links.append(value or "")
            elif (tag, name) != ("code", "class"):
                self.faults.append(f"{tag} has {name}={value}")
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} closed in vain")

    def handle_data(self, data: str) -> None:
        self.texts.append((data, tuple(self.open)))

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"declaration {decl}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"instruction {data}")

    @property
    def shape(self) -> dict[str, int]:
        """How many there are of each element that holds others."""
        return {tag: self.tags[tag] for tag in _SHAPE}

    @property
    def text(self) -> str:
        """All text, as it is read."""
        return " ".join("".join(text for text, _ in self.texts).split())


def read(markdown: str) -> Page:
    """Render Markdown and look at it, as far as anything could be wrong with it.

    What GitHub looks for in text must stand nowhere: mentions, issue numbers, addresses and
    mathematics outside of code, e-mail addresses also in code that is HTML.
    """
    page = Page()
    page.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))
    page.close()
    assert not page.open, page.open
    for text, inside in page.texts:
        if not _NOT_SEARCHED.intersection(inside) and _LOOKED_FOR.search(text):
            page.faults.append(f"is looked for: {text!r}")
        if "pre" not in inside and _EMAIL.search(text):
            page.faults.append(f"an address: {text!r}")
    return page


def mermaid(markdown: str) -> str:
    """What stands in the only Mermaid block."""
    (drawn,) = re.findall(r"^```mermaid\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL)
    return str(drawn)


_LABEL = r'"(?:[A-Za-z0-9_ .,/-]|#[0-9]+;|<br/>)*"'
_STATEMENTS = (
    r"flowchart (?:LR|TD)",
    rf"  \w+(?:\[{_LABEL}\]|\(\[{_LABEL}\]\))",
    r"  \w+ (?:-->|-\. any failed \.->|-\. all finished \.->) \w+",
    r"  classDef \w+ [a-z0-9:#,-]+",
    r"  class [a-z0-9,]+ \w+",
)


def strange_statements(drawn: str) -> list[str]:
    """Lines of a drawing that are none of those which we write."""
    return [
        line for line in drawn.splitlines() if not any(re.fullmatch(s, line) for s in _STATEMENTS)
    ]
