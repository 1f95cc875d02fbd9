"""The client against the limit that a sandbox announces by default: it never waits for it."""

from __future__ import annotations

import pytest

from launchdarkly_api import ApiClient
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.service.examples import put_examples
from test.resilience.measures import in_threads


@pytest.mark.parametrize("window", [10.0, 0.02])
def test_calls_do_not_wait_for_the_limit_that_is_announced_by_default(window: float) -> None:
    with Sandbox() as sandbox:
        put_examples(sandbox._state)
        # Short windows end often, also between a request and its response.
        sandbox.rate_limit(None, window)
        configuration = sandbox.configuration()
        # A call that has to wait raises an exception.
        configuration.max_retry_wait = 0
        with ApiClient(configuration) as client:
            api = ExperimentsBetaApi(client)
            in_threads(8, lambda _: api.get_experiment("demo", "test", "old-banner"), range(400))
            assert len(list(api.iter_experiments("demo", "test", page_size=1))) == 1
        assert {request.status for request in sandbox.requests} == {200}
