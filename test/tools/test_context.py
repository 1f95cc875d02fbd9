"""Context variables of the caller reach every place that a call runs in."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any
from unittest import mock

import pytest
import urllib3

from launchdarkly_api import ApiClient
from launchdarkly_api.apis import ExperimentsBetaApi
from test.tools.calls import BY_METHOD, each_method
from test.tools.conftest import Connect
from test.tools.service import Service

CALLER: contextvars.ContextVar[str] = contextvars.ContextVar("caller", default="nobody")


class Seen:
    """The values of the context variable, by the place that saw them."""

    def __init__(self, api: ExperimentsBetaApi) -> None:
        self.hooks: list[str] = []
        self.requests: list[str] = []
        self._hooks = api.api_client.configuration.event_hooks

    def __enter__(self) -> Seen:
        for hooks in self._hooks.values():
            hooks.append(lambda _: self.hooks.append(CALLER.get()))
        original = urllib3.HTTPConnectionPool.urlopen

        def urlopen(pool: Any, *args: Any, **kwargs: Any) -> Any:
            self.requests.append(CALLER.get())
            return original(pool, *args, **kwargs)

        self._patch = mock.patch("urllib3.connectionpool.HTTPConnectionPool.urlopen", urlopen)
        self._patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.stop()


@pytest.fixture(autouse=True)
def nobody() -> Any:
    token = CALLER.set("nobody")
    yield
    CALLER.reset(token)


@each_method
def test_a_call_in_the_background_has_the_context_of_its_caller(
    used_api: ExperimentsBetaApi, method: str
) -> None:
    with Seen(used_api) as seen:
        CALLER.set("caller")
        future = BY_METHOD[method](used_api, async_req=True)
        CALLER.set("later")
        future.result(30)
    # A hook before the request and one after it.
    assert (seen.hooks, seen.requests) == (["caller"] * 2, ["caller"])


def test_callers_of_one_client_keep_their_own_contexts(used_api: ExperimentsBetaApi) -> None:
    def call(name: str) -> Any:
        CALLER.set(name)
        return used_api.submit(used_api.get_experiment, "p", "e", "x")

    names = [f"caller-{number}" for number in range(20)]
    with Seen(used_api) as seen:
        futures = [contextvars.copy_context().run(call, name) for name in names]
        for future in futures:
            future.result(30)
    assert sorted(seen.requests) == sorted(names)
    assert sorted(seen.hooks) == sorted(names * 2)
    assert CALLER.get() == "nobody"


def test_an_awaited_call_has_the_context_of_its_task(used_api: ExperimentsBetaApi) -> None:
    async def one(name: str) -> None:
        CALLER.set(name)
        await used_api.submit(used_api.get_experiment, "p", "e", name)

    async def several() -> None:
        await asyncio.gather(*(one(name) for name in "abcd"))

    with Seen(used_api) as seen:
        asyncio.run(several())
    assert sorted(seen.requests) == [*"abcd"]


def test_a_listing_has_the_context_of_its_caller_on_every_page(
    service: Service, used_api: ExperimentsBetaApi
) -> None:
    with Seen(used_api) as seen:
        CALLER.set("caller")
        list(used_api.iter_experiments("p", "e"))
    assert seen.requests == ["caller"] * service.count
    assert seen.hooks == ["caller"] * service.count * 2


def test_what_a_call_sets_stays_in_that_call(used_api: ExperimentsBetaApi) -> None:
    used_api.api_client.configuration.event_hooks["request"].append(lambda _: CALLER.set("hook"))
    used_api.submit(used_api.get_experiment, "p", "e", "x").result(30)
    assert CALLER.get() == "nobody"
    with Seen(used_api) as seen:
        futures = [used_api.submit(used_api.get_experiment, "p", "e", "x") for _ in range(8)]
        for future in futures:
            future.result(30)
    # Nothing of an earlier call is left in the threads of the client.
    assert seen.hooks == ["hook"] * 16
    assert CALLER.get() == "nobody"


def test_an_override_runs_in_the_context_of_its_caller(service: Service, connect: Connect) -> None:
    seen: list[str] = []

    class Watching(ApiClient):
        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            seen.append(CALLER.get())
            return super().call_api(*args, **kwargs)

    api = connect(service.url, Watching)
    CALLER.set("caller")
    api.submit(api.get_experiment, "p", "e", "x").result(30)
    list(api.iter_experiments("p", "e"))
    assert seen == ["caller"] * service.count
