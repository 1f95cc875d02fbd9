"""Fixtures for pytest: ``pytest_plugins = ["launchdarkly_api.sandbox.pytest_plugin"]``.

Nothing is loaded or started until a test uses a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi
    from launchdarkly_api.sandbox.sandbox import Sandbox


@pytest.fixture(scope="session")
def _launchdarkly_sandbox_server() -> Iterator[Sandbox]:
    from launchdarkly_api.sandbox import Sandbox

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def launchdarkly_sandbox(_launchdarkly_sandbox_server: Sandbox) -> Sandbox:
    """A sandbox that holds only the demo data. All tests share its server."""
    sandbox = _launchdarkly_sandbox_server.start()
    sandbox.reset()
    return sandbox


@pytest.fixture
def experiments_api(launchdarkly_sandbox: Sandbox) -> Iterator[ExperimentsBetaApi]:
    """A client of the sandbox of the test."""
    from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi
    from launchdarkly_api.api_client import ApiClient

    with ApiClient(launchdarkly_sandbox.configuration()) as client:
        yield ExperimentsBetaApi(client)
