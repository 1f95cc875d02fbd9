"""Retry policies: the library's own, and ``urllib3.Retry`` objects of the user."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    InvalidHeader,
    LocationParseError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util.retry import Retry

from launchdarkly_api._transport.errors import is_lasting
from launchdarkly_api._transport.rate_limit import epoch_seconds
from launchdarkly_api._transport.retry_after import parse_retry_after, retry_after
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiValueError,
    ServiceException,
)
from launchdarkly_api.retry import RetryPolicy, full_jitter, policy_from
from test.fault_server import FaultServer, answer, drop, reset
from test.resilience.tools import Caller, RecordingClock

NOW = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"


def test_the_date_and_the_clock_of_these_tests_agree() -> None:
    assert epoch_seconds(DATE) == NOW


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("1", 1.0),
        ("  20 ", 20.0),
        ("1.5", 1.5),
        ("9" * 30, float("9" * 30)),
        (DATE, 0.0),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("Friday, 15-Jan-27 08:00:10 GMT", 10.0),
        ("Fri Jan 15 08:00:10 2027", 10.0),
        ("Fri, 15 Jan 2027 09:00:10 +0100", 10.0),
        ("soon", None),
        ("-5", None),
        ("+5", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("1e3", None),
        ("9" * 400, None),
        ("1_0", None),
        ("0x10", None),
        ("", None),
        (" ", None),
        ("5 5", None),
        ("\u0665", None),
        ("Fri, 99 Jan 2027 08:00:00 GMT", None),
        ("Fri, 15 Jan 99999999999 08:00:00 GMT", None),
        (",", None),
        ("\0", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert parse_retry_after({"Retry-After": text}, NOW) == seconds


def test_a_retry_after_date_is_relative_to_the_services_clock() -> None:
    headers = {
        "Retry-After": "Fri, 15 Jan 2027 10:00:09 GMT",
        "Date": "Fri, 15 Jan 2027 10:00:00 GMT",
    }
    assert parse_retry_after(headers, NOW) == 9.0


def limits(reset: float, **remaining: int) -> dict[str, str]:
    named = {f"X-Ratelimit-{k.replace('_', '-')}-Remaining": str(v) for k, v in remaining.items()}
    return {"X-Ratelimit-Reset": str(round(reset * 1000)), **named}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        (limits(NOW + 5, Global=0), 5.0),
        (limits(NOW + 5, Route=0), 5.0),
        (limits(NOW + 5, Auth_Token=0), 5.0),
        (limits(NOW + 5, Global=1, Route=2), None),
        (limits(NOW - 5, Global=0), None),
        (limits(NOW, Global=0), None),
        ({"X-Ratelimit-Global-Remaining": "0"}, None),
        ({"X-Ratelimit-Reset": str(round(NOW * 1000) + 5000)}, None),
        ({**limits(NOW + 5, Global=0), "Retry-After": "2"}, 2.0),
        ({**limits(NOW + 5, Global=0), "Retry-After": "soon"}, 5.0),
        (
            {
                **limits(NOW + 5, Global=0, Auth_Token=0),
                "X-Ratelimit-Auth-Token-Reset": str(round(NOW * 1000) + 8000),
            },
            8.0,
        ),
        ({**limits(NOW + 5, Global=0), "X-Ratelimit-Reset": "soon"}, None),
        ({**limits(NOW + 5, Global=0), "X-Ratelimit-Global-Remaining": "-1"}, None),
        ({**limits(NOW + 5, Global=0), "X-Ratelimit-Reset": "9" * 50}, None),
    ],
)
def test_retry_after_or_a_spent_limit_sets_the_wait(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH"])
@pytest.mark.parametrize("status", [*range(200, 205), 301, *range(400, 430), *range(500, 512)])
def test_safe_methods_are_repeated_after_a_5xx_and_all_after_a_429(
    method: str, status: int
) -> None:
    repeated = status == 429 or (status in (500, 502, 503, 504) and method not in ("POST", "PATCH"))
    assert RetryPolicy().is_retry(method, status) == repeated
    assert RetryPolicy().is_retry(method, status, has_retry_after=True) == repeated
    assert not RetryPolicy(0).is_retry(method, status)


def test_waits_are_random_below_a_bound_that_doubles() -> None:
    for failures, bound in (
        (0, 0.5),
        (1, 0.5),
        (2, 1.0),
        (3, 2.0),
        (5, 8.0),
        (6, 10.0),
        (999, 10.0),
    ):
        waits = {full_jitter(failures, 0.5, 10.0) for _ in range(200)}
        assert len(waits) > 100
        assert 0 <= min(waits) < bound / 4
        assert bound * 3 / 4 < max(waits) <= bound


def test_the_bound_of_a_wait_stays_finite_after_many_failures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    assert full_jitter(61, 0.5, 2.0**99) == 0.5 * 2.0**60
    assert full_jitter(10**9, 0.5, 2.0**99) == 0.5 * 2.0**60


def test_a_call_is_repeated_three_times_by_default() -> None:
    policy = RetryPolicy()
    assert (policy.total, policy.backoff_factor, policy.backoff_max) == (3, 0.5, 10.0)
    assert policy.raise_on_status is False


def test_a_policy_keeps_its_clock_and_can_be_pickled() -> None:
    clock = RecordingClock(NOW)
    policy = RetryPolicy(clock=clock).increment("GET", "/", error=ProtocolError("lost"))
    assert policy.clock is clock
    assert policy.total == 2
    assert [entry.method for entry in policy.history] == ["GET"]
    assert pickle.loads(pickle.dumps(RetryPolicy(7))).total == 7


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (ProtocolError("lost"), False),
        (ReadTimeoutError(None, "/", "late"), False),  # type: ignore[arg-type]
        (ConnectTimeoutError("late"), False),
        (SSLError("broken"), False),
        (InvalidHeader("lengths"), False),
        (DecodeError("gzip"), False),
        (LocationParseError("http://["), True),
        (ProxyError("no", OSError("Tunnel connection failed: 502 Bad Gateway")), False),
        (ProxyError("no", OSError("Tunnel connection failed: 407 Who")), True),
        (ProxyError("no", ConnectTimeoutError("late")), False),
    ],
)
def test_an_error_that_would_recur_is_not_repeated(error: Exception, lasting: bool) -> None:
    assert is_lasting(error) is lasting


@pytest.mark.parametrize("retries", [True, -1, "3", 1.5, 3.0, [3], {}, object])
def test_retries_of_another_kind_are_refused(retries: Any) -> None:
    with FaultServer() as server, Caller(server.url, retries=retries) as caller:
        with pytest.raises(ApiValueError) as raised:
            caller.call()
        assert server.requests == []
    assert f"Configuration.retries is {retries!r}" in str(raised.value)
    assert "a number of repetitions from 0, a urllib3.Retry, or None" in str(raised.value)


class Index:
    """An integer of another library, such as NumPy's."""

    def __index__(self) -> int:
        return 2


@pytest.mark.parametrize(
    ("retries", "requests"), [(None, 4), (0, 1), (False, 1), (1, 2), (5, 6), (Index(), 3)]
)
def test_retries_is_the_number_of_repetitions(retries: Any, requests: int) -> None:
    script = [answer(503)] * requests
    with FaultServer(*script) as server, Caller(server.url, retries=retries) as caller:
        with pytest.raises(ServiceException) as raised:
            caller.call()
        assert len(server.requests) == requests == raised.value.attempts
        assert len(caller.sleeps) == requests - 1


def test_retries_can_be_changed_between_calls() -> None:
    with FaultServer(*[answer(503)] * 3) as server, Caller(server.url, retries=0) as caller:
        with pytest.raises(ServiceException):
            caller.call()
        caller.configuration.retries = 1
        with pytest.raises(ServiceException):
            caller.call()
        assert len(server.requests) == 3


@pytest.mark.parametrize("most", [0, 0.2, 1])
def test_a_random_wait_is_shortened_to_max_retry_wait(most: float) -> None:
    """Only a wait that the service asks for ends the retries if it is too long."""
    with FaultServer(*[answer(503)] * 3) as server:
        with Caller(server.url, max_retry_wait=most) as caller:
            assert caller.call().key == "exp"
            assert len(server.requests) == 4
            assert sum(caller.sleeps) <= most
    policy = Retry(3, backoff_factor=100, backoff_max=1000, status_forcelist=[503])
    with FaultServer(*[answer(503)] * 3) as server:
        with Caller(server.url, retries=policy, max_retry_wait=most) as caller:
            assert caller.call().key == "exp"
            # The bound holds for all waits of the call: the last attempt follows at once.
            assert caller.sleeps == [0, most, 0]


@pytest.mark.parametrize(("asked", "sleeps"), [(59, [59.0]), (60, [60.0]), (61, [])])
def test_a_retry_after_above_max_retry_wait_ends_the_call(asked: int, sleeps: list[float]) -> None:
    with FaultServer(answer(503, "", {"Retry-After": str(asked)})) as server:
        with Caller(server.url, max_retry_wait=60) as caller:
            try:
                caller.call()
            except ServiceException as error:
                assert error.retry_after == asked
            assert caller.sleeps == sleeps
            assert len(server.requests) == len(sleeps) + 1


@pytest.mark.parametrize("most", [None, "x", -1, float("nan")])
def test_a_max_retry_wait_that_is_not_a_number_from_0_is_refused(most: Any) -> None:
    with FaultServer(answer(503)) as server, Caller(server.url, max_retry_wait=most) as caller:
        with pytest.raises(ApiValueError, match=r"Configuration\.max_retry_wait is"):
            caller.call()
        assert server.requests == []


@pytest.mark.parametrize("last", [answer(200, b"x" * 200), answer(200, b"no JSON")])
def test_an_unusable_response_counts_the_attempts_before_it(last: Any) -> None:
    with FaultServer(answer(503, ""), last) as server:
        with Caller(server.url, max_response_bytes=150) as caller:
            with pytest.raises(ApiException) as raised:
                caller.call()
    assert raised.value.attempts == 2


class TestRetryOfTheUser:
    """A ``urllib3.Retry`` in ``Configuration.retries`` decides, and sets the waits."""

    def call(self, policy: Retry, *script: Any, method: str = "GET") -> tuple[Caller, FaultServer]:
        with FaultServer(*script) as server, Caller(server.url, retries=policy) as caller:
            try:
                caller.call(method)
            except (ServiceException, ApiConnectionException) as error:
                self.error = error
        return caller, server

    def test_the_backoff_of_a_retry_object_is_used_and_the_object_unchanged(self) -> None:
        policy = Retry(3, backoff_factor=1, status_forcelist=[503])
        for _ in range(2):
            caller, server = self.call(policy, *[answer(503)] * 4)
            assert len(server.requests) == 4
            # urllib3 does not wait before the first repetition.
            assert caller.sleeps == [0.0, 2.0, 4.0]
            assert self.error.attempts == 4
        assert policy.history == ()

    def test_a_status_outside_the_forcelist_is_not_repeated(self) -> None:
        _, server = self.call(Retry(3), answer(503))
        assert len(server.requests) == 1

    def test_a_status_with_retry_after_is_repeated(self) -> None:
        caller, server = self.call(Retry(3), answer(503, "", {"Retry-After": "4"}))
        assert len(server.requests) == 2
        assert caller.sleeps == [4.0]

    def test_a_retry_object_may_ignore_retry_after(self) -> None:
        policy = Retry(3, status_forcelist=[503], respect_retry_after_header=False)
        caller, server = self.call(policy, answer(503, "", {"Retry-After": "4"}))
        assert len(server.requests) == 2
        assert caller.sleeps == [0.0]

    @pytest.mark.parametrize("text", ["soon", "Fri, 15 Jan 99999999999 08:00:00 GMT", "-5"])
    def test_a_malformed_retry_after_is_ignored(self, text: str) -> None:
        policy = Retry(3, status_forcelist=[503], backoff_factor=1)
        caller, server = self.call(policy, answer(503, "", {"Retry-After": text}))
        assert len(server.requests) == 2
        assert caller.sleeps == [0.0]

    @pytest.mark.parametrize("raises", [True, False])
    def test_the_last_response_becomes_the_exception_of_its_status(self, raises: bool) -> None:
        policy = Retry(1, status_forcelist=[503], raise_on_status=raises)
        _, server = self.call(policy, *[answer(503, {"message": "Down"})] * 2)
        assert len(server.requests) == 2
        assert isinstance(self.error, ServiceException)
        assert self.error.message == "Down"

    def test_allowed_methods_alone_are_repeated(self) -> None:
        policy = Retry(3, status_forcelist=[503], allowed_methods=["POST"])
        _, server = self.call(policy, answer(503), method="POST")
        assert len(server.requests) == 2
        _, server = self.call(policy, answer(503), method="GET")
        assert len(server.requests) == 1

    def test_every_method_is_repeated_if_allowed_methods_is_none(self) -> None:
        _, server = self.call(Retry(3, allowed_methods=None), reset(), method="PATCH")
        assert len(server.requests) == 2

    def test_a_write_that_was_sent_is_not_repeated(self) -> None:
        for fault in (reset(), drop(), answer(200, b"x", {"Content-Encoding": "gzip"})):
            _, server = self.call(Retry(3), fault, method="POST")
            assert len(server.requests) == 1

    def test_read_errors_have_a_count_of_their_own(self) -> None:
        _, server = self.call(Retry(3, read=0), reset())
        assert len(server.requests) == 1
        assert isinstance(self.error, ApiConnectionException)
        _, server = self.call(Retry(3, read=False), reset())
        assert len(server.requests) == 1

    def test_a_status_count_bounds_a_retry_without_a_total(self) -> None:
        policy = Retry(None, status=2, status_forcelist=[503])
        _, server = self.call(policy, *[answer(503)] * 3)
        assert len(server.requests) == 3

    def test_a_retry_of_zero_or_false_repeats_nothing(self) -> None:
        for policy in (Retry(0), Retry(False)):
            _, server = self.call(policy, reset())
            assert len(server.requests) == 1

    def test_the_backoff_of_a_subclass_is_used(self) -> None:
        class Patient(Retry):
            def get_backoff_time(self) -> float:
                return 11.0 + len(self.history)

        caller, server = self.call(Patient(2), reset(), reset())
        assert len(server.requests) == 3
        assert caller.sleeps == [12.0, 13.0]

    def test_a_retry_policy_takes_other_statuses_and_methods(self) -> None:
        policy = RetryPolicy(None, status_forcelist={418}, allowed_methods={"POST"})
        _, server = self.call(policy, *[answer(418)] * 9, method="POST")
        assert len(server.requests) == 10

    def test_a_retry_policy_works_in_a_pool_manager(self) -> None:
        clock = RecordingClock(NOW)
        with (
            FaultServer(answer(503, "", {"Retry-After": "0"}), answer(200, b"ok")) as server,
            urllib3.PoolManager(retries=RetryPolicy(clock=clock)) as manager,
        ):
            assert manager.request("GET", server.url).data == b"ok"
            assert len(server.requests) == 2


def test_policy_from_text_says_what_to_give() -> None:
    with pytest.raises(ValueError, match="a number of repetitions from 0"):
        policy_from("3", RecordingClock())
