"""Hooks: their events, the changes that they may make, and their errors."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from launchdarkly_api.events import RequestEvent, ResponseEvent, RetryEvent
from launchdarkly_api.exceptions import ApiValueError, ServiceException
from test.fault_server import FaultServer, answer, reset
from test.resilience.tools import PATCH, TOKEN, Caller, RecordingClock

EVENTS = ("request", "response", "retry")


def listening(caller: Caller) -> list[Any]:
    heard: list[Any] = []
    for hooks in caller.configuration.event_hooks.values():
        hooks.append(heard.append)
    return heard


def test_hooks_see_each_request_response_and_retry() -> None:
    clock = RecordingClock()
    faults = (reset(), answer(503, "", {"Retry-After": "2"}))
    with FaultServer(*faults) as server, Caller(server.url, clock) as caller:
        heard = listening(caller)
        caller.call()
    url = f"{server.url}/api/v2/projects/p/environments/e/experiments/x"
    first, lost, second, failed, again, third, done = heard
    for number, event in enumerate((first, second, third), 1):
        assert isinstance(event, RequestEvent)
        assert (event.call, event.method, event.url) == ("get_experiment", "GET", url)
        assert event.attempt == number
        assert event.headers["Authorization"] == TOKEN
        assert event.body is None
    assert isinstance(lost, RetryEvent)
    assert (lost.call, lost.method, lost.url, lost.attempt) == ("get_experiment", "GET", url, 1)
    assert "connection was lost" in lost.reason
    assert [lost.wait, again.wait] == clock.sleeps
    assert isinstance(failed, ResponseEvent)
    assert (failed.status, failed.attempt, failed.headers["retry-after"]) == (503, 2, "2")
    assert isinstance(again, RetryEvent)
    assert (again.reason, again.wait, again.attempt) == ("status 503", 2.0, 2)
    assert isinstance(done, ResponseEvent)
    assert (done.call, done.method, done.url, done.status) == ("get_experiment", "GET", url, 200)
    assert (done.attempt, done.elapsed) == (3, 0.0)


def test_a_hook_sees_the_body_of_a_write() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        heard = listening(caller)
        caller.call("PATCH")
        assert heard[0].body == server.requests[0].body.decode()
        assert str(PATCH["instructions"][0]["value"]) in heard[0].body


def test_a_hook_signs_each_attempt_once() -> None:
    def sign(event: RequestEvent) -> None:
        assert "X-Signature" not in event.headers
        event.headers["X-Signature"] = f"signed-{event.attempt}"
        event.headers["x-trace"] = "t"
        del event.headers["Authorization"]

    with FaultServer(answer(503), answer(302, "", {"Location": "/x"})) as server:
        with Caller(server.url) as caller:
            caller.configuration.event_hooks["request"].append(sign)
            caller.call()
        for number, request in enumerate(server.requests, 1):
            assert request.header("X-Signature") == f"signed-{number}"
            assert request.header("X-Trace") == "t"
            assert request.header("Authorization") is None


class Broken(Exception):
    pass


@pytest.mark.parametrize("error", [Broken, OSError, TimeoutError, ConnectionResetError, KeyError])
@pytest.mark.parametrize("event", EVENTS)
def test_the_error_of_a_hook_reaches_the_caller_unchanged(
    event: Literal["request", "response", "retry"], error: type[Exception]
) -> None:
    """An ``OSError`` of a hook is not taken for a failure of the transport."""
    requests = {"request": 0, "response": 1, "retry": 1}[event]

    def fail(told: Any) -> None:
        raise error(told.attempt)

    with FaultServer(answer(503)) as server, Caller(server.url) as caller:
        caller.configuration.event_hooks[event].append(fail)
        with pytest.raises(error) as raised:
            caller.call()
        assert raised.value.args == (1,)
        assert raised.tb.tb_next is not None
        assert "fail" in [entry.name for entry in raised.traceback]
        assert len(server.requests) == requests
        assert caller.sleeps == []
        caller.configuration.event_hooks[event].clear()
        caller.call()
        assert server.connections == 1


def test_the_error_of_a_hook_closes_the_response() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        caller.configuration.event_hooks["response"].append(lambda event: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            caller.call(_preload_content=False)
        caller.configuration.event_hooks["response"].clear()
        caller.call()
        assert server.connections == 2


def test_a_hook_leaves_an_unread_response_unread() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        heard = listening(caller)
        response = caller.call(_preload_content=False)
        assert [type(event) for event in heard] == [RequestEvent, ResponseEvent]
        assert response.read().startswith(b"{")


def test_a_hook_can_call_the_client_under_a_limit() -> None:
    """The call in the hook and the call around it do not wait for each other."""
    clock = RecordingClock()
    limits = {
        "X-Ratelimit-Global-Remaining": "0",
        "X-Ratelimit-Global-Limit": "1",
        "X-Ratelimit-Reset": clock.milliseconds(1),
    }
    with FaultServer(answer(200, headers=limits)) as server, Caller(server.url, clock) as caller:
        caller.call()

        def nested(event: RequestEvent) -> None:
            if event.method == "POST":
                caller.call("GET")

        caller.configuration.event_hooks["request"].append(nested)
        clock.advance(2)
        caller.call("POST")
        assert [request.method for request in server.requests] == ["GET", "GET", "POST"]


def test_hooks_run_in_their_order() -> None:
    heard: list[int] = []
    with FaultServer() as server, Caller(server.url) as caller:
        caller.configuration.event_hooks["request"] += [
            lambda _: heard.append(1),
            lambda _: heard.append(2),
        ]
        caller.call()
    assert heard == [1, 2]


@pytest.mark.parametrize("hooks", [None, {}, {"retry": None}, {"request": ()}])
def test_event_hooks_may_be_missing(hooks: Any) -> None:
    with FaultServer() as server, Caller(server.url, event_hooks=hooks) as caller:
        caller.call()


@pytest.mark.parametrize(
    ("hooks", "says"),
    [
        ({"respnse": [print]}, "has ['respnse']; there are ['request', 'response', 'retry']"),
        ({"request": print}, "event_hooks['request'] must be a list of callables"),
        ({"request": ["print"]}, "event_hooks['request'] must be a list of callables"),
    ],
)
def test_an_unusable_hook_is_refused_before_anything_is_sent(hooks: Any, says: str) -> None:
    with FaultServer() as server, Caller(server.url, event_hooks=hooks) as caller:
        with pytest.raises(ApiValueError) as raised:
            caller.call()
        assert server.requests == []
    assert says in str(raised.value)


def test_the_repr_of_an_event_holds_no_secret() -> None:
    with FaultServer(answer(503)) as server, Caller(server.url) as caller:
        heard = listening(caller)
        caller.call("GET", _headers={"Cookie": "session=0123456789"})
    for event in heard:
        assert TOKEN not in repr(event)
        assert "0123456789" not in repr(event)


def test_a_header_set_by_a_hook_is_masked_too() -> None:
    signature = "signature-0123456789"
    with (
        FaultServer(answer(500, f"you sent {signature}")) as server,
        Caller(server.url, retries=0) as caller,
    ):
        caller.configuration.event_hooks["request"].append(
            lambda event: event.headers.update({"X-Signature": signature})
        )
        with pytest.raises(ServiceException) as raised:
            caller.call()
    assert raised.value.body == "you sent ***"
