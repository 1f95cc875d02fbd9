"""The waits of one call have a bound on their sum, and the first in the queue goes first."""

from __future__ import annotations

import os
import queue
import threading
from collections import Counter
from collections.abc import Callable, Generator
from typing import Any

import pytest

from launchdarkly_api._support.clock import Clock
from launchdarkly_api._transport.rate_limit import RateLimiter, RateLimitExceeded, Ticket
from launchdarkly_api._transport.waits import Waits
from launchdarkly_api.exceptions import ApiException, RateLimitedException, ServiceException
from test.fault_server import FaultServer, answer
from test.resilience.limited import limited
from test.resilience.test_rate_limits import NOW, told
from test.resilience.tools import Caller, RecordingClock


class CallClock(Clock):
    """The machine's clock. It adds up what each thread is asked to sleep."""

    def __init__(self) -> None:
        self.slept: Counter[int] = Counter()

    def sleep(self, seconds: float) -> None:
        self.slept[threading.get_ident()] += seconds  # type: ignore[assignment]
        super().sleep(seconds)


class StandingClock(RecordingClock):
    """A clock that does not move, even during a sleep."""

    def advance(self, seconds: float) -> None:
        pass


def in_threads(number: int, work: Callable[[], Any]) -> None:
    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class TestWaits:
    def test_a_sleep_is_charged_as_requested(self) -> None:
        for clock in (RecordingClock(), StandingClock()):
            waits = Waits(clock, 5)
            assert waits.allows(5)
            assert not waits.allows(5.1)
            waits.sleep(2)
            waits.sleep(2)
            assert waits.left == 1
            assert waits.allows(1)
            assert not waits.allows(2)
            assert clock.sleeps == [2, 2]

    def test_a_sleep_longer_than_the_bound_leaves_nothing(self) -> None:
        waits = Waits(RecordingClock(), 1)
        waits.sleep(3)
        assert waits.left == 0
        assert waits.allows(0)

    def test_the_time_of_a_call_passes_while_it_sleeps(self) -> None:
        clock = StandingClock()
        waits = Waits(clock, 5)
        begin = waits.monotonic()
        waits.sleep(2)
        waits.sleep(1)
        assert waits.monotonic() == begin + 3
        waits.begin_attempt()
        assert waits.monotonic() == begin

    def test_a_wait_without_news_is_charged_in_full(self) -> None:
        waits = Waits(StandingClock(), 5)
        assert not waits.wait_for(queue.SimpleQueue(), 0.01)
        assert waits.left == 4.99

    @pytest.mark.parametrize(("passed", "charged"), [(0.25, 0.25), (-9, 0), (99, 60)])
    def test_a_wait_that_news_end_is_charged_by_the_clock(
        self, passed: float, charged: float
    ) -> None:
        begun = threading.Event()

        class Watched(RecordingClock):
            def monotonic(self) -> float:
                begun.set()
                return super().monotonic()

        clock = Watched()
        waits = Waits(clock, 100)
        news: queue.SimpleQueue[None] = queue.SimpleQueue()

        def come() -> None:
            begun.wait(30)
            clock.advance(passed)
            news.put(None)

        other = threading.Thread(target=come)
        other.start()
        assert waits.wait_for(news, 60)
        other.join()
        assert waits.left == 100 - charged


@pytest.mark.parametrize("reported", [True, False])
def test_no_call_sleeps_for_longer_than_the_bound(reported: bool) -> None:
    """60 threads at 5 calls a second."""
    clock = CallClock()
    refused: list[ApiException] = []
    with limited(5, 1.0, told=reported) as server:
        with Caller(server.url, clock, max_retry_wait=1.5, connection_pool_maxsize=60) as caller:

            def work() -> None:
                try:
                    caller.call()
                except RateLimitedException as error:
                    refused.append(error)

            in_threads(60, work)
        served = server.statuses()["200"]
    assert max(clock.slept.values()) <= 1.5
    assert served + len(refused) == 60
    assert all(error.retry_after for error in refused)


def test_every_call_succeeds_if_the_bound_is_long_enough() -> None:
    clock = CallClock()
    with limited(10, 0.5) as server:
        with Caller(server.url, clock, max_retry_wait=60, connection_pool_maxsize=40) as caller:
            caller.call()
            in_threads(40, caller.call)
        statuses = server.statuses()
    assert statuses["200"] == 41
    # The first response reports the limit. If all calls started at the reset, 30 were refused.
    assert statuses.get("429", 0) < 30


def test_limits_and_retries_share_the_bound() -> None:
    clock = RecordingClock(NOW)
    spent = {**told(NOW + 4, Global=0), "Retry-After": "3"}
    later = {**told(NOW + 8, Global=0), "Retry-After": "1"}
    script = [answer(503, "", spent), answer(503, "", later), answer(503, "", {"Retry-After": "3"})]
    with FaultServer(*script) as server, Caller(server.url, clock, max_retry_wait=10) as caller:
        with pytest.raises(ServiceException) as raised:
            caller.call()
        # 3 as asked and 1 for the limit; 1 and 3; then 2 are left, and 3 are asked.
        assert clock.sleeps == [3.0, 1.0, 1.0, 3.0]
        assert raised.value.retry_after == 3
        assert len(server.requests) == 3
        # The next call has a bound of its own.
        assert caller.call().key == "exp"


def test_a_limit_that_exceeds_the_rest_of_the_bound_raises_the_last_response() -> None:
    clock = RecordingClock(NOW)
    headers = {**told(NOW + 9, Global=0), "Retry-After": "5"}
    with FaultServer(answer(503, "down", headers)) as server:
        with Caller(server.url, clock, max_retry_wait=8) as caller:
            with pytest.raises(ServiceException, match="503") as raised:
                caller.call()
            assert clock.sleeps == [5.0]
            assert raised.value.retry_after == 4.0
            assert len(server.requests) == 1


def test_a_wait_that_the_clock_does_not_show_is_not_slept_twice() -> None:
    clock = StandingClock(NOW)
    script = [answer(429, "", {"Retry-After": "5"}), answer(200, headers=told(NOW + 4, Global=0))]
    with FaultServer(*script) as server, Caller(server.url, clock) as caller:
        caller.call()
        assert clock.sleeps == [5.0]
        caller.call()
        assert clock.sleeps == [5.0, 4.0]
        assert len(server.requests) == 3


def test_a_clock_that_stands_still_costs_each_call_the_wait_of_its_own_window() -> None:
    """It is not charged the waits of the calls before it."""
    clock = StandingClock(NOW)
    script = [answer(200, headers=told(NOW + 4, Global=0))] * 4
    with FaultServer(*script) as server, Caller(server.url, clock) as caller:
        for _ in range(4):
            caller.call()
        assert clock.sleeps == [4.0, 4.0, 4.0]


@pytest.mark.parametrize("moved", [-60.0, -1e6, 60.0, 1e6])
def test_a_monotonic_clock_that_is_moved_makes_no_call_wait(moved: float) -> None:
    """freezegun and time-machine move it."""
    clock = RecordingClock(NOW)
    script = answer(200, headers=told(NOW + 4, Global=0))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        caller.call()
        clock.advance(moved)
        caller.call()
        assert clock.sleeps == []


def test_no_wait_is_longer_than_a_machine_can_sleep() -> None:
    with FaultServer(answer(503, "", {"Retry-After": "9" * 15})) as server:
        with Caller(server.url, Clock(), max_retry_wait=1e300) as caller:
            with pytest.raises(ServiceException) as raised:
                caller.call()
    assert raised.value.retry_after == float("9" * 15)


class TestOrder:
    """Requests are admitted in the order in which they asked."""

    def setup_method(self) -> None:
        self.clock = RecordingClock(NOW)
        self.limiter = RateLimiter(self.clock)

    def admit(self, route: str = "r", bound: float = 0.0, clock: Clock | None = None) -> Ticket:
        waits = Waits(clock or self.clock, bound)
        return self.limiter.admit("o", route, "t", waits, lambda _: None)

    def spend(self, limit: int = 2, **left: int) -> None:
        self.limiter.release(self.admit(), told(self.clock.now() + 10, limit, **left))

    def test_the_first_in_the_queue_keeps_its_place_if_another_wakes_earlier(self) -> None:
        self.spend(1, Global=0)
        asleep, wake = threading.Event(), threading.Event()
        admitted: list[str] = []

        class Late(RecordingClock):
            def sleep(self, seconds: float) -> None:
                asleep.set()
                wake.wait(60)

        late = Late(NOW)

        def first() -> None:
            self.admit(bound=60, clock=late)
            admitted.append("first")

        thread = threading.Thread(target=first)
        thread.start()
        asleep.wait(60)
        self.clock.advance(10)
        # One place is free, and it belongs to the request that sleeps.
        with pytest.raises(RateLimitExceeded):
            self.admit()
        wake.set()
        late.advance(10)
        thread.join()
        assert admitted == ["first"]

    def test_a_request_that_waits_for_a_route_holds_no_place_of_the_account(self) -> None:
        self.limiter.release(self.admit("slow"), told(NOW + 30, 1, Route=0))
        self.limiter.release(self.admit("quick"), told(NOW + 10, 1, Global=0))
        asleep, wake = threading.Event(), threading.Event()

        class Late(RecordingClock):
            def sleep(self, seconds: float) -> None:
                asleep.set()
                wake.wait(60)

        late = Late(NOW)
        thread = threading.Thread(target=lambda: self.admit("slow", 60, late))
        thread.start()
        asleep.wait(60)
        self.clock.advance(10)
        self.limiter.release(self.admit("quick"), None)
        wake.set()
        thread.join()

    def test_an_admitted_request_leaves_the_queue(self) -> None:
        self.spend(2, Global=0)
        first = self.admit(bound=60)
        admitted: list[Ticket] = []
        in_threads(1, lambda: admitted.append(self.admit()))
        assert len(admitted) == 1
        self.limiter.release(first, None)

    def test_a_request_that_moves_to_the_queue_of_a_route_leaves_that_of_the_account(self) -> None:
        slow = self.admit("slow")
        self.limiter.release(self.admit("quick"), told(NOW + 10, 1, Global=0))
        asleep, wake = queue.SimpleQueue[float](), queue.SimpleQueue[None]()

        class Late(RecordingClock):
            def sleep(self, seconds: float) -> None:
                asleep.put(seconds)
                wake.get(timeout=60)
                self.advance(seconds)

        late = Late(NOW)
        thread = threading.Thread(target=lambda: self.admit("slow", 60, late))
        thread.start()
        assert asleep.get(timeout=60) == 10
        self.limiter.release(slow, told(NOW + 30, 1, Route=0))
        self.clock.advance(10)
        wake.put(None)
        assert asleep.get(timeout=60) == 20
        self.limiter.release(self.admit("quick"), None)
        wake.put(None)
        thread.join()

    def test_a_request_that_gives_up_leaves_the_queue(self) -> None:
        self.spend(1, Global=0)
        for _ in range(3):
            with pytest.raises(RateLimitExceeded):
                self.admit()
        self.clock.advance(10)
        self.admit()

    def test_a_request_that_ends_in_an_exception_leaves_the_queue(self) -> None:
        """An exception in ``waiting``, which a handler of the log may raise."""
        self.spend(1, Global=0)

        def fail(_: float) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            self.limiter.admit("o", "r", "t", Waits(self.clock, 60), fail)
        self.clock.advance(10)
        self.admit()

    def test_a_dropped_ticket_gives_its_places_back(self) -> None:
        self.spend(2, Global=0)
        self.clock.advance(10)
        held = [self.admit(), self.admit()]
        result: list[Any] = []

        def other() -> None:
            try:
                result.append(self.admit(bound=0.5))
            except RateLimitExceeded as spent:
                result.append(spent)

        in_threads(1, other)
        assert isinstance(result.pop(), RateLimitExceeded)
        held.clear()
        in_threads(1, other)
        assert isinstance(result.pop(), Ticket)

    def test_a_hook_does_not_wait_for_its_own_request(self) -> None:
        """It is sent at once, since its own thread would have to read the response."""
        self.spend(1, Global=0)
        self.clock.advance(10)
        held = self.admit()
        for _ in range(3):
            self.admit(bound=0.0)
        self.limiter.release(held, None)

    def test_requests_that_waited_in_vain_are_sent_one_at_a_time(self) -> None:
        self.spend(1, Global=0)
        self.clock.advance(10)
        held = self.admit()
        order: list[int] = []
        numbers: dict[int, int] = {}

        class Noting(Waits):
            def begin_attempt(self) -> None:
                # The limiter is locked: nothing is admitted before this is noted.
                order.append(threading.get_ident())
                super().begin_attempt()

        def work() -> None:
            waits = Noting(self.clock, 2.5)
            ticket = self.limiter.admit("o", "r", "t", waits, lambda _: None)
            numbers[threading.get_ident()] = ticket.number
            both.wait()

        # A thread that ends may leave its number to the next one.
        both = threading.Barrier(2, timeout=30)
        in_threads(2, work)
        assert len(order) == 2
        assert numbers[order[0]] < numbers[order[1]]
        self.limiter.release(held, None)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_does_not_wait_for_its_parents_limits() -> None:
    """Neither for a lock that a thread held, nor for requests in flight."""
    clock = RecordingClock(NOW)
    limiter = RateLimiter(clock)

    def admit() -> Ticket:
        return limiter.admit("o", "r", "t", Waits(clock, 0), lambda _: None)

    limiter.release(admit(), told(NOW + 10, 1, Global=0))
    clock.advance(10)
    tickets: list[Ticket] = []
    holds, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        tickets.append(admit())
        with limiter._lock:
            holds.set()
            let_go.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    holds.wait(60)
    child = os.fork()
    if child == 0:
        try:
            limiter.release(tickets[0], None)
            limiter.release(admit(), None)
        except BaseException:  # noqa: BLE001 - the parent sees the status
            os._exit(1)
        os._exit(0)
    status: list[int] = []
    watch = threading.Thread(target=lambda: status.append(os.waitpid(child, 0)[1]), daemon=True)
    watch.start()
    watch.join(60)
    if watch.is_alive():
        os.kill(child, 9)
    let_go.set()
    thread.join()
    assert status == [0]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Generator[None, None, None]:
    before = threading.active_count()
    yield
    assert threading.active_count() <= before
