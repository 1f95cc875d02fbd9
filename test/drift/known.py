"""The differences that are known, each below a comment with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from test.drift.difference import Difference

KNOWN = Path(__file__).with_name("known.txt")
#: The reason that new entries get. A test refuses it, so that somebody writes a better one.
NO_REASON = "# No reason yet."
#: The lines of differences that only a document with texts can have.
_OF_TEXTS = re.compile(r"instructions: |deprecations: instruction |enumerations: \w+\(")


def read(path: Path = KNOWN) -> dict[str, str]:
    """Return the reason of each known difference, by its line."""
    reasons: dict[str, str] = {}
    reason, continues = NO_REASON, False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            reason = f"{reason}\n{line}" if continues else line
        elif line.strip():
            reasons[line] = reason
        continues = line.startswith("#")
    return reasons


def update(found: Iterable[Difference], has_texts: bool, path: Path = KNOWN) -> None:
    """Write the file anew. Lines that still differ keep their reasons, and new lines get none.

    Args:
        found: The differences.
        has_texts: Whether the document has texts. If not, differences in texts are kept.
        path: The file.
    """
    reasons = read(path) if path.exists() else {}
    gone = set(stale(found := list(found), reasons, has_texts))
    below: dict[str, list[str]] = {}
    for line, reason in reasons.items():
        if line not in gone:
            below.setdefault(reason, []).append(line)
    new = [str(difference) for difference in found if str(difference) not in reasons]
    if new:
        below.setdefault(NO_REASON, []).extend(new)
    parts = ["\n".join([reason, *lines]) for reason, lines in below.items()]
    path.write_text("\n\n".join(parts) + "\n" if parts else "", encoding="utf-8")


def stale(found: Iterable[Difference], reasons: Mapping[str, str], has_texts: bool) -> list[str]:
    """Return the known differences that no longer exist.

    Args:
        found: The differences.
        reasons: The known differences, with their reasons.
        has_texts: Whether the document has texts. If not, differences in texts were not found.

    Returns:
        The lines of the file.
    """
    lines = set(map(str, found))
    return [
        line for line in reasons if line not in lines and (has_texts or not _OF_TEXTS.match(line))
    ]
