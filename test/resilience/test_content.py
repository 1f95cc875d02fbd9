"""The content of a response: requested compressed, decoded once, and bounded in size."""

from __future__ import annotations

import functools
import gzip
import importlib
import io
import json
import sys
import tracemalloc
import types
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import urllib3
import vcr
from urllib3.exceptions import DecodeError
from urllib3.response import HTTPResponse
from urllib3.util import make_headers

from launchdarkly_api import ApiException
from launchdarkly_api._transport import content
from launchdarkly_api._transport.content import ACCEPT_ENCODING, UnknownCoding, read_body
from launchdarkly_api._transport.wire import TooLarge
from launchdarkly_api.exceptions import ApiConnectionException
from test.fault_server import BODY, FaultServer, answer
from test.resilience.tools import Caller

CODINGS = ACCEPT_ENCODING.split(", ")
MOST = 100_000
#: Far above the limit once decoded, from a few kilobytes.
LARGE = b" " * 2**25


def compressor(coding: str) -> Callable[[bytes], bytes]:
    """Compresses into one member."""
    if coding == "br":
        brotli: Any = importlib.import_module("brotli")
        return functools.partial(brotli.compress, quality=5)
    if coding == "zstd":
        newer = sys.version_info >= (3, 14)
        zstd: Any = importlib.import_module("compression.zstd" if newer else "backports.zstd")
        return functools.partial(zstd.compress)
    return functools.partial(gzip.compress if coding == "gzip" else zlib.compress)


EACH_CODING = pytest.mark.parametrize("coding", CODINGS)


def response(body: Any, coding: str = "", **options: Any) -> HTTPResponse:
    """A response of urllib3 that is not read, unless the options say otherwise."""
    headers = {"Content-Encoding": coding} if coding else {}
    if isinstance(body, bytes) and not options:
        body, options = io.BytesIO(body), {"preload_content": False}
    return HTTPResponse(body, headers, 200, **options)


class OneByteAtATime(io.BytesIO):
    """A body that a proxy sends in parts of one byte."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(1 if size else size)


# The codings that are requested.


def test_accept_encoding_lists_what_can_be_decoded() -> None:
    """The environment of the tests has Brotli and Zstandard."""
    assert set(CODINGS) == set(make_headers(accept_encoding=True)["accept-encoding"].split(","))


def test_a_coding_that_urllib3_does_not_decode_is_not_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An unread response is decoded by urllib3, which may lack a package that we have."""
    monkeypatch.setattr(content, "make_headers", lambda **_: {"accept-encoding": "gzip,deflate"})
    assert content._accept_encoding() == "gzip, deflate"


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "PATCH", "DELETE"])
def test_every_call_asks_for_a_compressed_response(method: str) -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        caller.call(method)
        assert server.requests[0].header("Accept-Encoding") == ACCEPT_ENCODING


@pytest.mark.parametrize("place", ["call", "client"])
@pytest.mark.parametrize(
    ("given", "sent"), [("identity", "identity"), ("gzip", "gzip"), (None, "identity")]
)
@pytest.mark.parametrize("name", ["Accept-Encoding", "accept-encoding"])
def test_a_caller_may_set_accept_encoding(
    place: str, given: str | None, sent: str, name: str
) -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        if place == "client":
            caller.client.default_headers[name] = given
            caller.call()
        else:
            caller.call(_headers={name: given})
        assert server.requests[0].header("Accept-Encoding") == sent


def test_a_decompressor_without_a_size_limit_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    old = types.ModuleType("brotli")
    old.Decompressor = type("Decompressor", (), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "brotlicffi", None)
    monkeypatch.setitem(sys.modules, "brotli", old)
    assert content._brotli() is None


def test_a_decompressor_that_is_not_installed_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("brotlicffi", "brotli", "backports.zstd", "compression.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    assert content._brotli() is None
    assert content._zstd() is None


# Content that is decoded.


@EACH_CODING
@pytest.mark.parametrize("spelt", [str, str.upper, "identity, {}".format, " {} ,".format])
def test_each_coding_is_decoded(coding: str, spelt: Callable[[str], str]) -> None:
    data = compressor(coding)(BODY)
    assert read_body(response(data, spelt(coding)), MOST) == BODY


@EACH_CODING
def test_a_body_that_comes_byte_by_byte_is_decoded(coding: str) -> None:
    stream = OneByteAtATime(compressor(coding)(BODY))
    assert read_body(response(stream, coding, preload_content=False), MOST) == BODY


def test_bare_deflate_that_comes_byte_by_byte_is_decoded() -> None:
    squeezer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    stream = OneByteAtATime(squeezer.compress(BODY) + squeezer.flush())
    assert read_body(response(stream, "deflate", preload_content=False), MOST) == BODY


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("size", [0, 1, 2, 100, 70_000])
def test_bare_deflate_of_each_kind_is_known_from_its_first_byte(level: int, size: int) -> None:
    data = bytes(number * number % 251 for number in range(size))
    for wbits in (-15, -9, 9, 15):
        squeezer = zlib.compressobj(level, wbits=wbits)
        squeezed = squeezer.compress(data) + squeezer.flush()
        assert read_body(response(squeezed, "deflate"), MOST) == data


@pytest.mark.parametrize("coding", [name for name in CODINGS if name in ("gzip", "zstd")])
@pytest.mark.parametrize("padding", [b"", b"\0", b"\r\n", b"\0" * 9999 + b"\x1f\x28"])
def test_members_are_joined_and_padding_is_ignored(coding: str, padding: bytes) -> None:
    parts = [BODY[start : start + 9] for start in range(0, len(BODY), 9)]
    data = b"".join(map(compressor(coding), parts)) + padding
    assert read_body(response(data, coding), MOST) == BODY
    stream = OneByteAtATime(data)
    assert read_body(response(stream, coding, preload_content=False), MOST) == BODY


@EACH_CODING
def test_empty_content_is_an_empty_body(coding: str) -> None:
    assert read_body(response(b"", coding), MOST) == b""
    assert read_body(response(compressor(coding)(b""), coding), MOST) == b""


# Broken content.


@EACH_CODING
def test_content_cut_off_anywhere_is_an_error(coding: str) -> None:
    data = compressor(coding)(BODY)
    for end in range(1, len(data)):
        with pytest.raises(DecodeError, match="compression is broken"):
            read_body(response(data[:end], coding), MOST)


@EACH_CODING
def test_content_of_another_coding_is_an_error(coding: str) -> None:
    for other in (b"no compression", b"\0" * 50, b"\xff" * 50, b"\n\n"):
        with pytest.raises(DecodeError, match="compression is broken"):
            read_body(response(other, coding), MOST)


@pytest.mark.parametrize("coding", [name for name in CODINGS if name in ("gzip", "zstd")])
def test_a_broken_second_member_is_an_error(coding: str) -> None:
    first, second = map(compressor(coding), (BODY[:50], BODY[50:]))
    for place in range(1, 8):
        broken = bytearray(second)
        broken[-place] ^= 0xFF
        try:
            body = read_body(response(first + bytes(broken), coding), MOST)
        except DecodeError:
            continue
        # Zstandard has no checksum unless it is asked for. At least the length is right.
        assert coding == "zstd"
        assert len(body) == len(BODY)


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip, deflate", "compress", "gzip;q=1", "\t,x"])
def test_codings_that_were_not_requested_are_not_decoded(coding: str) -> None:
    with pytest.raises(UnknownCoding, match="cannot be decoded"):
        read_body(response(gzip.compress(gzip.compress(BODY)), coding), MOST)


@EACH_CODING
def test_a_response_whose_content_is_cut_off_is_repeated(coding: str) -> None:
    data = compressor(coding)(BODY)
    headers = {"Content-Encoding": coding}
    with (
        FaultServer(answer(200, data[:-1], headers), answer(200, data, headers)) as server,
        Caller(server.url) as caller,
    ):
        assert caller.call().key == "exp"
        assert len(server.requests) == 2


# Content that is too large.


@EACH_CODING
def test_a_decompression_bomb_does_not_fill_the_memory(coding: str) -> None:
    """The decoder of Brotli hands out 32 KiB more than it is asked for."""
    bomb = compressor(coding)(LARGE)
    for body in (io.BytesIO(bomb), OneByteAtATime(bomb)):
        one = response(body, coding, preload_content=False)
        tracemalloc.start()
        with pytest.raises(TooLarge):
            read_body(one, MOST)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2**20


@EACH_CODING
def test_a_body_as_large_as_max_response_bytes_is_read(coding: str) -> None:
    for data in (b" " * MOST, bytes(number % 251 for number in range(MOST))):
        assert read_body(response(compressor(coding)(data), coding), MOST) == data
    with pytest.raises(TooLarge):
        read_body(response(compressor(coding)(b" " * (MOST + 1)), coding), MOST)


@EACH_CODING
def test_a_decompression_bomb_is_an_exception_of_the_call(coding: str) -> None:
    with (
        FaultServer(answer(200, compressor(coding)(LARGE), {"Content-Encoding": coding})) as server,
        Caller(server.url, max_response_bytes=MOST) as caller,
    ):
        with pytest.raises(ApiException, match="larger than Configuration"):
            caller.call()
        assert len(server.requests) == 1


@EACH_CODING
@pytest.mark.parametrize("most", [2**63 - 1, 2**63, 1e300])
def test_max_response_bytes_may_exceed_the_memory(coding: str, most: float) -> None:
    data = compressor(coding)(BODY)
    with (
        FaultServer(answer(200, data, {"Content-Encoding": coding})) as server,
        Caller(server.url, max_response_bytes=most) as caller,
    ):
        assert caller.call().key == "exp"


@EACH_CODING
def test_a_max_response_bytes_of_0_allows_an_empty_body_alone(coding: str) -> None:
    assert read_body(response(b"", coding), 0) == b""
    with pytest.raises(TooLarge):
        read_body(response(compressor(coding)(b"x"), coding), 0)


@pytest.mark.parametrize("body", [b"x" * (MOST + 1), "x" * (MOST + 1), "\u20ac" * (MOST // 2)])
def test_max_response_bytes_holds_for_a_response_read_by_others(body: Any) -> None:
    with pytest.raises(TooLarge):
        read_body(response(body, preload_content=True), MOST)


@pytest.mark.skipif("zstd" not in CODINGS, reason="no zstd")
def test_a_zstd_frame_with_a_huge_window_is_refused() -> None:
    """RFC 9659: a window is 8 MiB at most."""
    newer = sys.version_info >= (3, 14)
    zstd: Any = importlib.import_module("compression.zstd" if newer else "backports.zstd")
    options = {zstd.CompressionParameter.window_log: 27}
    squeezer = zstd.ZstdCompressor(options=options)
    data = squeezer.compress(BODY) + squeezer.flush()
    with pytest.raises(DecodeError, match="compression is broken"):
        read_body(response(data, "zstd"), MOST)


# Responses of recorders, mocks and hooks.


class Fake:
    """The attributes of a response that 13.0.0 read."""

    status = 200
    reason = "OK"
    headers = urllib3.HTTPHeaderDict({"Content-Encoding": "gzip"})

    def __init__(self, data: Any) -> None:
        self.data = data


def _read_by_a_hook() -> HTTPResponse:
    one = response(gzip.compress(BODY), "gzip")
    assert one.data == BODY
    return one


def _streamed_by_a_hook() -> HTTPResponse:
    one = response(gzip.compress(BODY), "gzip")
    assert one.read(cache_content=True) == BODY
    return one


DOUBLES: list[Callable[[], Any]] = [
    lambda: response(BODY, preload_content=True),
    lambda: response(BODY.decode(), preload_content=True),
    lambda: response(BODY, preload_content=False),
    lambda: response(BODY, "gzip", preload_content=True),
    lambda: response(BODY, "gzip", preload_content=False),
    lambda: response(io.BytesIO(gzip.compress(BODY)), "gzip", preload_content=True),
    lambda: response(io.BytesIO(gzip.compress(BODY)), "gzip", preload_content=False),
    lambda: response(
        io.BytesIO(gzip.compress(BODY)), "gzip", preload_content=False, decode_content=False
    ),
    lambda: response(io.BytesIO(BODY), preload_content=True),
    lambda: response(io.BytesIO(BODY), preload_content=False),
    _read_by_a_hook,
    _streamed_by_a_hook,
    lambda: Fake(BODY),
    lambda: Fake(BODY.decode()),
    lambda: Fake(bytearray(BODY)),
    lambda: mock.Mock(status=200, data=BODY, headers={}),
    lambda: mock.create_autospec(HTTPResponse, instance=True, status=200, data=BODY, headers={}),
]


@pytest.mark.parametrize("double", DOUBLES)
def test_a_double_of_a_response_is_read_once(double: Callable[[], Any]) -> None:
    assert read_body(double(), MOST) == BODY


@EACH_CODING
def test_the_rest_of_a_partly_read_response_is_read(coding: str) -> None:
    """Older versions of urllib3 lose the bytes that they had decoded ahead."""
    one, same = (response(compressor(coding)(BODY), coding) for _ in range(2))
    assert one.read(3) == same.read(3) == BODY[:3]
    assert read_body(one, MOST) == same.data


@pytest.mark.parametrize(
    "double",
    [
        lambda: Fake(None),
        lambda: Fake(b""),
        lambda: Fake(""),
        lambda: response("", preload_content=True),
        lambda: response(b"", preload_content=False),
        lambda: response(io.BytesIO(), "gzip", preload_content=True),
        lambda: response(None, preload_content=False),
    ],
)
def test_a_double_without_a_body_is_empty(double: Callable[[], Any]) -> None:
    assert read_body(double(), MOST) == b""


@EACH_CODING
def test_an_unread_response_decodes_itself(coding: str) -> None:
    data = compressor(coding)(BODY)
    with FaultServer(answer(200, data, {"Content-Encoding": coding})) as server:
        with Caller(server.url) as caller:
            unread = caller.call(_preload_content=False)
            assert json.loads(unread.data) == json.loads(BODY)


def test_a_response_of_a_recorder_is_decoded_once(tmp_path: Path) -> None:
    recorder = vcr.VCR(cassette_library_dir=str(tmp_path))
    data = gzip.compress(BODY)
    with FaultServer(answer(200, data, {"Content-Encoding": "gzip"})) as server:
        for _ in range(2):
            with recorder.use_cassette("one.yaml"), urllib3.PoolManager() as manager:
                one = manager.request("GET", server.url, preload_content=False)
                assert read_body(one, MOST) == BODY
        assert len(server.requests) == 1


def test_a_connection_is_used_again_after_padding() -> None:
    def part(data: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(data), data)

    data = part(gzip.compress(BODY)) + part(b"\0" * 200_000) + part(b"")
    headers = {"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}
    with FaultServer(answer(200, data, headers)) as server, Caller(server.url) as caller:
        assert caller.call().key == "exp"
        assert caller.call().key == "exp"
        assert server.connections == 1


def test_the_response_to_head_has_no_content() -> None:
    headers = {"Content-Encoding": "gzip", "Content-Length": "500"}
    with FaultServer(answer(200, b"", headers), answer()) as server:
        with Caller(server.url) as caller:
            _, status, got = caller.client.call_api("/api/v2/x", "HEAD")
            assert (status, got["Content-Length"]) == (200, "500")
            assert caller.call().key == "exp"


def test_a_long_list_of_codings_is_refused_at_once() -> None:
    coding = ", ".join(["identity"] * 5_000 + ["gzip"] * 5_000)
    with FaultServer(answer(200, BODY, {"Content-Encoding": coding})) as server:
        with Caller(server.url) as caller, pytest.raises(ApiConnectionException) as raised:
            caller.call("POST")
    assert len(str(raised.value)) < 500


def _parts() -> Iterator[bytes]:
    yield from (b"a", b"bc")


def test_a_stream_without_a_file_interface_is_read() -> None:
    class Stream:
        def __init__(self) -> None:
            self._parts = _parts()

        def read(self, amt: int | None = None) -> bytes:
            return next(self._parts, b"")

        def close(self) -> None:
            pass

    assert read_body(response(Stream(), preload_content=False), MOST) == b"abc"
