"""Runs pytest in Pyodide, and prints the outcome of each test.

Every line is printed at once: if the interpreter dies, the last one names the test it died in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from typing import Any

import pytest

#: The messages of errors that Python raises because a browser lacks something.
_LACKING = {
    "can't start new thread": "threads",
    "emscripten does not support processes": "processes",
}


class Journal:
    """A pytest plugin that prints a JSON object for each beginning and each end of a test."""

    def _write(self, test: str, outcome: str) -> None:
        line = json.dumps({"test": test, "outcome": outcome})
        print(f"\noutcome: {line}", file=sys.__stdout__, flush=True)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(report.nodeid, "failed")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write(nodeid, "started")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self._write(report.nodeid, report.outcome)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, Any]:
        """Skip a test that a browser has no means to run."""
        report = yield
        error = call.excinfo.value if call.excinfo else None
        lacking = [what for text, what in _LACKING.items() if text in str(error)]
        if lacking and isinstance(error, (RuntimeError, OSError)):
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, f"Skipped: a browser has no {lacking[0]}")
        return report


def run(*arguments: str) -> int:
    """Run pytest. Returns its exit status."""
    # A browser has no server for the fixtures, nor a thread for a timeout. Output is
    # captured by Python, since Pyodide cannot redirect its file descriptors.
    # There are no processes, and so no pytest-xdist.
    options = ["--override-ini=addopts=", "--noconftest", "--timeout=0", "--capture=sys"]
    options += ["-m", "not deep", "-p", "no:cacheprovider"]
    return int(pytest.main([*options, *arguments], plugins=[Journal()]))
