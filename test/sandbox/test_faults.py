"""Faults on purpose, rate limits, latency, and the log of requests."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections import Counter
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import urllib3

from launchdarkly_api.sandbox import RecordedRequest, Sandbox
from launchdarkly_api.sandbox.state.store import StateFileError
from test.sandbox.client import Client, experiment, experiment_post, experiments, settings
from test.sandbox.test_broken_connections import listener_of, wait_until
from test.sandbox.test_http import Wire


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, "invalid_request", "Invalid request."),
        (401, "unauthorized", "Invalid access token."),
        (403, "forbidden", "Access to the requested resource was denied."),
        (404, "not_found", "Invalid resource identifier."),
        (409, "optimistic_locking_error", "Conflict. Optimistic lock error. Try again later."),
        (422, "patch_failed", "Unprocessable entity. Could not apply patch."),
        (429, "rate_limited", "You've exceeded the API rate limit. Try again later."),
        (500, None, "Internal Server Error."),
        (503, None, "Service Unavailable."),
        (520, None, "Status 520."),
        (419, None, "Status 419."),
        (299, None, "Status 299."),
    ],
)
def test_a_fault_can_be_a_status(
    sandbox: Sandbox, client: Client, status: int, code: str | None, message: str
) -> None:
    sandbox.fail_next(status)
    answer = client.get(experiments())
    assert (answer.status, answer.code, answer.message) == (status, code, message)
    assert client.get(experiments()).status == 200


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_status_has_an_html_body(sandbox: Sandbox, client: Client, status: int) -> None:
    sandbox.fail_next(status)
    answer = client.get(experiments())
    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html")
    assert answer.data.startswith(b"<html>")


def test_a_status_may_have_headers_and_a_body(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(429, headers={"Retry-After": "2"}, body="")
    answer = client.get(experiments())
    assert (answer.status, answer.headers["Retry-After"], answer.data) == (429, "2", b"")
    sandbox.fail_next(599, headers={"Content-Type": "text/plain"}, body=b"\xff")
    answer = client.get(experiments())
    assert (answer.status, answer.headers["Content-Type"], answer.data) == (
        599,
        "text/plain",
        b"\xff",
    )


@pytest.mark.parametrize("name", ["content-type", "date", "SERVER"])
def test_a_header_of_a_fault_replaces_the_usual_one(
    sandbox: Sandbox, client: Client, name: str
) -> None:
    sandbox.fail_next(503, headers={name: "text/plain"})
    assert client.get(experiments()).headers.getlist(name) == ["text/plain"]


def test_planned_faults_come_in_order_and_number(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(503, count=2)
    sandbox.fail_next(500)
    statuses = [client.get(experiments()).status for _ in range(4)]
    assert statuses == [503, 503, 500, 200]


def test_a_fault_of_one_call_waits_for_it(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(503, call="get_experimentation_settings")
    assert client.get(experiments()).status == 200
    assert client.get(settings()).status == 503
    assert client.get(settings()).status == 200


def test_a_status_does_not_apply_the_request(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(503, call="create_experiment")
    assert client.create().status == 503
    assert client.get(experiment()).status == 404


def test_a_status_can_follow_an_applied_request(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(503, applied=True)
    assert client.create().status == 503
    assert client.get(experiment()).status == 200


@pytest.mark.parametrize("applied", [False, True])
def test_drop_closes_the_connection_without_a_response(
    sandbox: Sandbox, client: Client, applied: bool
) -> None:
    sandbox.fail_next(drop=True, applied=applied)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        client.create()
    assert client.get(experiment()).status == (200 if applied else 404)
    first = sandbox.requests[0]
    assert (first.call, first.status) == ("create_experiment", 0)
    assert str(first).startswith(f"POST {experiments()} dropped ")


def test_cut_ends_the_response_in_the_middle_of_its_body(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(cut=True)
    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        client.create()
    assert client.get(experiment()).status == 200


def test_an_empty_body_that_is_cut_is_a_dropped_connection(
    sandbox: Sandbox, client: Client
) -> None:
    from test.sandbox.client import legacy

    client.run()
    sandbox.fail_next(cut=True)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        client.call("DELETE", legacy() + "/results")
    assert client.results("signup").json["metricSeen"] == {"ever": False}


def test_a_slow_response_is_otherwise_normal(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(slow=0.2)
    assert client.get(experiments()).status == 200


def test_a_client_may_time_out_on_a_slow_response(sandbox: Sandbox) -> None:
    sandbox.fail_next(slow=30)
    impatient = Client(sandbox.url)
    impatient.pool = urllib3.PoolManager(retries=False, timeout=0.1)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        impatient.get(experiments())
    impatient.close()


def test_slow_works_with_other_faults(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(503, slow=0.1)
    assert client.get(experiments()).status == 503


def test_a_rate_of_faults_follows_its_seed(sandbox: Sandbox, client: Client) -> None:
    def statuses(seed: int) -> list[int]:
        sandbox.fail_rate(0.3, statuses=(503, 429), seed=seed)
        return [client.get(experiments()).status for _ in range(200)]

    first = statuses(1)
    counted = Counter(first)
    assert counted.keys() == {200, 503, 429}
    assert 30 <= counted[503] + counted[429] <= 90
    assert statuses(1) == first
    assert statuses(2) != first
    sandbox.fail_rate(0)
    assert {client.get(experiments()).status for _ in range(50)} == {200}


def test_a_rate_can_be_limited_to_one_call(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_rate(1, call="get_experiments")
    assert client.get(experiments()).status == 503
    assert client.get(settings()).status == 200
    sandbox.fail_rate(1, statuses=(500,))
    assert client.get(experiments()).status == 503
    assert client.get(settings()).status == 500


def test_ending_the_rate_of_one_call_keeps_the_rate_of_all(
    sandbox: Sandbox, client: Client
) -> None:
    sandbox.fail_rate(1)
    sandbox.fail_rate(1, statuses=(500,), call="get_experiments")
    sandbox.fail_rate(0, call="get_experiments")
    assert client.get(experiments()).status == 503
    sandbox.fail_rate(0)
    assert client.get(experiments()).status == 200


def test_a_rate_has_all_kinds_of_faults(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_rate(1, statuses=(), drop=True, cut=True, slow=0.001)
    outcomes = Counter[str]()
    for _ in range(60):
        try:
            outcomes[str(client.get(experiments()).status)] += 1
        except urllib3.exceptions.ProtocolError as error:
            outcomes["cut" if "IncompleteRead" in str(error) else "dropped"] += 1
    assert outcomes.keys() == {"200", "cut", "dropped"}


class Clock:
    """A clock that advances only during waits, and the list of waits."""

    def __init__(self) -> None:
        self.time = 0.0

    def wait(self, seconds: float) -> bool:
        self.time += seconds
        return False


def test_planned_delays_do_not_count_as_the_sandboxs_time(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("time.perf_counter", lambda: clock.time)
    monkeypatch.setattr(sandbox._application._over, "wait", clock.wait)
    sandbox.latency(5)
    sandbox.fail_next(503, slow=7)
    assert client.get(experiments()).status == 503
    assert clock.time == 12
    assert sandbox.requests[-1].milliseconds == 0


def test_a_slow_upload_does_not_count_as_the_sandboxs_time(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("time.perf_counter", lambda: clock.time)
    wire = Wire(sandbox)
    wire.request(f"POST {experiments()} HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 2\r\n")
    assert wire.file.readline() == b"HTTP/1.1 100 Continue\r\n"
    assert wire.file.readline() == b"\r\n"
    clock.time += 100
    wire.send("{}")
    assert wire.response()[0] == 400
    assert sandbox.requests[-1].milliseconds == 0
    wire.close()


def test_latency_delays_every_response(sandbox: Sandbox, client: Client) -> None:
    sandbox.latency(600)
    impatient = Client(sandbox.url)
    impatient.pool = urllib3.PoolManager(retries=False, timeout=0.1)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        impatient.get(experiments())
    impatient.close()
    sandbox.latency(0)
    assert client.get(experiments()).status == 200


def test_stop_does_not_wait_for_slow_responses(sandbox: Sandbox) -> None:
    sandbox.fail_next(slow=600)
    client = Client(sandbox.url)

    def ask() -> None:
        # The answer may still come, or the connection may be gone.
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            client.get(experiments())

    asking = threading.Thread(target=ask)
    asking.start()
    while sandbox._application.faults._planned:
        time.sleep(0.001)
    stopping = threading.Thread(target=sandbox.stop)
    stopping.start()
    stopping.join(60)
    assert not stopping.is_alive()
    asking.join()
    client.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "one of status, drop, reset and cut"),
        ({"status": 503, "drop": True}, "one of status, drop, reset and cut"),
        ({"drop": True, "cut": True}, "one of status, drop, reset and cut"),
        ({"drop": True, "reset": True}, "one of status, drop, reset and cut"),
        ({"reset": True, "status": 503}, "one of status, drop, reset and cut"),
        ({"reset": True, "trickle": 1}, "trickle needs a response"),
        ({"drop": True, "trickle": 1}, "trickle needs a response"),
        ({"trickle": -1}, "trickle must be a number from 0 to 86400, not -1"),
        ({"trickle": "1"}, "trickle must be a number"),
        ({"reset": True, "body": "x"}, "A body goes with a status"),
        ({"status": 99}, "status must be from 200 to 599"),
        ({"status": "503"}, "status must be a whole number"),
        ({"status": 503.0}, "status must be a whole number"),
        ({"slow": -1}, "slow must be a number from 0 to 86400, not -1"),
        ({"slow": float("inf")}, "slow must be a number"),
        ({"slow": float("nan")}, "slow must be a number"),
        ({"slow": "1"}, "slow must be a number"),
        ({"slow": [1]}, "slow must be a number"),
        ({"status": 503, "count": 0}, "count must be a whole number, at least 1"),
        ({"status": 503, "count": 1.5}, "count must be a whole number, at least 1"),
        ({"status": 503, "body": {"a": 1}}, "body must be text or bytes"),
        ({"status": 503, "headers": {"Retry-After": 2}}, "The header Retry-After must be"),
        ({"status": 503, "headers": {"A B: x": "y"}}, "A header's name must be one word"),
        ({"status": 503, "headers": {1: "y"}}, "A header's name must be one word"),
        (
            {"status": 503, "headers": {"content-length": "9"}},
            "content-length is set by the sandbox",
        ),
        ({"status": 503, "call": "nope"}, "call must be one of create_experiment"),
        ({"status": 503, "headers": {"A": "b\r\nC: d"}}, "must be printable ASCII"),
        ({"drop": True, "body": "x"}, "A body goes with a status"),
    ],
)
def test_an_invalid_fault_is_refused(
    sandbox: Sandbox, client: Client, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError) as caught:
        sandbox.fail_next(**arguments)
    assert said in str(caught.value)
    assert client.get(experiments()).status == 200


def test_an_invalid_rate_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="probability must be a number from 0 to 1"):
        sandbox.fail_rate(1.5)
    with pytest.raises(ValueError, match="at least one fault"):
        sandbox.fail_rate(0.5, statuses=())
    with pytest.raises(ValueError, match="call must be"):
        sandbox.fail_rate(0.5, call="nope")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="seconds must be"):
        sandbox.latency(-1)


# Rate limits.


class StoppedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        return self.seconds

    def time(self) -> float:
        return 1_700_000_000.0 + self.seconds


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """The clock of the rate limits."""
    clock = StoppedClock()
    monkeypatch.setattr("launchdarkly_api.sandbox.service.limits.time", clock)
    return clock


def test_429_with_the_documented_headers(sandbox: Sandbox, client: Client) -> None:
    sandbox.rate_limit(2, 60)
    before = time.time() * 1000
    first, second, third = (client.get(experiments()) for _ in range(3))
    assert [first.status, second.status, third.status] == [200, 200, 429]
    assert (third.code, third.message) == (
        "rate_limited",
        "You've exceeded the API rate limit. Try again later.",
    )
    for scope in ("Global", "Route", "Auth-Token"):
        assert [
            answer.headers[f"X-Ratelimit-{scope}-Remaining"] for answer in (first, second, third)
        ] == ["1", "0", "0"]
        assert third.headers[f"X-Ratelimit-{scope}-Limit"] == "2"
    for name in ("X-Ratelimit-Reset", "X-Ratelimit-Auth-Token-Reset"):
        assert before + 59_000 <= int(third.headers[name]) <= time.time() * 1000 + 60_001
    assert "Retry-After" not in third.headers


def test_the_window_does_not_follow_the_wall_clock(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.rate_limit(1, 60)
    client.get(experiments())
    present = time.time()
    monkeypatch.setattr("time.time", lambda: present + 7200)
    refused = client.get(experiments())
    assert refused.status == 429
    left = int(refused.headers["X-Ratelimit-Reset"]) / 1000 - present - 7200
    assert 0 < left <= 60.001


def test_a_wall_clock_that_is_set_forward_closes_no_connection(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = sandbox.url.removeprefix("http://")
    kept = http.client.HTTPConnection(host, timeout=60)
    kept.request("GET", "/")
    kept.getresponse().read()
    # The server notes the end of a request after its response.
    channels = listener_of(sandbox).active_channels
    wait_until(lambda: not any(channel.requests for channel in channels.values()))
    present = time.time()
    monkeypatch.setattr("time.time", lambda: present + 7200)
    for _ in range(3):
        # The server looks for idle connections before it waits for requests.
        client.get(experiments())
    # Not opened again: a closed connection would raise an exception.
    kept.request("GET", "/")
    assert kept.getresponse().status == 200
    kept.close()


def test_the_window_opens_again_at_the_reset(
    sandbox: Sandbox, client: Client, stopped: StoppedClock
) -> None:
    sandbox.rate_limit(1, 0.25)
    client.get(experiments())
    refused = client.get(experiments())
    assert refused.status == 429
    wait = int(refused.headers["X-Ratelimit-Reset"]) / 1000 - stopped.time()
    stopped.seconds += wait / 2
    assert client.get(experiments()).status == 429
    stopped.seconds += wait / 2
    assert client.get(experiments()).status == 200


def test_each_route_has_its_own_limit(sandbox: Sandbox, client: Client) -> None:
    sandbox.rate_limit(10, 60, route_limit=1)
    assert client.get(experiments()).status == 200
    spent = client.get(experiments())
    assert spent.status == 429
    assert spent.headers["X-Ratelimit-Route-Remaining"] == "0"
    assert spent.headers["X-Ratelimit-Global-Remaining"] == "9"
    assert client.get(settings()).status == 200


def test_an_ip_limit_sends_retry_after(
    sandbox: Sandbox, client: Client, stopped: StoppedClock
) -> None:
    sandbox.rate_limit(1, 7.5, announce="retry-after")
    assert "Retry-After" not in client.get(experiments()).headers
    refused = client.get(experiments())
    assert (refused.status, refused.headers["Retry-After"]) == (429, "8")
    assert "X-Ratelimit-Reset" not in refused.headers


def test_a_429_can_omit_all_headers(sandbox: Sandbox, client: Client) -> None:
    sandbox.rate_limit(0, announce="none")
    refused = client.get(experiments())
    assert refused.status == 429
    assert not [name for name in refused.headers if "limit" in name.lower() or "retry" in name]


def test_errors_have_the_headers_and_count_towards_the_limit(
    sandbox: Sandbox, client: Client
) -> None:
    sandbox.rate_limit(5, 60)
    assert client.get(experiment("nope")).headers["X-Ratelimit-Global-Remaining"] == "4"
    unknown = client.call("GET", experiments(), headers={"Authorization": "x"})
    assert unknown.headers["X-Ratelimit-Global-Remaining"] == "4"
    assert client.get(experiments()).headers["X-Ratelimit-Global-Remaining"] == "3"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", experiments(), 200),
        ("HEAD", experiments(), 200),
        ("GET", "/api/v2/flags/demo", 200),
        ("GET", experiment("nope"), 404),
        ("GET", "/api/v2/nothing", 404),
        ("PUT", experiments(), 405),
        ("POST", experiments(), 400),
    ],
)
def test_a_generous_limit_is_announced_by_default(
    client: Client, sandbox: Sandbox, method: str, path: str, status: int
) -> None:
    for remaining in (999_999, 999_998):
        before = time.time()
        answer = client.call(method, path)
        assert answer.status == status
        for scope in ("Global", "Route", "Auth-Token"):
            assert answer.headers[f"X-Ratelimit-{scope}-Limit"] == "1000000"
            left = int(answer.headers[f"X-Ratelimit-{scope}-Remaining"])
            # A request that names no call does not count.
            assert left == (1_000_000 if path.endswith("nothing") or status == 405 else remaining)
        for name in ("X-Ratelimit-Reset", "X-Ratelimit-Auth-Token-Reset"):
            assert before < int(answer.headers[name]) / 1000 <= time.time() + 10.001
    sandbox.rate_limit(None, announce="none")
    silent = client.call(method, path)
    assert silent.status == status
    assert not [name for name in silent.headers if "limit" in name.lower()]


def test_a_refused_token_and_a_state_file_that_fails_announce_the_limit(
    client: Client, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = client.call("GET", experiments(), headers={"Authorization": "x"})
    assert (refused.status, refused.headers["X-Ratelimit-Route-Remaining"]) == (401, "1000000")

    def fail(*_: Any) -> None:
        raise StateFileError("full")

    monkeypatch.setattr(sandbox._state, "put", fail)
    failed = client.create()
    assert (failed.status, failed.headers["X-Ratelimit-Reset"] != "") == (507, True)


def test_a_planned_fault_announces_what_it_was_given_only(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail_next(429, headers={"Retry-After": "1"})
    refused = client.get(experiments())
    assert refused.headers["Retry-After"] == "1"
    assert not [name for name in refused.headers if "ratelimit" in name.lower()]


def test_a_route_can_be_limited_alone(client: Client, sandbox: Sandbox) -> None:
    sandbox.rate_limit(None, 60, route_limit=1)
    assert client.get(experiments()).headers["X-Ratelimit-Route-Remaining"] == "0"
    assert client.get(experiments()).status == 429
    assert client.get(experiment("nope")).headers["X-Ratelimit-Global-Remaining"] == "999998"


def test_a_write_beyond_the_limit_is_not_applied(sandbox: Sandbox, client: Client) -> None:
    sandbox.rate_limit(0, 60)
    assert client.create().status == 429
    sandbox.rate_limit(None)
    assert client.get(experiment()).status == 404


def test_threads_cannot_overspend(sandbox: Sandbox, client: Client) -> None:
    sandbox.rate_limit(50, 60)
    statuses: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: statuses.extend(client.get(experiments()).status for _ in range(20))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(statuses) == {200: 50, 429: 110}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((-1, 10.0), "limit must be a whole number, at least 0"),
        ((1.5, 10.0), "limit must be a whole number"),
        ((1, 0), "window_seconds must be a number from 0.001"),
        ((1, float("nan")), "window_seconds must be a number from 0.001"),
    ],
)
def test_an_invalid_limit_is_refused(sandbox: Sandbox, arguments: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sandbox.rate_limit(*arguments)
    with pytest.raises(ValueError, match="announce must be one of"):
        sandbox.rate_limit(1, announce="loudly")  # type: ignore[arg-type]


def test_clear_faults_removes_faults_limits_and_latency(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail_next(503, count=100)
    sandbox.fail_rate(1)
    sandbox.rate_limit(0)
    sandbox.latency(60)
    sandbox.clear_faults()
    answer = client.get(experiments())
    assert (answer.status, answer.headers["X-Ratelimit-Global-Limit"]) == (200, "1000000")


# The log.


def test_the_log_records_each_request(sandbox: Sandbox, client: Client) -> None:
    client.call(
        "POST",
        experiments() + "?expand=treatments&x=%20",
        experiment_post(),
        headers={"X-Trace": "abc"},
    )
    (request,) = sandbox.requests
    assert (request.method, request.path) == ("POST", experiments())
    assert request.query == "expand=treatments&x=%20"
    assert request.target == experiments() + "?expand=treatments&x=%20"
    assert (request.call, request.status) == ("create_experiment", 201)
    assert request.json() == experiment_post()
    assert request.headers["x-trace"] == "abc"
    assert request.headers["content-type"] == "application/json"
    assert 0 < request.milliseconds < 10_000
    with pytest.raises(AttributeError):
        request.status = 200  # type: ignore[misc]


def test_the_log_reads_like_a_list(sandbox: Sandbox, client: Client) -> None:
    assert not sandbox.requests
    for number in range(3):
        client.get(f"/{number}")
    client.get(experiments())
    log = sandbox.requests
    assert [request.path for request in log] == ["/0", "/1", "/2", experiments()]
    assert log[0].path == "/0"
    assert log[0].call is None
    assert [request.path for request in log[1:3]] == ["/1", "/2"]
    assert log[-1] in log
    assert log.of("get_experiments") == [log[-1]]
    assert repr(log) == "<RequestLog of 4 requests>"
    log.clear()
    assert len(log) == 0


def test_the_log_is_bounded(
    client: Client, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from collections import deque

    monkeypatch.setattr(sandbox.requests, "_requests", deque(maxlen=3))
    for number in range(5):
        client.get(f"/{number}")
    assert [request.path for request in sandbox.requests] == ["/2", "/3", "/4"]


def test_the_token_is_nowhere_in_the_log() -> None:
    secret = "api-canary-5e1f"
    with Sandbox(access_token=secret) as sandbox:
        client = Client(sandbox.url, secret)
        client.call(
            "POST",
            f"/{secret}?token={secret}",
            {"token": secret},
            headers={"X-Copy": secret, "Cookie": f"t={secret}"},
        )
        client.call("GET", experiments(), headers={"Authorization": f"Bearer {secret}"})
        (first, second) = sandbox.requests
        assert secret not in f"{list(sandbox.requests)!r} {sandbox!r} {first} {second}"
        assert first.headers["authorization"] == "***"
        assert first.headers["x-copy"] == "***"
        assert json.loads(first.body) == {"token": "***"}


@pytest.mark.parametrize("token", ['a/b c+d"e', "Rxx_9-12345"])
def test_the_token_is_nowhere_in_the_log_in_any_spelling(token: str) -> None:
    with Sandbox(access_token=token) as sandbox:
        client = Client(sandbox.url, token)
        client.call("POST", f"/x%20{quote(token, safe='')}", {"t": token}, q=f" {token}")
        (request,) = sandbox.requests
        assert request.headers["authorization"] == "***"
        assert (request.path, request.json()) == ("/x%20***", {"t": "***"})
        assert request.query in ("q=+***", f"q=+{quote_plus(token)}")
        client.close()


@pytest.mark.parametrize("token", ["test", "checkout-button"])
def test_a_short_token_is_not_masked_within_other_text(token: str) -> None:
    with Sandbox(access_token=token) as sandbox:
        client = Client(sandbox.url, token)
        client.call("GET", "/test/checkout-button-2", headers={"X-Other": "my-checkout-button"})
        (request,) = sandbox.requests
        assert request.path == "/test/checkout-button-2"
        assert request.headers["x-other"] == "my-checkout-button"
        assert request.headers["authorization"] == "***"
        client.close()


def test_a_listener_receives_each_request(sandbox: Sandbox, client: Client) -> None:
    heard: list[RecordedRequest] = []
    assert sandbox.on_request is None
    sandbox.on_request = heard.append
    client.get(experiments())
    assert heard == list(sandbox.requests)


def test_a_failing_listener_does_not_change_the_response(
    sandbox: Sandbox, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: RecordedRequest) -> None:
        raise ZeroDivisionError("broken listener")

    sandbox.on_request = broken
    assert client.get(experiments()).status == 200
    assert "broken listener" in caplog.text


def test_a_listener_may_stop_the_sandbox(sandbox: Sandbox, client: Client) -> None:
    sandbox.on_request = lambda _: sandbox.stop()
    with pytest.raises(urllib3.exceptions.HTTPError):
        client.get(experiments())
    assert not sandbox.running
