"""Decodes the body of a response into text."""

from __future__ import annotations

import codecs
import re

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
#: JSON is UTF-8 (RFC 8259, 8.1), but old services declare these charsets. Other names are ignored:
#: some of Python's codecs take minutes for a few kilobytes, and some are not charsets.
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
#: UTF-32 precedes UTF-16, because its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FIRST_OF_MARKS = frozenset(mark[0] for mark, _ in _MARKS)


def decode_text(data: bytes, content_type: str | None = None, errors: str = "strict") -> str:
    """Decode a body, without its byte order mark.

    The mark determines the charset. Without a mark, ``content_type`` does, if it declares a
    supported charset. Otherwise the charset is UTF-8, which includes ASCII.

    Args:
        data: The body.
        content_type: The value of the ``Content-Type`` header.
        errors: The treatment of bytes that are not text, as in ``bytes.decode``.

    Returns:
        The text.

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
