"""Each fault, over a real socket: the requests, the waits and the exception that follow."""

from __future__ import annotations

import pickle

import pytest
import urllib3.exceptions

from launchdarkly_api._transport.rate_limit import MAX_WAIT
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    OpenApiException,
)
from test.fault_server import FaultServer, Received
from test.resilience.cases import Case, Failure
from test.resilience.certificates import Authority
from test.resilience.faults import CASES
from test.resilience.places import Place, server
from test.resilience.tools import TOKEN, Caller, RecordingClock


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_leads_to_its_requests_waits_and_exception(
    case: Case, authority: Authority
) -> None:
    clock = RecordingClock()
    script = case.script(clock) if callable(case.script) else case.script
    with (
        case.place(authority, script) as place,
        Caller(place.url, clock, **{**place.settings, **case.settings}) as caller,
    ):
        if case.failure is None:
            caller.call(case.method)
        else:
            with pytest.raises(OpenApiException) as raised:
                caller.call(case.method)
            check_error(raised.value, case, case.failure)
        waits = list(clock.sleeps)
        expected = case.attempts if case.requests is None else case.requests
        received = received_by(place.server, expected) if place.server else []
        if case.place is server:
            check_next_call(place, caller, clock)
    assert len(received) == expected
    check_requests(received, case)
    check_waits(waits, case)


def received_by(server: FaultServer, expected: int) -> list[Received]:
    """The requests that a server read. It may read the last one after its client gave up."""
    server.wait_until(lambda: len(server.requests) >= expected)
    return list(server.requests)


def check_error(error: OpenApiException, case: Case, failure: Failure) -> None:
    assert type(error) is failure.kind
    assert failure.says in str(error)
    assert str(error).isprintable()
    if not isinstance(error, ApiException):
        return
    assert error.status == failure.status
    assert error.retry_after == failure.retry_after
    assert error.method == case.method
    assert error.url
    assert error.attempts == case.attempts
    if isinstance(error, ApiConnectionException):
        assert isinstance(error, urllib3.exceptions.HTTPError)
        if "larger" not in failure.says:
            assert isinstance(error.__cause__, (urllib3.exceptions.HTTPError, OSError))
    assert isinstance(error, TimeoutError) == (failure.kind is ApiTimeoutException)
    check_pickle(error)


def check_pickle(error: ApiException) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again).keys() == vars(error).keys()


def check_next_call(place: Place, caller: Caller, clock: RecordingClock) -> None:
    """The fault does not affect the next call, once every rate limit has expired."""
    assert place.server
    received = len(place.server.requests)
    clock.advance(MAX_WAIT)
    # The short timeout of some cases could end this call as well.
    caller.call("GET", _request_timeout=60)
    assert len(place.server.requests) == received + 1


def check_requests(received: list[Received], case: Case) -> None:
    for request in received:
        tunnelled = request.method == "CONNECT"
        assert request.method in (case.method, "CONNECT")
        assert request.header("Authorization") == (None if tunnelled else TOKEN)


def check_waits(waits: list[float], case: Case) -> None:
    if case.waits is not None:
        assert waits == list(case.waits)
        return
    assert len(waits) == case.attempts - 1
    for number, wait in enumerate(waits):
        assert 0 <= wait <= 0.5 * 2**number
