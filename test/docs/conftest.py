"""What the documentation is tried against, and the count of what was tried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from launchdarkly_api import ApiClient
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.demo import ENVIRONMENT, PROJECT, new_experiment, patched
from launchdarkly_api.models import Instruction
from launchdarkly_api.sandbox import Sandbox

#: What tests count, by the name of the property that they record, and the word for it.
COUNTED = {"blocks": "python blocks ran", "links": "links hold"}


@pytest.fixture(scope="session")
def server() -> Iterator[Sandbox]:
    """The sandbox of all pages."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    """A sandbox in which one experiment runs and another is archived."""
    server.reset()
    with ApiClient(server.configuration()) as client:
        api = ExperimentsBetaApi(client)
        api.create_experiment(PROJECT, ENVIRONMENT, new_experiment("checkout-button"))
        patched(api, "checkout-button", Instruction.start_iteration())
        api.create_experiment(PROJECT, ENVIRONMENT, new_experiment("old-banner"))
        patched(api, "old-banner", Instruction.archive_experiment())
    return server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much of the documentation was tried."""
    totals = dict.fromkeys(COUNTED, 0)
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name in totals and isinstance(value, int):
                totals[name] += value
    if any(totals.values()):
        told = ", ".join(f"{totals[name]} {words}" for name, words in COUNTED.items())
        terminalreporter.write_line(f"Documentation: {told}")
