"""HTTP itself, byte by byte, including requests that the other tests never send."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import Client, experiment, experiment_post, experiments

HOST = "Host: localhost\r\n"
HEADERS = "Authorization: sandbox-token\r\nLD-API-Version: beta\r\n"


class Wire:
    """A connection and the responses on it."""

    def __init__(self, sandbox: Sandbox) -> None:
        address = urlsplit(sandbox.url)
        self.socket = socket.create_connection((address.hostname, address.port or 0), timeout=60)
        self.file = self.socket.makefile("rb")

    def send(self, text: str | bytes) -> None:
        self.socket.sendall(text.encode() if isinstance(text, str) else text)

    def request(
        self,
        line: str,
        headers: str = "",
        body: str | bytes = b"",
        host: str = "Host: localhost\r\n",
    ) -> None:
        body = body.encode() if isinstance(body, str) else body
        self.send(f"{line}\r\n{host}{HEADERS}{headers}\r\n".encode() + body)

    def response(self, *, body: bool = True) -> tuple[int, dict[str, str], bytes]:
        """Read the status, the headers and the body of the next response."""
        status = int(self.file.readline().split()[1])
        headers = {}
        while (line := self.file.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            assert name.lower() not in headers, f"{name} twice"
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", "0")) if body else 0
        return status, headers, self.file.read(length)

    def closed(self) -> bool:
        """Return whether the server has closed its side, with nothing more to read."""
        return self.file.read() == b""

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[Wire]:
    connection = Wire(sandbox)
    yield connection
    connection.close()


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


def test_a_connection_serves_many_requests(wire: Wire) -> None:
    for _ in range(3):
        wire.request(f"GET {experiments()} HTTP/1.1")
        status, headers, body = wire.response()
        assert (status, headers["content-type"]) == (200, "application/json")
        assert json.loads(body)["total_count"] == 0
        assert "connection" not in headers
        assert headers.keys() >= {"date", "server", "content-length"}


def test_pipelined_requests_get_their_responses_in_order(wire: Wire) -> None:
    body = json.dumps(experiment_post())
    wire.request(f"POST {experiments()} HTTP/1.1", f"Content-Length: {len(body)}\r\n", body)
    wire.request(f"GET {experiment()} HTTP/1.1")
    wire.request("GET /nowhere HTTP/1.1")
    assert [wire.response()[0] for _ in range(3)] == [201, 200, 404]


@pytest.mark.parametrize(
    ("version", "header", "closes"),
    [
        ("HTTP/1.1", "", False),
        ("HTTP/1.1", "Connection: close\r\n", True),
        ("HTTP/1.0", "", True),
        ("HTTP/1.0", "Connection: keep-alive\r\n", False),
    ],
)
def test_the_connection_closes_on_request(
    wire: Wire, version: str, header: str, closes: bool
) -> None:
    wire.request(f"GET {experiments()} {version}", header)
    status, headers, _ = wire.response()
    assert status == 200
    if closes:
        assert headers["connection"] == "close"
        assert wire.closed()
    else:
        assert headers.get("connection", "keep-alive").lower() == "keep-alive"
        wire.request(f"GET {experiments()} {version}", header)
        assert wire.response()[0] == 200


def test_an_error_keeps_the_connection(wire: Wire) -> None:
    wire.request(f"POST {experiments()} HTTP/1.1", "Content-Length: 1\r\n", "{")
    assert wire.response()[0] == 400
    wire.request(f"DELETE {experiments()} HTTP/1.1", "Content-Length: 5\r\n", "12345")
    assert wire.response()[0] == 405
    wire.request(f"GET {experiments()} HTTP/1.1")
    assert wire.response()[0] == 200


def test_head_and_204_have_no_body(wire: Wire) -> None:
    wire.request(f"HEAD {experiments()} HTTP/1.1")
    status, headers, _ = wire.response(body=False)
    assert (status, int(headers["content-length"]) > 0) == (200, True)
    wire.request(f"OPTIONS {experiments()} HTTP/1.1")
    status, headers, body = wire.response()
    assert (status, body, "content-length" in headers) == (204, b"", False)
    wire.request(f"GET {experiments()} HTTP/1.1")
    assert wire.response()[0] == 200


def test_a_chunked_body_is_read(wire: Wire) -> None:
    body = json.dumps(experiment_post()).encode()
    wire.request(
        f"POST {experiments()} HTTP/1.1",
        "Transfer-Encoding: chunked\r\n",
        chunked(body[:10], body[10:11], body[11:]),
    )
    assert wire.response()[0] == 201
    wire.request(f"GET {experiment()} HTTP/1.1", "Transfer-Encoding: Chunked\r\n", chunked())
    assert wire.response()[0] == 200


def test_a_body_of_many_chunks_is_read(wire: Wire) -> None:
    body = json.dumps({**experiment_post(), "description": "x" * 20_000}).encode()
    parts = [body[place : place + 1] for place in range(len(body))]
    wire.request(
        f"POST {experiments()} HTTP/1.1", "Transfer-Encoding: chunked\r\n", chunked(*parts)
    )
    assert wire.response()[0] == 201


@pytest.mark.parametrize(
    "chunks",
    [
        b"2;name=value\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}\r\n0\r\nX-Checksum: 1\r\n\r\n",
        b"00002\r\n{}\r\n000\r\n\r\n",
    ],
)
def test_chunks_may_have_extensions_and_a_trailer(wire: Wire, chunks: bytes) -> None:
    wire.request(f"POST {experiments()} HTTP/1.1", "Transfer-Encoding: chunked\r\n", chunks)
    status, _, body = wire.response()
    assert (status, "ExperimentPost" in json.loads(body)["message"]) == (400, True)
    wire.request(f"GET {experiments()} HTTP/1.1")
    assert wire.response()[0] == 200


@pytest.mark.parametrize(
    ("chunks", "said"),
    [
        (b"zz\r\n{}\r\n0\r\n\r\n", "chunks of the body are malformed"),
        (b"2\r\n{}x\r\n", "malformed"),
        (b"-2\r\n{}\r\n", "malformed"),
        (b"0x2\r\n{}\r\n", "malformed"),
        (b"2 x\r\n{}\r\n0\r\n\r\n", "malformed"),
        (b"2 \r\n{}\r\n0\r\n\r\n", "malformed"),
        (b"2\n{}\n0\n\n\r\n", "malformed"),
        (b"2;=\r\n{}\r\n0\r\n\r\n", "malformed"),
        (b"2\r\n{", "ended early"),
        (b"2\r\n{}\r\n0\r\nX: 1\n\n", "ended early"),
        (b"2;" + b"x" * 70_000 + b"\r\n{}\r\n0\r\n\r\n", "too long"),
        (b"2\r\n{}\r\n0\r\n" + b"X: 1234567890\r\n" * 7_000 + b"\r\n", "too long"),
    ],
)
def test_malformed_chunks_end_the_connection(wire: Wire, chunks: bytes, said: str) -> None:
    wire.request(f"POST {experiments()} HTTP/1.1", "Transfer-Encoding: chunked\r\n", chunks)
    wire.socket.shutdown(socket.SHUT_WR)
    status, headers, body = wire.response()
    assert (status, headers["connection"]) == (400, "close")
    assert said in json.loads(body)["message"]
    assert wire.closed()


def test_a_truncated_body_is_refused(wire: Wire, client: Client) -> None:
    wire.request(f"POST {experiments()} HTTP/1.1", "Content-Length: 100\r\n", "{")
    wire.socket.shutdown(socket.SHUT_WR)
    status, _, body = wire.response()
    assert (status, json.loads(body)["code"]) == (400, "invalid_request")
    assert wire.closed()
    assert client.get(experiments()).json["total_count"] == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Content-Length: x\r\n", 400),
        ("Content-Length: -1\r\n", 400),
        ("Content-Length: +1\r\n", 400),
        ("Content-Length: 1_0\r\n", 400),
        ("Content-Length: \r\n", 400),
        ("Content-Length: 2, 2\r\n", 400),
        ("Content-Length: 2\r\nContent-Length: 3\r\n", 400),
        ("Content-Length: 2\r\nContent-Length: 2\r\n", 400),
        ("Content-Length : 2\r\n", 400),
        ("Content-Length\t: 2\r\n", 400),
        (" Content-Length: 2\r\n", 400),
        ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding : chunked\r\n", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501),
        ("Transfer-Encoding: chunked, chunked\r\n", 501),
        ("Transfer-Encoding: \x0bchunked\r\n", 400),
        ("Transfer-Encoding:\r\n", 501),
        ("X: 1\r\n Transfer-Encoding: chunked\r\n", 400),
        ("X: 1\nContent-Length: 2\r\n", 400),
        ("X: 1\rContent-Length: 2\r\n", 400),
        ("X: 1\x00\r\n", 400),
        ("X: \x1b[31m\r\n", 400),
        ("X\r\n", 400),
        (": 1\r\n", 400),
        ("X[]: 1\r\n", 400),
        ("Host: localhost\r\n", 400),
        ("Transfer-Encoding: gzip, chunked\r\n", 501),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 501),
    ],
)
def test_ambiguous_framing_is_refused(wire: Wire, headers: str, status: int) -> None:
    wire.request(f"POST {experiments()} HTTP/1.1", headers, "{}")
    found, fields, body = wire.response()
    assert (found, fields["connection"]) == (status, "close")
    assert json.loads(body)["message"]
    assert wire.closed()


def test_a_chunked_body_needs_http_1_1(wire: Wire) -> None:
    wire.request(f"POST {experiments()} HTTP/1.0", "Transfer-Encoding: chunked\r\n", chunked(b"{}"))
    assert wire.response()[0] == 400
    assert wire.closed()


def test_a_request_of_http_1_1_names_its_host(wire: Wire) -> None:
    wire.request(f"GET {experiments()} HTTP/1.1", host="")
    status, _, body = wire.response()
    assert (status, "Host" in json.loads(body)["message"]) == (400, True)


def test_http_1_0_needs_no_host(wire: Wire) -> None:
    wire.request(f"GET {experiments()} HTTP/1.0", host="")
    assert wire.response()[0] == 200


@pytest.mark.parametrize(
    "text",
    [
        f"GET {experiments()} HTTP/1.1\nHost: localhost\n\n",
        f"GET {experiments()} HTTP/1.1\r\nHost: localhost\n\n",
        f"GET {experiments()} HTTP/1.1\r\nHost: localhost\r\nX: 1\n\r\n",
    ],
)
def test_a_line_ends_with_both_characters(wire: Wire, text: str) -> None:
    for byte in text.encode():
        wire.send(bytes([byte]))
    status, headers, _ = wire.response()
    assert (status, headers["connection"]) == (400, "close")
    assert wire.closed()


def test_empty_lines_before_a_request_are_ignored(wire: Wire) -> None:
    wire.send("\r\n\r\n")
    wire.request(f"GET {experiments()} HTTP/1.1")
    assert wire.response()[0] == 200


def test_a_write_without_any_length_has_no_body(wire: Wire) -> None:
    wire.request(f"POST {experiments()} HTTP/1.1")
    status, _, body = wire.response()
    assert (status, json.loads(body)["message"]) == (
        400,
        "The request has no body. Send a JSON object.",
    )


def test_100_continue_comes_when_the_body_is_wanted(wire: Wire) -> None:
    body = json.dumps(experiment_post())
    expect = f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n"
    wire.request(f"POST {experiments()} HTTP/1.1", expect)
    assert wire.file.readline() == b"HTTP/1.1 100 Continue\r\n"
    assert wire.file.readline() == b"\r\n"
    wire.send(body)
    assert wire.response()[0] == 201


@pytest.mark.parametrize("length", ["", "Content-Length: 0\r\n"])
def test_100_continue_is_not_sent_for_a_body_of_no_bytes(wire: Wire, length: str) -> None:
    for line in ("POST /__sandbox/reset", f"GET {experiments()}"):
        wire.request(f"{line} HTTP/1.1", f"Expect: 100-continue\r\n{length}")
        assert wire.response()[0] in (200, 204)


def test_100_continue_is_not_sent_for_a_body_that_is_too_large(wire: Wire) -> None:
    expect = "Expect: 100-continue\r\nContent-Length: 99999999\r\n"
    wire.request(f"POST {experiments()} HTTP/1.1", expect)
    status, headers, _ = wire.response()
    assert (status, headers["connection"]) == (413, "close")


@pytest.mark.parametrize("size", [6_000_000, 70_000_000])
def test_413_is_readable_although_the_body_was_sent(wire: Wire, size: int) -> None:
    head = f"Content-Length: {size}\r\n"
    with contextlib.suppress(ConnectionError):
        wire.request(f"POST {experiments()} HTTP/1.1", head, b"x" * size)
    status, headers, body = wire.response()
    assert (status, "bytes" in json.loads(body)["message"]) == (413, True)
    if "connection" in headers:
        assert wire.closed()
    else:
        wire.request(f"GET {experiments()} HTTP/1.1")
        assert wire.response()[0] == 200


def test_endless_chunks_are_refused_with_413(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.request(f"POST {experiments()} HTTP/1.1", "Transfer-Encoding: chunked\r\n")
    with contextlib.suppress(ConnectionError):
        for _ in range(2_000):
            wire.send(chunked(b"x" * 65_536)[:-5])
    assert wire.response()[0] == 413
    assert wire.closed()


@pytest.mark.parametrize(
    ("text", "status", "known", "said"),
    [
        ("GARBAGE\r\n\r\n", 400, "GARBAGE -", "METHOD PATH HTTP/1.1"),
        ("\x01\x02 x y\r\n\r\n", 400, "- -", "METHOD PATH HTTP/1.1"),
        ("GET / HTTP/9.9\r\n\r\n", 505, "GET /", "HTTP/1.1 and HTTP/1.0"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "PRI *", "HTTP/1.1 and HTTP/1.0"),
        ("GET / FTP/1.1\r\n\r\n", 400, "GET /", "METHOD PATH HTTP/1.1"),
        ("GET /a b HTTP/1.1\r\n\r\n", 400, "GET /a", "Percent-encode"),
        ("GET http://[ HTTP/1.1\r\n\r\n", 400, "GET http://[", "URL in the request line"),
        (f"PUT / HTTP/1.1\r\nContent-Length: {'1' * 5_000}\r\n\r\n", 400, "PUT /", "the length"),
        (f"GET /{'x' * 70_000} HTTP/1.1\r\n\r\n", 414, "GET /xxx", "shorter path"),
        (f"GET /?a=1 HTTP/1.1\r\nX: {'x' * 70_000}\r\n\r\n", 431, "GET /?a=1", "headers"),
        ("GET / HTTP/1.1\r\n" + "X: 1\r\n" * 20_000 + "\r\n", 431, "GET /", "headers"),
        ("POST / HTTP/1.0\r\nContent-Length: x\r\n\r\n", 400, "POST /", "Content-Length"),
        ("GET /\r\n\r\n", 400, "GET /", "METHOD PATH HTTP/1.1"),
        ("<b/id=1> /x HTTP/1.1\r\n\r\n", 400, "- -", "METHOD PATH HTTP/1.1"),
        ("GET /\xff HTTP/1.1\r\n\r\n", 400, "GET /", "METHOD PATH HTTP/1.1"),
        ("GET /\x1b[31m HTTP/1.1\r\n\r\n", 400, "GET /", "METHOD PATH HTTP/1.1"),
    ],
)
def test_malformed_requests_get_a_response_and_are_recorded(
    wire: Wire, sandbox: Sandbox, text: str, status: int, known: str, said: str
) -> None:
    heard: list[str] = []
    sandbox.on_request = lambda request: heard.append(str(request))
    wire.send(text)
    found, headers, body = wire.response()
    assert (found, headers["content-type"]) == (status, "application/json")
    assert said in json.loads(body)["message"]
    assert wire.closed()
    (request,) = sandbox.requests
    assert (request.call, request.status, request.body) == (None, status, b"")
    assert heard == [str(request)]
    assert heard[0].startswith(known)
    assert heard[0].endswith(f" {status} 0.0 ms")


def test_the_headers_of_refused_requests_are_recorded(wire: Wire, sandbox: Sandbox) -> None:
    wire.request(f"GET {experiments()} HTTP/1.1", "X-Of-The-First: 1\r\n")
    wire.response()
    twice = "Content-Length: 1\r\nContent-Length: 2\r\n"
    wire.request(f"POST {experiments()}?a=1 HTTP/1.1", twice)
    assert wire.response()[0] == 400
    request = sandbox.requests[-1]
    assert request.target == experiments() + "?a=1"
    assert request.headers["content-length"] == "1, 2"
    assert request.headers["authorization"] == "***"
    assert "x-of-the-first" not in request.headers


def test_a_malformed_line_has_no_headers_of_the_request_before(
    wire: Wire, sandbox: Sandbox
) -> None:
    wire.request(f"GET {experiments()} HTTP/1.1", "X-Of-The-First: 1\r\n")
    wire.response()
    wire.send("GARBAGE\r\n\r\n")
    assert wire.response()[0] == 400
    assert sandbox.requests[-1].headers == {}


def test_a_tls_client_gets_the_advice_to_use_http(sandbox: Sandbox, wire: Wire) -> None:
    with (
        socket.create_connection(wire.socket.getpeername(), timeout=60) as plain,
        pytest.raises(ssl.SSLError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    wire.send(b"\x16\x03\x01\x02\x00\x01")
    status, _, body = wire.response()
    assert (status, "Use http://" in json.loads(body)["message"]) == (400, True)
    assert wire.closed()
    assert [(r.method, r.target, r.status) for r in sandbox.requests] == [("", "", 400)] * 2


def test_a_silent_connection_is_harmless(wire: Wire, client: Client) -> None:
    wire.socket.shutdown(socket.SHUT_WR)
    assert wire.closed()
    assert client.get(experiments()).status == 200


def test_a_client_that_disconnects_in_a_request_is_harmless(
    sandbox: Sandbox, client: Client
) -> None:
    for text in ("GET ", f"GET {experiments()} HTTP/1.1\r\nHost:", f"GET {experiments()} HTTP/1.1"):
        leaving = Wire(sandbox)
        leaving.send(text)
        leaving.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        leaving.close()
    assert client.get(experiments()).status == 200


def test_a_request_line_can_have_a_whole_url(wire: Wire, sandbox: Sandbox) -> None:
    wire.request(f"GET {sandbox.url}{experiments()}?limit=1 HTTP/1.1")
    assert wire.response()[0] == 200
    assert sandbox.requests[-1].target == experiments() + "?limit=1"
    wire.request("OPTIONS * HTTP/1.1")
    assert wire.response()[0] == 404


def test_header_names_are_case_insensitive(wire: Wire) -> None:
    wire.send(
        f"GET {experiments()} HTTP/1.1\r\nhost: localhost\r\nAUTHORIZATION: sandbox-token\r\n"
        "ld-api-version:beta  \r\n\r\n"
    )
    assert wire.response()[0] == 200


def test_invalid_bytes_in_a_path_match_no_key(wire: Wire) -> None:
    for path in ("/%", "/%zz", "/%00", "/%ff%fe", experiments() + "/%c3%28"):
        wire.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{HEADERS}\r\n")
        assert wire.response()[0] == 404


def test_a_response_is_sent_without_delay(wire: Wire, sandbox: Sandbox) -> None:
    server = sandbox._life.server
    assert server is not None
    wire.request(f"GET {experiments()} HTTP/1.1")
    wire.response()
    channels: Any = server._listener.active_channels
    (connection,) = channels.values()
    assert connection.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_failure_outside_a_call_is_logged(
    sandbox: Sandbox,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("broken application")

    monkeypatch.setattr(sandbox._application, "_record", broken)
    answer = client.get(experiments())
    assert (answer.status, answer.code) == (500, "internal_service_error")
    assert "broken application" in caplog.text
    monkeypatch.undo()
    assert client.get(experiments()).status == 200


def test_the_application_runs_in_any_wsgi_server(sandbox: Sandbox) -> None:
    from werkzeug.test import Client as WsgiClient

    other = WsgiClient(sandbox._application)
    headers = {"Authorization": "sandbox-token", "LD-API-Version": "beta"}
    response = other.post(experiments(), json=experiment_post("a/b"), headers=headers)
    assert response.status_code == 201
    response = other.get(experiment("a/b"), headers=headers)
    assert (response.status_code, response.get_json()["key"]) == (200, "a/b")
    environ = {"RAW_URI": None, "REQUEST_URI": None}
    response = other.get(experiments(), headers=headers, environ_overrides=environ)
    assert response.status_code == 200
    malformed = {"RAW_URI": "http://["}
    assert other.get("/", headers=headers, environ_overrides=malformed).status_code == 404
