"""Makes untrusted text safe for terminals and logs."""

from __future__ import annotations

from typing import Any


def printable(text: str) -> str:
    """Replace each character that could move the cursor or begin a line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def shown(value: Any) -> str:
    """Return the beginning of ``repr(value)`` for a message, or the type if ``repr`` fails.

    It fails for an integer with too many digits, and may fail for other classes.
    """
    try:
        return f"{value!r:.60}"
    except Exception:  # noqa: BLE001 - the message is about another mistake
        return f"<{type(value).__name__}>"
