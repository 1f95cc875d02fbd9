"""Finds ``.`` and ``..`` in a path, in each spelling that a server may resolve."""

from __future__ import annotations

import re

#: A dot segment, also with the blanks and parameters that some servers drop before they resolve it.
_DOTS = re.compile(r"\s*\.\.?\s*([;?#\0].*)?", re.DOTALL)
#: An escape at the end of the text: of any octet, or of a dot in a nonstandard form (``%u002e``,
#: which IIS decodes, or an overlong UTF-8 sequence).
_ESCAPE = re.compile(rb"(?:%([0-9A-Fa-f]{2})|%[Uu]002[Ee]|\xc0\xae|\xe0\x80\xae)\Z")
_LONGEST_ESCAPE = len("%u002e")
_LAST_OF_ESCAPE = frozenset(b"0123456789ABCDEFabcdef\xae")


def has_dot_segment(path: str) -> bool:
    """Whether ``.`` or ``..`` is a segment of the path, however often a server decodes it."""
    # Other text holds no dot, however often it is decoded.
    may_hold_dot = "." in path or "%" in path or not path.isascii()
    return may_hold_dot and has_dots(decoded_fully(path))


def has_dots(decoded: str) -> bool:
    """Whether ``.`` or ``..`` is a segment of a fully decoded path."""
    from unicodedata import category, normalize

    # Each character is normalized alone: for a long text, normalizing it whole can take quadratic
    # time, and no two characters combine into a dot or a slash.
    compatible = {ord(c): normalize("NFKC", c) if category(c) != "Cf" else "" for c in set(decoded)}
    parts = re.split(r"[/\\]", decoded.translate(compatible))
    return any(_DOTS.fullmatch(part) for part in parts)


def decoded_fully(value: str) -> str:
    """Decode a text repeatedly until it contains no more escapes.

    A decoded octet may complete another escape. One pass is enough, because it checks the end of
    its output after every octet, decoded ones included.
    """
    if "%" not in value:
        return value
    octets = bytearray()
    for octet in value.encode("utf-8", "surrogatepass"):
        octets.append(octet)
        while octets[-1] in _LAST_OF_ESCAPE:
            found = _ESCAPE.search(octets, max(0, len(octets) - _LONGEST_ESCAPE))
            if found is None:
                break
            stands_for = int(found[1], 16) if found[1] else ord(".")
            del octets[found.start() :]
            octets.append(stands_for)
    return octets.decode("utf-8", "replace")
