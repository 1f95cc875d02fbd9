"""Faults of the connection: resets, and responses that arrive in small pieces."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3

from launchdarkly_api import ApiClient
from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi
from launchdarkly_api.exceptions import ApiTimeoutException
from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.http.server import RESET
from launchdarkly_api.sandbox.http.trickle import INTERVAL_SECONDS, Trickle
from test.sandbox.client import Client, experiment, experiment_post, experiments
from test.sandbox.test_http import HEADERS, HOST, Wire

GET = f"GET {experiments()} HTTP/1.1\r\n{HOST}{HEADERS}\r\n"


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[Wire]:
    connection = Wire(sandbox)
    yield connection
    connection.close()


def pieces(connection: socket.socket) -> Iterator[bytes]:
    """The parts in which a response arrives."""
    while part := connection.recv(65_536):
        yield part


def response(connection: socket.socket) -> bytes:
    """One response on a connection that stays open."""
    data = b""
    for part in pieces(connection):
        data += part
        head, end, body = data.partition(b"\r\n\r\n")
        if end:
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            if len(body) >= length:
                break
    return data


def wait_until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.001)


def listener_of(sandbox: Sandbox) -> Any:
    server = sandbox._life.server
    assert server is not None
    return server._listener


# Resets.


def test_a_client_that_resets_in_the_middle_of_a_body_leaves_no_error(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        wire = Wire(sandbox)
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        wire.request(f"POST {experiments()} HTTP/1.1", "Content-Length: 100\r\n", "{")
        wire.close()
    wait_until(lambda: not listener_of(sandbox).active_channels)
    sandbox.stop()
    assert not caplog.records
    assert {request.status for request in sandbox.requests} <= {400}


def test_a_reset_is_not_the_end_of_a_connection(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.fail_next(reset=True)
    wire.send(GET)
    with pytest.raises(ConnectionResetError):
        wire.socket.recv(1)
    sandbox.fail_next(drop=True)
    other = Wire(sandbox)
    other.send(GET)
    assert other.socket.recv(1) == b""
    other.close()


@pytest.mark.parametrize("applied", [False, True])
def test_a_reset_loses_the_response_and_perhaps_the_request(
    sandbox: Sandbox, client: Client, applied: bool
) -> None:
    sandbox.fail_next(reset=True, applied=applied)
    with pytest.raises(urllib3.exceptions.ProtocolError) as caught:
        client.create()
    assert isinstance(caught.value.args[1], ConnectionResetError)
    assert client.get(experiment()).status == (200 if applied else 404)
    first = sandbox.requests[0]
    assert (first.call, first.status) == ("create_experiment", 0)


def test_a_reset_ends_a_connection_that_was_in_use(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.fail_next(reset=True, call="create_experiment")
    wire.send(GET)
    assert wire.response()[0] == 200
    body = json.dumps(experiment_post())
    # Part of the next request is unread when the connection ends.
    wire.request(f"POST {experiments()} HTTP/1.1", f"Content-Length: {len(body)}\r\n", body + GET)
    with pytest.raises(ConnectionResetError):
        wire.response()


def test_a_reset_of_a_pipelined_request_waits_for_the_body_of_no_other(
    sandbox: Sandbox, wire: Wire
) -> None:
    sandbox.fail_next(reset=True)
    wire.send(GET + f"POST {experiments()} HTTP/1.1\r\n{HOST}{HEADERS}Content-Length: 9\r\n\r\n{{")
    with pytest.raises(ConnectionResetError):
        wire.socket.recv(1)


def test_a_reset_may_be_slow(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.fail_next(reset=True, slow=0.1)
    wire.send(GET)
    with pytest.raises(ConnectionResetError):
        wire.socket.recv(1)


def test_a_rate_has_resets_and_trickles(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_rate(1, statuses=(), reset=True, trickle=0.001)
    outcomes = set()
    for _ in range(40):
        try:
            outcomes.add(client.get(experiments()).status)
        except urllib3.exceptions.ProtocolError:
            outcomes.add(0)
    assert outcomes == {200, 0}


# Trickles.


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the pieces that trickles send. On their way, TCP may join them.

    Time passes whenever a trickle looks at its clock, however busy this computer is.
    """
    sizes: list[int] = []
    original, times = Trickle.pieces, itertools.count(0, INTERVAL_SECONDS)

    def noting(self: Trickle, response: bytes) -> Iterator[bytes]:
        for piece in original(self, response):
            sizes.append(len(piece))
            yield piece

    monkeypatch.setattr(Trickle, "pieces", noting)
    clock = SimpleNamespace(monotonic=lambda: next(times))
    monkeypatch.setattr("launchdarkly_api.sandbox.http.trickle.time", clock)
    return sizes


@pytest.mark.parametrize("slow", [0, 0.05])
def test_a_trickle_sends_the_usual_response_in_pieces(
    sandbox: Sandbox, wire: Wire, sent: list[int], slow: float
) -> None:
    sandbox.fail_next(trickle=1, slow=slow)
    wire.send(GET)
    head, _, body = response(wire.socket).partition(b"\r\n\r\n")
    assert len(sent) >= 10
    # The head is not sent at once either.
    assert sum(sent[:2]) < len(head)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(body)["total_count"] == 0
    wire.send(GET)
    assert wire.response()[0] == 200


def test_a_trickle_works_with_a_status(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(503, trickle=0.2, body="x" * 100_000, headers={"Retry-After": "1"})
    answer = client.get(experiments())
    assert (answer.status, answer.data) == (503, b"x" * 100_000)


def test_a_large_response_trickles_too(sandbox: Sandbox, wire: Wire, sent: list[int]) -> None:
    sandbox.fail_next(503, trickle=1, body="x" * 5_000_000)
    wire.send(GET)
    assert len(response(wire.socket)) == sum(sent) > 5_000_000
    assert len(sent) >= 10


def test_a_cut_response_trickles_and_ends(sandbox: Sandbox, wire: Wire, sent: list[int]) -> None:
    sandbox.fail_next(cut=True, trickle=0.5)
    wire.send(GET)
    head, _, body = b"".join(pieces(wire.socket)).partition(b"\r\n\r\n")
    assert len(sent) >= 5
    length = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
    assert len(body) == length // 2


def test_a_trickle_of_a_head_request_has_no_body(
    sandbox: Sandbox, wire: Wire, sent: list[int]
) -> None:
    sandbox.fail_next(trickle=0.5)
    wire.request(f"HEAD {experiments()} HTTP/1.1", "Connection: close\r\n")
    assert b"".join(pieces(wire.socket)).endswith(b"\r\n\r\n")
    assert len(sent) >= 5


def test_a_pipelined_response_follows_a_trickle(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.fail_next(503, trickle=0.2)
    sandbox.fail_next(500)
    sandbox.fail_next(502, trickle=0.2)
    wire.send(GET * 4)
    assert [wire.response()[0] for _ in range(4)] == [503, 500, 502, 200]


def test_a_read_timeout_does_not_end_a_trickle_but_a_total_timeout_does(sandbox: Sandbox) -> None:
    with ApiClient(sandbox.configuration()) as client:
        api = ExperimentsBetaApi(client)
        sandbox.fail_next(trickle=3)
        api.get_experiments("demo", "test", _request_timeout=(10, 1))
        sandbox.fail_next(trickle=600, count=100)
        with pytest.raises(ApiTimeoutException):
            api.get_experiments("demo", "test", _request_timeout=1)


@pytest.mark.parametrize("fault", [{"slow": 600}, {"trickle": 600}])
def test_delayed_calls_do_not_hold_up_others(
    sandbox: Sandbox, client: Client, fault: dict[str, Any]
) -> None:
    sandbox.fail_next(**fault, count=200)
    wires = [Wire(sandbox) for _ in range(200)]
    for wire in wires:
        wire.send(GET)
    wait_until(lambda: not sandbox._application.faults._planned)
    assert client.get(experiments()).status == 200
    # Above all, they can be ended from another process.
    assert client.call("POST", "/__sandbox/reset").status == 204
    for wire in wires:
        with contextlib.suppress(ConnectionResetError):
            assert len(b"".join(pieces(wire.socket))) < 100
        wire.close()


def test_a_thread_that_the_system_refuses_delays_a_request(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.latency(0.2)
    assert client.get(experiments()).status == 200

    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    wires = [Wire(sandbox) for _ in range(3)]
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refused)
        for wire in wires:
            wire.send(GET)
        assert [wire.response()[0] for wire in wires] == [200, 200, 200]
    for wire in wires:
        wire.close()


def test_stop_and_reset_end_trickles(sandbox: Sandbox) -> None:
    for end in (sandbox.reset, sandbox.stop):
        sandbox.fail_next(trickle=80_000, count=64)
        wires = [Wire(sandbox) for _ in range(64)]
        for wire in wires:
            wire.send(GET)
        for wire in wires:
            assert wire.socket.recv(1) == b"H"
        ending = threading.Thread(target=end)
        ending.start()
        ending.join(60)
        assert not ending.is_alive()
        for wire in wires:
            with contextlib.suppress(ConnectionResetError):
                assert len(b"".join(pieces(wire.socket))) < 100
            wire.close()


def test_a_client_may_leave_a_trickle(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(trickle=2, count=2)
    for _ in range(2):
        leaving = http.client.HTTPConnection(sandbox.url.removeprefix("http://"))
        leaving.connect()
        leaving.sock.sendall(GET.encode())
        leaving.sock.recv(1)
        leaving.close()
    wait_until(lambda: not listener_of(sandbox).active_channels)
    assert client.get(experiments()).status == 200


# The end of connections.


def test_a_connection_outlives_a_clock_that_is_set_forward(
    sandbox: Sandbox, client: Client, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.send(GET)
    assert wire.response()[0] == 200
    wait_until(lambda: listener_of(sandbox).task_dispatcher.active_count == 0)
    present = time.time()
    monkeypatch.setattr("time.time", lambda: present + 10 * 31_557_600)
    # The server looks for idle connections before the next event.
    for _ in range(3):
        assert client.get(experiments()).status == 200
    wire.send(GET)
    assert wire.response()[0] == 200


def test_a_refused_client_that_sends_on_loses_its_connection(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launchdarkly_api.sandbox.http.server.DRAIN_BYTES", 100_000)
    wire.send("GARBAGE\r\n\r\n")
    assert wire.response()[0] == 400
    with pytest.raises(ConnectionError):
        # More than the buffers of the connection hold: the server must react before the end.
        for _ in range(1_000):
            wire.send(b"x" * 100_000)


def test_a_thread_that_outlives_a_stop_writes_to_no_file_of_others(sandbox: Sandbox) -> None:
    listener = listener_of(sandbox)
    sandbox.stop()
    reading, writing = os.pipe()
    try:
        os.set_blocking(reading, False)
        # One of the two has the number of the pipe that woke the listener.
        for _ in range(3):
            listener.pull_trigger()
        with pytest.raises(BlockingIOError):
            os.read(reading, 1)
    finally:
        os.close(reading)
        os.close(writing)
