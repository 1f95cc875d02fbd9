"""The content of a response, read and decompressed within a bound.

The library has its own decoders for two reasons. urllib3 limits the size of decompressed content
only since version 2.6, and older versions are supported. And no version of urllib3 notices that
gzip, deflate or Brotli content was cut off. Here that is an error, and the request may be repeated
as after any other response that was cut off.
"""

from __future__ import annotations

import functools
import importlib
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPException
from typing import Any, NamedTuple

from urllib3.exceptions import DecodeError
from urllib3.response import BaseHTTPResponse, HTTPResponse
from urllib3.util import make_headers

from launchdarkly_api._transport.wire import TooLarge

_CHUNK = 2**16
#: Small, because a decoder copies the rest of its input at the end of each member.
_SLICE = 2**12
#: Names for content without a coding: ``identity`` (RFC 9110, 8.4.1), and others in actual use.
_NO_CODING = frozenset(("", "identity", "none"))
#: RFC 9659: a zstd response needs a window of at most 8 MiB.
_ZSTD_WINDOW_LOG = 23


class UnknownCoding(DecodeError):
    """The response has a content coding that cannot be decoded here."""


class _Coding(NamedTuple):
    """How to decode one content coding.

    A decoder has ``decompress(data, limit)``, ``eof`` and ``unused_data``, like the decoders of the
    standard library.
    """

    #: Creates a decoder for content that begins with this byte.
    decoder: Callable[[int], Any]
    #: The exception that the decoder raises if the content is broken.
    error: type[Exception]
    #: The bytes that a further member may begin with. Any other data after a member is padding.
    further: bytes = b""


class _BrotliDecoder:
    """Gives a decoder of ``brotli`` or ``brotlicffi`` the interface that ``_Coding`` describes."""

    unused_data = b""

    def __init__(self, package: Any, _: int) -> None:
        self._decompressor = package.Decompressor()

    def decompress(self, data: bytes, limit: int) -> bytes:
        part: bytes = self._decompressor.process(data, output_buffer_limit=limit)
        return part

    @property
    def eof(self) -> bool:
        finished: bool = self._decompressor.is_finished()
        return finished


def _gzip(_: int) -> Any:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _deflate(first: int) -> Any:
    # Some servers omit the zlib header, whose first byte has 8 in its low four bits. Without the
    # header, content has these bits only if it begins with a stored block whose padding is not
    # zero, and every encoder pads with zeros.
    return zlib.decompressobj(zlib.MAX_WBITS if first & 0x0F == 8 else -zlib.MAX_WBITS)


_GZIP = _Coding(_gzip, zlib.error, b"\x1f")
_CODINGS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _Coding(_deflate, zlib.error)}


def _brotli() -> _Coding | None:
    # In the same order as urllib3.
    for name in ("brotlicffi", "brotli"):
        package = _imported(name)
        # Versions before 1.2 cannot limit their output.
        if hasattr(getattr(package, "Decompressor", None), "can_accept_more_data"):
            return _Coding(functools.partial(_BrotliDecoder, package), package.error)
    return None


def _zstd() -> _Coding | None:
    zstd = _imported("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    if zstd is None:
        return None
    options = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    # RFC 8878, 3.1: a Zstandard frame or a skippable frame.
    further = bytes((0x28, *range(0x50, 0x60)))

    def decoder(_: int) -> Any:
        return zstd.ZstdDecompressor(options=options)

    return _Coding(decoder, zstd.ZstdError, further)


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _accept_encoding() -> str:
    """The codings to accept: those that urllib3 decodes as well.

    If a caller asks for an unread response, urllib3 decodes it. Brotli and Zstandard need further
    packages, and only urllib3's own list shows whether urllib3 found them.
    """
    wanted = make_headers(accept_encoding=True)["accept-encoding"].split(",")
    for name, find in (("br", _brotli), ("zstd", _zstd)):
        coding = find() if name in wanted else None
        if coding is not None:
            _CODINGS[name] = coding
    return ", ".join(name for name in wanted if name in _CODINGS)


#: The value of ``Accept-Encoding``.
ACCEPT_ENCODING: str = _accept_encoding()


def read_body(response: BaseHTTPResponse, max_bytes: int) -> bytes:
    """Read the whole body, decode it, and give the connection back to its pool.

    If the response was read before, or is not urllib3's own (a test double, or the response of a
    browser), the body is its ``data``, which is decoded already.

    Args:
        response: The response to read.
        max_bytes: The largest number of bytes to accept, before and after decompression.

    Raises:
        TooLarge: The body is larger than ``max_bytes``. Raised as soon as that is known.
        DecodeError: The compression of the body is broken or unknown.
        HTTPException: A chunk has a negative size.
        HTTPError: urllib3 could not read the body.
    """
    body = None
    kind = type(response)
    if (kind is HTTPResponse or issubclass(kind, HTTPResponse)) and not response.tell():
        body = _read(response, max_bytes)
        response.release_conn()
    if not body:
        body = _as_bytes(response.data)
        if len(body) > max_bytes:
            raise TooLarge
    return body


def _read(response: BaseHTTPResponse, max_bytes: int) -> bytes:
    length = response.length_remaining
    if length is not None and length > max_bytes:
        raise TooLarge
    coding = response.headers.get("Content-Encoding", "")
    if coding:
        codings = [word.strip() for word in coding.split(",")]
        coding = ", ".join(word for word in codings if word.lower() not in _NO_CODING)
    if coding and coding.lower() not in _CODINGS:
        raise UnknownCoding(f"the response has a coding that cannot be decoded: {coding!r:.60}")
    chunks: Iterable[bytes] = _chunks(response)
    if length is not None:
        # The response of a test double may be longer than the length that it declares.
        whole = _as_bytes(response.read(decode_content=False))
        if not coding and len(whole) <= max_bytes:
            return whole
        chunks = (whole,)
    if coding:
        limit = min(max_bytes, sys.maxsize - 1) + 1
        chunks = _decoded(_within(max_bytes, chunks), _CODINGS[coding.lower()], limit)
    return b"".join(_within(max_bytes, chunks))


def _as_bytes(data: Any) -> bytes:
    """Convert data to bytes: a test double may hold text, or ``None``."""
    return data.encode() if isinstance(data, str) else bytes(data or b"")


def _chunks(response: BaseHTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := response.read(_CHUNK, decode_content=False):
            yield chunk
    except ValueError as error:
        # urllib3 does not reject a negative size when it parses it, and fails in the read.
        raise HTTPException("a chunk has a negative size") from error


def _within(max_bytes: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        max_bytes -= len(chunk)
        if max_bytes < 0:
            raise TooLarge
        yield chunk


def _decoded(chunks: Iterable[bytes], coding: _Coding, limit: int) -> Iterator[bytes]:
    """Yield the decoded content, in parts of about ``limit`` bytes at most.

    After a part of ``limit`` bytes, the caller must stop: the decoder may hold more output, which
    this function would lose.
    """
    decoder = None
    #: The bytes that the next member may begin with; ``None`` if it may begin with any byte.
    begin: bytes | None = None
    for chunk in chunks:
        for start in range(0, len(chunk), _SLICE):
            data = chunk[start : start + _SLICE]
            while data:
                if decoder is None:
                    if begin is not None and data[0] not in begin:
                        # The rest is padding. It is read so that the connection can be reused.
                        begin = b""
                        break
                    decoder = coding.decoder(data[0])
                try:
                    part = decoder.decompress(data, limit)
                except coding.error as error:
                    raise DecodeError(f"the response's compression is broken: {error}") from error
                yield part
                data = decoder.unused_data
                if decoder.eof:
                    decoder, begin = None, coding.further
    if decoder is not None:
        raise DecodeError("the response's compression is broken: it ends early")
