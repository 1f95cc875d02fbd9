"""Connections: kept, closed by the server, shared, returned to the pool."""

from __future__ import annotations

import gc
import logging
import socket
import ssl
import threading
from typing import Any

import pytest
import urllib3
from urllib3.exceptions import HTTPError, SSLError

from launchdarkly_api._transport.errors import Description, describe
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    ApiValueError,
    NotFoundException,
)
from test.fault_server import FaultServer, answer, doing, drop, head, raw, refusing, reset, then
from test.resilience.tools import Caller, RecordingClock

ALL = ["GET", "PUT", "DELETE", "POST", "PATCH"]


@pytest.mark.parametrize("method", ALL)
def test_one_connection_serves_one_thread(method: str) -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        for _ in range(5):
            caller.call(method)
        assert server.connections == 1


@pytest.mark.parametrize("status", [200, 404, 302])
def test_an_error_status_keeps_the_connection(status: int) -> None:
    with FaultServer(*[answer(status, "some text")] * 3) as server, Caller(server.url) as caller:
        for _ in range(3):
            with pytest.raises(ApiException):
                caller.call()
        assert server.connections == 1


@pytest.mark.parametrize("method", ALL)
def test_a_connection_closed_between_calls_is_replaced(method: str) -> None:
    """The server has closed its side: the call opens a new connection and waits for nothing."""
    closed = threading.Event()
    with (
        FaultServer(then(answer(keep=False), doing(closed.set))) as server,
        Caller(server.url) as caller,
    ):
        caller.call()
        assert wait_for_bytes(caller) == b""
        caller.call(method)
        assert server.connections == len(server.requests) == 2
        assert caller.sleeps == []


def wait_for_bytes(caller: Caller) -> bytes:
    """Wait for an unread byte on the idle connection; returns ``b""`` if it was closed."""
    return idle_socket(caller).recv(1, socket.MSG_PEEK)


def idle_socket(caller: Caller) -> socket.socket:
    pool = caller.client.rest_client.pool_manager.connection_from_url(caller.configuration.host)
    assert pool.pool is not None
    connection = pool.pool.get(block=False)
    pool.pool.put(connection, block=False)
    sock: socket.socket = connection.sock
    return sock


def test_a_connection_reset_during_a_call_repeats_no_write() -> None:
    for method in ALL:
        with FaultServer(answer(), reset()) as server, Caller(server.url) as caller:
            caller.call()
            if method in ("POST", "PATCH"):
                with pytest.raises(ApiConnectionException):
                    caller.call(method)
                assert len(server.requests) == 2
            else:
                caller.call(method)
                assert len(server.requests) == 3


@pytest.mark.parametrize(("idle", "connections"), [(1.0, 1), (3.0, 2)])
def test_a_write_uses_no_connection_that_was_idle_for_long(idle: float, connections: int) -> None:
    clock = RecordingClock()
    for method in ("POST", "PATCH"):
        with FaultServer() as server, Caller(server.url, clock) as caller:
            caller.call()
            clock.advance(idle)
            caller.call(method)
            assert server.connections == connections


def test_a_call_without_retries_uses_no_connection_that_was_idle_for_long() -> None:
    clock = RecordingClock()
    with FaultServer() as server, Caller(server.url, clock, retries=0) as caller:
        caller.call()
        clock.advance(3)
        caller.call()
        assert server.connections == 2


def test_a_read_uses_a_connection_that_was_idle_for_long() -> None:
    clock = RecordingClock()
    with FaultServer() as server, Caller(server.url, clock) as caller:
        caller.call()
        clock.advance(3000)
        caller.call()
        assert server.connections == 1


MORE = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"junk", b"\n"]


@pytest.mark.parametrize("more", MORE)
@pytest.mark.parametrize("status", [404, 204])
def test_bytes_behind_a_response_are_not_the_next_response(more: bytes, status: int) -> None:
    """Taking them for it is known as response splitting."""
    first = head(status, {"Content-Length": "0"} if status == 404 else ()) + more
    with FaultServer(raw(first, keep=True)) as server, Caller(server.url) as caller:
        if status == 404:
            with pytest.raises(NotFoundException):
                caller.call("DELETE")
        else:
            caller.call("DELETE")
        assert caller.call().key == "exp"


@pytest.mark.parametrize("more", MORE)
def test_bytes_that_follow_a_response_later_are_not_the_next_response(more: bytes) -> None:
    answered = threading.Event()
    late = then(answer(), doing(lambda: answered.wait(60)), raw(more, keep=True))
    with FaultServer(late) as server, Caller(server.url) as caller:
        caller.call()
        answered.set()
        wait_for_bytes(caller)
        assert caller.call().key == "exp"
        assert server.connections == 2


def test_a_refused_call_succeeds_when_the_service_listens_again() -> None:
    """The first attempts are refused, and a later one finds the service."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        host, port = holder.getsockname()
        clock = RecordingClock()
        opened = threading.Event()

        class Opening(RecordingClock):
            def sleep(self, seconds: float) -> None:
                super().sleep(seconds)
                if len(self.sleeps) == 2:
                    holder.listen()
                    opened.set()

        clock = Opening()

        def serve() -> None:
            opened.wait(60)
            sock, _ = holder.accept()
            with sock:
                sock.recv(65536)
                sock.sendall(head(200, {"Content-Length": "2"}) + b"{}")

        thread = threading.Thread(target=serve)
        thread.start()
        with Caller(f"http://{host}:{port}", clock) as caller:
            caller.call("PUT")
        thread.join()
        assert len(clock.sleeps) == 2


def test_a_call_after_close_opens_a_new_connection() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        caller.call()
        caller.client.close()
        caller.client.close()
        caller.call()
        assert server.connections == 2


def test_a_call_survives_a_close_in_another_thread() -> None:
    """The pool is closed after it was chosen, and before a connection is taken from it."""
    with FaultServer() as server, Caller(server.url) as caller:
        caller.call()
        connections = caller.client.rest_client._sender.connections
        chosen = connections.route

        def route(origin: str) -> Any:
            found = chosen(origin)
            vars(connections).pop("route", None)
            caller.client.close()
            return found

        connections.route = route  # type: ignore[method-assign]
        caller.call("POST")
        assert len(server.requests) == 2
        assert caller.sleeps == []


def test_many_threads_may_share_a_small_pool(caplog: pytest.LogCaptureFixture) -> None:
    with FaultServer() as server, Caller(server.url, connection_pool_maxsize=2) as caller:
        barrier = threading.Barrier(6)

        def work() -> None:
            barrier.wait()
            for _ in range(10):
                caller.call()

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.requests) == 60
        pool = caller.client.rest_client.pool_manager.connection_from_url(server.url)
        assert pool.pool is not None
        assert pool.pool.qsize() == 2


def test_a_failed_connection_leaves_its_place_in_the_pool(caplog: pytest.LogCaptureFixture) -> None:
    """One of two connections is lost; the pool of one keeps the other."""
    lost, both = threading.Event(), threading.Barrier(2)
    script = [
        then(doing(both.wait), drop()),
        then(doing(both.wait), doing(lambda: lost.wait(60)), answer()),
    ]
    caplog.set_level(logging.WARNING, "urllib3")
    with (
        FaultServer(*script) as server,
        Caller(server.url, connection_pool_maxsize=1, retries=0) as caller,
    ):

        def work() -> None:
            try:
                caller.call()
            except ApiConnectionException:
                lost.set()

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        caller.call()
        assert (server.connections, len(server.requests)) == (2, 3)
    assert caplog.records == []


def test_a_full_backlog_is_a_connect_timeout() -> None:
    """The system repeats its SYN, and the server's full queue drops each one."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Caller(url, timeout=(0.05, 5), retries=1) as caller:
            with pytest.raises(ApiTimeoutException) as raised:
                caller.call("POST")
        for sock in waiting:
            sock.close()
    assert "timed out while connecting; see Configuration.timeout" in str(raised.value)
    assert raised.value.attempts == 2


def test_a_host_that_a_url_cannot_hold_is_a_connection_error() -> None:
    with pytest.raises(ApiValueError, match="is not a URL: a host's name has letters"):
        Caller(f"https://{'a' * 64}.test")


def test_an_unknown_error_is_described_by_its_own_words() -> None:
    assert describe(HTTPError("odd")) == Description("HTTPError: odd")
    revoked = ssl.SSLCertVerificationError("x")
    revoked.verify_code, revoked.verify_message = 23, "certificate revoked"
    assert describe(SSLError(revoked)) == Description(
        "the certificate was refused: certificate revoked", ""
    )


def test_an_unread_response_has_a_file_descriptor() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        answered = caller.call(_preload_content=False)
        assert answered.fileno() > 0
        answered.release_conn()


@pytest.mark.parametrize("size", [0, -1, "4", True, 1.5])
def test_a_pool_size_that_is_not_a_number_from_1_is_refused(size: Any) -> None:
    caller = Caller("http://127.0.0.1:1", connection_pool_maxsize=size)
    with pytest.raises(ApiValueError) as raised:
        caller.call()
    assert f"Configuration.connection_pool_maxsize is {size!r}" in str(raised.value)


def test_a_pool_size_of_none_is_the_default() -> None:
    with FaultServer() as server, Caller(server.url, connection_pool_maxsize=None) as caller:
        caller.call()
        assert caller.client.rest_client.pool_manager.connection_pool_kw["maxsize"] == 4


def test_old_code_can_use_the_pool_manager() -> None:
    """Old code makes requests of its own with it."""
    with FaultServer() as server, Caller(server.url) as caller:
        manager = caller.client.rest_client.pool_manager
        assert isinstance(manager, urllib3.PoolManager)
        assert manager.request("GET", f"{server.url}/other").status == 200
        assert manager.request("POST", f"{server.url}/other").status == 200
        assert server.connections == 1


def test_socket_options_are_set() -> None:
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    with FaultServer() as server, Caller(server.url, socket_options=options) as caller:
        caller.call()
        assert idle_socket(caller).getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


def test_a_host_may_be_an_ipv6_address() -> None:
    try:
        server = FaultServer(host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    with server, Caller(server.url) as caller:
        caller.call()
        assert server.requests[0].header("Host") == server.url.removeprefix("http://")


def test_a_forgotten_client_closes_its_sockets() -> None:
    """The warning filters of the tests turn a ResourceWarning into an error."""
    with FaultServer(answer(), drop(head(200))) as server:
        caller = Caller(server.url, retries=0)
        caller.call()
        sock = idle_socket(caller)
        del caller
        gc.collect()
        assert sock.fileno() == -1


def test_a_closed_unread_response_closes_its_connection() -> None:
    with FaultServer(answer(), answer()) as server, Caller(server.url) as caller:
        response = caller.call(_preload_content=False)
        response.close()
        caller.call()
        assert server.connections == 2


def test_a_refused_connection_leaves_no_socket() -> None:
    with refusing() as url, Caller(url) as caller:
        with pytest.raises(ApiConnectionException):
            caller.call()
        del caller
        gc.collect()
