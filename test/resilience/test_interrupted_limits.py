"""An exception at any moment, from a signal or another thread, loses no place in a limit."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator

import pytest

from launchdarkly_api._support.clock import Clock
from launchdarkly_api._transport.rate_limit import RateLimiter, RateLimitExceeded, Ticket
from launchdarkly_api._transport.waits import Waits
from test.fault_server import BODY, FaultServer, answer
from test.resilience.test_rate_limits import told
from test.resilience.tools import Caller, RecordingClock

LIMIT = 5
pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="there are no such signals here"
)


class Interrupted(BaseException):
    """The exception of the signal handler."""


@contextlib.contextmanager
def interruptions(handle: Callable[..., None]) -> Generator[None, None, None]:
    """Call this handler for every SIGALRM."""
    before = signal.signal(signal.SIGALRM, handle)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def admit(limiter: RateLimiter, clock: Clock, bound: float = 0.0) -> Ticket:
    return limiter.admit("o", "r", "t", Waits(clock, bound), lambda _: None)


def request(limiter: RateLimiter, clock: RecordingClock) -> None:
    """Admit and release a request, as the sender does, with the limit of a response."""
    ticket = headers = None
    try:
        ticket = admit(limiter, clock, 60.0)
        headers = told(clock.now() + 10, LIMIT, Global=LIMIT - 1)
    finally:
        if ticket is not None:
            limiter.release(ticket, headers)


def places(limiter: RateLimiter, clock: RecordingClock) -> int:
    """How many requests a new window lets through before the first response."""
    limiter.release(admit(limiter, clock, 60.0), told(clock.now() + 10, LIMIT, Global=0))
    clock.advance(11)
    held: list[Ticket] = []
    other = threading.Thread(target=lambda: held.extend(take_all(limiter, clock)), daemon=True)
    other.start()
    # Otherwise a lock that is never released would end the tests: the signals have replaced their
    # timeout.
    other.join(60)
    with pytest.raises(RateLimitExceeded):
        admit(limiter, clock)
    return len(held)


def take_all(limiter: RateLimiter, clock: Clock) -> Generator[Ticket, None, None]:
    for _ in range(LIMIT):
        yield admit(limiter, clock)


def test_a_signal_at_any_moment_loses_no_place_in_a_limit() -> None:
    clock = RecordingClock()
    limiter = RateLimiter(clock)
    chance = random.Random(1)
    raised = 0

    def interrupt(*_: object) -> None:
        raise Interrupted

    with interruptions(interrupt):
        while raised < 3000:
            try:
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-6, 3e-4))
                while True:
                    request(limiter, clock)
            except Interrupted:
                raised += 1
    assert places(limiter, clock) == LIMIT


def test_two_signals_in_a_row_lose_no_place_in_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second exception may interrupt the handling of the first."""
    clock = RecordingClock()
    chance = random.Random(2)
    headers = {
        "X-Ratelimit-Global-Limit": str(LIMIT),
        "X-Ratelimit-Global-Remaining": "0",
    }
    left = 0
    # The second exception must not end in the report of the first.
    monkeypatch.setattr(sys, "unraisablehook", id)

    def interrupt(*_: object) -> None:
        nonlocal left
        left -= 1
        if left > 0:
            signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-6, 3e-4))
        raise Interrupted

    def react(peer: object) -> bool:
        now = {"X-Ratelimit-Reset": clock.milliseconds(1)}
        return answer(200, BODY, {**headers, **now})(peer)  # type: ignore[arg-type]

    # A function of its own: Python 3.13 does not catch an exception in the jump of a loop.
    def repeat(work: Callable[[], object]) -> None:
        # An exception that meets a finaliser is lost: then the loop goes on.
        while left > 0:
            work()

    with FaultServer(*[react] * 20_000) as server, Caller(server.url, clock) as caller:
        caller.call()
        with interruptions(interrupt):
            for _ in range(300):
                left = 2
                with contextlib.suppress(Interrupted):
                    try:
                        signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-4, 3e-3))
                        repeat(caller.call)
                    finally:
                        repeat(int)
        gc.collect()
        limiter = caller.client.rest_client._sender._limiter
        assert [len(window.under_way) for window in limiter._windows.values()] == [0] * 4
        assert [len(window.waiting) for window in limiter._windows.values()] == [0] * 4
        caller.call()


def test_an_exception_from_another_thread_loses_no_place_in_a_limit() -> None:
    clock = RecordingClock()
    limiter = RateLimiter(clock)
    raised = 0
    stop = threading.Event()

    def work() -> None:
        nonlocal raised
        while not stop.is_set():
            try:
                while not stop.is_set():
                    request(limiter, clock)
            except Interrupted:
                raised += 1

    def run() -> None:
        while not stop.is_set():
            # An exception may also arrive outside of the inner handler.
            with contextlib.suppress(Interrupted):
                work()

    def guarded() -> None:
        with contextlib.suppress(Interrupted):
            run()

    def started() -> threading.Thread:
        worker = threading.Thread(target=guarded, daemon=True)
        worker.start()
        return worker

    worker = started()
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    while raised < 300:
        # An exception between two calls of ``work`` ends the thread.
        if not worker.is_alive():
            worker = started()
        raise_in(ctypes.c_ulong(worker.ident or 0), ctypes.py_object(Interrupted))
        time.sleep(1e-5)
    stop.set()
    worker.join(60)
    assert not worker.is_alive()
    assert places(limiter, clock) == LIMIT


def test_a_signal_handler_can_call_while_its_thread_waits_for_a_limit() -> None:
    """The thread may hold the limiter's lock, and is ahead in the queue."""
    clock = RecordingClock()
    limiter = RateLimiter(clock)
    handled = 0

    def call(*_: object) -> None:
        nonlocal handled
        request(limiter, clock)
        handled += 1

    chance = random.Random(3)
    with interruptions(call):
        while handled < 500:
            seen = handled
            signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-6, 3e-4))
            while handled == seen:
                request(limiter, clock)
    assert places(limiter, clock) == LIMIT
