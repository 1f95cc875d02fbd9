"""The protections of the wire stand aside if urllib3's connection classes were replaced.

They act in connection classes of the library's own. A tool that puts its own classes in urllib3's
place gets every request, and what urllib3 and the library do above the connection stays.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
import urllib3
import urllib3.connection

from launchdarkly_api.exceptions import ApiConnectionException, ApiException, ApiTimeoutException
from test.fault_server import BODY, FaultServer, answer, drop, head, raw, reset, stall, trickle
from test.resilience.certificates import Authority
from test.resilience.tools import Caller, RecordingClock
from test.tools.calls import BY_METHOD, each_method, make_all
from test.tools.conftest import Connect
from test.tools.service import Service


class Theirs(urllib3.connection.HTTPConnection):
    """A connection of some tool's own."""

    made = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        Theirs.made += 1
        super().__init__(*args, **kwargs)


class TheirsSecure(urllib3.connection.HTTPSConnection):
    """The same with TLS."""

    made = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        TheirsSecure.made += 1
        super().__init__(*args, **kwargs)


@pytest.fixture
def replaced() -> Iterator[None]:
    Theirs.made = TheirsSecure.made = 0
    with (
        mock.patch.object(urllib3.HTTPConnectionPool, "ConnectionCls", Theirs),
        mock.patch.object(urllib3.HTTPSConnectionPool, "ConnectionCls", TheirsSecure),
    ):
        yield


@pytest.mark.filterwarnings("ignore:get_legacy_experiment_results:DeprecationWarning")
def test_all_calls_go_through_the_classes_in_urllib3_s_place(
    replaced: None, service: Service, connect: Connect
) -> None:
    make_all(connect(service.url))
    assert (Theirs.made, service.count) == (1, 10)


def test_certificates_are_checked_in_replaced_classes(
    replaced: None, authority: Authority, connect: Connect
) -> None:
    with Service(authority.server_context(authority.issue("127.0.0.1"))) as service:
        with pytest.raises(ApiConnectionException, match="ssl_ca_cert"):
            connect(service.url).get_experiment("p", "e", "x")
        assert service.count == 0
        connect(service.url, ssl_ca_cert=str(authority.path)).get_experiment("p", "e", "x")
        assert (TheirsSecure.made, service.count) == (2, 1)


@each_method
def test_every_method_works_with_each_form_of_timeout(
    replaced: None, service: Service, connect: Connect, method: str
) -> None:
    api = connect(service.url)
    for timeout in (30, (5, 30), None):
        BY_METHOD[method](api, _request_timeout=timeout)
    assert service.methods() == [method] * 3


def test_what_is_above_the_connection_stays(replaced: None, connect: Connect) -> None:
    with FaultServer() as server:
        api = connect(server.url, max_response_bytes=1000)
        server.script(answer(200, b"[" + b" " * 5000 + b"]"))
        with pytest.raises(ApiException, match="max_response_bytes"):
            api.get_experiment("p", "e", "x")
        server.script(stall())
        with pytest.raises(ApiTimeoutException):
            api.get_experiment("p", "e", "x", _request_timeout=0.05)
        # The request that timed out takes its part of the script first.
        server.wait_until(lambda: len(server.requests) >= 2)
        server.script(drop(head(200, {"Content-Length": "50"}) + b"{"))
        with pytest.raises(ApiConnectionException):
            api.get_experiment("p", "e", "x")
        assert len(server.requests) == 3


def test_a_lost_write_is_not_repeated_in_replaced_classes(replaced: None, connect: Connect) -> None:
    with FaultServer() as server:
        api = connect(server.url, retries=2, max_retry_wait=0.001)
        for method in ("POST", "PATCH"):
            api.get_experiment("p", "e", "x")
            before = len(server.requests)
            server.script(reset())
            with pytest.raises(ApiException):
                BY_METHOD[method](api)
            assert len(server.requests) == before + 1
        server.script(reset(), reset())
        assert api.get_experiment("p", "e", "x").key == "exp"


def test_a_single_interim_response_is_read_past_in_replaced_classes(
    replaced: None, connect: Connect
) -> None:
    interim = head(100, reason="Continue")
    complete = head(200, {"Content-Length": str(len(BODY))}) + BODY
    with FaultServer(raw(interim + complete)) as server:
        assert connect(server.url).get_experiment("p", "e", "x").key == "exp"
        assert len(server.requests) == 1


def test_the_standard_library_s_classes_may_be_replaced_too(
    service: Service, connect: Connect
) -> None:
    seen: list[str] = []
    original = http.client.HTTPConnection.putrequest

    def watching(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        seen.append(method)
        return original(self, method, url, *args, **kwargs)

    api = connect(service.url)
    api.get_experiment("p", "e", "x")
    with mock.patch("http.client.HTTPConnection.putrequest", watching):
        api.get_experiment("p", "e", "x")
    api.get_experiment("p", "e", "x")
    assert (seen, service.count) == (["GET"], 3)


# The protections that stand aside, as the guide on resilience lists them.

COMPLETE = head(200, {"Content-Length": str(len(BODY))}) + BODY


def test_a_deadline_bounds_each_wait_alone_in_replaced_classes(replaced: None) -> None:
    clock = RecordingClock()
    with FaultServer(trickle(COMPLETE, lambda: clock.advance(1), keep=True)) as server:
        with Caller(server.url, clock, retries=0) as caller:
            assert caller.call(_request_timeout=30).key == "exp"
    assert clock.monotonic() > 1000 + 30


def test_a_head_may_be_larger_in_replaced_classes(replaced: None, connect: Connect) -> None:
    headers = [(f"X-Long-{number}", "x" * 60_000) for number in range(20)]
    with FaultServer(answer(headers=headers)) as server:
        assert connect(server.url).get_experiment("p", "e", "x").key == "exp"


def test_a_cut_head_passes_for_complete_in_replaced_classes(
    replaced: None, connect: Connect
) -> None:
    with FaultServer(drop(b"HTTP/1.1 204 No Content\r\nX-Cut: yes\r\n")) as server:
        assert BY_METHOD["DELETE"](connect(server.url)) is None
        assert len(server.requests) == 1


def test_a_write_may_use_an_idle_connection_in_replaced_classes(replaced: None) -> None:
    clock = RecordingClock()
    with FaultServer() as server, Caller(server.url, clock, retries=0) as caller:
        caller.call()
        clock.advance(10)
        caller.call("PATCH")
        assert server.connections == 1


def test_an_interim_response_other_than_100_is_taken_for_the_response_in_replaced_classes(
    replaced: None, connect: Connect
) -> None:
    with FaultServer(raw(head(103, reason="Early Hints") + COMPLETE)) as server:
        with pytest.raises(ApiException) as caught:
            connect(server.url).get_experiment("p", "e", "x")
    assert caught.value.status == 103
