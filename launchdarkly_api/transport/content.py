"""The body of an answer, read and decompressed within a bound.

The library asks for no compression (RFC 9110, 8.4); a server, or something before it, may compress
all the same. urllib3 decompresses too, but not every version of it that is supported has a bound.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from http.client import HTTPException
from typing import Any

from urllib3.exceptions import DecodeError
from urllib3.response import BaseHTTPResponse

from launchdarkly_api.transport.wire import TooLarge

_CHUNK = 2**16
#: Small, because zlib copies what is left of its input where a member of a gzip file ends.
_SLICE = 2**12
_GZIP, _ZLIB, _BARE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
#: The formats that each coding may have, in zlib's words: some servers mean the bare one.
_FORMATS = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _BARE)}
#: RFC 9110, 8.4.1, and what some servers write for it.
_NO_CODING = frozenset(("", "identity", "none"))


class UnknownCoding(DecodeError):
    """The answer is in a coding that is none of those that the library knows."""


def read_body(response: BaseHTTPResponse, most: int) -> bytes:
    """The whole body, and the connection goes back to its pool.

    Raises ``TooLarge`` as soon as it is known to be larger than ``most`` bytes, ``DecodeError``
    where its compression is broken or not known, and what urllib3 raises.
    """
    length = response.length_remaining
    if length is not None and length > most:
        raise TooLarge
    codings = [word.strip() for word in response.headers.get("Content-Encoding", "").split(",")]
    coding = ", ".join(word for word in codings if word.lower() not in _NO_CODING)
    chunks: Iterable[bytes] = _chunks(response)
    if length is not None:
        chunks = (response.read(decode_content=False),)
    if coding.lower() in _FORMATS:
        chunks = _inflated(_within(most, chunks), _FORMATS[coding.lower()], most + 1)
    elif coding:
        raise UnknownCoding(f"the answer came in a coding that was not asked for: {coding!r:.60}")
    body = b"".join(_within(most, chunks))
    response.release_conn()
    return body


def _chunks(response: BaseHTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := response.read(_CHUNK, decode_content=False):
            yield chunk
    except ValueError as error:
        # urllib3 takes a negative size for a number like any other.
        raise HTTPException("a chunk has a negative size") from error


def _within(most: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        most -= len(chunk)
        if most < 0:
            raise TooLarge
        yield chunk


def _inflated(chunks: Iterable[bytes], formats: tuple[int, ...], most: int) -> Iterator[bytes]:
    """The content, in parts of at most so many bytes.

    Whatever follows the last member of a gzip file is ignored, as other clients do.
    """
    inflater = None
    members = 0
    for chunk in chunks:
        for start in range(0, len(chunk), _SLICE):
            data = chunk[start : start + _SLICE]
            while data:
                try:
                    if inflater is None:
                        inflater, part = _started(data, formats, most)
                    else:
                        part = inflater.decompress(data, most)
                except zlib.error as error:
                    if inflater is None and members:
                        break
                    raise DecodeError(f"the answer's compression is broken: {error}") from error
                yield part
                data = inflater.unused_data
                if inflater.eof:
                    inflater, members = None, members + 1
    if inflater is not None:
        raise DecodeError("the answer's compression is broken: it ends early")


def _started(data: bytes, formats: tuple[int, ...], most: int) -> tuple[Any, bytes]:
    first, *others = formats
    inflater = zlib.decompressobj(first)
    try:
        return inflater, inflater.decompress(data, most)
    except zlib.error:
        if not others:
            raise
        return _started(data, tuple(others), most)
