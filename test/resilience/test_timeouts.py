"""Timeouts: of the call, of the configuration, and never infinite."""

from __future__ import annotations

import math
import socket
import threading
from typing import Any

import pytest
from urllib3.util.timeout import Timeout

from launchdarkly_api import Configuration
from launchdarkly_api._transport.timeout import DEFAULT, Timeouts, timeouts_for
from launchdarkly_api.exceptions import ApiTimeoutException, ApiTypeError, ApiValueError
from test.fault_server import FaultServer, answer, doing, endless, head, raw, stall, then, trickle
from test.resilience.tools import Caller, RecordingClock

PAIR = (3, 7)
DEFAULTED = Timeouts(10.0, 60.0, None)


@pytest.mark.parametrize(
    ("asked", "configured", "expected"),
    [
        (None, PAIR, Timeouts(3, 7)),
        (5, PAIR, Timeouts(5, 5, 5)),
        (0.5, PAIR, Timeouts(0.5, 0.5, 0.5)),
        ((1, 2), PAIR, Timeouts(1, 2)),
        ([1, 2], PAIR, Timeouts(1, 2)),
        ((None, 2), PAIR, Timeouts(3, 2)),
        ((1, None), PAIR, Timeouts(1, 7)),
        ((None, None), PAIR, Timeouts(3, 7)),
        (Timeout(connect=1, read=2), PAIR, Timeouts(1, 2)),
        (Timeout(connect=1), PAIR, Timeouts(1, 7)),
        (Timeout(read=2), PAIR, Timeouts(3, 2)),
        (Timeout(connect=None, read=None), PAIR, Timeouts(3, 7)),
        (Timeout(9), PAIR, Timeouts(9, 9, 9)),
        (Timeout(9, read=2), PAIR, Timeouts(9, 2, 9)),
        (Timeout(9, connect=1), PAIR, Timeouts(1, 9, 9)),
        (Timeout(total=Timeout.DEFAULT_TIMEOUT), PAIR, Timeouts(3, 7)),
        (None, 5, Timeouts(5, 5, 5)),
        ((None, 2), 5, Timeouts(5, 2)),
        (None, Timeout(9, read=2), Timeouts(9, 2, 9)),
        (None, None, DEFAULTED),
        (None, (None, None), DEFAULTED),
        (None, (None, 5), Timeouts(10, 5)),
        (None, Timeout(connect=None, read=None), DEFAULTED),
        (None, Timeout(), DEFAULTED),
        ((None, None), None, DEFAULTED),
        (1e300, None, Timeouts(1e6, 1e6, 1e6)),
        (10**400, None, Timeouts(1e6, 1e6, 1e6)),
    ],
)
def test_the_timeout_of_a_call_wins_over_the_configuration(
    asked: Any, configured: Any, expected: Timeouts
) -> None:
    assert timeouts_for(asked, configured) == expected


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, (1, 0), (-1, 1), (1,), (1, 2, 3)])
@pytest.mark.parametrize("by", ["call", "configuration"])
def test_a_timeout_that_is_not_positive_and_finite_is_refused(value: Any, by: str) -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        options = {"_request_timeout": value} if by == "call" else {}
        if by == "configuration":
            caller.configuration.timeout = value
        with pytest.raises(ApiValueError) as raised:
            caller.call(**options)
        assert server.requests == []
    name = "_request_timeout" if by == "call" else "Configuration.timeout"
    assert str(raised.value).startswith(f"{name} is ")


@pytest.mark.parametrize("value", ["5", True, ("1", 2), (1, False), object(), b"5"])
def test_a_timeout_of_another_type_is_refused(value: Any) -> None:
    with Caller("http://127.0.0.1:1") as caller, pytest.raises(ApiTypeError) as raised:
        caller.call(_request_timeout=value)
    assert "give seconds, a (connect, read) pair or a urllib3.Timeout" in str(raised.value)


def test_the_configuration_shows_the_default_timeout() -> None:
    assert Configuration().timeout == DEFAULT[:2] == (10.0, 60.0)


def test_urllib3_gets_the_timeout_of_the_call() -> None:
    made = Timeouts(1, 2, 3).timeout()
    assert (made.connect_timeout, made.read_timeout, made.total) == (1, 2, 3)


@pytest.mark.parametrize("configured", [None, (0.05, None), (None, 0.05)])
def test_a_timeout_of_none_is_not_infinite(configured: Any) -> None:
    with FaultServer(stall()) as server, Caller(server.url, retries=0) as caller:
        caller.configuration.timeout = configured
        with pytest.raises(ApiTimeoutException):
            caller.call(_request_timeout=(None, 0.05))


def test_a_call_may_have_a_longer_timeout_than_the_configuration() -> None:
    release = head(200, {"Content-Length": "2"})
    with (
        FaultServer(trickle(b"{}", lambda: None, release, keep=True)) as server,
        Caller(server.url, timeout=0.001) as caller,
    ):
        caller.call("PUT", _request_timeout=30)


def test_a_total_timeout_begins_anew_with_each_attempt() -> None:
    clock = RecordingClock()
    slow = trickle(b"y" * 100, lambda: clock.advance(1), b"HTTP/1.1 200 OK\r\nX: ")
    with FaultServer(slow, slow) as server, Caller(server.url, clock, timeout=10) as caller:
        caller.call()
        assert len(server.requests) == 3


def test_without_a_total_timeout_each_part_has_its_own() -> None:
    clock = RecordingClock()
    slow = trickle(
        b" " * 100, lambda: clock.advance(50), head(200, {"Content-Length": "102"}) + b"{}"
    )
    with FaultServer(slow) as server, Caller(server.url, clock, timeout=(5, 5)) as caller:
        # The transport's clock advances, and the socket's does not.
        assert caller.call("PUT") is not None
        assert len(server.requests) == 1


def test_an_unread_response_is_not_bounded_by_the_total_timeout() -> None:
    clock = RecordingClock()
    begun = threading.Event()
    slow = then(
        raw(head(200, {"Content-Length": "50"}), keep=True),
        doing(lambda: begun.wait(60)),
        trickle(b"y" * 50, lambda: clock.advance(1)),
    )
    with FaultServer(slow) as server, Caller(server.url, clock, timeout=10) as caller:
        response = caller.call(_preload_content=False)
        begun.set()
        assert response.read() == b"y" * 50
        response.close()


def test_an_unread_response_is_not_bounded_by_max_response_bytes() -> None:
    with (
        FaultServer(endless(b"x" * 65536, head(200))) as server,
        Caller(server.url, max_response_bytes=10) as caller,
    ):
        response = caller.call(_preload_content=False)
        assert len(response.read(300_000)) == 300_000
        response.close()


@pytest.mark.parametrize("name", ["max_retry_wait", "max_response_bytes"])
@pytest.mark.parametrize("value", [-1, None, "1", math.nan, math.inf, True, 10**400])
def test_a_limit_that_is_not_a_number_from_0_is_refused(name: str, value: Any) -> None:
    with (
        FaultServer(answer(503, "", {"Retry-After": "1"})) as server,
        Caller(server.url, **{name: value}) as caller,
    ):
        with pytest.raises(ApiValueError) as raised:
            caller.call()
        assert len(server.requests) <= 1
    assert str(raised.value).startswith(f"Configuration.{name} is {value!r:.60}; give a number of ")


@pytest.mark.parametrize("timeout", [(0.3, 5), 0.3])
def test_an_upload_that_stalls_is_a_timeout(timeout: Any) -> None:
    """The service accepts the connection, and reads nothing of a large body."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**12)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Caller(url, timeout=timeout) as caller:
            with pytest.raises(ApiTimeoutException) as raised:
                caller.client.call_api("/x", "POST", body=b"x" * 2**24)
    assert "timed out while sending the request; see Configuration.timeout" in str(raised.value)
    assert raised.value.attempts == 1
