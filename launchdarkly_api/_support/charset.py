"""The text of a response's body."""

from __future__ import annotations

import codecs
import re

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
#: RFC 8259, 8.1: JSON is UTF-8. Old services declare these. No other name chooses a codec: Python
#: has codecs that take minutes for a few kilobytes, and some that are not charsets.
_DECLARED = {
    "iso-8859-1": "latin-1",
    "latin-1": "latin-1",
    "latin1": "latin-1",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32": "utf-32-le",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
}
#: The mark of UTF-16 begins that of UTF-32.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FIRST_OF_MARKS = frozenset(mark[0] for mark, _ in _MARKS)


def decode_text(data: bytes, content_type: str | None = None, errors: str = "strict") -> str:
    """The text of a body, without a byte order mark.

    The mark chooses the charset; without one, ``content_type`` does, if it declares a charset that
    JSON may have. Everything else is read as UTF-8, of which ASCII is a part.

    Args:
        data: The body.
        content_type: The value of the header.
        errors: How to treat octets that are not text, as in ``bytes.decode``.

    Raises:
        UnicodeDecodeError: The body is not text in this charset.
    """
    if data and data[0] in _FIRST_OF_MARKS:
        for mark, charset in _MARKS:
            if data.startswith(mark):
                return data[len(mark) :].decode(charset, errors)
    declared = _CHARSET.search(content_type) if content_type else None
    charset = _DECLARED.get(declared[1].lower(), "utf-8") if declared else "utf-8"
    return data.decode(charset, errors)
