"""Programs whose clock is frozen, moved or patched, by freezegun, time-machine and ``mock``.

The server runs in a process of its own, with the true time.
"""

from __future__ import annotations

import datetime
import itertools
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

import freezegun
import pytest
import time_machine

from launchdarkly_api._support.clock import Clock
from launchdarkly_api.exceptions import RateLimitedException
from test.resilience.limited import Running, limited
from test.resilience.tools import Caller

WINDOW = 0.3
Freeze = Callable[[], AbstractContextManager[Any]]
FROZEN: dict[str, Freeze] = {
    "freezegun": lambda: freezegun.freeze_time("2026-11-26 10:00:00"),
    "freezegun in the past": lambda: freezegun.freeze_time("1999-12-31 23:59:59"),
    "freezegun, ticking": lambda: freezegun.freeze_time("2026-11-26", auto_tick_seconds=1),
    "time-machine": lambda: time_machine.travel("2026-11-26 10:00:00", tick=False),
    "time-machine in the future": lambda: time_machine.travel("2099-01-01", tick=False),
    "time-machine, ticking": lambda: time_machine.travel("2026-11-26 10:00:00", tick=True),
}


@pytest.fixture
def server() -> Generator[Running, None, None]:
    """Two requests in each window."""
    with limited(2, WINDOW) as running:
        yield running


@pytest.fixture(params=FROZEN)
def freeze(request: pytest.FixtureRequest) -> Freeze:
    return FROZEN[request.param]


def test_calls_beyond_a_limit_are_answered_under_a_frozen_clock(
    server: Running, freeze: Freeze
) -> None:
    """A call that slept as long as it was told is sent, whatever the clock says."""
    with freeze(), Caller(server.url, Clock(), max_retry_wait=5) as caller:
        for _ in range(7):
            assert caller.call().key == "exp"
    counted = server.statuses()
    assert counted["200"] == 7
    assert counted.get("429", 0) <= 7


def test_a_client_works_on_after_the_clock_thaws(server: Running, freeze: Freeze) -> None:
    with Caller(server.url, Clock(), max_retry_wait=5) as caller:
        for _ in range(2):
            with freeze():
                for _ in range(3):
                    caller.call()
            for _ in range(3):
                caller.call()
    assert server.statuses()["200"] == 12


def test_a_hook_may_move_the_clock(server: Running) -> None:
    with freezegun.freeze_time("2026-11-26 10:00:00") as frozen:
        with Caller(server.url, Clock(), max_retry_wait=5) as caller:
            steps = itertools.cycle([0.1, 3600, -7200, 86400 * 365, 1])

            def move(_: object) -> None:
                frozen.tick(datetime.timedelta(seconds=next(steps)))

            caller.configuration.event_hooks["request"].append(move)
            for _ in range(6):
                assert caller.call().key == "exp"
    assert server.statuses()["200"] == 6


def test_time_machine_may_move_the_clock_back(server: Running) -> None:
    with time_machine.travel("2026-11-26 10:00:00", tick=False) as traveller:
        with Caller(server.url, Clock(), max_retry_wait=5) as caller:
            for step in (0, -0.1, -3600, 3600, -30):
                traveller.shift(step)
                assert caller.call().key == "exp"
    assert server.statuses()["200"] == 5


def test_a_sleep_that_returns_at_once_costs_a_few_requests_and_ends() -> None:
    """The service says 429 until the sum of the waits that were asked for reaches the bound."""
    with limited(1, 3600.0) as server, Caller(server.url, Clock(), max_retry_wait=7200) as caller:
        with mock.patch("time.sleep") as sleep:
            caller.call()
            with pytest.raises(RateLimitedException):
                caller.call()
        assert sum(call.args[0] for call in sleep.call_args_list) <= 7200
        assert server.statuses()["429"] <= 4


def test_a_wait_is_slept_through_time_sleep_as_it_is_at_that_moment(server: Running) -> None:
    """gevent and eventlet replace it, at any time."""
    with Caller(server.url, Clock(), max_retry_wait=5) as caller:
        for _ in range(2):
            caller.call()
        slept: list[float] = []
        with mock.patch("time.sleep", slept.append):
            with pytest.raises(RateLimitedException):
                while True:
                    caller.call()
    assert slept


IMPORTED = """
import {tool}, sys
with {freeze}:
    import launchdarkly_api._call.encoding, launchdarkly_api._modelling.schema
    from launchdarkly_api.apis import ExperimentsBetaApi
    from launchdarkly_api import ApiClient, Configuration
import datetime
from launchdarkly_api._modelling.annotations import schema_of
for kind in (datetime.date, datetime.datetime):
    assert schema_of(kind).name == schema_of(str).name, kind
moment = datetime.datetime(2026, 11, 26, tzinfo=datetime.timezone.utc)
with ApiClient(Configuration(host=sys.argv[1], api_key={{"ApiKey": "t"}})) as client:
    api = ExperimentsBetaApi(client)
    seen = []
    client.configuration.event_hooks["request"].append(lambda event: seen.append(event.url))
    def times():
        try:
            end = "2026-11-27T00:00Z"
            api.get_legacy_experiment_results("p", "f", "e", "m", _from=moment, to=end)
        except Exception as error:
            assert seen, error
        return seen.pop().partition("?")[2]
    expected = "from=1795651200000&to=1795737600000"
    assert times() == expected
    with {freeze}:
        assert times() == expected
        moment = datetime.datetime(2026, 11, 26, tzinfo=datetime.timezone.utc)
        assert times() == expected
        for kind in (datetime.date, datetime.datetime):
            assert schema_of(kind).name == schema_of(str).name, kind
    assert times() == expected
"""


@pytest.mark.parametrize(
    ("tool", "frozen"),
    [
        ("freezegun", 'freezegun.freeze_time("2020-01-01")'),
        ("time_machine", 'time_machine.travel("2020-01-01", tick=False)'),
    ],
)
def test_the_library_may_be_imported_under_a_frozen_clock(
    server: Running, tool: str, frozen: str
) -> None:
    program = IMPORTED.format(tool=tool, freeze=frozen)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, server.url],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
