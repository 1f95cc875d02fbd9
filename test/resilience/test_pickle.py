"""A pickle holds the settings and the token, and no connection, thread or lock."""

from __future__ import annotations

import concurrent.futures
import copy
import multiprocessing
import pickle
from typing import Any

import pytest
import urllib3

from launchdarkly_api._support.clock import Clock
from launchdarkly_api.retry import RetryPolicy
from test.fault_server import FaultServer, answer
from test.resilience.tools import TOKEN, Caller, RecordingClock

HEARD: list[Any] = []


def listen(event: Any) -> None:
    HEARD.append(event)


def call(api: Any) -> str:
    """Call from a worker process."""
    with api.api_client:
        key: str = api.get_experiment("p", "e", "x").key
    return key


class Frozen(Clock):
    """A clock that can be pickled."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


@pytest.mark.parametrize("start", ["spawn", "forkserver"])
def test_an_api_works_in_a_worker_process(start: str) -> None:
    context = multiprocessing.get_context(start)
    with FaultServer() as server, Caller(server.url) as caller:
        caller.call()
        # The recording clock holds a lock, which cannot be pickled.
        caller.client.rest_client.clock = Clock()
        with concurrent.futures.ProcessPoolExecutor(1, context) as pool:
            assert list(pool.map(call, [caller.api] * 2)) == ["exp", "exp"]
        assert {request.header("Authorization") for request in server.requests} == {TOKEN}
        assert server.connections == 3


def test_client_and_configuration_can_be_pickled() -> None:
    with FaultServer() as server, Caller(server.url, Frozen(5.0), pool_threads=3) as caller:
        caller.configuration.event_hooks["response"].append(listen)
        caller.configuration.retries = RetryPolicy(7)
        caller.configuration.timeout = urllib3.Timeout(9)
        caller.client.cookie = "session=0123456789"
        caller.call()
        caller.call(async_req=True).wait()
        HEARD.clear()
        travelled = pickle.loads(pickle.dumps(caller.client))
        assert travelled.last_response is None
        with travelled:
            travelled.call_api("/x", "GET", auth_settings=["ApiKey"])
        assert travelled.pool_threads == 3
        assert travelled.rest_client.clock.at == 5.0
        assert travelled.rest_client.configuration is travelled.configuration
        assert travelled.configuration.retries.total == 7
        assert travelled.configuration.timeout.total == 9
        assert len(HEARD) == 1
        assert server.requests[-1].header("Authorization") == TOKEN
        assert server.requests[-1].header("Cookie") == "session=0123456789"
        assert server.connections == 2


def test_an_api_that_has_called_shares_no_socket() -> None:
    with FaultServer() as server, Caller(server.url, Clock()) as caller:
        caller.call()
        for api in (pickle.loads(pickle.dumps(caller.api)), copy.deepcopy(caller.api)):
            with api.api_client:
                assert api.get_experiment("p", "e", "x").key == "exp"
        assert server.connections == 3
        assert caller.call().key == "exp"
        assert server.connections == 3


def test_a_pickled_model_or_response_holds_no_token() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        model, *others = caller.call(_return_http_data_only=False)
        assert TOKEN.encode() in pickle.dumps(caller.configuration)
        for kept in (model, others):
            assert TOKEN.encode() not in pickle.dumps(kept)


def test_the_pickle_of_a_client_holds_no_rate_limits() -> None:
    clock = RecordingClock()
    spent = {"X-Ratelimit-Global-Remaining": "0", "X-Ratelimit-Reset": clock.milliseconds(30)}
    with FaultServer(answer(200, headers=spent)) as server, Caller(server.url, clock) as caller:
        caller.call()
        state = caller.client.rest_client.__getstate__()
        assert set(state) == {"configuration", "clock"}
