"""The sandbox that the documentation is tried against, and the count of its examples."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from test.docs.pages import Page

#: The word for each thing that tests count, by the name of the property that they record.
COUNTED = {"blocks": "python blocks ran", "tests": "tests passed", "links": "links hold"}


class Service(NamedTuple):
    """The values that a reader copies from the output of the sandbox's command."""

    url: str
    access_token: str


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The sandbox that a page asks a reader to start, as it is when it has just started.

    It imitates the service of today, unless the page asks for the version of 2023.
    """
    page = request.node.callspec.params.get("page") if hasattr(request.node, "callspec") else None
    options = ["--api-version", "2023"] if isinstance(page, Page) and page.of_2023 else []
    command = [sys.executable, "-m", "launchdarkly_api.sandbox", "--demo", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        try:
            ready, token = process.stdout.readline(), process.stdout.readline()
            yield Service(
                ready.removeprefix("Sandbox ready at ").strip(),
                token.removeprefix("Access token: ").strip(),
            )
        finally:
            process.kill()


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
