"""Pages of the documentation, read as GitHub reads them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_HTML_ANCHOR = re.compile(r"""<\w+[^>]*\s(?:id|name)=["']([^"']+)["']""")
_HTML_LINK = re.compile(r"""<\w+[^>]*\s(?:href|src|srcset)=["']([^"']+)["']""")


class Block(NamedTuple):
    """A fenced block: its language, its text, and the line of the page that it begins at."""

    language: str
    text: str
    line: int


class Link(NamedTuple):
    """Where a link leads, and the line that it stands in."""

    target: str
    line: int


class Page:
    """One page: its fenced blocks, the anchors that it has, the links that it makes."""

    def __init__(self, path: Path, root: Path = ROOT) -> None:
        self.path = path
        self.name = path.relative_to(root).as_posix()
        self.blocks: list[Block] = []
        self.anchors: set[str] = set()
        self.links: list[Link] = []
        self._slugs: Counter[str] = Counter()
        text = path.read_text(encoding="utf-8")
        #: Whether the reader is asked to start a sandbox that follows the contract of 2023.
        self.of_2023 = "launchdarkly_api.sandbox --demo --api-version 2023" in text
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
        for index, token in enumerate(tokens):
            line = token.map[0] + 1 if token.map else 0
            if token.type == "fence":
                words = token.info.split() or [""]
                self.blocks.append(Block(words[0], token.content, line + 1))
            elif token.type == "heading_open":
                self._add_heading(tokens[index + 1])
            elif token.type == "html_block":
                self._read_html(token.content, line)
            for child in token.children or ():
                self._read_inline(child, line)

    def of(self, language: str) -> list[Block]:
        """The blocks in a language."""
        return [block for block in self.blocks if block.language == language]

    def _add_heading(self, inline: Token) -> None:
        texts = (t.content for t in inline.children or () if t.type in ("text", "code_inline"))
        slug = heading_slug("".join(texts))
        count = self._slugs[slug]
        self._slugs[slug] += 1
        self.anchors.add(f"{slug}-{count}" if count else slug)

    def _read_inline(self, token: Token, line: int) -> None:
        if token.type == "link_open":
            self.links.append(Link(str(token.attrs["href"]), line))
        elif token.type == "image":
            self.links.append(Link(str(token.attrs["src"]), line))
        elif token.type == "html_inline":
            self._read_html(token.content, line)

    def _read_html(self, html: str, line: int) -> None:
        self.anchors.update(_HTML_ANCHOR.findall(html))
        self.links += (Link(target, line) for target in _HTML_LINK.findall(html))


def heading_slug(text: str) -> str:
    """The anchor that GitHub gives a heading: lower case, no punctuation, hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


@lru_cache
def page_at(path: Path) -> Page:
    """The page in a file. It is read once."""
    return Page(path)


def pages() -> Iterator[Page]:
    """Every page of the documentation, the README first."""
    yield page_at(ROOT / "README.md")
    for path in sorted(ROOT.glob("*.md")):
        if path.name != "README.md":
            yield page_at(path)
    for path in sorted(DOCS.rglob("*.md")):
        yield page_at(path)
