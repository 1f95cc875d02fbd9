"""Text of a stranger, for a terminal and a log."""

from __future__ import annotations

from typing import Any


def printable(text: str) -> str:
    """The text with a mark for each character that could move a cursor or begin a line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def shown(value: Any) -> str:
    """The beginning of ``repr(value)``, for a message; the type if there is no ``repr``.

    An integer of many digits has none, and a class may have one that fails.
    """
    try:
        return f"{value!r:.60}"
    except Exception:  # noqa: BLE001 - the message is about another mistake
        return f"<{type(value).__name__}>"
