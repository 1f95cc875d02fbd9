"""Fixtures for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi

TOKEN = "api-token-5b1f4c1e"

#: The old document is not part of this project: who has it says where, and its examples run.
collect_ignore = [] if os.environ.get("LAUNCHDARKLY_API_SEED") else ["test_old_document.py"]


@pytest.fixture
def configuration(httpserver: HTTPServer) -> Configuration:
    """A configuration for the test's own server, without retries."""
    configuration = Configuration(host=httpserver.url_for("").rstrip("/"))
    configuration.api_key["ApiKey"] = TOKEN
    configuration.retries = 0
    return configuration


@pytest.fixture
def client(configuration: Configuration) -> Iterator[ApiClient]:
    """A client for the test's own server."""
    with ApiClient(configuration) as client:
        yield client


@pytest.fixture
def api(client: ApiClient) -> ExperimentsBetaApi:
    """The API on that client."""
    return ExperimentsBetaApi(client)
