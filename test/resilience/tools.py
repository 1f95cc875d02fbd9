"""A clock that records its sleeps, and calls on that clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api._support.clock import Clock
from launchdarkly_api.apis import ExperimentsBetaApi

TOKEN = "api-canary-0123456789abcdef"
#: The time at which each clock of the tests begins.
NOW = 1_800_000_000.0

POST = {
    "name": "Experiment",
    "key": "exp",
    "maintainerId": "5f3b1c8e",
    "iteration": {
        "hypothesis": "h",
        "metrics": [{"key": "m", "primary": True}],
        "treatments": [
            {
                "name": "control",
                "baseline": True,
                "allocationPercent": "100",
                "parameters": [{"flagKey": "f", "variationId": "v"}],
            }
        ],
        "flags": {"f": {"ruleId": "fallthrough", "flagConfigVersion": 1}},
    },
}
PATCH = {"instructions": [{"kind": "updateName", "value": "n"}]}


class RecordingClock(Clock):
    """A clock that advances by the sleeps that it is asked for, and records them."""

    def __init__(self, now: float = NOW) -> None:
        self.sleeps: list[float] = []
        self._lock = threading.Lock()
        self._now = now
        self._passed = 1000.0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.sleeps.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds
            self._passed += seconds

    def milliseconds(self, ahead: float = 0.0) -> str:
        """The time ``ahead`` seconds from now, in epoch milliseconds, as the service writes it."""
        return str(round((self._now + ahead) * 1000))


class Caller:
    """An API on a server, with a recording clock and the token set."""

    def __init__(
        self,
        url: str,
        clock: Clock | None = None,
        *,
        pool_threads: int = 1,
        token: str | None = TOKEN,
        **settings: Any,
    ) -> None:
        self.configuration = Configuration(host=url)
        if token is not None:
            self.configuration.api_key["ApiKey"] = token
        for name, value in settings.items():
            assert hasattr(self.configuration, name), name
            setattr(self.configuration, name, value)
        self.client = ApiClient(self.configuration, pool_threads=pool_threads)
        self.clock = RecordingClock() if clock is None else clock
        self.client.rest_client = type(self.client.rest_client)(self.configuration, self.clock)
        self.api = ExperimentsBetaApi(self.client)

    @property
    def sleeps(self) -> list[float]:
        assert isinstance(self.clock, RecordingClock)
        return self.clock.sleeps

    def call(self, method: str = "GET", **options: Any) -> Any:
        """Make a call with this HTTP method."""
        calls: dict[str, Callable[..., Any]] = {
            "GET": lambda: self.api.get_experiment("p", "e", "x", **options),
            "PUT": lambda: self.api.put_experimentation_settings(
                "p", {"randomizationUnits": []}, **options
            ),
            "POST": lambda: self.api.create_experiment("p", "e", POST, **options),
            "PATCH": lambda: self.api.patch_experiment("p", "e", "x", PATCH, **options),
            "DELETE": lambda: self.client.call_api(
                "/api/v2/thing", "DELETE", auth_settings=["ApiKey"], **options
            ),
        }
        return calls[method]()

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
