"""The chunked transfer coding (RFC 9112, section 7.1), for bodies of unknown length.

Extensions and trailers are read and discarded. The framing itself is read strictly, so that two
readers cannot interpret it differently. Werkzeug has a reader as well: it refuses extensions and
trailers, which any client may send, and accepts sizes such as ``0x5`` and ``0_5``.
"""

from __future__ import annotations

import io
import re
from typing import Any, BinaryIO

from launchdarkly_api.sandbox.state import checks

#: The maximum number of bytes of extensions and trailers in a body.
OVERHEAD_BYTES = 65_536

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;.*)?", re.DOTALL)
_TRAILER = re.compile(checks.HEADER_NAME.encode() + rb":.*", re.DOTALL)


class ChunkedBody(io.RawIOBase):
    """The content of the chunks on a connection. Malformed chunks raise ``OSError``."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source
        self._left = 0
        self._overhead = OVERHEAD_BYTES
        self._ended = False

    def readinto(self, buffer: Any) -> int:
        filled = 0
        with memoryview(buffer) as view:
            while filled < len(view) and not self._ended:
                if not self._left:
                    self._next_chunk()
                    continue
                data = self._source.read(min(len(view) - filled, self._left))
                if not data:
                    raise OSError("the body ended within a chunk")
                view[filled : filled + len(data)] = data
                filled += len(data)
                self._left -= len(data)
                if not self._left and self._source.read(2) != b"\r\n":
                    raise OSError("a chunk is longer than its size")
        return filled

    def _line(self) -> bytes:
        line = self._source.readline(self._overhead + 2)
        if not line.endswith(b"\r\n"):
            raise OSError("a line does not end, or is too long")
        return line[:-2]

    def _next_chunk(self) -> None:
        found = _SIZE.fullmatch(self._line())
        if found is None:
            raise OSError("a chunk has no size")
        self._overhead -= len(found[2] or b"")
        self._left = int(found[1], 16)
        if not self._left:
            self._trailers()

    def _trailers(self) -> None:
        while line := self._line():
            if not _TRAILER.fullmatch(line):
                raise OSError("a trailer is malformed")
            self._overhead -= len(line)
        self._ended = True
