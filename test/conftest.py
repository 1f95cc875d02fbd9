"""Fixtures for all tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi

TOKEN = "api-token-5b1f4c1e"
UPSTREAM = "launchdarkly-api==13.0.0"

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


@pytest.fixture(scope="session")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with launchdarkly-api 13.0.0 from the package index."""
    folder = tmp_path_factory.mktemp("upstream")
    words = ["install", "--quiet", "--no-deps", "--target", str(folder), UPSTREAM]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *words],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"NOT COMPARED WITH {UPSTREAM}: it cannot be installed: {done.stderr[-300:]}")
    return folder
