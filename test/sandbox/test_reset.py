"""A reset leaves nothing behind, not even of requests without a response yet."""

from __future__ import annotations

import json
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import Client, experiment, experiment_post, experiments
from test.sandbox.test_http import Wire


class Asking(threading.Thread):
    """A request on a thread of its own, and whether its connection was dropped."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(daemon=True)
        self.client = Client(sandbox.url)
        self.dropped = False
        self.start()

    def run(self) -> None:
        try:
            self.client.create("left-over")
        except urllib3.exceptions.ProtocolError:
            self.dropped = True

    def end(self) -> bool:
        self.join(60)
        assert not self.is_alive()
        self.client.close()
        return self.dropped


def begun(sandbox: Sandbox, line: str, body: str) -> Wire:
    """A request whose body the sandbox waits for."""
    wire = Wire(sandbox)
    wire.request(
        f"{line} HTTP/1.1",
        "Expect: 100-continue\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n",
    )
    assert wire.file.readline() == b"HTTP/1.1 100 Continue\r\n"
    assert wire.file.readline() == b"\r\n"
    return wire


def assert_nothing_is_left(sandbox: Sandbox, client: Client) -> None:
    assert not sandbox.requests
    assert client.get(experiments()).json["total_count"] == 0
    assert [request.call for request in sandbox.requests] == ["get_experiments"]


@pytest.mark.parametrize("how", [{}, {"status": 503, "applied": True}, {"cut": True}])
def test_reset_drops_a_request_in_a_slow_fault(
    sandbox: Sandbox, client: Client, how: dict[str, Any]
) -> None:
    sandbox.fail_next(slow=600, **how)
    asking = Asking(sandbox)
    while sandbox._application.faults._planned:
        time.sleep(0.001)
    sandbox.reset()
    assert asking.end()
    assert_nothing_is_left(sandbox, client)


def test_reset_drops_a_request_in_the_latency(sandbox: Sandbox, client: Client) -> None:
    sandbox.latency(600)
    arrived = threading.Event()
    waits = sandbox._application.faults.next

    def watched(call: Any) -> Any:
        arrived.set()
        return waits(call)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox._application.faults, "next", watched)
        asking = Asking(sandbox)
        assert arrived.wait(60)
    sandbox.reset()
    assert asking.end()
    assert_nothing_is_left(sandbox, client)


def test_reset_drops_a_request_that_is_still_being_sent(sandbox: Sandbox, client: Client) -> None:
    body = json.dumps(experiment_post("left-over"))
    wire = begun(sandbox, f"POST {experiments()}", body)
    sandbox.reset()
    sandbox.fail_next(503)
    wire.send(body)
    assert wire.closed()
    wire.close()
    assert not sandbox.requests
    assert client.get(experiment("left-over")).status == 503
    assert client.get(experiment("left-over")).status == 404


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("PUT /__sandbox/state", '{"projects": [{"key": "shop"}]}'),
        ("POST /__sandbox/projects", '{"key": "shop"}'),
        ("POST /__sandbox/faults", '{"status": 503}'),
        ("PUT /__sandbox/clock", '{"at": 1790000000000}'),
    ],
)
def test_reset_drops_a_control_request_that_is_still_being_sent(
    sandbox: Sandbox, line: str, body: str
) -> None:
    wire = begun(sandbox, line, body)
    sandbox.reset()
    before = sandbox.snapshot()
    wire.send(body)
    assert wire.closed()
    wire.close()
    assert sandbox.snapshot() == before


def test_resets_and_reads_of_the_control_interface_outlive_a_reset(sandbox: Sandbox) -> None:
    sandbox.add_project("shop")
    reset = begun(sandbox, "POST /__sandbox/reset", "{}")
    read = begun(sandbox, "GET /__sandbox/health", "{}")
    sandbox.reset()
    for wire, status in ((reset, 204), (read, 200)):
        wire.send("{}")
        assert wire.response()[0] == status
        wire.close()


def test_reset_drops_a_write_that_waits_for_the_lock(sandbox: Sandbox, client: Client) -> None:
    lock, arrived = sandbox._state.lock, threading.Event()

    class Watched:
        def __enter__(self) -> None:
            arrived.set()
            lock.acquire()

        def __exit__(self, *_: object) -> None:
            lock.release()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox._state, "lock", Watched())
        with lock:
            asking = Asking(sandbox)
            assert arrived.wait(60)
            sandbox.reset()
        assert asking.end()
    assert_nothing_is_left(sandbox, client)


def test_reset_removes_the_listener(sandbox: Sandbox, client: Client) -> None:
    heard: list[Any] = []
    sandbox.on_request = heard.append
    sandbox.reset()
    assert client.get(experiments()).status == 200
    listener: Any = sandbox.on_request
    assert listener is None
    assert not heard


def test_an_open_connection_survives_a_reset(sandbox: Sandbox) -> None:
    wire = Wire(sandbox)
    for _ in range(2):
        wire.request(f"GET {experiments()} HTTP/1.1")
        assert wire.response()[0] == 200
        sandbox.reset()
    assert urlsplit(sandbox.url).port == wire.socket.getpeername()[1]
    wire.close()


def test_a_stop_keeps_the_log_of_what_it_dropped(sandbox: Sandbox) -> None:
    sandbox.fail_next(slow=600)
    asking = Asking(sandbox)
    while sandbox._application.faults._planned:
        time.sleep(0.001)
    sandbox.stop()
    assert asking.end()
    assert [(request.call, request.status) for request in sandbox.requests] == [
        ("create_experiment", 0)
    ]
    with sandbox:
        client = Client(sandbox.url)
        assert client.get(experiments()).json["total_count"] == 0
        client.close()
