"""What comes of each fault, over a real socket: how many requests, which waits, which exception."""

from __future__ import annotations

import pickle

import pytest
import urllib3.exceptions

from launchdarkly_api._transport.rate_limit import LONGEST_LIMIT
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    OpenApiException,
)
from test.resilience.certificates import Authority
from test.resilience.faults import CASES, Case, server
from test.resilience.tools import TOKEN, Caller, RecordingClock


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault(case: Case, authority: Authority) -> None:
    clock = RecordingClock()
    script = case.script(clock) if callable(case.script) else case.script
    with (
        case.place(authority, script) as place,
        Caller(place.url, clock, **{**place.settings, **case.settings}) as caller,
    ):
        if case.raises is None:
            caller.call(case.method, **case.options)
        else:
            with pytest.raises(OpenApiException) as raised:
                caller.call(case.method, **case.options)
            check(raised.value, case)
        waits = list(clock.sleeps)
        received = list(place.server.requests) if place.server else []
        if case.place is server and place.server:
            # Nothing of it stays behind, when what limits there are have passed.
            clock.advance(LONGEST_LIMIT)
            # A short timeout is a part of some faults, and this call is not to be one.
            caller.call("GET", _request_timeout=60)
            assert len(place.server.requests) == len(received) + 1
    assert len(received) == case.requests
    for request in received:
        tunnelled = request.method == "CONNECT"
        assert request.method in (case.method, "CONNECT")
        assert request.header("Authorization") == (None if tunnelled else TOKEN)
    if isinstance(case.waits, int):
        assert len(waits) == case.waits
        for number, wait in enumerate(waits):
            assert 0 <= wait <= 0.5 * 2**number
    else:
        assert waits == list(case.waits)


def check(error: OpenApiException, case: Case) -> None:
    """What every exception is, and what this one must be."""
    assert type(error) is case.raises
    assert case.says in str(error)
    assert str(error).isprintable()
    if not isinstance(error, ApiException):
        return
    assert error.status == case.status
    assert error.retry_after == case.retry_after
    assert error.method == case.method
    assert error.url
    assert error.tries == (case.requests if case.tries is None else case.tries)
    if isinstance(error, ApiConnectionException):
        assert isinstance(error, urllib3.exceptions.HTTPError)
        if "larger" not in case.says:
            assert isinstance(error.__cause__, (urllib3.exceptions.HTTPError, OSError))
    assert isinstance(error, TimeoutError) == (case.raises is ApiTimeoutException)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again).keys() == vars(error).keys()
