"""Fixtures of these tests: a service that counts, and clients for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi
from test.resilience.conftest import authority as authority
from test.resilience.conftest import no_proxy_of_this_machine as no_proxy_of_this_machine
from test.tools.service import TOKEN, Service

#: Makes an API for a URL: ``connect(url, client_class, **settings of the configuration)``.
Connect = Callable[..., ExperimentsBetaApi]


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        yield service


@pytest.fixture
def connect() -> Iterator[Connect]:
    clients: list[ApiClient] = []

    def connect(
        url: str, client_class: type[ApiClient] = ApiClient, **settings: Any
    ) -> ExperimentsBetaApi:
        configuration = Configuration(host=url)
        configuration.api_key["ApiKey"] = TOKEN
        for name, value in {"retries": 0, **settings}.items():
            assert hasattr(configuration, name), name
            setattr(configuration, name, value)
        clients.append(client_class(configuration, pool_threads=4))
        return ExperimentsBetaApi(clients[-1])

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def api(service: Service, connect: Connect) -> ExperimentsBetaApi:
    """An API for the service whose client was not used yet."""
    return connect(service.url)


@pytest.fixture
def used_api(api: ExperimentsBetaApi, service: Service) -> ExperimentsBetaApi:
    """An API whose client has idle connections to the service, which has counted nothing yet."""
    futures = [api.submit(api.get_experiment, "p", "e", "x") for _ in range(8)]
    for future in futures:
        future.result(30)
    service.requests.clear()
    return api
