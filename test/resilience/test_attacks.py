"""Faults beyond those of the guide's table."""

from __future__ import annotations

import json
import logging
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    BadRequestException,
    OpenApiException,
)
from test.fault_server import (
    BODY,
    EXPERIMENT,
    FaultServer,
    Peer,
    answer,
    before_reading,
    doing,
    drop,
    endless,
    head,
    raw,
    stall,
    then,
)
from test.resilience.certificates import Authority
from test.resilience.test_connections import wait_for_bytes
from test.resilience.tools import POST, Caller

OK = head(200, {"Content-Length": str(len(BODY))}) + BODY


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_an_interim_response_is_not_taken_for_the_final_one(status: int) -> None:
    """Nor are the bytes after it taken for the response to the next request."""
    interim = head(status, {"Link": "</x>"}) * 3
    script = [raw(interim + OK, keep=True), answer(200, {**EXPERIMENT, "key": "next"})]
    with FaultServer(*script) as server, Caller(server.url) as caller:
        assert caller.call("POST").key == "exp"
        assert caller.call().key == "next"
        assert server.connections == 1


def test_an_unrequested_protocol_switch_closes_the_connection() -> None:
    """The bytes after a 101 are not HTTP, so the connection cannot be used again."""
    switched = raw(head(101, {"Upgrade": "x"}) + OK, keep=True)
    with FaultServer(switched) as server, Caller(server.url) as caller:
        with pytest.raises(ApiException) as raised:
            caller.call()
        assert raised.value.status == 101
        assert caller.call().key == "exp"
        assert server.connections == 2


def test_endless_interim_responses_are_an_error() -> None:
    with FaultServer(endless(head(103, {"Link": "</x>"}))) as server:
        with Caller(server.url, retries=0) as caller, pytest.raises(ApiException) as raised:
            caller.call()
        assert server.sent_endlessly < 50_000_000
    assert "head is larger" in str(raised.value)


def test_a_response_before_the_request_is_complete_is_read() -> None:
    """A gateway refuses a large request without reading it."""

    def refuse(peer: Peer) -> bool:
        peer.send(head(413, {"Content-Length": "5"}) + b"large")
        peer.sock.shutdown(socket.SHUT_WR)
        peer.wait_for_close()
        return False

    large = {**POST, "description": "x" * 5_000_000}
    with FaultServer(before_reading(refuse)) as server, Caller(server.url) as caller:
        with pytest.raises(ApiException) as raised:
            caller.api.create_experiment("p", "e", large)
    assert (raised.value.status, raised.value.body) == (413, "large")


def test_a_408_on_an_idle_connection_answers_no_call() -> None:
    """Load balancers send a 408 before they close a connection. It belongs to no request."""
    idle = threading.Event()
    farewell = then(answer(), doing(lambda: idle.wait(60)), raw(head(408, {"Connection": "close"})))
    for method in ("GET", "POST"):
        idle.clear()
        with FaultServer(farewell) as server, Caller(server.url) as caller:
            caller.call()
            idle.set()
            wait_for_bytes(caller)
            caller.call(method)
            assert server.connections == 2


def test_a_response_before_any_request_is_taken_for_the_response() -> None:
    """HTTP/1.1 cannot tell such a response from one to the request that follows it."""
    with FaultServer(before_reading(raw(head(400, {"Content-Length": "2"}) + b"no"))) as server:
        with Caller(server.url, retries=0) as caller, pytest.raises(OpenApiException) as raised:
            caller.call("POST")
    assert isinstance(raised.value, (BadRequestException, ApiConnectionException))


@pytest.mark.parametrize("size", ["-5", "-1", "FFFFFFFFFFFFFFFF", "0x10", "+5", "1_0", " 5 ", ""])
def test_a_strange_chunk_size_does_not_read_for_ever(size: str) -> None:
    """No size makes the client read for ever, or more than ``max_response_bytes``."""
    first = head(200, {"Transfer-Encoding": "chunked"}) + f"{size}\r\n".encode()
    with (
        FaultServer(endless(b"x" * 65536, first)) as server,
        Caller(server.url, retries=0, max_response_bytes=200_000) as caller,
    ):
        with pytest.raises(ApiException) as raised:
            caller.call()
        assert size != "-5" or "a chunk has a negative size" in str(raised.value)
        assert server.sent_endlessly < 50_000_000


def test_a_handshake_that_never_ends_is_repeated_for_writes_too() -> None:
    """Nothing was sent, so a write is repeated too."""
    with FaultServer(*[before_reading(stall())] * 4) as server:
        url = server.url.replace("http:", "https:")
        with Caller(url, timeout=(0.05, 5)) as caller:
            with pytest.raises(ApiTimeoutException) as raised:
                caller.call("POST")
            assert raised.value.attempts == 4
        server.wait_until(lambda: server.connections >= 4)
        assert server.connections == 4


def test_tls_that_ends_without_close_notify_is_a_cut_response(authority: Authority) -> None:
    """Without a length, only TLS's ``close_notify`` marks the end of a body."""

    def cut(peer: Peer) -> bool:
        peer.send(head(200) + BODY[:40])
        assert isinstance(peer.sock, ssl.SSLSocket)
        socket.socket.shutdown(peer.sock, socket.SHUT_WR)
        return False

    context = authority.server_context(authority.issue("127.0.0.1"))
    with (
        FaultServer(cut, context=context) as server,
        Caller(server.url, ssl_ca_cert=str(authority.path), retries=0) as caller,
        pytest.raises(ApiException),
    ):
        caller.call()


CALL_WITHOUT_FILES = """
import resource
import socket
import sys

from launchdarkly_api.exceptions import ApiConnectionException
from test.resilience.tools import Caller

with Caller(sys.argv[1]) as caller:
    caller.call("POST")
    caller.client.close()
    fill = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    try:
        while True:
            fill.append(socket.socket())
    except OSError:
        pass
    try:
        caller.call("POST")
    except ApiConnectionException as error:
        for sock in fill:
            sock.close()
        print(error.attempts, error)
    assert caller.call().key == "exp"
"""


def test_a_process_without_file_descriptors_gets_a_connection_error() -> None:
    """Nothing is sent, and the client can call again when there are descriptors."""
    with FaultServer() as server:
        told = subprocess.run(
            [sys.executable, "-c", CALL_WITHOUT_FILES, server.url],
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert told.stdout.startswith("4 "), told.stderr
    assert "Too many open files" in told.stdout
    assert [request.method for request in server.requests] == ["POST", "GET"]


def test_a_malformed_header_line_ends_the_head(caplog: pytest.LogCaptureFixture) -> None:
    """Python's parser ends the head at that line, and the body with the connection."""
    caplog.set_level(logging.CRITICAL, "urllib3")
    strange = b"HTTP/1.1 200 OK\r\nthis is no header\r\nContent-Length: 9999\r\n\r\n" + BODY
    with FaultServer(drop(strange)) as server, Caller(server.url, retries=0) as caller:
        assert caller.call().key == "exp"


def test_a_long_reason_is_cut_in_the_message() -> None:
    with FaultServer(raw(b"HTTP/1.1 400 " + b"x" * 60_000 + b"\r\n\r\n")) as server:
        with Caller(server.url) as caller, pytest.raises(BadRequestException) as raised:
            caller.call()
    assert len(str(raised.value)) < 500


def test_a_long_error_message_is_kept_whole_and_shown_in_part() -> None:
    """The exception keeps the whole message, and its text shows the beginning."""
    said = {"code": "c" * 60_000, "message": "m" * 60_000, "id": "i" * 60_000}
    with FaultServer(answer(400, json.dumps(said))) as server:
        with Caller(server.url) as caller, pytest.raises(BadRequestException) as raised:
            caller.call()
    assert len(str(raised.value)) < 2_000
    assert raised.value.message == said["message"]


def test_chunks_win_over_a_content_length(caplog: pytest.LogCaptureFixture) -> None:
    """Otherwise a response could smuggle another one in, as in request smuggling."""
    caplog.set_level(logging.CRITICAL, "urllib3")
    both = head(200, {"Content-Length": "3", "Transfer-Encoding": "chunked"})
    data = both + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    with FaultServer(raw(data, keep=True)) as server, Caller(server.url) as caller:
        assert caller.call().key == "exp"
        assert caller.call().key == "exp"


def test_a_lone_surrogate_in_an_error_can_be_printed() -> None:
    """JSON can hold a surrogate, and UTF-8 cannot."""
    with FaultServer(answer(400, '{"message": "\\ud800", "code": "\\udfff"}')) as server:
        with Caller(server.url) as caller, pytest.raises(BadRequestException) as raised:
            caller.call()
    str(raised.value).encode()
    assert raised.value.message == "\ud800"
    with FaultServer(answer(200, json.dumps({**EXPERIMENT, "name": "\ud800"}))) as server:
        with Caller(server.url) as caller:
            assert caller.call().name == "\ud800"


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="there are no such signals here")
def test_a_signal_handler_can_call_in_the_middle_of_a_call() -> None:
    """The signals arrive at different moments of a call of the same thread."""
    main, begun = threading.get_ident(), threading.Semaphore(0)
    inside = done = 0

    def handle(*_: Any) -> None:
        nonlocal inside
        inside += 1
        assert caller.call().key == "exp"

    def interrupt() -> None:
        # One signal per call: on a slow machine handlers would nest in each other.
        for number in range(100):
            begun.acquire()
            time.sleep(0.0001 * (number % 20))
            signal.pthread_kill(main, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, handle)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with FaultServer() as server, Caller(server.url) as caller:
            while thread.is_alive():
                begun.release()
                assert caller.call().key == "exp"
                done += 1
            assert len(server.requests) == done + inside
            assert inside > 10
    finally:
        begun.release(100)
        thread.join()
        signal.signal(signal.SIGUSR1, before)


def test_a_server_that_closes_new_connections_is_called_again() -> None:
    """Two new connections are closed at once; the third one serves the call."""
    with FaultServer(*[before_reading(drop())] * 2) as server, Caller(server.url) as caller:
        assert caller.call().key == "exp"
        assert server.connections == 3
        assert len(caller.sleeps) == 2


def test_many_small_gzip_members_stay_within_the_limit() -> None:
    """Each member costs the reader more than the writer."""
    import gzip

    members = gzip.compress(b"") * 20_000
    with (
        FaultServer(
            answer(200, members + gzip.compress(BODY), {"Content-Encoding": "gzip"})
        ) as server,
        Caller(server.url) as caller,
    ):
        assert caller.call().key == "exp"
