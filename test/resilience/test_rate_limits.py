"""Rate limits: read from responses, shared by threads, and waited for in order."""

from __future__ import annotations

import contextlib
import email.utils
import threading
from typing import Any

import pytest

from launchdarkly_api._support.clock import Clock
from launchdarkly_api._transport.rate_limit import (
    GLOBAL,
    MAX_WAIT,
    ROUTE,
    TOKEN,
    Limit,
    RateLimiter,
    RateLimitExceeded,
    Ticket,
    clock_difference,
    read_limits,
)
from launchdarkly_api._transport.waits import Waits
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    NotFoundException,
    RateLimitedException,
    ServiceException,
)
from test.fault_server import FaultServer, answer, drop, head
from test.resilience.tools import Caller, RecordingClock

NOW = 1_800_000_000.0
ROUTES = {"get_experiment": "GET", "create_experiment": "POST"}


def told(reset: float, limit: int | None = None, date: float | None = None, **left: int) -> Any:
    """Headers with the remaining requests by kind, and the end of the window."""
    found = {"X-Ratelimit-Reset": str(round(reset * 1000))}
    for kind, remaining in left.items():
        name = f"X-Ratelimit-{kind.replace('_', '-')}"
        found[f"{name}-Remaining"] = str(remaining)
        if limit is not None:
            found[f"{name}-Limit"] = str(limit)
    if date is not None:
        found["Date"] = email.utils.formatdate(date, usegmt=True)
    return found


class TestReading:
    def test_every_rate_limit_header_is_read(self) -> None:
        headers = {
            **told(NOW, 10, Global=1, Route=2, Auth_Token=3),
            "X-Ratelimit-Auth-Token-Reset": str(round((NOW + 5) * 1000)),
        }
        assert read_limits(headers) == [
            Limit(GLOBAL, 1, 10, NOW),
            Limit(ROUTE, 2, 10, NOW),
            Limit(TOKEN, 3, 10, NOW + 5),
        ]

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-Ratelimit-Reset": "1800000000000"},
            {"X-Ratelimit-Global-Remaining": "5"},
            {"X-Ratelimit-Global-Remaining": "-5", "X-Ratelimit-Reset": "1800000000000"},
            {"X-Ratelimit-Global-Remaining": "many", "X-Ratelimit-Reset": "1800000000000"},
            {"X-Ratelimit-Global-Remaining": "5", "X-Ratelimit-Reset": "soon"},
            {"X-Ratelimit-Global-Remaining": "5", "X-Ratelimit-Reset": ""},
            {"X-Ratelimit-Global-Remaining": "5", "X-Ratelimit-Reset": "9" * 40},
            {"X-Ratelimit-Global-Remaining": "\u0665", "X-Ratelimit-Reset": "1800000000000"},
        ],
    )
    def test_missing_or_malformed_rate_limit_headers_are_ignored(
        self, headers: dict[str, str]
    ) -> None:
        assert read_limits(headers) == []

    @pytest.mark.parametrize(
        ("ahead", "believed"), [(0, 0), (1, 0), (-2, 0), (3, 3), (-3600, -3600), (86400, 86400)]
    )
    def test_the_date_shows_how_far_the_clocks_differ(self, ahead: float, believed: float) -> None:
        date = email.utils.formatdate(NOW - ahead, usegmt=True)
        assert clock_difference({"Date": date}, NOW) == believed

    @pytest.mark.parametrize("date", ["", "soon", "Fri, 99 Foo 2027", "0"])
    def test_without_a_date_the_clocks_are_taken_to_agree(self, date: str) -> None:
        assert clock_difference({"Date": date} if date else {}, NOW) == 0.0


@pytest.mark.parametrize("kind", ["Global", "Route", "Auth_Token"])
def test_a_spent_limit_is_waited_for(kind: str) -> None:
    clock = RecordingClock(NOW)
    script = answer(200, headers=told(NOW + 4, **{kind: 0}))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        caller.call()
        caller.call()
        assert clock.sleeps == [4.0]
        assert len(server.requests) == 2


def test_limits_are_read_from_errors_and_cut_responses() -> None:
    for script in (
        answer(404, "", told(NOW + 4, Global=0)),
        drop(head(200, {"Content-Length": "9", **told(NOW + 4, Global=0)})),
    ):
        clock = RecordingClock(NOW)
        with FaultServer(script) as server, Caller(server.url, clock) as caller:
            with pytest.raises(ApiException):
                caller.call("POST")
            caller.call("POST")
            assert clock.sleeps == [4.0]
            assert len(server.requests) == 2


def test_a_spent_limit_of_a_route_holds_back_that_route_alone() -> None:
    clock = RecordingClock(NOW)
    script = answer(200, headers=told(NOW + 4, Route=0, Global=9))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        caller.call("GET")
        caller.call("POST")
        assert clock.sleeps == []
        caller.call("GET")
        assert clock.sleeps == [4.0]


def test_a_spent_limit_of_a_token_holds_back_that_token_alone() -> None:
    clock = RecordingClock(NOW)
    script = answer(200, headers=told(NOW + 4, Auth_Token=0, Global=9))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        caller.call()
        caller.call(_headers={"Authorization": "another"})
        assert clock.sleeps == []
        caller.call()
        assert clock.sleeps == [4.0]


def test_a_spent_limit_of_a_host_holds_back_that_host_alone() -> None:
    clock = RecordingClock(NOW)
    with (
        FaultServer(answer(200, headers=told(NOW + 4, Global=0))) as server,
        FaultServer() as other,
        Caller(server.url, clock) as caller,
    ):
        caller.call()
        caller.client.call_api("/x", "GET", _host=other.url)
        assert clock.sleeps == []


def test_respect_for_rate_limits_can_be_turned_off() -> None:
    clock = RecordingClock(NOW)
    script = answer(200, headers=told(NOW + 4, Global=0))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        caller.configuration.respect_rate_limits = False
        caller.call()
        caller.call()
        assert clock.sleeps == []


def test_a_reset_in_the_past_is_ignored() -> None:
    clock = RecordingClock(NOW)
    script = answer(200, headers=told(NOW - 4, Global=0))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        caller.call()
        caller.call()
        assert clock.sleeps == []


@pytest.mark.parametrize("ahead", [3600.0, -3600.0])
def test_a_wrong_local_clock_does_not_change_the_wait(ahead: float) -> None:
    """The Date of the response shows by how much the clock is wrong."""
    clock = RecordingClock(NOW)
    theirs = NOW + ahead
    script = answer(200, headers=told(theirs + 4, Global=0, date=theirs))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        caller.call()
        caller.call()
        assert clock.sleeps == [4.0]


def test_setting_the_wall_clock_does_not_change_a_known_limit() -> None:
    class Set(RecordingClock):
        """The wall clock jumps, and the monotonic clock does not."""

        jump = 0.0

        def now(self) -> float:
            return super().now() + self.jump

    clock = Set(NOW)
    script = answer(200, headers=told(NOW + 4, Global=0))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        caller.call()
        clock.jump = -7200.0
        caller.call()
        assert clock.sleeps == [4.0]


def test_a_reset_beyond_max_retry_wait_is_not_waited_for() -> None:
    clock = RecordingClock(NOW)
    script = answer(200, headers=told(NOW + 61, Global=0))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        caller.call()
        for method in ("GET", "POST"):
            with pytest.raises(RateLimitedException) as raised:
                caller.call(method)
            assert raised.value.retry_after == 61.0
            assert raised.value.attempts == 0
            assert "nothing was sent" in str(raised.value)
        assert len(server.requests) == 1
        assert clock.sleeps == []
        clock.advance(61)
        caller.call()
        assert len(server.requests) == 2


def test_an_absurd_reset_is_ignored() -> None:
    """A reset more than an hour ahead counts as absent."""
    clock = RecordingClock(NOW)
    microseconds = {"X-Ratelimit-Global-Remaining": "0", "X-Ratelimit-Reset": f"{NOW:.0f}000000"}
    script = [
        answer(429, "", {"Retry-After": "9" * 20}),
        answer(200, headers=told(NOW + MAX_WAIT + 1, Global=0)),
        answer(200, headers=microseconds),
    ]
    with FaultServer(*script) as server, Caller(server.url, clock) as caller:
        with pytest.raises(RateLimitedException):
            caller.call()
        for _ in range(3):
            caller.call()
        assert len(server.requests) == 4
        assert clock.sleeps == []


def test_a_reset_an_hour_ahead_is_respected() -> None:
    clock = RecordingClock(NOW)
    script = answer(200, headers=told(NOW + MAX_WAIT, Global=0))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        caller.call()
        with pytest.raises(RateLimitedException) as raised:
            caller.call()
        assert raised.value.retry_after == pytest.approx(MAX_WAIT, abs=1)
        assert (raised.value.status, raised.value.attempts) == (429, 0)
        assert len(server.requests) == 1


@pytest.mark.parametrize("old", [61, 1800, 3 * 3600])
def test_the_date_of_a_cache_is_ignored(old: float) -> None:
    """The Date of a cached response does not show the service's clock."""
    clock = RecordingClock(NOW)
    headers = {**told(NOW + 5, Global=0), "Date": email.utils.formatdate(NOW - old, usegmt=True)}
    with FaultServer(answer(200, headers=headers)) as server, Caller(server.url, clock) as caller:
        caller.call()
        caller.call()
        assert clock.sleeps == [pytest.approx(5, abs=0.1)]


def test_a_retry_that_a_limit_prevents_raises_the_response_before_it() -> None:
    """A limit prevents the retry, so the caller gets the failure that asked for it."""
    clock = RecordingClock(NOW)
    headers = {**told(NOW + 200, Global=0), "Retry-After": "1"}
    with FaultServer(answer(503, "gateway down", headers)) as server:
        with Caller(server.url, clock) as caller, pytest.raises(ServiceException) as raised:
            caller.call()
        assert len(server.requests) == 1
    assert raised.value.body == "gateway down"
    assert raised.value.attempts == 1
    assert raised.value.retry_after == pytest.approx(200, abs=1)
    with FaultServer(drop(head(200, {**headers, "Content-Length": "9"}))) as server:
        with Caller(server.url, clock) as caller, pytest.raises(ApiConnectionException) as lost:
            caller.call()
    assert "cut off" in str(lost.value)
    assert lost.value.__cause__ is not None
    assert lost.value.retry_after == pytest.approx(200, abs=2)


def test_retry_after_on_a_429_holds_back_every_call() -> None:
    """A 429 that names no limit applies to all calls."""
    clock = RecordingClock(NOW)
    script = answer(429, "", {"Retry-After": "5"})
    with FaultServer(script) as server, Caller(server.url, clock, retries=0) as caller:
        with pytest.raises(RateLimitedException):
            caller.call("GET")
        caller.call("POST")
        assert clock.sleeps == [5.0]


def test_retry_after_with_a_spent_limit_holds_back_that_limit_alone() -> None:
    clock = RecordingClock(NOW)
    headers = {**told(NOW + 9, Route=0, Global=9), "Retry-After": "5"}
    script = answer(429, "", headers)
    with FaultServer(script) as server, Caller(server.url, clock, retries=0) as caller:
        with pytest.raises(RateLimitedException):
            caller.call("GET")
        caller.call("POST")
        assert clock.sleeps == []
        caller.call("GET")
        assert clock.sleeps == [5.0]


def test_retry_after_on_a_503_holds_back_no_other_call() -> None:
    clock = RecordingClock(NOW)
    script = answer(503, "", {"Retry-After": "5"})
    with FaultServer(script) as server, Caller(server.url, clock, retries=0) as caller:
        with pytest.raises(Exception, match="503"):
            caller.call("GET")
        caller.call("POST")
        assert clock.sleeps == []


class TestLimiter:
    """The windows of the limiter, without requests."""

    def setup_method(self) -> None:
        self.clock = RecordingClock(NOW)
        self.limiter = RateLimiter(self.clock)

    def take(self, route: str = "r") -> Ticket:
        """Take a place that is free at once."""
        return self.limiter.admit("o", route, "t", Waits(self.clock, 0.0), lambda _: None)

    def wait(self, route: str = "r") -> float:
        """The seconds that a request would have to wait."""
        with pytest.raises(RateLimitExceeded) as raised:
            self.limiter.admit("o", route, "t", Waits(self.clock, 0.5), lambda _: None)
        return raised.value.wait

    def done(self, ticket: Ticket, reset: float = NOW + 10, **left: int) -> None:
        self.limiter.release(ticket, told(reset, 3, **left))

    def test_a_window_admits_as_many_as_remain(self) -> None:
        self.done(self.take(), Global=2)
        self.take()
        self.take()
        assert self.wait() == 10.0

    def test_a_request_in_flight_may_not_be_counted_yet(self) -> None:
        first, second = self.take(), self.take()
        # The service had counted the first only, or both: the smaller remainder counts.
        self.done(first, Global=2)
        self.take()
        assert self.wait() == 10.0
        self.done(second, Global=1)
        assert self.wait() == 10.0

    def test_the_requests_of_other_clients_are_seen(self) -> None:
        self.done(self.take(), Global=3)
        self.done(self.take(), Global=0)
        assert self.wait() == 10.0

    def test_a_service_that_counts_fewer_requests_is_believed(self) -> None:
        for _ in range(20):
            self.done(self.take(), Global=2)

    def test_a_late_response_frees_no_place_that_others_took(self) -> None:
        """A response counts the requests that were sent after it was written."""
        late = self.take()
        for left in (2, 1):
            self.done(self.take(), Global=left)
        assert self.wait() == 10.0
        self.done(late, Global=3)
        self.take()
        assert self.wait() == 10.0

    def test_a_response_of_an_earlier_window_is_ignored(self) -> None:
        old = self.take()
        self.done(self.take(), NOW + 20, Global=0)
        self.done(old, NOW + 10, Global=3)
        assert self.wait() == 20.0

    def test_a_window_begins_when_the_one_before_ends(self) -> None:
        self.done(self.take(), Global=0)
        self.clock.advance(10)
        tickets = [self.take() for _ in range(3)]
        self.done(tickets[0], NOW + 20, Global=2)
        assert self.wait() == 10.0
        for ticket in tickets[1:]:
            self.done(ticket, NOW + 20, Global=0)
        self.clock.advance(10)
        self.take()

    def test_a_request_in_flight_at_the_reset_may_count_in_the_new_window(self) -> None:
        under_way = self.take()
        self.done(self.take(), Global=0)
        self.clock.advance(10)
        self.take()
        self.take()
        waits: list[float] = []
        third = threading.Thread(target=lambda: waits.append(self.wait()), daemon=True)
        third.start()
        self.done(under_way, NOW + 20, Global=0)
        third.join(60)
        assert waits == [10.0]

    def test_responses_without_limits_hold_nobody_back(self) -> None:
        self.done(self.take(), Global=0)
        self.clock.advance(10)
        tickets = [self.take() for _ in range(3)]
        for ticket in tickets:
            self.limiter.release(ticket, None)
        for _ in range(5):
            self.limiter.release(self.take(), {})

    def test_threads_fill_a_new_window_without_a_429(self) -> None:
        """They wait for the first response if every request that fits is in flight."""
        self.done(self.take(), Global=0)
        self.clock.advance(10)
        tickets = [self.take() for _ in range(3)]
        waits: list[float] = []
        threads = [
            threading.Thread(target=lambda: waits.append(self.wait()), daemon=True)
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        self.done(tickets[0], NOW + 20, Global=2)
        for thread in threads:
            thread.join(60)
        assert waits == [10.0] * 4

    def test_routes_that_are_not_called_again_are_forgotten(self) -> None:
        for number in range(5000):
            self.limiter.release(self.take(f"route {number}"), None)
        assert len(self.limiter._scopes) <= 1000
        assert len(self.limiter._windows) <= 1003

    def test_a_route_with_a_spent_limit_is_not_forgotten(self) -> None:
        under_way = self.take("under way")
        self.done(self.take("spent"), Route=0, Global=3)
        for number in range(2000):
            self.limiter.release(self.take(f"route {number}"), told(NOW + 10, Global=3))
        assert self.wait("spent") == 10.0
        self.limiter.release(under_way, None)

    def test_threads_share_a_limiter(self) -> None:
        """Together they are admitted as often as the window allows."""
        limiter = RateLimiter(Clock())
        room = 100
        first = limiter.admit("o", "r", "t", Waits(Clock(), 0.0), lambda _: None)
        reset = Clock().now() + 60
        limiter.release(first, told(reset, 1000, Global=room))
        taken: list[Ticket] = []

        def work() -> None:
            with contextlib.suppress(RateLimitExceeded):
                while True:
                    taken.append(limiter.admit("o", "r", "t", Waits(Clock(), 0), lambda _: None))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(taken) == room


def test_clients_do_not_share_a_limiter() -> None:
    clock = RecordingClock(NOW)
    script = answer(200, headers=told(NOW + 4, Global=0))
    with (
        FaultServer(script) as server,
        Caller(server.url, clock) as one,
        Caller(server.url, clock) as other,
    ):
        one.call()
        other.call()
        assert clock.sleeps == []


def test_limits_are_read_from_an_unread_response() -> None:
    clock = RecordingClock(NOW)
    script = answer(200, headers=told(NOW + 4, Global=0))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        caller.call(_preload_content=False).release_conn()
        caller.call()
        assert clock.sleeps == [4.0]


def test_an_error_with_rate_limits_has_its_usual_message() -> None:
    clock = RecordingClock(NOW)
    script = answer(404, {"message": "No"}, told(NOW + 4, Global=5))
    with FaultServer(script) as server, Caller(server.url, clock) as caller:
        with pytest.raises(NotFoundException) as raised:
            caller.call()
        assert raised.value.retry_after is None
