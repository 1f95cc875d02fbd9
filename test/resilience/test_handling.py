"""A call in an ``except`` block leaves the handled exception as it was."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from launchdarkly_api.exceptions import ApiConnectionException, NotFoundException
from test.fault_server import FaultServer, answer, doing, refusing, reset, stall, then
from test.resilience import canary
from test.resilience.certificates import Authority
from test.resilience.test_interruption import interrupt
from test.resilience.tools import TOKEN, Caller


class JobFailed(Exception):
    """An error of the caller, which holds an object of the caller's."""

    def __init__(self, job: object) -> None:
        super().__init__(job, "disk full")
        self.job = job


def test_a_failing_call_leaves_the_handled_exception_whole() -> None:
    job = object()
    with refusing() as url, Caller(url) as caller:
        try:
            raise JobFailed(job)
        except JobFailed as mine:
            with pytest.raises(ApiConnectionException) as raised:
                caller.call()
            assert mine.args == (job, "disk full")
            assert mine.job is job
            assert mine.__traceback__ is not None
            assert raised.value.__context__ is not None
    assert "disk full" not in str(raised.value)
    assert "refused" in str(raised.value)


def test_a_404_stays_whole_while_its_handler_calls() -> None:
    """The usual pattern, with a lost connection in its second half."""
    missing = answer(404, {"code": "not_found", "message": "m"}, {"X-Request-Id": "42"})
    with FaultServer(missing, reset()) as server, Caller(server.url) as caller:
        try:
            caller.call()
        except NotFoundException as error:
            assert caller.call().key == "exp"
            assert error.headers
            assert error.headers["X-Request-Id"] == "42"
            assert error.error is not None
            assert error.__traceback__ is not None
        assert len(server.requests) == 3


def test_a_refused_certificate_of_one_host_does_not_affect_another(authority: Authority) -> None:
    """The first host's certificate is refused for good; the second one's reset is not."""
    context = authority.server_context(authority.issue("other.test"))
    with (
        FaultServer(context=context) as first,
        FaultServer(reset()) as second,
        Caller(first.url, ssl_ca_cert=str(authority.path)) as caller,
        Caller(second.url) as fallback,
    ):
        with pytest.raises(ApiConnectionException) as raised:
            caller.call()
        try:
            raise raised.value
        except ApiConnectionException as refused:
            assert fallback.call().key == "exp"
            assert "certificate" in str(refused)
            assert refused.__cause__ is not None
            assert refused.__cause__.args
        assert len(second.requests) == 2


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="there are no such signals here")
def test_the_exception_of_a_signal_handler_stays_whole() -> None:
    """Libraries that bound the time of a block of code raise in this way."""
    timer = object()

    class Deadline(Exception):
        def __init__(self) -> None:
            super().__init__(timer)
            self.timer = timer

    def handle(*_: Any) -> None:
        raise Deadline

    before = signal.signal(signal.SIGINT, handle)
    try:
        interrupted = then(doing(interrupt), stall())
        with FaultServer(interrupted) as server, Caller(server.url) as caller:
            with pytest.raises(Deadline) as raised:
                caller.call()
            assert len(server.requests) == 1
    finally:
        signal.signal(signal.SIGINT, before)
    assert raised.value.args == (timer,)
    assert raised.value.timer is timer
    assert TOKEN not in canary.with_locals(raised.value)
