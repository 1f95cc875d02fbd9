"""Text of a stranger, for a terminal and a log."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with a mark for each character that could move a cursor or begin a line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
