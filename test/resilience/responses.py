"""Responses of services and proxies: errors, redirects, chunks, compressed and cut bodies."""

from __future__ import annotations

import email.utils
import gzip
import zlib
from collections.abc import Callable, Mapping, Sequence

from test.fault_server import BODY, Reaction, answer, head, trickle
from test.resilience.tools import NOW, RecordingClock


def retry_after(status: int, value: str, headers: Mapping[str, str] | None = None) -> Reaction:
    """An error that says when to try again."""
    return answer(status, "", {"Retry-After": value, **(headers or {})})


def date(ahead: float) -> str:
    """The time so far ahead of the test's clock, as an HTTP date."""
    return email.utils.formatdate(NOW + ahead, usegmt=True)


def spent(reset_in: float, **more: str) -> Reaction:
    """A 429 with a spent limit that is reset in so far ahead of the test's clock."""
    limit = {
        "X-Ratelimit-Global-Remaining": "0",
        "X-Ratelimit-Reset": RecordingClock().milliseconds(reset_in),
    }
    return answer(429, "", {**limit, **more})


def redirect(status: int, location: str) -> Reaction:
    return answer(status, "", {"Location": location})


def sized(
    body: bytes, length: int | None = None, headers: Mapping[str, str] | None = None
) -> bytes:
    """A response whose Content-Length is the body's, or another one."""
    size = len(body) if length is None else length
    return head(200, {**(headers or {}), "Content-Length": str(size)}) + body


def chunked(
    *parts: bytes, end: bytes = b"0\r\n\r\n", headers: Mapping[str, str] | None = None
) -> bytes:
    """A response in chunks."""
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return head(200, {"Transfer-Encoding": "chunked", **(headers or {})}) + chunks + end


def coded(coding: str, data: bytes) -> Reaction:
    """A complete response with this Content-Encoding."""
    return answer(200, data, {"Content-Encoding": coding})


def bare_deflate(data: bytes) -> bytes:
    """Deflate without the frame of zlib, which some servers send."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def flipped(data: bytes, at: int) -> bytes:
    """The data with the bits of one byte inverted."""
    changed = bytearray(data)
    changed[at] ^= 0xFF
    return bytes(changed)


def byte_a_second(data: bytes, first: bytes) -> Callable[[RecordingClock], Sequence[Reaction]]:
    """A byte of the data at each second of the test's clock."""
    return lambda clock: [trickle(data, lambda: clock.advance(1), first)]


GZIP = {"Content-Encoding": "gzip"}
GZIPPED = gzip.compress(BODY)
DEFLATED = zlib.compress(BODY)
TWO_MEMBERS = gzip.compress(BODY[:9]) + gzip.compress(BODY[9:])
#: 4 KB that become 4 MB.
BOMB = gzip.compress(b"[" + b" " * 2**22 + b"]")
#: The beginning of a response.
CUT = sized(BODY[:40], len(BODY))
